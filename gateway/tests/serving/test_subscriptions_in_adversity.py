"""Streams that last, clients that do not read, messages that are too large, and a process that is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from chassis.testing import eventually
from gateway.testing.clients import Socket, event_stream, socket
from gateway.testing.office import desks, people, watched_supergraph
from gateway.testing.serving import Run, Running, Start, a_free_port, answered, served

RENAMED = 'subscription { renamed(id: "1") { name desk } }'


@pytest.fixture
def supergraph(tmp_path: Path) -> Path:
    path = tmp_path / "watched.graphql"
    path.write_text(watched_supergraph())
    return path


async def nobody_is_connected(gateway: Running) -> None:
    async def gone() -> None:
        text = (await gateway.http.get("/metrics")).text
        assert 'websocket_connections_open{service="gateway"} 0.0' in text
        assert not gateway.people.watching

    await eventually(gone, within=10)


async def test_streams_outlast_the_patience_for_requests(start: Start, supergraph: Path) -> None:
    gateway = await start(supergraph=supergraph, header_seconds=0.2, body_seconds=0.2, keep_alive_seconds=0.05)
    async with socket(gateway, {}) as client, event_stream(gateway, RENAMED) as stream:
        await client.subscribe("a", RENAMED)
        await client.data()
        await anext(stream)
        late = asyncio.get_running_loop().time() + 0.5

        async def time_has_passed() -> None:
            assert asyncio.get_running_loop().time() > late

        await eventually(time_has_passed)
        await gateway.ask('mutation { rename(id: "1", name: "Eve") { id } }')
        assert (await client.data())["renamed"]["name"] == "Eve"
        assert (await anext(stream))[1]["data"]["renamed"]["name"] == "Eve"


async def test_a_client_that_stops_reading_is_let_go(start: Start, supergraph: Path) -> None:
    gateway = await start(
        supergraph=supergraph, slow_client_seconds=0.3, max_waiting_results=1_000_000, max_subgraph_bytes=1_000_000_000
    )
    url = str(gateway.http.base_url).replace("http", "ws", 1).rstrip("/") + "/graphql"
    async with connect(
        url, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None, max_queue=1, close_timeout=0.1
    ) as connection:
        client = Socket(connection)
        await client.send({"type": "connection_init"})
        await client.next()
        await client.subscribe("a", f"subscription {{ {'a' * 2_000}: counted(to: 10000) }}")
        await nobody_is_connected(gateway)


async def test_a_connection_that_breaks_ends_everything_on_it(start: Start, supergraph: Path) -> None:
    gateway = await start(supergraph=supergraph)
    async with socket(gateway, {}) as client:
        for id in "abc":
            await client.subscribe(id, RENAMED)
            await client.data()
        client.connection.transport.abort()
        await nobody_is_connected(gateway)


@asynccontextmanager
async def an_office() -> AsyncIterator[dict[str, str]]:
    """The subgraphs' addresses, for a process."""
    async with served(people()) as first, served(desks()) as second:
        yield {"SUBGRAPH_PEOPLE_URL": f"{first}/graphql", "SUBGRAPH_DESKS_URL": f"{second}/graphql"}


async def test_a_process_that_stops_completes_its_streams_and_ends_well(run: Run, supergraph: Path) -> None:
    async with an_office() as addresses:
        port = a_free_port()
        process = run("serve", SUPERGRAPH=str(supergraph), PORT=str(port), MAX_BODY_BYTES="10000", **addresses)
        await answered(port)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            gateway: Any = Running(http, *[None] * 5)  # type: ignore[arg-type]
            async with socket(gateway, {}) as client:
                await client.subscribe("a", "{ free }" + " " * 10_000)
                assert (await client.closed())[0] == 1009, "the message was too large"
            async with socket(gateway, {}) as client, event_stream(gateway, RENAMED) as stream:
                await client.subscribe("a", RENAMED)
                await client.data()
                await anext(stream)
                process.ask_to_stop()
                assert await client.next() == {"id": "a", "type": "complete"}
                assert (await client.closed())[0] == 1001
                assert [event async for event in stream] == [("complete", None)]
        code, _, err = await asyncio.to_thread(process.end)
    assert code == 0
    assert "Traceback" not in err
