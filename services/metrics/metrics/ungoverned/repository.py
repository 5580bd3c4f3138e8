"""Use without leave in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change
from metrics.ungoverned.domain import Finding, Kind, UngovernedUse

_COLUMNS = "id, day, tool, tool_id, employee_id, department_id, kind, named, cleared, version"

# A grant covers one day more on either side: its days are those of UTC, a day of use is the day where the person is.
_DIFFERENCES = f"""
    WITH used AS (
        SELECT u.tool, u.employee_id, min(m.department_id) AS department_id
        FROM usage_days u
        JOIN memberships m ON m.employee_id = u.employee_id
            AND m.from_date <= u.day AND (m.to_date IS NULL OR m.to_date > u.day)
        WHERE u.day = $1::date AND u.actions > 0
        GROUP BY u.tool, u.employee_id
    ), judged AS (
        SELECT used.tool, used.employee_id, used.department_id, t.id AS tool_id,
            CASE
                WHEN t.id IS NULL THEN 'unknown_tool'
                WHEN (held.happening = 'suspended' AND held.reason = 'dept_restricted') OR EXISTS (
                    SELECT FROM restrictions r WHERE r.department_id = used.department_id
                        AND (r.tool_id IS NULL OR r.tool_id = t.id)
                        AND r.from_date <= $1 AND (r.to_date IS NULL OR r.to_date > $1)
                ) THEN 'restricted'
                WHEN held.happening = 'suspended' OR EXISTS (
                    SELECT FROM annotations a WHERE a.tool_id = t.id AND a.kind = 'suspended'
                        AND a.from_time < $1 + 1 AND (a.to_time IS NULL OR a.to_time >= $1)
                ) THEN 'suspended'
                WHEN NOT EXISTS (
                    SELECT FROM annotations a WHERE a.tool_id = t.id AND a.kind = 'approved' AND a.from_time < $1 + 2
                ) THEN 'not_approved'
                ELSE 'no_grant'
            END AS kind
        FROM used
        LEFT JOIN tools t ON t.id::text = used.tool
        LEFT JOIN LATERAL (
            SELECT c.happening, c.reason FROM seats s JOIN seat_changes c USING (grant_id)
            WHERE s.employee_id = used.employee_id AND s.tool_id = t.id AND c.on_date <= $1
            ORDER BY c.on_date DESC, c.sequence DESC LIMIT 1
        ) held ON true
        WHERE NOT EXISTS (
            SELECT FROM seat_spans s WHERE s.employee_id = used.employee_id AND s.tool_id = t.id
                AND s.from_date <= $1 + 1 AND (s.to_date IS NULL OR s.to_date >= $1 - 1)
        ) AND NOT EXISTS (
            SELECT FROM seats s JOIN seat_changes c USING (grant_id)
            WHERE s.employee_id = used.employee_id AND s.tool_id = t.id
                AND c.happening IN ('granted', 'restored') AND c.on_date BETWEEN $1 - 1 AND $1 + 1
        )
    ), counted AS (
        SELECT *, count(*) OVER (PARTITION BY tool, department_id, kind) AS people FROM judged
    )
    SELECT tool, employee_id, n.department_id AS found_department, n.tool_id AS found_tool, n.kind AS found_kind,
        n.people, (
            SELECT count(*) FROM memberships m WHERE m.department_id = n.department_id
                AND m.from_date <= $1 AND (m.to_date IS NULL OR m.to_date > $1)
        ) AS department_size,
        told.id, told.tool_id, told.department_id, told.kind, told.named, told.cleared, told.version
    FROM counted n
    FULL JOIN (SELECT {_COLUMNS} FROM ungoverned_uses WHERE day = $1) told USING (tool, employee_id)
    WHERE n.kind IS DISTINCT FROM CASE WHEN told.cleared THEN NULL ELSE told.kind END
    ORDER BY tool, employee_id LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A use of a day as told, where it was, and as it is found, where it is without leave."""

    told: UngovernedUse | None
    found: Finding | None


async def differences(tx: Transaction, day: date, *, limit: int) -> list[Difference]:
    """Where what was told of a day differs from what is found. One transaction at a time judges a day."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('ungoverned-use', $1))", day.toordinal())
    return [_difference(day, row) for row in await tx.fetch(_DIFFERENCES, day, limit)]


def _difference(day: date, row: Record) -> Difference:
    tool, employee_id = row["tool"], row["employee_id"]
    told = row["id"] and UngovernedUse(
        row["id"], day, tool, row["tool_id"], employee_id, row["department_id"], Kind(row["kind"]), row["named"],
        row["cleared"], row["version"],
    )  # fmt: skip
    found = row["found_kind"] and Finding(
        tool, row["found_tool"], employee_id, row["found_department"], Kind(row["found_kind"]), row["people"],
        row["department_size"],
    )  # fmt: skip
    return Difference(told, found)


async def save(tx: Transaction, changes: Sequence[Change[UngovernedUse]]) -> None:
    """Keep what is told, and tell it."""
    latest = {change.after.id: change.after for change in changes}
    await tx.executemany(
        f"""
        INSERT INTO ungoverned_uses ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (id) DO UPDATE SET tool_id = excluded.tool_id, department_id = excluded.department_id,
            kind = excluded.kind, named = excluded.named, cleared = excluded.cleared, version = excluded.version
        """,
        [
            (use.id, use.day, use.tool, use.tool_id, use.employee_id, use.department_id, use.kind, use.named,
             use.cleared, use.version)
            for use in latest.values()
        ],
    )  # fmt: skip
    await outbox.record_many(tx, changes)


async def told_days(
    connection: Connection,
    since: date,
    *,
    employee_id: str | None = None,
    tool_id: UUID | None = None,
    department_id: str | None = None,
) -> list[date]:
    """The days since a date of which something was told that still stands, of a person, a tool or a department."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT day FROM ungoverned_uses
        WHERE NOT cleared AND day >= $1 AND ($2::text IS NULL OR employee_id = $2)
            AND ($3::uuid IS NULL OR tool_id = $3) AND ($4::text IS NULL OR department_id = $4)
        """,
        since, employee_id, tool_id, department_id,
    )  # fmt: skip
    return [row["day"] for row in rows]


async def used_days(connection: Connection, employee_id: str, tool_id: UUID, since: date) -> list[date]:
    """The days since a date on which a person used a tool."""
    rows = await connection.fetch(
        "SELECT DISTINCT day FROM usage_days WHERE employee_id = $1 AND tool = $2 AND day >= $3 AND actions > 0",
        employee_id, str(tool_id), since,
    )  # fmt: skip
    return [row["day"] for row in rows]


async def restrict(tx: Transaction, id: UUID, department_id: str, tool_id: UUID | None, on: date) -> None:
    """A department takes a tool away from its people."""
    await tx.execute(
        "INSERT INTO restrictions (id, department_id, tool_id, from_date) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        id, department_id, tool_id, on,
    )  # fmt: skip


async def lift(tx: Transaction, id: UUID, on: date) -> None:
    """A restriction has ended."""
    await tx.execute("UPDATE restrictions SET to_date = $2 WHERE id = $1", id, on)
