"""GraphQL over real HTTP: status codes, limits, identity, health and metrics."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import strawberry
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ed25519

from chassis.app import LARGEST_BODY, app
from chassis.caller import Tokens
from chassis.database import Database
from chassis.graphql import Info, public, schema
from chassis.health import Readiness
from chassis.migrate import Migration
from chassis.server import Server, listen
from chassis.service import Service
from chassis.tracing import current_trace_id

TRACE = "0af7651916cd43dd8448eb211c80319c"


@strawberry.type
class Query:
    @strawberry.field(description="Who asks.")
    def reader(self, info: Info) -> str:
        return info.context.require_caller().subject

    @strawberry.field(description="The trace this request belongs to.", metadata=public)
    def trace(self) -> str | None:
        return current_trace_id()

    @strawberry.field(description="How many events there are.", metadata=public)
    async def count(self, info: Info) -> int:
        async with info.context.read() as connection:
            return int(await connection.fetchval("SELECT count(*) FROM events"))

    @strawberry.field(description="Never answers.", metadata=public)
    async def endless(self) -> str:
        await asyncio.Event().wait()
        return "never"


@pytest.fixture(scope="session")
def service() -> Service:
    return Service(name="reading", package="chassis", schema=schema(Query))


KEY = ed25519.Ed25519PrivateKey.generate()


def token(**differently: Any) -> str:
    claims = {"iss": "issuer", "aud": "opmodel", "sub": "E0001", "exp": time.time() + 60, **differently}
    return jwt.encode(claims, KEY, algorithm="EdDSA", headers={"kid": "one"})


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    jwk = {**jwt.algorithms.OKPAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "one", "alg": "EdDSA"}
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [jwk]}))
    return Tokens((tmp_path / "jwks.json").as_uri(), issuer="issuer", audience="opmodel")


@pytest.fixture
def readiness(database: Database, service: Service) -> Readiness:
    return Readiness(database, service.migrations())


@pytest.fixture
async def client(
    service: Service, database: Database, readiness: Readiness, tokens: Tokens
) -> AsyncIterator[httpx.AsyncClient]:
    application = app(service, database, readiness, tokens, request_seconds=2)
    server = Server(uvicorn.Config(application, lifespan="off", http="httptools", loop="none", log_config=None))
    listening = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
        yield http
    server.should_exit = True
    await serving


Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def post(client: httpx.AsyncClient) -> Post:
    async def post(query: str = "{ reader }", *, bearer: str | None = None, **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if bearer is not None:
            sent["authorization"] = f"Bearer {bearer}"
        return await client.post("/graphql", json={"query": query}, headers=sent)

    return post


async def test_a_caller_is_who_the_token_says(post: Post) -> None:
    answer = await post(bearer=token())
    assert (answer.status_code, answer.json()) == (200, {"data": {"reader": "E0001"}})
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


async def test_a_stranger_gets_an_answer_that_says_so(post: Post) -> None:
    answer = await post()
    assert answer.status_code == 200
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("bearer", "code"), [(token(exp=time.time() - 60), "TOKEN_EXPIRED"), ("nonsense", "INVALID_TOKEN")]
)
async def test_a_token_that_is_not_accepted_is_401(post: Post, bearer: str, code: str) -> None:
    answer = await post("{ trace }", bearer=bearer)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["errors"][0]["extensions"]["code"] == code


async def test_the_new_media_type_tells_refused_documents_by_status(post: Post) -> None:
    refused = await post("{ nope }", accept="application/graphql-response+json")
    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert "data" not in refused.json()
    assert (await post("{ nope }", accept="application/json")).status_code == 200
    assert (await post("{ reader }", accept="application/graphql-response+json")).status_code == 200


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"query": 1}', 400),
        (b'{"query": "{ trace }", "variables": []}', 400),
        (b'{"query": "{ trace }", "operationName": {}}', 400),
        (b'{"query": "{ trace }", "variables": null, "operationName": null, "extensions": {}}', 200),
    ],
)
async def test_the_request_is_checked(client: httpx.AsyncClient, content: bytes, status: int) -> None:
    answer = await client.post("/graphql", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == status
    assert ("errors" in answer.json()) == (status != 200)


async def test_only_json_by_post(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphql", params={"query": "{ trace }"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert (await client.post("/graphql", content=b"{}", headers={"content-type": "text/plain"})).status_code == 415


async def test_a_body_is_bounded_whether_announced_or_not(client: httpx.AsyncClient) -> None:
    json_type = {"content-type": "application/json"}
    large = b" " * (LARGEST_BODY + 1)

    async def in_pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 65536):
            yield large[start : start + 65536]

    assert (await client.post("/graphql", content=large, headers=json_type)).status_code == 413
    assert (await client.post("/graphql", content=in_pieces(), headers=json_type)).status_code == 413


async def test_a_request_that_takes_too_long_is_given_up(post: Post) -> None:
    answer = await post("{ endless }")
    assert answer.status_code == 503
    assert answer.json()["errors"][0]["extensions"]["code"] == "TIMEOUT"


async def test_a_request_that_finds_no_free_connection_is_given_up(post: Post, database: Database) -> None:
    held = [await database.pool.acquire() for _ in range(database.pool.get_max_size())]
    answer = await post("{ count }")
    assert answer.json()["errors"][0]["extensions"]["code"] == "TIMEOUT"
    for connection in held:
        await database.pool.release(connection)
    assert (await post("{ count }")).json() == {"data": {"count": 0}}


async def test_a_request_stays_in_its_trace(post: Post) -> None:
    answer = await post("{ trace }", traceparent=f"00-{TRACE}-b7ad6b7169203331-01")
    assert answer.json() == {"data": {"trace": TRACE}}
    assert (await post("{ trace }")).json()["data"]["trace"] is not None


async def test_introspection_is_off_outside_of_development(post: Post) -> None:
    answer = await post("{ __schema { types { name } } }", bearer=token())
    assert answer.json()["errors"][0]["extensions"]["code"] == "INTROSPECTION_DISABLED"


async def test_alive_and_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/livez")).status_code == 200
    for _ in range(2):
        assert (await client.get("/readyz")).json() == {"status": "ok"}


async def test_not_ready_without_the_migrations_of_this_code(database: Database, service: Service) -> None:
    coming = Migration("reading", 1, "pre", "0001_pre_books", "SELECT 1")
    later = Migration("reading", 2, "post", "0002_post_books", "SELECT 1")
    assert "0001_pre_books" in (await Readiness(database, [*service.migrations(), coming]).why_not() or "")
    assert await Readiness(database, [*service.migrations(), later]).why_not() is None


async def test_not_ready_without_the_database_but_alive(client: httpx.AsyncClient, database: Database) -> None:
    await database.close()
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
    assert (await client.get("/livez")).status_code == 200


async def test_not_ready_while_stopping(client: httpx.AsyncClient, readiness: Readiness) -> None:
    readiness.stopping = True
    assert (await client.get("/readyz")).status_code == 503


async def test_requests_are_counted_by_route_and_status(client: httpx.AsyncClient, post: Post) -> None:
    await post("{ trace }")
    await client.get("/nowhere/at/all")
    text = (await client.get("/metrics")).text
    assert 'http_request_duration_seconds_count{route="/graphql",service="reading",status="200"}' in text
    assert 'http_request_duration_seconds_count{route="other",service="reading",status="404"}' in text
    assert 'database_connections_count{service="reading",state="idle"}' in text
    assert "nowhere" not in text
