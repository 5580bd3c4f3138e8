"""The clients that people use, `graphql-ws` and `graphql-sse` from npm and GraphiQL, are told what they should be."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from deploy.local import node
from gateway import graphiql
from gateway.testing.office import watched_supergraph
from gateway.testing.serving import Start

HERE = Path(__file__).parent / "streaming_clients"
PAGE = Path(graphiql.__file__).parent / "assets" / "events.js"


async def test_both_are_served(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "watched.graphql"
    path.write_text(watched_supergraph())
    gateway = await start(secure=True, supergraph=path)
    token = gateway.token()["authorization"].removeprefix("Bearer ")
    await asyncio.to_thread(node.install, HERE)
    address = f"{str(gateway.http.base_url).rstrip('/')}/graphql"
    done = await asyncio.to_thread(node.node, HERE, "clients.mjs", address, token, str(PAGE))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    for client, before, after in (("graphql-ws", "Ada", "Eve"), ("graphql-sse", "Eve", "Zoe"), ("page", "Zoe", "Amy")):
        assert told[client]["watched"] == [{"name": before, "desk": "D1"}, {"name": after, "desk": "D1"}]
        assert told[client]["query"] == [{"data": {"person": {"desk": "D2"}}}]
        assert told[client]["counted"] == [0, 1, 2]
    nothing = "Cannot query field 'nothing' on type 'Query'."
    assert told["graphql-ws"]["invalid"] == {"thrown": [nothing]}
    for client in ("graphql-sse", "page"):
        (refused,) = told[client]["invalid"]["results"]
        assert [error["message"] for error in refused["errors"]] == [nothing]
    assert told["stranger"]["thrown"].startswith("INVALID_TOKEN")
