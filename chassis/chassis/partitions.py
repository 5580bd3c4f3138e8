"""Tables by day and month: partitions are made ahead, and what is old goes by dropping one.

Nothing ever fails for want of a partition: each table has a DEFAULT one, and a partition that is made later takes from it
what belongs to it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import asyncpg
import structlog

from chassis.database import Database, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = structlog.get_logger(__name__)
_DAYS_AHEAD = 7
_MONTHS_AHEAD = 2
_LOOK_SECONDS = 3600
_RETRY_SECONDS = 60
_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Span:
    """The partition of a table for the values of a column from `start` to before `end`."""

    table: str
    column: str
    start: date
    end: date

    @property
    def name(self) -> str:
        """`inbox_20260302`."""
        return f"{self.table}_{self.start:%Y%m%d}"


def day(start: date) -> Span:
    """One day of the inbox."""
    return Span("inbox", "day", start, start + timedelta(days=1))


def month(start: date) -> Span:
    """The month of the event log in which this day lies."""
    first = start.replace(day=1)
    return Span("events", "time", first, (first + timedelta(days=32)).replace(day=1))


def ahead(today: date) -> Iterator[Span]:
    """What has to be there today: yesterday's, because clocks differ, and those to come."""
    for n in range(-1, _DAYS_AHEAD + 1):
        yield day(today + timedelta(days=n))
    span = month(today - timedelta(days=1))
    for _ in range(_MONTHS_AHEAD + 1):
        yield span
        span = month(span.end)


async def keep(database: Database, inbox_retention: timedelta) -> None:
    """Make what is missing and drop what is old, every hour, for ever. What is busy is tried again in a minute."""
    while True:
        try:
            await make_ahead(database)
            await drop_old(database, inbox_retention)
            pause = _LOOK_SECONDS
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            _log.info("partitions are busy", why=str(error))
            pause = _RETRY_SECONDS
        await asyncio.sleep(pause)


async def make_ahead(database: Database) -> list[str]:
    """Make the partitions that are missing; returns their names."""
    made = []
    for span in ahead(database.clock.now.date()):
        async with database.transaction() as tx:
            if await tx.fetchval("SELECT to_regclass($1) IS NULL", span.name):
                await _make(tx, span)
                made.append(span.name)
    return made


async def _make(tx: Transaction, span: Span) -> None:
    bounds = f"{span.column} >= '{span.start}' AND {span.column} < '{span.end}'"
    await tx.execute("SET LOCAL lock_timeout = '2s'")
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext($1))", span.table)
    if await tx.fetchval("SELECT to_regclass($1) IS NOT NULL", span.name):
        return
    # No insert may be on its way to the DEFAULT partition, or it would find a row there that no longer belongs to it; and no
    # query may be planned with the partitions of before and then find the DEFAULT one empty of what was moved.
    await tx.execute(f"LOCK TABLE ONLY {span.table} IN ACCESS EXCLUSIVE MODE")
    await tx.execute(f"LOCK TABLE {span.table}_default IN ACCESS EXCLUSIVE MODE")
    await tx.execute(f"CREATE TABLE {span.name} (LIKE {span.table} INCLUDING ALL EXCLUDING IDENTITY)")
    moved = await tx.execute(
        f"WITH moved AS (DELETE FROM {span.table}_default WHERE {bounds} RETURNING *)"
        f" INSERT INTO {span.name} OVERRIDING SYSTEM VALUE SELECT * FROM moved"
    )
    await tx.execute(
        f"ALTER TABLE {span.table} ATTACH PARTITION {span.name} FOR VALUES FROM ('{span.start}') TO ('{span.end}')"
    )
    _log.info("partition made", name=span.name, moved=moved.rpartition(" ")[2])


async def drop_old(database: Database, retention: timedelta) -> list[str]:
    """Drop the days of the inbox in which nothing was received since the retention began, and thin out the DEFAULT one.
    Returns the names of the dropped."""
    oldest = database.clock.now - retention
    async with database.read() as connection:
        rows = await connection.fetch(
            "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'inbox'::regclass ORDER BY 1"
        )
    dropped = []
    limit = day(oldest.date()).name
    for name in (row["name"] for row in rows):
        if name != "inbox_default" and name < limit:
            async with database.transaction() as tx:
                await tx.execute("SET LOCAL lock_timeout = '2s'")
                await tx.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
                if not await tx.fetchval(f"SELECT EXISTS (SELECT FROM {name} WHERE received_at >= $1)", oldest):
                    await tx.execute(f"DROP TABLE {name}")
                    dropped.append(name)
    gone = f"DELETE {_CHUNK}"
    while gone == f"DELETE {_CHUNK}":
        async with database.transaction() as tx:
            gone = await tx.execute(
                "DELETE FROM inbox_default WHERE ctid = ANY(ARRAY("
                "SELECT ctid FROM inbox_default WHERE received_at < $1 LIMIT $2))",
                oldest, _CHUNK,
            )  # fmt: skip
    if dropped:
        _log.info("old days of the inbox are gone", dropped=dropped)
    return dropped
