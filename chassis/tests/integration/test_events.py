"""The event core between Postgres and a real broker: nothing lost, nothing twice, order per aggregate."""

import asyncio
import os
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
import strawberry
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from chassis import inbox, letters, outbox, relay
from chassis.database import Database, Transaction, new_id
from chassis.domain import Change, Refused
from chassis.inbox import Handling, NotYet
from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.testing import eventually, free_port, start_broker
from chassis.worker import Worker

# An Apache Kafka, for example, in place of the embedded broker.
GIVEN = os.environ.get("TEST_KAFKA_BOOTSTRAP_SERVERS")


@dataclass(frozen=True, slots=True)
class ThingChanged:
    """The event the little service publishes."""

    thing_id: UUID
    word: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What its listener reads of it."""

    word: str


async def hear(tx: Transaction, event: Heard) -> None:
    assert tx.cause is not None
    if event.word == "unacceptable":
        raise Refused
    if event.word == "early" and not await tx.fetchval("SELECT count(*) FROM heard WHERE word = 'awaited'"):
        raise NotYet("the awaited word has not been heard")
    await tx.execute(
        "INSERT INTO heard (subject, sequence, word) VALUES ($1, $2, $3)",
        tx.cause.subject, tx.cause.sequence, event.word,
    )  # fmt: skip


@strawberry.type
class Query:
    nothing: str = "nothing"


@pytest.fixture(scope="session")
def service() -> Service:
    return Service(
        name="thing",
        package="chassis",
        schema=strawberry.federation.Schema(query=Query),
        publishes=[ThingChanged],
        listens={"thing.thing-changed.v1": [hear]},
    )


@pytest.fixture
async def listening(database: Database) -> Database:
    async with database.transaction() as tx:
        await tx.execute(
            "CREATE TABLE heard (n bigint GENERATED ALWAYS AS IDENTITY, subject text, sequence int, word text)"
        )
    return database


@dataclass(frozen=True, slots=True)
class Thing:
    id: UUID
    version: int


async def say(database: Database, thing: Thing, word: str) -> Thing:
    changed = replace(thing, version=thing.version + 1)
    async with database.transaction() as tx:
        await outbox.record(tx, Change(changed, ThingChanged(changed.id, word)))
    return changed


async def heard(database: Database, thing: Thing) -> list[str]:
    async with database.read() as connection:
        rows = await connection.fetch("SELECT word FROM heard WHERE subject = $1 ORDER BY n", str(thing.id))
    return [row["word"] for row in rows]


async def settings_for(address: str, database: Database) -> ServiceSettings:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    missing = {"thing.events", "hris.events"} - set(await admin.list_topics())
    if missing:
        await admin.create_topics([NewTopic(name, 3, 1) for name in sorted(missing)])
    await admin.close()
    url = database.pool._connect_args[0]
    return ServiceSettings(database_url=url, kafka_bootstrap_servers=address, kafka_idempotence=GIVEN is not None)


@pytest.fixture
def own_broker():
    if GIVEN:
        yield GIVEN, None
        return
    port = free_port()
    processes = [start_broker(port)]

    def restart() -> None:
        processes[-1].kill()
        processes[-1].wait()
        processes.append(start_broker(port))

    yield f"127.0.0.1:{port}", restart
    processes[-1].kill()
    processes[-1].wait()


async def test_what_is_committed_is_heard_once_and_in_order_X02(listening, service: Service, own_broker):
    address, _ = own_broker
    worker = Worker(service, await settings_for(address, listening), listening)
    await worker.start()
    things = [Thing(new_id(), 0) for _ in range(5)]
    for n in range(20):
        things = [await say(listening, thing, f"word {n}") for thing in things]

    async def all_heard() -> None:
        for thing in things:
            assert await heard(listening, thing) == [f"word {n}" for n in range(20)]

    await eventually(all_heard, within=15)
    await worker.stop()
    async with listening.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM outbox") == 0
        positions = await connection.fetch("SELECT position FROM sealed ORDER BY seq")
        assert [row["position"] for row in positions] == list(range(1, 101))
    assert await relay.verify(listening) == (100, None)


async def test_a_changed_byte_of_the_log_is_found(listening, service: Service, own_broker):
    address, _ = own_broker
    worker = Worker(service, await settings_for(address, listening), listening)
    await worker.start()
    thing = Thing(new_id(), 0)
    for n in range(3):
        thing = await say(listening, thing, f"word {n}")

    async def sealed() -> None:
        assert (await relay.verify(listening))[0] == 3

    await eventually(sealed, within=10)
    await worker.stop()
    changes = {
        "data": "'{\"word\": \"other\"}'", "type": "type || 'x'", "subject": "subject || 'x'", "sequence": "sequence + 1",
        "key": "key || 'x'", "id": "gen_random_uuid()", "time": "time + interval '1 microsecond'", "actor_id": "'somebody'",
        "correlation_id": "'another'", "causation_id": "'another'", "traceparent": "'another'",
    }  # fmt: skip
    for column, value in changes.items():
        async with listening.transaction() as tx:
            await tx.execute("CREATE TABLE kept AS SELECT * FROM events WHERE seq = 2")
            await tx.execute(f"UPDATE events SET {column} = {value} WHERE seq = 2")
            if column == "time":
                await tx.execute("UPDATE sealed SET time = (SELECT time FROM events WHERE seq = 2) WHERE seq = 2")
        assert await relay.verify(listening) == (1, 2), column
        async with listening.transaction() as tx:
            await tx.execute("DELETE FROM events WHERE seq = 2")
            await tx.execute("INSERT INTO events OVERRIDING SYSTEM VALUE SELECT * FROM kept")
            await tx.execute("UPDATE sealed SET time = (SELECT time FROM kept) WHERE seq = 2")
            await tx.execute("DROP TABLE kept")
        assert await relay.verify(listening) == (3, None), column
    async with listening.transaction() as tx:
        await tx.execute("DELETE FROM events WHERE seq = 3")
    assert await relay.verify(listening) == (2, 3)


async def test_an_event_that_two_relays_published_is_sealed_once(listening, own_broker):
    address, _ = own_broker
    settings = await settings_for(address, listening)
    relays = [asyncio.create_task(relay.Relay(listening, settings).run()) for _ in range(2)]
    await say(listening, Thing(new_id(), 0), "once")

    async def how_many(query: str) -> int:
        async with listening.read() as connection:
            found: int = await connection.fetchval(query)
        return found

    async def sealed() -> None:
        assert await how_many("SELECT count(*) FROM sealed") == 1

    await eventually(sealed, within=10)
    sealing = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        " AND query LIKE '%relay_state FOR UPDATE'"
    )

    async def both_wait() -> None:
        assert await how_many(sealing) == 2

    async def one_waits() -> None:
        assert await how_many(sealing) == 1

    async with listening.transaction() as tx:
        await tx.execute("SELECT FROM relay_state FOR UPDATE")
        await say(listening, Thing(new_id(), 0), "twice")
        await eventually(one_waits)
        await tx.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        await eventually(both_wait)

    async def done() -> None:
        assert await how_many("SELECT count(*) FROM outbox") == 0
        assert await how_many(sealing) == 0

    await eventually(done)
    for task in relays:
        task.cancel()
    await asyncio.wait(relays)
    assert await how_many("SELECT count(*) FROM sealed") == 2
    assert await relay.verify(listening) == (2, None)
    for task in relays:
        assert task.cancelled() or isinstance(task.exception(), ConnectionError)


@pytest.mark.skipif(GIVEN is not None, reason="a broker on disk does not forget")
async def test_a_broker_that_forgot_everything_is_told_again_and_nothing_happens_twice(
    listening, service: Service, own_broker
):
    address, restart = own_broker
    settings = await settings_for(address, listening)
    worker = Worker(service, settings, listening)
    await worker.start()
    thing = await say(listening, Thing(new_id(), 0), "before")

    async def heard_before() -> None:
        assert await heard(listening, thing) == ["before"]

    await eventually(heard_before, within=10)
    await worker.stop()
    restart()
    await settings_for(address, listening)
    again = Worker(service, settings, listening)
    await again.start()
    thing = await say(listening, thing, "after")

    async def heard_after() -> None:
        assert await heard(listening, thing) == ["before", "after"]

    await eventually(heard_after, within=15)
    await again.stop()


def a_record(thing: Thing, sequence: int, word: str, *, id: str | None = None) -> inbox.Record:
    headers: list[Any] = [
        ("ce_specversion", b"1.0"), ("ce_id", (id or f"{thing.id}/{sequence}").encode()),
        ("ce_type", b"thing.thing-changed.v1"), ("ce_source", b"/opmodel/thing"), ("ce_subject", str(thing.id).encode()),
        ("ce_sequence", str(sequence).encode()), ("ce_time", b"2026-03-02T09:00:00Z"),
    ]  # fmt: skip
    return inbox.Record("thing.events", 0, sequence, headers, b"key", b'{"word": "%s", "more": 1}' % word.encode())


@pytest.fixture
def take(listening: Database, service: Service):
    handling = Handling(service.all_listens)

    async def records(*given: inbox.Record) -> None:
        await inbox.take(listening, handling, inbox.read(given))

    return records


async def test_repeats_have_no_second_effect(listening, take):
    thing = Thing(new_id(), 0)
    await take(a_record(thing, 1, "one"), a_record(thing, 1, "one"))
    await take(a_record(thing, 1, "one"), a_record(thing, 2, "two"))
    assert await heard(listening, thing) == ["one", "two"]


async def test_swapped_events_are_put_in_order(listening, take):
    thing = Thing(new_id(), 0)
    await take(a_record(thing, 1, "one"), a_record(thing, 3, "three"))
    await take(a_record(thing, 4, "four"))
    assert await heard(listening, thing) == ["one"]
    await take(a_record(thing, 2, "two"), a_record(thing, 5, "five"))
    assert await heard(listening, thing) == ["one", "two", "three", "four", "five"]
    assert sum((await letters.waiting(listening)).values()) == 0


async def test_a_bad_event_is_parked_its_followers_queue_and_others_flow(listening, take, service: Service):
    bad, good = Thing(new_id(), 0), Thing(new_id(), 0)
    await take(a_record(bad, 1, "unacceptable"), a_record(bad, 2, "later"), a_record(good, 1, "fine"))
    assert await heard(listening, good) == ["fine"]
    assert await heard(listening, bad) == []
    assert await letters.waiting(listening) == {"parked": 1, "queued": 1}
    handling = Handling(service.all_listens)
    async with listening.read() as connection:
        parked = await connection.fetchval("SELECT id FROM dead_letters WHERE state = 'parked'")
    assert not await letters.release(listening, handling, parked, by="sre")
    assert await letters.discard(listening, handling, parked, "it was a test", by="sre")
    assert not await letters.discard(listening, handling, parked, "it was a test", by="sre")
    assert await heard(listening, bad) == ["later"]
    assert await letters.waiting(listening) == {}


async def test_bytes_that_are_no_event_are_kept_with_the_reason(listening, take):
    thing = Thing(new_id(), 0)
    await take(inbox.Record("thing.events", 0, 7, [], None, b"\xff not json"), a_record(thing, 1, "fine"))
    async with listening.read() as connection:
        row = await connection.fetchrow("SELECT error, message, value FROM dead_letters")
    assert (row["error"], row["value"]) == ("MalformedEvent", b"\xff not json")
    assert "specversion" in row["message"]
    assert await heard(listening, thing) == ["fine"]


async def test_an_event_that_came_too_early_goes_through_later(listening, take, service: Service, clock):
    early, awaited = Thing(new_id(), 0), Thing(new_id(), 0)
    await take(a_record(early, 1, "early"))
    assert await letters.waiting(listening) == {"parked": 1}
    await take(a_record(awaited, 1, "awaited"))
    clock.advance(timedelta(seconds=2))
    assert await letters.retry_due(listening, Handling(service.all_listens)) == 1
    assert await heard(listening, early) == ["early"]
    assert await letters.waiting(listening) == {}


async def test_an_unknown_major_version_is_not_passed_over(listening, take):
    thing = Thing(new_id(), 0)
    record = a_record(thing, 1, "new")
    headers = [(name, b"thing.thing-changed.v2" if name == "ce_type" else value) for name, value in record.headers]
    await take(msgspec.structs.replace(record, headers=headers))
    async with listening.read() as connection:
        assert "reads v1" in await connection.fetchval("SELECT message FROM dead_letters")


async def test_two_takers_of_the_same_batch_leave_one_effect(listening, service: Service):
    handling = Handling(service.all_listens)
    thing = Thing(new_id(), 0)
    records = [a_record(thing, n, f"word {n}") for n in range(1, 6)]
    await asyncio.gather(*(inbox.take(listening, handling, inbox.read(records)) for _ in range(4)))
    assert await heard(listening, thing) == [f"word {n}" for n in range(1, 6)]
