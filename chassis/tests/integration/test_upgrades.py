"""A release beside the one before it: what the old one left is taken over, the old one does no harm, and old and new producers
and consumers understand one another (X02)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
import strawberry

from chassis import inbox, letters, migrate, outbox, relay
from chassis.database import Database, Transaction, new_id
from chassis.domain import Change
from chassis.events import Envelope
from chassis.handling import Handling, Record
from chassis.service import Service
from chassis.testing import database_url

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIRST_RELEASE = 2


@dataclass(frozen=True, slots=True)
class Heard:
    word: str


async def hear(tx: Transaction, event: Heard) -> None:
    assert tx.cause is not None
    await tx.execute("INSERT INTO heard (subject, word) VALUES ($1, $2)", tx.cause.subject, event.word)


@strawberry.type
class Query:
    nothing: str = "nothing"


@pytest.fixture(scope="session")
def service() -> Service:
    return Service(
        name="thing",
        package="chassis",
        schema=strawberry.federation.Schema(query=Query),
        listens={"thing.thing-changed.v1": [hear]},
    )


@pytest.fixture
async def before(postgres: str, service: Service) -> AsyncIterator[str]:
    """A database as the first release left it: two things happened, one of them is published and taken."""
    name = f"before_{new_id().hex}"
    server = await asyncpg.connect(postgres)
    await server.execute(f'CREATE DATABASE "{name}"')
    url = database_url(postgres, name)
    await migrate.apply(url, [one for one in service.migrations() if one.number <= FIRST_RELEASE])
    old = await asyncpg.connect(url)
    for n in (1, 2):
        await old.execute(
            "INSERT INTO events (id, type, subject, sequence, key, time, data)"
            " VALUES ($1, 'thing.thing-changed.v1', 's', $2, 's', $3, $4)",
            UUID(int=n), n, NOON, f'{{"word": "word {n}"}}',
        )  # fmt: skip
    await old.execute("INSERT INTO outbox (seq) VALUES (2)")
    await old.execute("INSERT INTO inbox (source, id) VALUES ('/opmodel/thing', $1)", str(UUID(int=1)))
    await old.execute("INSERT INTO inbox_versions VALUES ('/opmodel/thing', 's', 1)")
    await old.execute("INSERT INTO consumer_offsets VALUES ('thing.events', 0, 1, $1)", str(UUID(int=1)))
    chain = relay.link(bytes(32), 1, await old.fetchrow("SELECT * FROM events WHERE seq = 1"), 1)
    await old.execute("INSERT INTO sealed VALUES (1, 1, $1)", chain)
    await old.execute("UPDATE relay_state SET position = 1, hash = $1", chain)
    await old.close()
    yield url
    await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await server.close()


def record(sequence: int, word: str, *, id: str | None = None, type: str = "thing.thing-changed.v1") -> Record:
    event = Envelope(
        id=id or str(UUID(int=sequence)), type=type, source="/opmodel/thing", subject="s", time=NOON,
        data=b'{"word": "%s"}' % word.encode(), key="s", sequence=sequence,
    )  # fmt: skip
    return Record("thing.events", 0, sequence - 1, event.headers(), b"s", event.data)


async def heard(database: Database) -> list[str]:
    async with database.read() as connection:
        return [row["word"] for row in await connection.fetch("SELECT word FROM heard ORDER BY n")]


async def test_what_the_first_release_left_is_taken_over_once_and_in_order_X02(before: str, service: Service):
    await migrate.apply(before, service.migrations())
    database = await Database.open(before, service="thing", max_size=2)
    try:
        async with database.transaction() as tx:
            await tx.execute("CREATE TABLE heard (n bigint GENERATED ALWAYS AS IDENTITY, subject text, word text)")
        assert await relay.verify(database) == (1, None)
        async with database.read() as connection:
            waiting = await connection.fetch("SELECT o.seq, o.time FROM outbox o JOIN events e USING (seq, time)")
        assert [tuple(row) for row in waiting] == [(2, NOON)]
        (row,) = (await inbox.lease(database, [("thing.events", 0)])).values()
        assert (row["next_offset"], row["last_id"]) == (1, str(UUID(int=1)))
        records = [record(1, "word 1"), record(2, "word 2")]
        await inbox.take(database, Handling(service.all_listens), inbox.read(records, row["lease"]))
        assert await heard(database) == ["word 2"]
        with pytest.raises(outbox.VersionTaken):
            async with database.transaction() as tx:
                await outbox.record(tx, Change(Thing("s", 2), ThingChanged("again")))
        async with database.transaction() as tx:
            await outbox.record(tx, Change(Thing("s", 3), ThingChanged("word 3")))
    finally:
        await database.close()


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ("INSERT INTO inbox (source, id) VALUES ('/opmodel/thing', 'x') ON CONFLICT DO NOTHING RETURNING id", "day"),
        ("INSERT INTO outbox (seq) VALUES (3)", "time"),
    ],
)
async def test_the_first_release_waits_rather_than_lose_or_repeat_when_the_database_is_ahead_of_it_X02(
    before: str, service: Service, statement: str, missing: str
):
    """The words of its worker and of its commands; both are tried again until the new release answers them."""
    await migrate.apply(before, service.migrations())
    old = await asyncpg.connect(before)
    try:
        with pytest.raises(asyncpg.NotNullViolationError, match=missing):
            await old.execute(statement)
    finally:
        await old.close()


async def test_the_release_before_this_one_saves_its_places_beside_it_X02(before: str, service: Service):
    """It knows no lease, and is not held by one."""
    await migrate.apply(before, service.migrations())
    old = await asyncpg.connect(before)
    try:
        status = await old.execute(
            "INSERT INTO consumer_offsets (topic, partition, next_offset, last_id) VALUES ('thing.events', 0, 7, 'x')"
            " ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset, last_id = excluded.last_id"
        )
        assert status == "INSERT 0 1"
    finally:
        await old.close()


@dataclass(frozen=True, slots=True)
class ThingChanged:
    word: str


@dataclass(frozen=True, slots=True)
class Thing:
    id: Any
    version: int


@dataclass(frozen=True, slots=True)
class HeardMore:
    """What the next release reads of it: a field that older producers do not write, with what is meant without it."""

    word: str
    loud: bool = False


async def hear_more(tx: Transaction, event: HeardMore) -> None:
    await hear(tx, Heard(f"{event.word}!" if event.loud else event.word))


OLD = Handling({"thing.thing-changed.v1": [hear]})
OLD_PREPARED = Handling({"thing.thing-changed.v1": [hear], "thing.thing-changed.v2": []})
NEW = Handling({"thing.thing-changed.v1": [], "thing.thing-changed.v2": [hear_more]})
# Each fact in both versions, one after the other, as a producer publishes them that changes the contract.
BESIDE = [
    msgspec.structs.replace(record(n, f"word {(n + 1) // 2}", type=f"thing.thing-changed.v{2 - n % 2}"), value=value)
    for n, value in enumerate(
        [b'{"word": "word 1"}', b'{"word": "word 1", "loud": true}', b'{"word": "word 2"}', b'{"word": "word 2", "loud": false}'], 1
    )
]  # fmt: skip


@pytest.fixture
async def hearing(database: Database) -> Database:
    async with database.transaction() as tx:
        await tx.execute("CREATE TABLE heard (n bigint GENERATED ALWAYS AS IDENTITY, subject text, word text)")
    return database


@pytest.mark.parametrize(
    ("handling", "words"), [(OLD_PREPARED, ["word 1", "word 2"]), (NEW, ["word 1!", "word 2"])], ids=["old", "new"]
)
async def test_two_versions_beside_each_other_have_one_effect_in_who_reads_either_X02(
    hearing: Database, handling: Handling, words: list[str]
):
    await inbox.take(hearing, handling, inbox.read(BESIDE))
    assert await heard(hearing) == words
    assert await letters.waiting(hearing) == {}


async def test_a_consumer_that_was_not_prepared_keeps_the_new_version_until_it_is_X02(hearing: Database):
    """Nothing is passed over in silence, and nothing is lost: the next release releases it, in order."""
    await inbox.take(hearing, OLD, inbox.read(BESIDE))
    assert await heard(hearing) == ["word 1"]
    assert await letters.waiting(hearing) == {"parked": 1, "queued": 2}
    async with hearing.read() as connection:
        id = await connection.fetchval("SELECT id FROM dead_letters WHERE state = 'parked'")
    assert await letters.release(hearing, OLD_PREPARED, id, by="sre")
    assert await heard(hearing) == ["word 1", "word 2"]
    assert await letters.waiting(hearing) == {}


async def test_a_grown_event_is_read_by_old_and_new_from_old_and_new_X02(hearing: Database):
    """An event that grew keeps its version: who knows the new field reads old events too, who does not passes it over."""
    grown = Handling({"thing.thing-changed.v1": [hear_more]})
    old, new = record(1, "old"), msgspec.structs.replace(record(2, ""), value=b'{"word": "new", "loud": true}')
    other = [msgspec.structs.replace(one, headers=[(k, b"other" if k == "ce_subject" else v + b"x" if k == "ce_id" else v)
                                   for k, v in one.headers]) for one in (old, new)]  # fmt: skip
    await inbox.take(hearing, grown, inbox.read([old, new]))
    await inbox.take(hearing, OLD, inbox.read(other))
    assert await heard(hearing) == ["old", "new!", "old", "new"]
