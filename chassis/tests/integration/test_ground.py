"""Migrations, due dates and idempotent ground (X10)."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import strawberry

from chassis import due, migrate
from chassis.database import Transaction
from chassis.migrate import Migration, MigrationError
from chassis.service import Service
from chassis.testing import database_url

happened: list[tuple[str, datetime]] = []
fails: set[str] = set()


async def expire(tx: Transaction, id: str, at: datetime) -> None:
    if id in fails:
        raise RuntimeError(id)
    happened.append((id, at))


@strawberry.type
class Query:
    nothing: str = "nothing"


@pytest.fixture(scope="session")
def service() -> Service:
    return Service(
        name="ground", package="chassis", schema=strawberry.federation.Schema(query=Query), due={"expires": expire}
    )


@pytest.fixture(autouse=True)
def _forget() -> None:
    happened.clear()
    fails.clear()


async def test_a_date_comes_once_however_often_it_is_set_C3(database, run_due, clock):
    when = clock.now + timedelta(days=1)
    async with database.transaction() as tx:
        await due.at(tx, "expires", "a", when)
        await due.at(tx, "expires", "a", when)
    assert await run_due() == 0
    clock.advance(timedelta(days=3))
    assert await run_due() == 1
    async with database.transaction() as tx:
        await due.at(tx, "expires", "a", when)
    assert await run_due() == 0
    assert happened == [("a", when)]


async def test_after_an_outage_dates_are_caught_up_in_order_C3(database, run_due, clock):
    async with database.transaction() as tx:
        for days in (3, 1, 2):
            await due.at(tx, "expires", f"day {days}", clock.now + timedelta(days=days))
        await due.at(tx, "expires", "cancelled", clock.now + timedelta(days=1))
        await due.cancel(tx, "expires", "cancelled")
    clock.advance(timedelta(days=30))
    await run_due()
    assert [id for id, _ in happened] == ["day 1", "day 2", "day 3"]


async def test_a_date_that_fails_does_not_hold_up_the_others_C3(database, run_due, clock):
    fails.add("a")
    async with database.transaction() as tx:
        await due.at(tx, "expires", "a", clock.now)
        await due.at(tx, "expires", "b", clock.now)
    await run_due()
    assert [id for id, _ in happened] == ["b"]
    fails.clear()
    clock.advance(timedelta(minutes=10))
    await run_due()
    assert [id for id, _ in happened] == ["b", "a"]


async def test_two_schedulers_do_not_repeat_a_date_C3(database, service, clock):
    async with database.transaction() as tx:
        for n in range(20):
            await due.at(tx, "expires", str(n), clock.now)

    async def run() -> None:
        while await due.run_next(database, service.all_due):
            pass

    await asyncio.gather(run(), run(), run())
    assert sorted(int(id) for id, _ in happened) == list(range(20))


def a_migration(number: int, sql: str, phase: str = "pre") -> Migration:
    return Migration("test", number, phase, f"{number:04}_{phase}_test", sql)


@pytest.fixture
async def url(database, postgres):
    async with database.read() as connection:
        return database_url(postgres, await connection.fetchval("SELECT current_database()"))


async def test_migrations_run_once_and_only_unchanged_X10(url):
    first = a_migration(1, "CREATE TABLE first (id int)")
    assert await migrate.apply(url, [first]) == ["test/0001_pre_test"]
    assert await migrate.apply(url, [first]) == []
    with pytest.raises(MigrationError, match="changed after it was applied"):
        await migrate.apply(url, [a_migration(1, "CREATE TABLE other (id int)")])


async def test_a_migration_that_fails_leaves_nothing_X10(url, database):
    with pytest.raises(Exception, match="nonsense"):
        await migrate.apply(url, [a_migration(1, "CREATE TABLE half (id int); SELECT nonsense")])
    async with database.read() as connection:
        assert await connection.fetchval("SELECT to_regclass('half')") is None


async def test_two_that_migrate_at_once_apply_each_file_once_X10(url):
    files = [a_migration(n, f"CREATE TABLE t{n} (id int)") for n in range(1, 6)]
    done = await asyncio.gather(*(migrate.apply(url, files) for _ in range(3)))
    assert sorted(name for names in done for name in names) == [f"test/{n:04}_pre_test" for n in range(1, 6)]


async def test_post_files_wait_for_their_phase_X10(url):
    files = [a_migration(1, "CREATE TABLE a (id int)"), a_migration(2, "CREATE TABLE b (id int)", "post")]
    assert await migrate.apply(url, files, phases=["pre"]) == ["test/0001_pre_test"]
    assert await migrate.apply(url, files) == ["test/0002_post_test"]


def test_a_file_with_a_wrong_name_is_told_X10(tmp_path: Path):
    (tmp_path / "first.sql").write_text("SELECT 1")
    with pytest.raises(MigrationError, match="NNNN_pre_what"):
        migrate.read([("test", tmp_path)])
