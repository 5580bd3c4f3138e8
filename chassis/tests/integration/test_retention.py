"""Partitions, the high-water mark and dates in numbers: what keeps the event core small and upright for years (X02)."""

import asyncio
import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import strawberry
from hypothesis import given
from hypothesis import strategies as st

from chassis import due, inbox, outbox, partitions
from chassis.backlog import Backlog, BusBehind
from chassis.database import Database, Transaction, new_id
from chassis.domain import Change
from chassis.graphql import Payload, mutation, run, schema
from chassis.inbox import Handling, Record
from chassis.service import Service
from chassis.testing import a_caller


@dataclass(frozen=True, slots=True)
class NoteWritten:
    note_id: UUID


@dataclass(frozen=True, slots=True)
class Note:
    id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class Heard:
    word: str


async def hear(tx: Transaction, event: Heard) -> None:
    await tx.execute("INSERT INTO heard (word) VALUES ($1)", event.word)


async def write(tx: Transaction, **_: object) -> Note:
    note = Note(new_id(), 1)
    await outbox.record(tx, Change(note, NoteWritten(note.id)))
    return note


@strawberry.type
class Query:
    nothing: str = "nothing"


@strawberry.type
class WriteNotePayload(Payload):
    id: strawberry.ID | None = None


@strawberry.type
class Mutation:
    @mutation(description="Write a note.")
    async def write_note(self, info: strawberry.Info) -> WriteNotePayload:
        return WriteNotePayload(id=strawberry.ID(str((await run(info, write)).id)))


@pytest.fixture(scope="session")
def service() -> Service:
    return Service(name="note", package="chassis", schema=schema(Query, Mutation), publishes=[NoteWritten])


@pytest.fixture
async def noting(database: Database) -> Database:
    async with database.transaction() as tx:
        await tx.execute("CREATE TABLE heard (word text)")
    return database


HANDLING = Handling({"source.word-said.v1": [hear]})


def said(word: str, id: str, *, offset: int = 0) -> Record:
    attributes = {"specversion": "1.0", "id": id, "type": "source.word-said.v1", "source": "/source", "subject": word}
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    return Record("source.events", 0, offset, headers, b"key", b'{"word": "%s"}' % word.encode())


async def take(database: Database, *records: Record) -> None:
    await inbox.take(database, HANDLING, inbox.read(records))


async def column(database: Database, query: str) -> list[object]:
    async with database.read() as connection:
        return [row[0] for row in await connection.fetch(query)]


def id_of(moment: datetime) -> str:
    """A UUIDv7 made at this moment."""
    milliseconds = int(moment.timestamp() * 1000)
    return str(UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | new_id().int & 0xFFFFFFFF))


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_an_id_tells_its_day(moment: datetime):
    assert inbox.day_of(id_of(moment)) == moment.date()


@pytest.mark.parametrize(
    "id",
    [
        "hire-1",
        "",
        "0190f5fe-7d1e-4b5a-9c55-0d3c1f7a2b10",
        "x190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b10",
        "ffffffff-ffff-7b5a-9c55-0d3c1f7a2b10",  # In a year that no calendar here has.
    ],
)
def test_another_id_tells_none(id: str):
    assert inbox.day_of(id) is None


async def test_an_event_told_again_weeks_later_has_one_effect(noting: Database, clock):
    """Whatever day it is, and whether its partition was made before, between or never."""
    ids = [id_of(clock.now - timedelta(days=days)) for days in (0, 1, 400)] + ["without-a-day", "told-late"]
    for n, id in enumerate(ids):
        await take(noting, said(f"word {n}", id, offset=n))
    for _ in range(3):
        await partitions.make_ahead(noting)
        clock.advance(timedelta(days=9))
        await take(noting, *(said(f"word {n}", id, offset=n) for n, id in enumerate(ids)))
        await partitions.drop_old(noting, timedelta(days=30))
    assert await column(noting, "SELECT word FROM heard ORDER BY word") == [f"word {n}" for n in range(len(ids))]


async def test_partitions_take_what_the_default_one_held(noting: Database, clock):
    await take(noting, said("before", id_of(clock.now)))
    async with noting.transaction() as tx:
        note = await write(tx)
    made = await partitions.make_ahead(noting)
    assert {"inbox_20260301", "inbox_20260302", "inbox_20260309", "events_20260301", "events_20260501"} <= set(made)
    assert await partitions.make_ahead(noting) == []
    assert await column(noting, "SELECT tableoid::regclass::text FROM inbox") == ["inbox_20260302"]
    assert await column(noting, "SELECT tableoid::regclass::text FROM events") == ["events_20260301"]
    async with noting.transaction() as tx:
        await outbox.record(tx, Change(Note(note.id, 2), NoteWritten(note.id)))
    assert await column(noting, "SELECT sequence FROM events ORDER BY seq") == [1, 2]


async def test_old_days_are_dropped_whole_but_not_what_came_late(noting: Database, clock):
    await partitions.make_ahead(noting)
    await take(
        noting,
        said("old", id_of(clock.now)),
        said("undated", "undated"),
        said("older", id_of(clock.now - timedelta(99))),
    )
    clock.advance(timedelta(days=20))
    await take(noting, said("late", id_of(clock.now - timedelta(days=19)), offset=9))
    clock.advance(timedelta(days=15))
    dropped = await partitions.drop_old(noting, timedelta(days=30))
    assert "inbox_20260302" in dropped
    assert "inbox_20260303" not in dropped
    assert len(await column(noting, "SELECT id FROM inbox")) == 1


async def test_partitions_can_be_made_while_commands_run(noting: Database):
    async def commands() -> None:
        for _ in range(60):
            async with noting.transaction() as tx:
                await write(tx)

    work = [asyncio.create_task(commands()) for _ in range(3)]
    await asyncio.gather(partitions.make_ahead(noting), *work)
    assert await column(noting, "SELECT count(*) FROM events") == [180]


async def test_who_reads_while_partitions_are_made_misses_nothing(noting: Database):
    """Rows move out of the DEFAULT partition meanwhile: they are seen in the one or in the other."""
    async with noting.transaction() as tx:
        for _ in range(50):
            await write(tx)
    made = asyncio.Event()
    seen: set[object] = set()
    numbers = itertools.count()

    async def read() -> None:
        while not made.is_set():
            # Each time another statement, so that it is planned anew.
            other = next(numbers)
            seen.update(await column(noting, f"SELECT count(*) AS n{other} FROM events"))

    readers = [asyncio.create_task(read()) for _ in range(4)]
    await partitions.make_ahead(noting)
    made.set()
    await asyncio.gather(*readers)
    assert seen == {50}


async def test_versions_of_an_aggregate_follow_one_another_over_months(noting: Database, clock):
    async with noting.transaction() as tx:
        note = await write(tx)
    clock.advance(timedelta(days=40))
    for wrong in (1, 3):
        with pytest.raises(outbox.VersionTaken):
            async with noting.transaction() as tx:
                await outbox.record(tx, Change(Note(note.id, wrong), NoteWritten(note.id)))
        changes = [Change(Note(note.id, n), NoteWritten(note.id)) for n in (wrong, wrong + 1)]
        with pytest.raises(outbox.VersionTaken):
            async with noting.transaction() as tx:
                await outbox.record_many(tx, changes)
    async with noting.transaction() as tx:
        await outbox.record_many(tx, [Change(Note(note.id, n), NoteWritten(note.id)) for n in (2, 3)])
    assert await column(noting, "SELECT sequence FROM events ORDER BY seq") == [1, 2, 3]


async def test_above_the_high_water_mark_commands_are_refused_until_the_bus_takes_events(noting: Database, graph):
    noting.backlog = Backlog(noting, 2)
    ask = "mutation { writeNote { id errors { code message ... on BusBehind { retryAfterSeconds } } } }"
    for _ in range(3):
        noting.backlog._looked = float("-inf")
        assert (await graph(ask, caller=a_caller()))["data"]["writeNote"]["errors"] == []
    noting.backlog._looked = float("-inf")
    (refusal,) = (await graph(ask, caller=a_caller()))["data"]["writeNote"]["errors"]
    assert refusal["code"] == "BUS_BEHIND"
    assert refusal["retryAfterSeconds"] == 5
    assert "3 events wait" in refusal["message"]
    async with noting.transaction() as tx:
        await tx.execute("DELETE FROM outbox")
    noting.backlog._looked = float("-inf")
    assert (await graph(ask, caller=a_caller()))["data"]["writeNote"]["errors"] == []


async def test_who_handles_events_waits_for_room(noting: Database):
    noting.backlog = Backlog(noting, 0)
    async with noting.transaction() as tx:
        await write(tx)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(noting.backlog.until_room(), 0.1)
    with pytest.raises(BusBehind):
        await noting.backlog.require_room()


async def test_many_dates_in_one_statement_each_once(noting: Database, clock):
    seen: list[str] = []

    async def come(tx: Transaction, id: str, at: datetime) -> None:
        seen.append(id)

    async with noting.transaction() as tx:
        await due.at_many(tx, "visit", [("a", clock.now), ("b", clock.now), ("a", clock.now)])
        await due.at_many(tx, "visit", [("a", clock.now)])
        await due.at_many(tx, "visit", [])
    while await due.run_next(noting, {"visit": come}):
        pass
    assert seen == ["a", "b"]


async def test_a_pool_without_a_free_connection_is_waited_for_no_longer_than_told(noting: Database):
    short = Database(noting.pool, service="note", acquire_timeout=0.1)
    held = [await noting.pool.acquire() for _ in range(noting.pool.get_max_size())]
    with pytest.raises(TimeoutError):
        async with short.read():
            pass
    for connection in held:
        await noting.pool.release(connection)
