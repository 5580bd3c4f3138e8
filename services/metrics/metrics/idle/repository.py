"""Grants, when they were last used, and what was told of it, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from chassis import outbox
from chassis.database import Transaction
from chassis.domain import Change
from metrics.idle.domain import Holding, IdleSpell

_HOLDINGS = """
    SELECT s.grant_id, s.employee_id, s.tool_id, s.from_date AS held_since, p.from_date AS employed_since,
        (SELECT max(l.to_date) FROM leaves l WHERE l.employee_id = s.employee_id AND l.to_date <= $1) AS back_since,
        (SELECT max(u.day) FROM usage_days u
            WHERE u.employee_id = s.employee_id AND u.tool = s.tool_id::text AND u.actions > 0) AS last_used_on
    FROM seat_spans s
    JOIN employments p ON p.employee_id = s.employee_id AND p.from_date <= $1 AND (p.to_date IS NULL OR p.to_date > $1)
    WHERE s.grant_id > $2 AND s.grant_id <= $3 AND s.from_date <= $1 AND (s.to_date IS NULL OR s.to_date > $1)
        AND NOT EXISTS (
            SELECT FROM leaves l WHERE l.employee_id = s.employee_id
                AND l.from_date <= $1 AND (l.to_date IS NULL OR l.to_date > $1)
        )
"""
_SPELL = "grant_id, employee_id, tool_id, idle_since, last_used_on, version"


async def look_begins(tx: Transaction, day: date) -> bool:
    """Whether it is for the caller to look at all grants on this day: the first who asks."""
    return await tx.execute("INSERT INTO idle_looks (day) VALUES ($1) ON CONFLICT DO NOTHING", day) == "INSERT 0 1"


async def batch_end(tx: Transaction, after: UUID, size: int) -> UUID | None:
    """The last of the next so many grants; None when there are none left."""
    last: UUID | None = await tx.fetchval(
        "SELECT grant_id FROM (SELECT grant_id FROM seats WHERE grant_id > $1 ORDER BY grant_id LIMIT $2) s"
        " ORDER BY grant_id DESC LIMIT 1",
        after, size,
    )  # fmt: skip
    return last


async def holdings(tx: Transaction, today: date, after: UUID, until: UUID) -> list[Holding]:
    """The grants of a batch that hold today, of people who are at work."""
    return [Holding(**row) for row in await tx.fetch(_HOLDINGS, today, after, until)]


async def told(tx: Transaction, grant_ids: Sequence[UUID]) -> dict[UUID, IdleSpell]:
    """What was told of grants, locked."""
    rows = await tx.fetch(
        f"SELECT {_SPELL} FROM idle_spells WHERE grant_id = ANY($1) ORDER BY grant_id FOR UPDATE", list(grant_ids)
    )
    return {row["grant_id"]: IdleSpell(*row) for row in rows}


async def save(tx: Transaction, changes: Sequence[Change[IdleSpell]]) -> None:
    """Keep what is told, and tell it."""
    await tx.executemany(
        f"""
        INSERT INTO idle_spells ({_SPELL}) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (grant_id) DO UPDATE SET idle_since = excluded.idle_since, last_used_on = excluded.last_used_on,
            version = excluded.version
        """,
        [
            (spell.id, spell.employee_id, spell.tool_id, spell.idle_since, spell.last_used_on, spell.version)
            for spell in (change.after for change in changes)
        ],
    )
    await outbox.record_many(tx, changes)
