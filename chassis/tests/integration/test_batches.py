"""Batches large enough to be copied in: repeated, overlapping, swapped, and beside another worker (X02)."""

import asyncio
import random
from collections import defaultdict
from dataclasses import dataclass

import pytest
import strawberry

from chassis import inbox
from chassis.database import Database, Transaction, new_id
from chassis.graphql import schema
from chassis.inbox import Handling, Record
from chassis.service import Service
from chassis.testing import eventually

WORDS = 4
SUBJECTS = [f"thing-{n:03}" for n in range(100)]


@dataclass(frozen=True, slots=True)
class Heard:
    subject: str
    number: int


async def hear(tx: Transaction, event: Heard) -> None:
    await tx.execute("INSERT INTO heard (subject, number) VALUES ($1, $2)", event.subject, event.number)


HANDLING = Handling({"thing.word-said.v1": [hear]})


@strawberry.type
class Query:
    nothing: str = "nothing"


@pytest.fixture(scope="session")
def service() -> Service:
    return Service(name="thing", package="chassis", schema=schema(Query))


@pytest.fixture
async def hearing(database: Database) -> Database:
    async with database.transaction() as tx:
        await tx.execute("CREATE TABLE heard (n bigint GENERATED ALWAYS AS IDENTITY, subject text, number int)")
    return database


@pytest.fixture
def told() -> list[Record]:
    """What a hundred aggregates say, each event numbered within its own; half of the ids tell no day."""
    records = []
    for number in range(1, WORDS + 1):
        for n, subject in enumerate(SUBJECTS):
            id = str(new_id()) if n % 2 else f"{subject}/{number}"
            attributes = {"specversion": "1.0", "id": id, "type": "thing.word-said.v1", "source": "/opmodel/thing",
                          "subject": subject, "sequence": str(number), "time": "2026-03-02T09:00:00Z"}  # fmt: skip
            headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
            value = b'{"subject": "%s", "number": %d}' % (subject.encode(), number)
            records.append(Record("thing.events", 0, len(records), headers, subject.encode(), value))
    return records


async def take(database: Database, records: list[Record]) -> None:
    await inbox.take(database, HANDLING, inbox.read(records))


async def each_once_in_order(database: Database) -> None:
    async with database.read() as connection:
        rows = await connection.fetch("SELECT subject, number FROM heard ORDER BY n")
        letters = await connection.fetchval("SELECT count(*) FROM dead_letters WHERE state <> 'released'")
        versions = await connection.fetch("SELECT subject, version FROM inbox_versions")
    numbers = defaultdict(list)
    for subject, number in rows:
        numbers[subject].append(number)
    expected = list(range(1, WORDS + 1))
    assert numbers == dict.fromkeys(SUBJECTS, expected)
    assert {row["subject"]: row["version"] for row in versions} == dict.fromkeys(SUBJECTS, WORDS)
    assert letters == 0


async def test_a_batch_that_comes_again_has_no_second_effect(hearing: Database, told: list[Record]) -> None:
    for _ in range(2):
        await take(hearing, told)
    await each_once_in_order(hearing)


async def test_batches_that_overlap_have_each_effect_once(hearing: Database, told: list[Record]) -> None:
    for start in range(0, len(told), 60):
        await take(hearing, told[max(start - 60, 0) : start + 60])
    await each_once_in_order(hearing)


@pytest.mark.parametrize("seed", range(5))
async def test_records_repeated_and_swapped_are_heard_once_and_in_order(
    hearing: Database, told: list[Record], seed: int
) -> None:
    drawn = random.Random(seed)
    records = [record for record in told for _ in range(drawn.randint(1, 3))]
    records.sort(key=lambda record: record.offset + drawn.uniform(0, 150))
    while records:
        size = drawn.randint(1, 200)
        await take(hearing, records[:size])
        records = records[size:]
    await each_once_in_order(hearing)


async def test_two_workers_with_the_same_batch_have_each_effect_once(hearing: Database, told: list[Record]) -> None:
    """As after a partition went to another worker while the first one was still at work."""
    async with hearing.transaction() as tx:
        await tx.execute("LOCK TABLE heard IN ACCESS EXCLUSIVE MODE")
        both = [asyncio.create_task(take(hearing, told[:200])) for _ in range(2)]

        async def both_wait() -> None:
            async with hearing.read() as connection:
                waiting = await connection.fetchval(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
                )
            assert waiting == 2

        await eventually(both_wait)
    await asyncio.gather(*both)
    await take(hearing, told[200:])
    await each_once_in_order(hearing)
