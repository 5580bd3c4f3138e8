"""Who commits in one process wakes the relay in another (X02)."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import strawberry

from chassis.bell import Bell
from chassis.database import Database
from chassis.graphql import schema
from chassis.service import Service
from chassis.testing import eventually


@strawberry.type
class Query:
    nothing: str = "nothing"


@pytest.fixture(scope="session")
def service() -> Service:
    return Service(name="thing", package="chassis", schema=schema(Query))


@pytest.fixture
async def session(database: Database) -> AsyncIterator[asyncpg.Connection]:
    session = await asyncpg.connect(database.pool._connect_args[0])
    yield session
    await session.close()


@pytest.fixture
async def elsewhere(database: Database) -> AsyncIterator[Bell]:
    """The bell of another process, carried."""
    bell = Bell(database.pool)
    carrying = asyncio.create_task(bell.carry())
    yield bell
    carrying.cancel()


async def set_soon(event: asyncio.Event) -> None:
    await asyncio.wait_for(event.wait(), 5)
    event.clear()


async def test_a_ring_elsewhere_is_heard_where_the_relay_is(database: Database, session, elsewhere: Bell):
    async with database.bell.heard(session) as wanted:
        for _ in range(3):
            elsewhere.ring()
            await set_soon(wanted)


async def test_a_ring_beside_the_relay_asks_nothing_of_the_database(database: Database, session):
    told = []
    await session.add_listener("events_recorded", lambda *_: told.append(1))
    carrying = asyncio.create_task(database.bell.carry())
    other = await asyncpg.connect(database.pool._connect_args[0])
    async with database.bell.heard(other) as wanted:
        database.bell.ring()
        await set_soon(wanted)
        await asyncio.sleep(0.1)
        assert told == []
    await other.close()
    # The relay has gone to another process.
    database.bell.ring()

    async def carried() -> None:
        assert told == [1]

    await eventually(carried)
    carrying.cancel()


async def test_many_rings_go_together_and_the_last_is_heard(database: Database, session, elsewhere: Bell):
    told = []
    await session.add_listener("events_recorded", lambda *_: told.append(1))
    for _ in range(500):
        elsewhere.ring()
        await asyncio.sleep(0)
    async with database.bell.heard(session) as wanted:
        wanted.clear()
        elsewhere.ring()
        await set_soon(wanted)
    assert 1 <= len(told) < 100


async def test_a_bell_whose_database_is_away_rings_again_later(
    database: Database, session, elsewhere: Bell, monkeypatch
):
    monkeypatch.setattr("chassis.bell._RETRY_SECONDS", 0.05)
    taken = [await database.pool.acquire() for _ in range(database.pool.get_max_size())]
    async with database.bell.heard(session) as wanted:
        elsewhere.ring()
        await asyncio.sleep(0.2)
        assert not wanted.is_set()
        for connection in taken:
            await database.pool.release(connection)
        elsewhere.ring()
        await set_soon(wanted)
