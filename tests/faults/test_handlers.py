"""Handlers that are slow, stuck or in a deadlock, and a worker that finds no free connection."""

import asyncio
from dataclasses import replace

import pytest

from chassis import letters
from chassis.database import Database, Transaction
from chassis.service import Service
from chassis.testing import eventually
from tests.faults.thing import Heard, all_heard, another, at_work, hear, heard, say, settings, url_of


def with_handler(service: Service, handler) -> Service:
    return replace(service, listens={"thing.thing-changed.v1": [handler]})


async def test_slow_handlers_keep_their_place_in_the_group_and_have_one_effect_X02(service, database, things, broker):
    """A batch takes longer than the patience with a silent broker, and is not begun again for that."""
    begun = 0

    async def slow(tx: Transaction, event: Heard) -> None:
        nonlocal begun
        begun += 1
        await asyncio.sleep(0.1)
        await hear(tx, event)

    impatient = settings(url_of(database), broker, consumer_patience_seconds=1)
    things = await say(database, things, 5)
    async with at_work(with_handler(service, slow), database, impatient):
        await all_heard(database, things)
    assert begun == 20


async def test_a_stuck_handler_holds_up_its_own_aggregate_and_goes_through_when_it_is_not_stuck_X02(
    service, database, things, broker, clock
):
    is_stuck = True

    async def stuck(tx: Transaction, event: Heard) -> None:
        assert tx.cause is not None
        if is_stuck and tx.cause.subject == str(things[0].id) and event.word == "word 2":
            await asyncio.Event().wait()
        await hear(tx, event)

    first = things[0]
    hasty = settings(url_of(database), broker, handler_seconds=0.5)
    async with at_work(with_handler(service, stuck), database, hasty):
        things = await say(database, things, 4)

        async def the_others_are_through() -> None:
            for thing in things[1:]:
                assert await heard(database, thing) == [f"word {n}" for n in range(1, 5)]
            assert await letters.waiting(database) == {"parked": 1, "queued": 2}

        await eventually(the_others_are_through, within=30)
        assert await heard(database, first) == ["word 1"]
        async with database.read() as connection:
            said = await connection.fetchval("SELECT error || ': ' || message FROM dead_letters WHERE state = 'parked'")
        assert said == "HandlerStuck: the handlers of thing.thing-changed.v1 did not end in 0.5 seconds"
        is_stuck = False
        clock.advance(letters._GAP_PATIENCE * 60)
        await all_heard(database, things)


async def test_a_deadlock_costs_an_attempt_and_the_effect_happens_once_X02(service, database, things, told):
    """PostgreSQL ends one of two transactions that wait for one another: here always the worker's."""
    async with database.transaction() as tx:
        await tx.execute("CREATE TABLE accounts (name text PRIMARY KEY, n int NOT NULL)")
        await tx.execute("INSERT INTO accounts VALUES ('a', 0), ('b', 0)")
    begun = 0
    has_a = asyncio.Event()

    async def transfer(tx: Transaction, event: Heard) -> None:
        nonlocal begun
        begun += 1
        await tx.execute("UPDATE accounts SET n = n + 1 WHERE name = 'a'")
        has_a.set()
        await tx.execute("UPDATE accounts SET n = n + 1 WHERE name = 'b'")
        await hear(tx, event)

    async with another(database) as other, other.transaction() as tx:
        await tx.execute("SET LOCAL deadlock_timeout = '1min'")
        await tx.execute("UPDATE accounts SET n = n + 100 WHERE name = 'b'")
        async with at_work(with_handler(service, transfer), database, told):
            things = [*await say(database, things[:1], 1), *things[1:]]
            await asyncio.wait_for(has_a.wait(), 30)
            await tx.execute("UPDATE accounts SET n = n + 100 WHERE name = 'a'")
            await tx.execute("COMMIT")
            await all_heard(database, things)
            await tx.execute("BEGIN")
    assert begun > 1
    async with database.read() as connection:
        assert await connection.fetch("SELECT n FROM accounts ORDER BY name") == [(101,), (101,)]


@pytest.mark.parametrize("size", [1, 2])
async def test_a_worker_whose_connections_are_exhausted_waits_and_loses_nothing_X02(
    service, database: Database, things, broker, capsys, size: int
):
    """A pool that small, all of it held by somebody else for longer than a worker waits for a connection."""
    async with another(database, max_size=size, acquire_timeout=0.3) as small:
        told = settings(url_of(database), broker)
        async with at_work(service, small, told):
            things = await say(database, things, 3)
            await all_heard(database, things)
            held = [await small.pool.acquire() for _ in range(size)]
            things = await say(database, things, 3)
            said = ""

            async def it_was_felt() -> None:
                nonlocal said
                said += capsys.readouterr().out
                assert "relay starts again" in said
                assert (
                    "a batch is tried again" in said or "consumer starts again" in said or "dead letters starts" in said
                )

            await eventually(it_was_felt, within=20)
            for connection in held:
                await small.pool.release(connection)
            await all_heard(database, things)
