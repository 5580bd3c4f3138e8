"""What watches a service has its present state first, and then misses no change."""

import asyncio
from contextlib import aclosing

import pytest

from chassis.database import Database
from chassis.graphql import Context, stream
from chassis.service import Service
from chassis.testing import a_caller, eventually

from .conftest import Served, data, open_book


async def open_and_fail(database: Database, version: int) -> None:
    async with database.transaction() as tx:
        await open_book(tx, "b1", version)
        raise ZeroDivisionError


async def test_the_present_state_comes_first_and_then_every_change(served: Served, database: Database) -> None:
    async with database.transaction() as tx:
        await open_book(tx, "b1", 1)
    async with served.socket() as client:
        await client.subscribe("a", 'subscription { opened(id: "b1") }')
        assert data(await client.next()) == {"opened": 1}
        for version in (2, 3):
            async with database.transaction() as tx:
                await open_book(tx, "other", version)
                await open_book(tx, "b1", version)
            assert data(await client.next()) == {"opened": version}
        await client.send({"id": "a", "type": "complete"})
        await client.send({"type": "ping"})
        assert await client.next() == {"type": "pong"}


async def test_a_transaction_that_commits_late_is_not_missed(served: Served, database: Database) -> None:
    release, began = asyncio.Event(), asyncio.Event()

    async def late() -> None:
        async with database.transaction() as tx:
            await open_book(tx, "slow", 1)
            began.set()
            await release.wait()

    running = asyncio.create_task(late())
    await began.wait()
    async with served.socket() as client:
        await client.subscribe("slow", 'subscription { opened(id: "slow") }')
        await client.subscribe("quick", 'subscription { opened(id: "quick") }')
        first = sorted([await client.next(), await client.next()], key=lambda message: message["id"])
        assert [data(message) for message in first] == [{"opened": 0}, {"opened": 0}]
        for version in (1, 2, 3):
            async with database.transaction() as tx:
                await open_book(tx, "quick", version)
            message = await client.next()
            assert (message["id"], data(message)) == ("quick", {"opened": version})
        release.set()
        await running
        message = await client.next()
        assert (message["id"], data(message)) == ("slow", {"opened": 1})


async def test_a_number_that_was_never_committed_holds_nothing_up(served: Served, database: Database) -> None:
    async with served.socket() as client:
        await client.subscribe("a", 'subscription { opened(id: "b1") }')
        assert data(await client.next()) == {"opened": 0}
        for version in range(1, 4):
            with pytest.raises(ZeroDivisionError):
                await open_and_fail(database, version)
            async with database.transaction() as tx:
                await open_book(tx, "b1", version)
            assert data(await client.next()) == {"opened": version}


async def test_who_takes_payloads_too_slowly_is_told_so(database: Database, service: Service) -> None:
    context = Context(database, a_caller("E0001", "reader"))
    answers = stream(service.schema, context, 'subscription { opened(id: "b1") }')
    async with aclosing(answers):
        assert (await anext(answers)).data == {"opened": 0}
        async with database.transaction() as tx:
            for version in range(1, 400):
                await open_book(tx, "b1", version)
        async with database.changes.watch(frozenset({"reading.book-opened.v1"}), "subject", "b2") as other:
            async with database.transaction() as tx:
                await open_book(tx, "b2", 1)
            # Told after all of the others.
            await asyncio.wait_for(anext(other), 10)
        given = [answer async for answer in answers]
    assert {str(answer.data) for answer in given[:-1]} == {"{'opened': 399}"}
    assert given[-1].errors[0]["extensions"] == {"code": "SLOW_CLIENT"}


async def test_nobody_reads_the_events_when_nobody_watches(served: Served, database: Database) -> None:
    async with served.socket() as client:
        await client.subscribe("a", 'subscription { opened(id: "b1") }')
        await client.next()
        assert [task for task in asyncio.all_tasks() if task.get_name() == "changes"]

    async def gone() -> None:
        assert not [task for task in asyncio.all_tasks() if task.get_name() == "changes"]

    await eventually(gone)
