"""A little service that hears its own events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

from chassis import outbox
from chassis.database import Database, Transaction, new_id
from chassis.domain import Change
from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.testing import eventually
from chassis.worker import Worker


@dataclass(frozen=True, slots=True)
class ThingChanged:
    """The event the little service publishes."""

    thing_id: UUID
    word: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What its listener reads of it."""

    word: str


@dataclass(frozen=True, slots=True)
class Thing:
    """An aggregate that has but a version."""

    id: UUID
    version: int


async def hear(tx: Transaction, event: Heard) -> None:
    """Write it down, in the order it came."""
    assert tx.cause is not None
    await tx.execute("INSERT INTO heard (subject, word) VALUES ($1, $2)", tx.cause.subject, event.word)


async def prepare(database: Database) -> list[Thing]:
    """Somewhere to write, and some things."""
    async with database.transaction() as tx:
        await tx.execute("CREATE TABLE heard (n bigint GENERATED ALWAYS AS IDENTITY, subject text, word text)")
    return [Thing(new_id(), 0) for _ in range(4)]


async def say(database: Database, things: list[Thing], count: int) -> list[Thing]:
    """Change each thing so many times."""
    for _ in range(count):
        things = [replace(thing, version=thing.version + 1) for thing in things]
        async with database.transaction() as tx:
            changes = [Change(thing, ThingChanged(thing.id, f"word {thing.version}")) for thing in things]
            await outbox.record_many(tx, changes)
    return things


async def all_heard(database: Database, things: list[Thing], *, within: float) -> None:
    """After so many seconds at most: each word once, in order, nothing left in the outbox. Raises AssertionError."""
    await eventually(lambda: _all_heard(database, things), within=within)


async def _all_heard(database: Database, things: list[Thing]) -> None:
    async with database.read() as connection:
        for thing in things:
            rows = await connection.fetch("SELECT word FROM heard WHERE subject = $1 ORDER BY n", str(thing.id))
            assert [row["word"] for row in rows] == [f"word {n + 1}" for n in range(thing.version)]
        assert await connection.fetchval("SELECT count(*) FROM outbox") == 0


@asynccontextmanager
async def at_work(service: Service, database: Database, address: str, **settings: object) -> AsyncIterator[None]:
    """The service's worker runs inside."""
    url = database.pool._connect_args[0]
    worker = Worker(service, ServiceSettings(database_url=url, kafka_bootstrap_servers=address, **settings), database)  # type: ignore[arg-type]
    await worker.start()
    try:
        yield
    finally:
        await worker.stop()
