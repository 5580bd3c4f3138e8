"""The workers of one service share its partitions: they come, go, are late, and are never more than there are partitions."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from chassis import inbox
from chassis.database import Database
from chassis.events import Envelope
from chassis.handling import Handling, Record
from chassis.testing import eventually
from tests.faults.thing import GIVEN, PARTITIONS, Thing, all_heard, another, at_work, heard, say

PLACE = ("thing.events", 0)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def test_members_that_come_and_go_hand_over_without_loss_X02(service, database, things, told):
    async with at_work(service, database, told):
        for n in range(4):
            async with (
                another(database) as one, another(database) as two,
                at_work(service, one, told), at_work(service, two, told),
            ):  # fmt: skip
                things = await say(database, things, 10 + n)
        await all_heard(database, things)


async def in_the_group(address: str) -> int:
    """How many members the broker knows."""
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        (answer,) = await admin.describe_consumer_groups(["thing"])
    finally:
        await admin.close()
    (group,) = answer.groups
    return len(group[5])


@pytest.mark.skipif(GIVEN is None, reason="the embedded broker's groups wait for ever for who left while they formed")
async def test_there_are_never_more_members_than_partitions_X02(service, database, things, told, broker):
    """Each sits on a seat that Postgres keeps; who finds none waits for one that is left."""
    async with AsyncExitStack() as stack:
        workers = []
        for _ in range(PARTITIONS + 2):
            own = await stack.enter_async_context(another(database))
            workers.append(await stack.enter_async_context(at_work(service, own, told)))

        async def all_seats_are_taken() -> None:
            async with database.read() as connection:
                waiting = await connection.fetchval(
                    "SELECT count(DISTINCT pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND query LIKE 'SELECT pg_try_advisory_lock($1, $2)'"
                )
                seats = await connection.fetchval(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = x'73656174'::int"
                    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                )
            assert (waiting, seats) == (PARTITIONS + 2, PARTITIONS)
            assert await in_the_group(broker) == PARTITIONS

        await eventually(all_seats_are_taken, within=30)
        things = await say(database, things, 5)
        for worker in workers[:PARTITIONS]:
            await worker.stop()
        things = await say(database, things, 5)
        await all_heard(database, things)
        assert await in_the_group(broker) <= PARTITIONS


def records(thing: Thing, *sequences: int) -> list[Record]:
    """What the log holds of a thing."""
    made = []
    for n in sequences:
        event = Envelope(
            id=f"{thing.id}/{n}", type="thing.thing-changed.v1", source="/opmodel/thing", subject=str(thing.id),
            time=NOON, data=b'{"word": "word %d"}' % n, key=str(thing.id), sequence=n,
        )  # fmt: skip
        made.append(Record(*PLACE, n - 1, event.headers(), event.key.encode(), event.data))
    return made


async def place_of(database: Database) -> tuple[int, str]:
    async with database.read() as connection:
        row = await connection.fetchrow(
            "SELECT next_offset, last_id FROM consumer_offsets WHERE (topic, partition) = ($1, $2)", *PLACE
        )
    return tuple(row)


async def test_a_worker_that_lost_its_partition_moves_no_place_back_and_has_no_second_effect_X02(
    service, database, things
):
    """It comes late with what its successor has taken long ago, and with what nobody has taken."""
    handling = Handling(service.all_listens)
    thing = things[0]
    former = (await inbox.lease(database, [PLACE]))[PLACE]
    await inbox.take(database, handling, inbox.read(records(thing, 1, 2), former["lease"]))
    present = (await inbox.lease(database, [PLACE]))[PLACE]
    assert (present["next_offset"], present["last_id"]) == (2, f"{thing.id}/2")
    await inbox.take(database, handling, inbox.read(records(thing, 3, 4, 5), present["lease"]))
    for late in (records(thing, 3), records(thing, 3, 4), records(thing, 6)):
        with pytest.raises(inbox.LeaseLost):
            await inbox.take(database, handling, inbox.read(late, former["lease"]))
    assert await place_of(database) == (5, f"{thing.id}/5")
    assert await heard(database, thing) == [f"word {n}" for n in range(1, 6)]
    await inbox.take(database, handling, inbox.read(records(thing, 6), present["lease"]))
    assert await place_of(database) == (6, f"{thing.id}/6")


async def test_a_worker_whose_partitions_were_taken_over_unseen_begins_again_and_loses_nothing_X02(
    service, database, things, told
):
    async with at_work(service, database, told):
        things = await say(database, things, 3)
        await all_heard(database, things)
        await inbox.lease(database, [("thing.events", partition) for partition in range(PARTITIONS)])
        things = await say(database, things, 3)
        await all_heard(database, things)
