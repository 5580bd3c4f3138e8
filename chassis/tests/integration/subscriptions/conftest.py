"""A service that tells how often a book was opened, served over real sockets, and clients that speak word for word."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest
import strawberry
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ed25519
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from chassis import outbox
from chassis.app import app
from chassis.caller import Tokens, require
from chassis.database import Connection, Database, Transaction
from chassis.domain import Change
from chassis.graphql import Info, public, schema
from chassis.health import Readiness
from chassis.service import Service

KEY = ed25519.Ed25519PrivateKey.generate()


@dataclass(frozen=True, slots=True)
class BookOpened:
    book_id: str


@dataclass(frozen=True, slots=True)
class Opened:
    id: str
    version: int


async def times_opened(connection: Connection, ids: list[str]) -> dict[str, int]:
    rows = await connection.fetch(
        "SELECT subject, count(*) AS times FROM events WHERE subject = ANY($1) GROUP BY subject", ids
    )
    return {row["subject"]: row["times"] for row in rows}


async def open_book(tx: Transaction, id: str, version: int) -> None:
    await outbox.record(tx, Change(Opened(id, version), BookOpened(id)))


@strawberry.type
class Query:
    @strawberry.field(description="Who asks.")
    def reader(self, info: Info) -> str:
        return info.context.require_caller().subject

    @strawberry.field(description="Anybody may ask.", metadata=public)
    def hello(self) -> str:
        return "hello"


@strawberry.type
class Subscription:
    @strawberry.subscription(description="How often a book was opened.")
    async def opened(self, info: Info, id: strawberry.ID) -> AsyncGenerator[int, None]:
        async with info.context.changes(BookOpened, subject=str(id)) as changes:
            async for _ in changes:
                require(info.context.caller, "reader", action="Counting")
                found = await info.context.load(times_opened, str(id))
                yield found or 0

    @strawberry.subscription(description="Fails at its second payload.")
    async def failing(self) -> AsyncGenerator[int, None]:
        yield 1
        raise ZeroDivisionError("a secret")


@pytest.fixture(scope="session")
def service() -> Service:
    return Service(name="reading", package="chassis", schema=schema(Query, subscription=Subscription))


def token(**differently: Any) -> str:
    claims = {"iss": "issuer", "aud": "opmodel", "sub": "E0001", "exp": time.time() + 60, "roles": ["reader"]}
    return jwt.encode(claims | differently, KEY, algorithm="EdDSA", headers={"kid": "one"})


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    jwk = {**jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "one", "alg": "EdDSA"}
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [jwk]}))
    return Tokens((tmp_path / "jwks.json").as_uri(), issuer="issuer", audience="opmodel")


class Client:
    """Speaks the protocol word for word."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def subscribe(self, id: str, query: str, **more: Any) -> None:
        await self.send({"id": id, "type": "subscribe", "payload": {"query": query, **more}})

    async def next(self) -> Any:
        return json.loads(await asyncio.wait_for(self.socket.recv(), 10))

    async def closed(self) -> int:
        """The code with which the server closed the connection."""
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(self.socket.recv(), 10)
        assert self.socket.close_code is not None
        return self.socket.close_code


@dataclass
class Served:
    address: str
    readiness: Readiness | None = None

    @asynccontextmanager
    async def socket(self, **init: Any) -> AsyncIterator[Client]:
        """A connection that was acknowledged."""
        async with self.raw() as client:
            await client.send({"type": "connection_init", "payload": init or {"authorization": f"Bearer {token()}"}})
            assert await client.next() == {"type": "connection_ack"}
            yield client

    def stop(self) -> None:
        """Begin to stop, as SIGTERM does."""
        assert self.readiness is not None
        self.readiness.stop()

    @asynccontextmanager
    async def raw(self, *subprotocols: Any, **more: Any) -> AsyncIterator[Client]:
        url = self.address.replace("http", "ws") + "/graphql"
        async with connect(url, subprotocols=subprotocols or ["graphql-transport-ws"], proxy=None, **more) as socket:
            yield Client(socket)


@pytest.fixture
async def served(service: Service, database: Database, tokens: Tokens) -> AsyncIterator[Served]:
    readiness = Readiness(database, service.migrations())
    application = app(service, database, readiness, tokens, request_seconds=5)
    async with serving(application) as address:
        yield Served(address, readiness)


def data(message: Any) -> Any:
    assert message["type"] == "next", message
    return message["payload"]["data"]


@asynccontextmanager
async def serving(application: Any) -> AsyncIterator[str]:
    config = uvicorn.Config(
        application, loop="none", ws="websockets-sansio", lifespan="off", log_config=None, access_log=False
    )
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: HttpToolsProtocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for connection in list(state.connections):
        connection.shutdown()
    await asyncio.gather(*state.tasks, return_exceptions=True)
