"""Statements of use, and the daily figures told to others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change
from metrics.tools.repository import BY_CODE
from metrics.usage.domain import DailyUse, Statement

_REPLACE = """
    ON CONFLICT (day, tool, employee_id, surface) DO UPDATE SET
        reference = excluded.reference, actions = excluded.actions, sessions = excluded.sessions,
        tokens = excluded.tokens, stated_at = excluded.stated_at, recorded_at = excluded.recorded_at
    WHERE usage_days.stated_at <= excluded.stated_at
    RETURNING day
"""
_COLUMNS = "day, tool, employee_id, surface, reference, actions, sessions, tokens, stated_at, recorded_at"
_SAVE = f"""
    WITH meant (tool) AS (SELECT coalesce($10, ({BY_CODE})::text, $11)), saved AS (
        INSERT INTO usage_days ({_COLUMNS})
        SELECT $2, tool, $3, $4, $1, $5, $6, $7, $8, $9 FROM meant WHERE tool IS NOT NULL {_REPLACE}
    )
    SELECT tool, EXISTS (SELECT FROM saved) AS changed FROM meant
"""


@dataclass(frozen=True, slots=True)
class Saved:
    """The name under which a statement is kept, None when its tool is not known; whether it changed anything."""

    tool: str | None
    changed: bool


async def save(tx: Transaction, statement: Statement, *, stated_at: datetime, unknown_tool: bool) -> Saved:
    """Keep a statement in place of an earlier one on the same day; a later one that is there already stays.

    A statement of a tool that governance has not told of is kept, under the source's name for it, with `unknown_tool` only.
    """
    row = await tx.fetchrow(
        _SAVE,
        statement.tool, statement.day, statement.employee_id, statement.surface, statement.actions, statement.sessions,
        statement.tokens, stated_at, tx.now, statement.tool_id and str(statement.tool_id),
        statement.tool if unknown_tool else None,
    )  # fmt: skip
    assert row is not None
    return Saved(row["tool"], row["changed"])


async def rename_tool(tx: Transaction, reference: str, tool: str) -> list[date]:
    """Keep under the tool what was kept under a source's name for it. Returns the days that this changes."""
    rows = await tx.fetch(
        f"""
        WITH moved AS (DELETE FROM usage_days WHERE tool = $1 RETURNING *), kept AS (
            INSERT INTO usage_days ({_COLUMNS})
            SELECT day, $2, employee_id, surface, reference, actions, sessions, tokens, stated_at, recorded_at FROM moved
            {_REPLACE}
        )
        SELECT DISTINCT day FROM moved ORDER BY day
        """,
        reference, tool,
    )  # fmt: skip
    return [row["day"] for row in rows]


async def days_of(connection: Connection, employee_id: str, since: date) -> list[date]:
    """The days since a date on which somebody of that id used anything."""
    rows = await connection.fetch(
        "SELECT DISTINCT day FROM usage_days WHERE employee_id = $1 AND day >= $2 ORDER BY day", employee_id, since
    )
    return [row["day"] for row in rows]


async def days_of_tool(connection: Connection, tool: str) -> list[date]:
    """The days on which anybody used what is kept under that name."""
    rows = await connection.fetch("SELECT DISTINCT day FROM usage_days WHERE tool = $1 ORDER BY day", tool)
    return [row["day"] for row in rows]


async def lock_day(tx: Transaction, day: date) -> dict[UUID | None, DailyUse]:
    """What was last told of a day, by tool, with all tools together under None. One transaction at a time counts a day."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('daily-use', $1))", day.toordinal())
    rows = await tx.fetch(
        "SELECT id, tool_id, day, active_employees, actions, version FROM daily_uses WHERE day = $1", day
    )
    return {row["tool_id"]: DailyUse(**row) for row in rows}


async def count_day(connection: Connection, day: date) -> dict[UUID | None, tuple[int, int]]:
    """Active employees and their actions on a day, by tool, with all tools together (also unknown ones) under None."""
    rows = await connection.fetch(
        """
        SELECT t.id AS tool_id, count(DISTINCT u.employee_id) FILTER (WHERE u.actions > 0) AS active_employees,
            coalesce(sum(u.actions), 0)::bigint AS actions
        FROM usage_days u
        JOIN memberships m ON m.employee_id = u.employee_id
            AND m.from_date <= u.day AND (m.to_date IS NULL OR m.to_date > u.day)
        LEFT JOIN tools t ON t.id::text = u.tool
        WHERE u.day = $1
        GROUP BY GROUPING SETS ((t.id), ())
        HAVING t.id IS NOT NULL OR (GROUPING(t.id) = 1 AND count(*) > 0)
        """,
        day,
    )
    return {row["tool_id"]: (row["active_employees"], row["actions"]) for row in rows}


async def save_counts(tx: Transaction, changes: Sequence[Change[DailyUse]]) -> None:
    """Keep the daily figures and tell them."""
    await tx.executemany(
        """
        INSERT INTO daily_uses (id, tool_id, day, active_employees, actions, version, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id) DO UPDATE SET active_employees = excluded.active_employees, actions = excluded.actions,
            version = excluded.version, updated_at = excluded.updated_at
        """,
        [
            (use.id, use.tool_id, use.day, use.active_employees, use.actions, use.version, tx.now)
            for use in (change.after for change in changes)
        ],
    )
    await outbox.record_many(tx, changes)


@dataclass(frozen=True, slots=True)
class OwnUse:
    """What one person did with one tool in a window."""

    tool: str
    active_days: int
    actions: int
    last_day: date | None


async def own_use(connection: Connection, employee_id: str, first: date, last: date) -> list[OwnUse]:
    """What a person did in a window, by tool. The tool "" stands for all, its days counted once."""
    rows = await connection.fetch(
        """
        SELECT coalesce(tool, '') AS tool, count(DISTINCT day) FILTER (WHERE actions > 0) AS active_days,
            coalesce(sum(actions), 0)::bigint AS actions, max(day) FILTER (WHERE actions > 0) AS last_day
        FROM usage_days WHERE employee_id = $1 AND day BETWEEN $2 AND $3
        GROUP BY GROUPING SETS ((tool), ()) ORDER BY 1
        """,
        employee_id, first, last,
    )  # fmt: skip
    return [OwnUse(**row) for row in rows]
