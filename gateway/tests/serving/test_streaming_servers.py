"""Subgraphs made of `graphql-ws` and `graphql-sse` from npm are understood."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import node
from gateway.testing.clients import event_stream, socket
from gateway.testing.office import watched_supergraph
from gateway.testing.serving import Start

HERE = Path(__file__).parent / "streaming_clients"


@pytest.fixture
def subgraph() -> Iterator[str]:
    """The address of `people`, served by node."""
    node.install(HERE)
    process = subprocess.Popen(node.command("subgraph.mjs"), cwd=HERE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = process.stdout.readline()
        yield f"http://127.0.0.1:{int(port)}/graphql"
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("how", ["ws", "sse"])
async def test_a_subgraph_on_node(start: Start, tmp_path: Path, subgraph: str, how: str) -> None:
    path = tmp_path / "watched.graphql"
    path.write_text(watched_supergraph())
    gateway = await start(
        secure=True,
        supergraph=path,
        subgraph_urls={"SUBGRAPH_PEOPLE_URL": subgraph},
        subgraph_subscriptions={"SUBGRAPH_PEOPLE_SUBSCRIPTIONS": how},
    )
    token = gateway.token()
    async with event_stream(gateway, "subscription { counted(to: 3) }", token) as stream:
        numbers = [content["data"]["counted"] async for name, content in stream if name == "next"]
    assert numbers == [0, 1, 2]
    async with socket(gateway, token) as client:
        await client.subscribe("a", 'subscription { renamed(id: "1") { name } }')
        assert await client.data() == {"renamed": {"name": token["authorization"]}}
        assert await client.next() == {"id": "a", "type": "complete"}
        await client.subscribe("b", "subscription { refused }")
        message = await client.next()
        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert errors[0]["message"] == "Ask your team lead."
