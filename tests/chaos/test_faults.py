"""A fixed short set: each kind of fault once, while people and systems work; nothing is lost, nothing happens twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from chassis.database import Connection, Database, Transaction
from deploy.local.settings import SERVICES
from tests.chaos.checker import Checker
from tests.chaos.run import World, busy
from tests.chaos.settle import open_databases

pytestmark = pytest.mark.chaos


async def nothing_is_wrong(here: World) -> None:
    violations = await here.verdict()
    assert violations == [], "\n".join([*violations, *here.faults.log])


async def test_poison_is_parked_with_its_reason_and_holds_nobody_up(here: World) -> None:
    async with busy(here):
        await here.bus.poison()
        await here.bus.oversize()
        await here.bus.poison()
        await asyncio.sleep(2)
    await nothing_is_wrong(here)


async def test_repeated_and_swapped_records_have_one_effect_in_order(here: World) -> None:
    async with busy(here):
        for length in (2, 8, 20, 8, 8):
            await here.bus.rumour(length)
    await here.tell_again()
    await nothing_is_wrong(here)


async def test_killed_services_lose_nothing(here: World) -> None:
    async with busy(here):
        for name in (*SERVICES, "gateway"):
            await here.faults.kill(name)
            await asyncio.sleep(here.chance.uniform(0, 1))
        await asyncio.gather(*(here.faults.kill(name) for name in SERVICES))
    await nothing_is_wrong(here)


async def test_stopped_processes_and_cut_sessions_lose_nothing(here: World) -> None:
    async with busy(here):
        await asyncio.gather(
            here.faults.pause("governance", 4), here.faults.pause("metrics", 8), here.faults.pause("broker", 2)
        )
        for name in SERVICES:
            await here.faults.cut_sessions(name)
            await asyncio.sleep(here.chance.uniform(0, 1))
    await nothing_is_wrong(here)


async def test_a_killed_database_loses_nothing_that_was_acknowledged(here: World) -> None:
    async with busy(here):
        await here.faults.kill("postgres")
        await asyncio.sleep(2)
    await nothing_is_wrong(here)


async def test_a_broker_that_loses_its_log_is_told_again_what_services_committed(here: World) -> None:
    async with busy(here):
        await here.faults.kill("broker")
        await asyncio.sleep(5)
    await here.tell_again()
    await nothing_is_wrong(here)


async def test_death_at_every_failpoint_loses_nothing(here: World) -> None:
    here.faults.arm()
    async with busy(here):
        await asyncio.gather(*(here.faults.kill(name) for name in SERVICES))
        await asyncio.sleep(15)
        await here.faults.disarm()
    await nothing_is_wrong(here)


# What is done to which service's tables, and what the checker must say of it.
DAMAGES = {
    "a lost effect": (
        "metrics", "DELETE FROM annotations WHERE id = (SELECT min(id::text)::uuid FROM annotations)", "annotations of metrics",
    ),
    "a second effect": (
        "metrics",
        "INSERT INTO annotations (id, tool_id, kind, from_time, to_time)"
        " SELECT gen_random_uuid(), tool_id, kind, from_time, to_time FROM annotations WHERE kind = 'approved' LIMIT 1",
        "annotations of metrics",
    ),
    "an event that never came": (
        "training",
        "DELETE FROM inbox WHERE id = (SELECT max(id) FROM inbox WHERE source = '/opmodel/governance')",
        "never came",
    ),
    "an event from nowhere": (
        "process",
        "INSERT INTO inbox (source, id, day) VALUES ('/opmodel/governance', 'nobody', current_date)",
        "came from nowhere",
    ),
    "an event sealed twice": (
        "governance",
        "INSERT INTO sealed (position, seq, hash, time) SELECT max(position) + 1, min(seq), '', min(time) FROM sealed",
        "sealed more than once",
    ),
    "an event that was never published": (
        "governance",
        "INSERT INTO outbox (seq, time) SELECT seq, time FROM events ORDER BY seq DESC LIMIT 1",
        "still in the outbox",
    ),
    "a changed byte": (
        "governance",
        "UPDATE events SET data = replace(data::text, 'Vendor', 'Vandor')::json"
        " WHERE seq = (SELECT min(seq) FROM events WHERE data::text LIKE '%Vendor%')",
        "the hash chain breaks",
    ),
    "a lost version": (
        "process",
        "DELETE FROM inbox_versions WHERE subject = (SELECT min(subject) FROM inbox_versions)",
        "last version taken",
    ),
    "another person": ("training", "UPDATE employees SET name = 'Nobody' WHERE id = 'S1'", "employees of training"),
    "a forgotten command": (
        "governance",
        "DELETE FROM idempotency_keys WHERE key = (SELECT min(key) FROM idempotency_keys WHERE operation = 'castVote')",
        "castVote",
    ),
    "a lost letter": ("metrics", "DELETE FROM dead_letters WHERE state = 'parked'", "is parked 0 times"),
}  # fmt: skip


class _Undone(Exception):
    """The damage was for this transaction only."""


class _Damaged(Database):
    """A database as one transaction sees it."""

    def __init__(self, database: Database, tx: Transaction) -> None:
        super().__init__(database.pool, service=database.service)
        self._tx = tx

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        yield self._tx


@pytest.mark.parametrize("damage", DAMAGES)
async def test_the_checker_finds(here: World, damage: str) -> None:
    service, change, said = DAMAGES[damage]
    databases = await open_databases(here.platform)
    try:
        with suppress(_Undone):
            async with databases[service].transaction() as tx:
                changed = await tx.execute(change)
                assert changed[-2:] != " 0", "there was nothing to damage"
                damaged = {**databases, service: _Damaged(databases[service], tx)}
                violations = await Checker(damaged, here.ledger).check()
                assert any(said in violation for violation in violations), violations
                raise _Undone
    finally:
        for database in databases.values():
            await database.close()
