"""Dates that make something happen: expiry, overdue, ratification. Each (kind, id, date) happens once, however late."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from chassis.database import Database, Transaction

DueHandler = Callable[[Transaction, str, datetime], Awaitable[None]]
_log = structlog.get_logger(__name__)
_LONGEST_DELAY = 300


async def at(tx: Transaction, kind: str, id: str | UUID, when: datetime) -> None:
    """Have the service's `due[kind]` handler called at `when`. The same date again changes nothing."""
    await tx.execute(
        "INSERT INTO due_dates (kind, id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", kind, str(id), when
    )


async def at_many(tx: Transaction, kind: str, dates: Iterable[tuple[str | UUID, datetime]]) -> None:
    """The same for many (id, when), in one statement."""
    pairs = [(str(id), when) for id, when in dates]
    if pairs:
        await tx.execute(
            "INSERT INTO due_dates (kind, id, at) SELECT $1, id, at FROM unnest($2::text[], $3::timestamptz[]) AS d (id, at)"
            " ON CONFLICT DO NOTHING",
            kind, [id for id, _ in pairs], [when for _, when in pairs],
        )  # fmt: skip


async def cancel(tx: Transaction, kind: str, id: str | UUID) -> None:
    """Drop the dates of this kind that have not come."""
    await tx.execute("DELETE FROM due_dates WHERE kind = $1 AND id = $2 AND done_at IS NULL", kind, str(id))


async def run_next(database: Database, handlers: Mapping[str, DueHandler]) -> bool:
    """Handle the earliest date that has come, in one transaction with the mark that it is done. False when none has.

    A handler that fails is tried again with growing delay; the dates behind it do not wait for it.
    """
    async with database.transaction() as tx:
        row = await tx.fetchrow(
            """
            SELECT kind, id, at, attempts FROM due_dates
            WHERE done_at IS NULL AND at <= $1 AND not_before <= $1 AND kind = ANY($2)
            ORDER BY at, kind, id LIMIT 1 FOR UPDATE SKIP LOCKED
            """,
            tx.now, list(handlers),
        )  # fmt: skip
        if row is None:
            return False
        key = (row["kind"], row["id"], row["at"])
        try:
            async with tx.savepoint():
                await handlers[row["kind"]](tx, row["id"], row["at"])
                await tx.execute("UPDATE due_dates SET done_at = $4 WHERE (kind, id, at) = ($1, $2, $3)", *key, tx.now)
        except Exception:
            delay = min(2 ** row["attempts"], _LONGEST_DELAY)
            _log.exception("due date failed, it is tried again", kind=row["kind"], id=row["id"], delay_seconds=delay)
            await tx.execute(
                "UPDATE due_dates SET attempts = attempts + 1, not_before = $4 WHERE (kind, id, at) = ($1, $2, $3)",
                *key, tx.now + timedelta(seconds=delay),
            )  # fmt: skip
        return True


async def run(database: Database, handlers: Mapping[str, DueHandler], *, every: float = 1.0) -> None:
    """Handle dates as they come, for ever."""
    while True:
        if not handlers or not await database.backlog.has_room() or not await run_next(database, handlers):
            await asyncio.sleep(every)
