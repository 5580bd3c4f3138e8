"""Subscriptions of a service over real sockets: the protocols, the present state first, and no change missed after it."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
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
from chassis.graphql import Context, Info, public, schema, stream
from chassis.health import Readiness
from chassis.service import Service
from chassis.subscriptions import websocket
from chassis.subscriptions.websocket import Bounds
from chassis.testing import a_caller, eventually

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


async def open_and_fail(database: Database, version: int) -> None:
    async with database.transaction() as tx:
        await open_book(tx, "b1", version)
        raise ZeroDivisionError


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
    async with _serving(application) as address:
        yield Served(address, readiness)


def data(message: Any) -> Any:
    assert message["type"] == "next", message
    return message["payload"]["data"]


async def test_the_present_state_comes_first_and_then_every_change(served: Served, database: Database) -> None:
    async with database.transaction() as tx:
        await open_book(tx, "b1", 1)
    async with served.socket() as client:
        await client.subscribe("a", 'subscription { opened(id: "b1") }')
        assert data(await client.next()) == {"opened": 1}
        for version in (2, 3):
            async with database.transaction() as tx:
                await open_book(tx, "other", version)
                await open_book(tx, "b1", version)
            assert data(await client.next()) == {"opened": version}
        await client.send({"id": "a", "type": "complete"})
        await client.send({"type": "ping"})
        assert await client.next() == {"type": "pong"}


async def test_a_transaction_that_commits_late_is_not_missed(served: Served, database: Database) -> None:
    release, began = asyncio.Event(), asyncio.Event()

    async def late() -> None:
        async with database.transaction() as tx:
            await open_book(tx, "slow", 1)
            began.set()
            await release.wait()

    running = asyncio.create_task(late())
    await began.wait()
    async with served.socket() as client:
        await client.subscribe("slow", 'subscription { opened(id: "slow") }')
        await client.subscribe("quick", 'subscription { opened(id: "quick") }')
        first = sorted([await client.next(), await client.next()], key=lambda message: message["id"])
        assert [data(message) for message in first] == [{"opened": 0}, {"opened": 0}]
        for version in (1, 2, 3):
            async with database.transaction() as tx:
                await open_book(tx, "quick", version)
            message = await client.next()
            assert (message["id"], data(message)) == ("quick", {"opened": version})
        release.set()
        await running
        message = await client.next()
        assert (message["id"], data(message)) == ("slow", {"opened": 1})


async def test_a_number_that_was_never_committed_holds_nothing_up(served: Served, database: Database) -> None:
    async with served.socket() as client:
        await client.subscribe("a", 'subscription { opened(id: "b1") }')
        assert data(await client.next()) == {"opened": 0}
        for version in range(1, 4):
            with pytest.raises(ZeroDivisionError):
                await open_and_fail(database, version)
            async with database.transaction() as tx:
                await open_book(tx, "b1", version)
            assert data(await client.next()) == {"opened": version}


async def test_who_takes_payloads_too_slowly_is_told_so(database: Database, service: Service) -> None:
    context = Context(database, a_caller("E0001", "reader"))
    answers = stream(service.schema, context, 'subscription { opened(id: "b1") }')
    async with aclosing(answers):
        assert (await anext(answers)).data == {"opened": 0}
        async with database.transaction() as tx:
            for version in range(1, 400):
                await open_book(tx, "b1", version)
        async with database.changes.watch(frozenset({"reading.book-opened.v1"}), "subject", "b2") as other:
            async with database.transaction() as tx:
                await open_book(tx, "b2", 1)
            # Told after all of the others.
            await asyncio.wait_for(anext(other), 10)
        given = [answer async for answer in answers]
    assert {str(answer.data) for answer in given[:-1]} == {"{'opened': 399}"}
    assert given[-1].errors[0]["extensions"] == {"code": "SLOW_CLIENT"}


async def test_nobody_reads_the_events_when_nobody_watches(served: Served, database: Database) -> None:
    async with served.socket() as client:
        await client.subscribe("a", 'subscription { opened(id: "b1") }')
        await client.next()
        assert [task for task in asyncio.all_tasks() if task.get_name() == "changes"]

    async def gone() -> None:
        assert not [task for task in asyncio.all_tasks() if task.get_name() == "changes"]

    await eventually(gone)


class TestWebSocket:
    async def test_queries_and_mutations_too(self, served: Served) -> None:
        async with served.socket() as client:
            await client.subscribe("q", "{ reader }")
            assert await client.next() == {"id": "q", "type": "next", "payload": {"data": {"reader": "E0001"}}}
            assert await client.next() == {"id": "q", "type": "complete"}

    async def test_a_document_that_is_not_valid_is_an_error(self, served: Served) -> None:
        async with served.socket() as client:
            await client.subscribe("q", "subscription { nothing }")
            message = await client.next()
            assert (message["id"], message["type"]) == ("q", "error")
            assert message["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"

    async def test_what_fails_inside_is_not_shown(self, served: Served) -> None:
        async with served.socket() as client:
            await client.subscribe("q", "subscription { failing }")
            assert data(await client.next()) == {"failing": 1}
            message = await client.next()
            assert "secret" not in json.dumps(message)
            assert message["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"

    async def test_strangers_get_what_is_public_only(self, served: Served) -> None:
        async with served.socket(nothing="here") as client:
            await client.subscribe("q", "{ hello }")
            assert data(await client.next()) == {"hello": "hello"}
            await client.next()
            await client.subscribe("s", 'subscription { opened(id: "b1") }')
            message = await client.next()
            assert message["type"] == "error"
            assert message["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"

    async def test_rights_are_asked_for(self, served: Served) -> None:
        async with served.socket(authorization=f"Bearer {token(roles=[])}") as client:
            await client.subscribe("s", 'subscription { opened(id: "b1") }')
            message = await client.next()
            assert message["payload"]["errors"][0]["extensions"]["code"] == "NOT_ENTITLED"

    async def test_the_token_of_the_handshake_will_do(self, served: Served) -> None:
        async with served.raw(additional_headers={"authorization": f"Bearer {token()}"}) as client:
            await client.send({"type": "connection_init"})
            await client.next()
            await client.subscribe("q", "{ reader }")
            assert data(await client.next()) == {"reader": "E0001"}

    async def test_the_end_of_the_token_ends_the_operation(self, served: Served) -> None:
        leeway = 30
        async with served.socket(authorization=f"Bearer {token(exp=time.time() - leeway + 1)}") as client:
            await client.subscribe("s", 'subscription { opened(id: "b1") }')
            assert data(await client.next()) == {"opened": 0}
            message = await client.next()
            assert message["type"] == "error"
            assert message["payload"][0]["extensions"]["code"] == "TOKEN_EXPIRED"

    async def test_an_id_may_be_used_again_when_its_operation_is_over(self, served: Served) -> None:
        async with served.socket() as client:
            for _ in range(3):
                await client.subscribe("q", "{ hello }")
                assert [(await client.next())["type"], (await client.next())["type"]] == ["next", "complete"]

    async def test_too_many_operations_are_refused(self, served: Served) -> None:
        most = Bounds().operations
        async with served.socket() as client:
            for number in range(most + 1):
                await client.subscribe(str(number), f'subscription {{ opened(id: "b{number}") }}')
            messages = [await client.next() for _ in range(most + 1)]
            (error,) = [message for message in messages if message["type"] == "error"]
            assert error["id"] == str(most)
            assert error["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"

    @pytest.mark.parametrize(
        ("messages", "code"),
        [
            ([{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }"}}], 4401),
            ([{"type": "connection_init", "payload": {"authorization": "Bearer nonsense"}}], 4403),
            ([{"type": "connection_init"}, {"type": "connection_init"}], 4429),
            (
                [
                    {"type": "connection_init", "payload": {"authorization": "TOKEN"}},
                    {"type": "subscribe", "id": "1", "payload": {"query": 'subscription { opened(id: "b") }'}},
                    {"type": "subscribe", "id": "1", "payload": {"query": "{ hello }"}},
                ],
                4409,
            ),
            (["nonsense"], 4400),
            ([{"type": "nonsense"}], 4400),
            ([{"id": "1"}], 4400),
            ([{"type": "connection_init", "payload": "x"}], 4400),
            ([{"type": "connection_init"}, {"type": "subscribe", "payload": {"query": "{ hello }"}}], 4400),
            ([{"type": "connection_init"}, {"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}], 4400),
            ([{"type": "connection_init"}, {"type": "subscribe", "id": "1", "payload": {"query": 1}}], 4400),
            ([{"type": "connection_init"}, {"type": "subscribe", "id": "1", "payload": {}}], 4400),
        ],
    )
    async def test_what_breaks_the_protocol_closes_the_connection(
        self, served: Served, messages: list[Any], code: int
    ) -> None:
        async with served.raw() as client:
            for message in messages:
                await client.socket.send(json.dumps(message).replace("TOKEN", f"Bearer {token()}"))
            while client.socket.close_code is None:
                try:
                    await client.next()
                except ConnectionClosed:
                    break
            assert client.socket.close_code == code

    async def test_bytes_are_not_read(self, served: Served) -> None:
        async with served.raw() as client:
            await client.socket.send(b"\x00")
            assert await client.closed() == 4400

    async def test_another_subprotocol_is_not_spoken(self, served: Served) -> None:
        async with served.raw("graphql-ws") as client:
            assert await client.closed() == 4406

    async def test_who_says_nothing_is_let_go(
        self,
    ) -> None:
        endpoint = websocket.WebSocketEndpoint(_Nobody(), Bounds(init_seconds=0.05), service="reading")
        async with _serving(endpoint) as address, Served(address).raw() as client:
            assert await client.closed() == 4408

    async def test_one_connection_too_many_is_refused(self) -> None:
        endpoint = websocket.WebSocketEndpoint(_Nobody(), Bounds(connections=1), service="reading")
        async with _serving(endpoint) as address:
            served = Served(address)
            async with served.raw():
                with pytest.raises(Exception, match="503"):
                    async with served.raw():
                        pass

    async def test_a_stop_completes_what_runs_and_closes(self, served: Served) -> None:
        async with served.socket() as client:
            await client.subscribe("s", 'subscription { opened(id: "b1") }')
            await client.next()
            served.stop()
            assert await client.next() == {"id": "s", "type": "complete"}
            assert await client.closed() == 1001


class _Nobody:
    async def open(self, headers: Any, payload: Any) -> Any:
        raise AssertionError("nobody comes in")


@asynccontextmanager
async def _serving(application: Any) -> AsyncIterator[str]:
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


@asynccontextmanager
async def events(served: Served, query: str, **headers: str) -> AsyncIterator[AsyncIterator[tuple[str, Any]]]:
    """The events of one request, without the comments."""
    given = {"accept": "text/event-stream", "authorization": f"Bearer {token()}"} | headers

    async def read(answer: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
        name = ""
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data:"):
                yield name, json.loads(line[5:]) if line[5:].strip() else None

    async with (
        httpx.AsyncClient(trust_env=False, timeout=10) as http,
        http.stream("POST", f"{served.address}/graphql", json={"query": query}, headers=given) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield read(answer)


class TestServerSentEvents:
    async def test_carry_a_subscription(self, served: Served, database: Database) -> None:
        async with events(served, 'subscription { opened(id: "b1") }') as stream:
            assert await anext(stream) == ("next", {"data": {"opened": 0}})
            async with database.transaction() as tx:
                await open_book(tx, "b1", 1)
            assert await anext(stream) == ("next", {"data": {"opened": 1}})
            served.stop()
            assert await anext(stream) == ("complete", None)

    async def test_carry_a_query(self, served: Served) -> None:
        async with events(served, "{ reader }") as stream:
            assert [event async for event in stream] == [("next", {"data": {"reader": "E0001"}}), ("complete", None)]

    async def test_tell_what_is_wrong_with_a_document(self, served: Served) -> None:
        async with events(served, "{ nothing }") as stream:
            (name, result), end = [event async for event in stream]
            assert name == "next"
            assert "nothing" in result["errors"][0]["message"]
            assert end == ("complete", None)

    async def test_are_not_sent_to_a_bad_token(self, served: Served) -> None:
        async with httpx.AsyncClient(trust_env=False) as http:
            headers = {"accept": "text/event-stream", "authorization": "Bearer nonsense"}
            answer = await http.post(f"{served.address}/graphql", json={"query": "{ hello }"}, headers=headers)
        assert answer.status_code == 401
