"""A gateway with two subgraphs, a broker, and processes of `python -m gateway`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvloop

from gateway.app import Gateway
from gateway.connections import connection_class
from gateway.identity import DevelopmentIdentity
from gateway.loading import Loaded
from gateway.settings import GatewaySettings
from gateway.testing.office import SUPERGRAPH, desks, people
from gateway.testing.serving import Broker, Process, Run, Running, Start, served


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that `serve` runs on."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Start a gateway with these settings: `await start(max_depth=3)`; `secure=True` gives it a development identity."""
    async with AsyncExitStack() as stack:

        async def start(*, secure: bool = False, **settings: Any) -> Running:
            subgraphs = {"people": people(), "desks": desks()}
            served_at = {name: await stack.enter_async_context(served(app)) for name, app in subgraphs.items()}
            addresses = {f"SUBGRAPH_{name.upper()}_URL": f"{address}/graphql" for name, address in served_at.items()}
            given: dict[str, Any] = {
                "environment": "development",
                "supergraph": SUPERGRAPH,
                "subgraph_urls": addresses,
            } | settings
            identity = None
            if secure:
                given["development_key_file"] = tmp_path / "identity.pem"
                identity = DevelopmentIdentity.at(tmp_path / "identity.pem")
            loaded = GatewaySettings(**given)
            gateway = Gateway(Loaded.read(loaded), loaded)
            await stack.enter_async_context(gateway.running())
            address = await stack.enter_async_context(served(gateway, connection_class(loaded)))
            http = await stack.enter_async_context(
                httpx.AsyncClient(base_url=address, trust_env=False, verify=False, timeout=20)
            )
            return Running(http, subgraphs["people"], subgraphs["desks"], identity, gateway, served_at)

        yield start


@pytest.fixture
def broker() -> Iterator[Broker]:
    broker = Broker()
    yield broker
    broker.stop()


@pytest.fixture
def run() -> Iterator[Run]:
    """Run `python -m gateway` with these arguments and nothing but this environment."""
    processes: list[Process] = []

    def run(*arguments: str, **environment: str) -> Process:
        processes.append(Process(*arguments, **environment))
        return processes[-1]

    yield run
    for process in processes:
        process.kill()
