"""A little service that hears its own events, and what must hold of it after any fault."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import strawberry
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from chassis import letters, outbox, relay
from chassis.database import Database, Transaction, new_id
from chassis.domain import Change
from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.testing import eventually
from chassis.worker import Worker

# An Apache Kafka, for example, in place of the embedded broker.
GIVEN = os.environ.get("TEST_KAFKA_BOOTSTRAP_SERVERS")
PARTITIONS = 3
TOPICS = {"thing.events", "hris.events"}


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


@strawberry.type
class Query:
    """A graph needs a query."""

    nothing: str = "nothing"


def little_service() -> Service:
    """The wiring of it all."""
    return Service(
        name="thing",
        package="chassis",
        schema=strawberry.federation.Schema(query=Query),
        publishes=[ThingChanged],
        listens={"thing.thing-changed.v1": [hear]},
    )


async def prepare(database: Database) -> list[Thing]:
    """Somewhere to write, and some things."""
    async with database.transaction() as tx:
        await tx.execute("CREATE TABLE heard (n bigint GENERATED ALWAYS AS IDENTITY, subject text, word text)")
    return [Thing(new_id(), 0) for _ in range(4)]


async def create_topics(address: str) -> None:
    """The topics that the little service reads, made anew where an earlier test has written into them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()

    async def gone() -> None:
        assert not TOPICS & set(await admin.list_topics())

    async def made() -> None:
        answer = await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in sorted(TOPICS)])
        assert {error for _, error, *_ in answer.topic_errors} == {0}

    try:
        if old := TOPICS & set(await admin.list_topics()):
            await admin.delete_topics(sorted(old))
            await eventually(gone, within=30)
        await eventually(made, within=30)
    finally:
        await admin.close()


async def say(database: Database, things: list[Thing], count: int) -> list[Thing]:
    """Change each thing so many times."""
    for _ in range(count):
        things = [replace(thing, version=thing.version + 1) for thing in things]
        async with database.transaction() as tx:
            changes = [Change(thing, ThingChanged(thing.id, f"word {thing.version}")) for thing in things]
            await outbox.record_many(tx, changes)
    return things


async def heard(database: Database, thing: Thing) -> list[str]:
    """What was heard of a thing, in the order in which it took effect."""
    async with database.read() as connection:
        rows = await connection.fetch("SELECT word FROM heard WHERE subject = $1 ORDER BY n", str(thing.id))
    return [row["word"] for row in rows]


async def all_heard(database: Database, things: list[Thing], *, within: float = 60) -> None:
    """After so many seconds at most: each word once, in order, all of it published and sealed, nothing among the dead
    letters. Raises AssertionError."""

    async def look() -> None:
        for thing in things:
            assert await heard(database, thing) == [f"word {n + 1}" for n in range(thing.version)]
        async with database.read() as connection:
            assert await connection.fetchval("SELECT count(*) FROM outbox") == 0
            assert await letters.waiting(database) == {}

    await eventually(look, within=within)
    assert await relay.verify(database) == (sum(thing.version for thing in things), None)


def url_of(database: Database) -> str:
    """Where a database is."""
    return str(database.pool._connect_args[0])


def settings(url: str, address: str, **more: object) -> ServiceSettings:
    """Settings for a database and a broker."""
    given: dict[str, object] = {
        "database_url": url, "kafka_bootstrap_servers": address, "kafka_idempotence": GIVEN is not None,
        "topic_partitions": PARTITIONS,
    }  # fmt: skip
    return ServiceSettings(**(given | more))  # type: ignore[arg-type]


@asynccontextmanager
async def at_work(service: Service, database: Database, told: ServiceSettings) -> AsyncIterator[Worker]:
    """The service's worker runs inside."""
    worker = Worker(service, told, database)
    await worker.start()
    try:
        yield worker
    finally:
        await worker.stop()


@asynccontextmanager
async def another(database: Database, **differently: object) -> AsyncIterator[Database]:
    """Another process's pool on the same database."""
    given: dict[str, Any] = {"service": database.service, "clock": database.clock, "max_size": 4}
    opened = await Database.open(url_of(database), **(given | differently))
    try:
        yield opened
    finally:
        await opened.close()
