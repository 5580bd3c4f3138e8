"""GraphQL over HTTP by the judgement of others: every audit of the npm package `graphql-http` against a real process."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from deploy.local import node
from gateway.testing.office import SUPERGRAPH
from gateway.testing.serving import Run, a_free_port, answered

HERE = Path(__file__).parent / "graphql_http"


async def audited(port: int) -> list[dict[str, Any]]:
    await asyncio.to_thread(node.install, HERE)
    done = await asyncio.to_thread(node.node, HERE, "audits.mjs", f"http://127.0.0.1:{port}/graphql")
    assert done.returncode == 0, done.stderr
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


async def test_all_61_audits_pass(run: Run) -> None:
    port = a_free_port()
    run("serve", SUPERGRAPH=str(SUPERGRAPH), PORT=str(port), INTROSPECTION="true")
    await answered(port)
    results = await audited(port)
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == 61


async def test_in_production_only_those_are_amiss_that_read_the_schema(run: Run) -> None:
    port = a_free_port()
    run("serve", SUPERGRAPH=str(SUPERGRAPH), PORT=str(port))
    await answered(port)
    assert {result["id"] for result in await audited(port) if result["status"] != "ok"} == {
        "28B9",
        "2EA1",
        "6A70",
        "D6D5",
    }
