"""Restrictions of departments in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from chassis import directory, outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.departments.domain import Restriction, RestrictionStatus
from governance.scope.domain import Scope

COLUMNS = "id, department_id, tool_id, removed, remaining, reason, review_by, imposed_by, imposed_on, status, version"
_LOCK = "pg_advisory_xact_lock{}(hashtextextended('restrictions of ' || id, 0))"


def restriction_from(row: Record | dict[str, Any]) -> Restriction:
    """A restriction from the fields `COLUMNS`."""
    return Restriction(
        **{
            **dict(row),
            "removed": msgspec.convert(row["removed"], tuple[Scope, ...]),
            "remaining": msgspec.convert(row["remaining"], tuple[Scope, ...] | None),
            "status": RestrictionStatus(row["status"]),
        }
    )


async def hold_still(tx: Transaction, department_id: str) -> None:
    """Nobody changes what this department restricts until the end of the transaction."""
    await tx.execute(f"SELECT {_LOCK.format('_shared')} FROM (SELECT $1::text AS id) AS department", department_id)


async def hold_still_of(tx: Transaction, employee_ids: list[str]) -> None:
    """Nobody changes what the departments of these people restrict until the end of the transaction."""
    await tx.execute(
        f"""
        SELECT {_LOCK.format("_shared")} FROM (
            SELECT DISTINCT department_id AS id FROM ({directory.AS_OF} WHERE e.id = ANY($3)) AS person
            WHERE department_id IS NOT NULL ORDER BY 1
        ) AS department
        """,
        *directory.moment(tx), employee_ids,
    )  # fmt: skip


async def lock(tx: Transaction, department_id: str) -> None:
    """Let one transaction at a time change what a department restricts, and nobody decide by it meanwhile."""
    await tx.execute(f"SELECT {_LOCK.format('')} FROM (SELECT $1::text AS id) AS department", department_id)


async def get(connection: Connection, id: UUID) -> Restriction:
    """One restriction. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM department_restrictions WHERE id = $1", id)
    if row is None:
        raise NotFound(what="restriction", id=str(id))
    return restriction_from(row)


async def is_restricted(connection: Connection, department_id: str, tool_id: UUID | None) -> bool:
    """Whether the department restricts exactly this already."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM department_restrictions"
            " WHERE department_id = $1 AND tool_id IS NOT DISTINCT FROM $2 AND status = 'active')",
            department_id, tool_id,
        )
    )  # fmt: skip


async def holding(connection: Connection, department_ids: Iterable[str]) -> dict[str, tuple[Restriction, ...]]:
    """What each department restricts today."""
    found: dict[str, list[Restriction]] = defaultdict(list)
    for row in await connection.fetch(
        f"SELECT {COLUMNS} FROM department_restrictions"
        " WHERE department_id = ANY($1) AND status = 'active' AND review_by > $2 ORDER BY id",
        sorted(set(department_ids)), connection.now.date(),
    ):  # fmt: skip
        found[row["department_id"]].append(restriction_from(row))
    return {department: tuple(restrictions) for department, restrictions in found.items()}


async def every_of(connection: Connection, department_id: str) -> list[Restriction]:
    """Everything a department ever restricted, the latest thousand."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM department_restrictions WHERE department_id = $1 ORDER BY id DESC LIMIT 1000",
        department_id,
    )
    return [restriction_from(row) for row in rows]


async def of_departments(connection: Connection, ids: list[str]) -> dict[str, list[Restriction]]:
    """The last hundred restrictions of each department, the latest first."""
    found: dict[str, list[Restriction]] = defaultdict(list)
    for row in await connection.fetch(
        f"""
        SELECT {COLUMNS} FROM unnest($1::text[]) AS wanted (department) CROSS JOIN LATERAL (
            SELECT * FROM department_restrictions WHERE department_id = wanted.department ORDER BY id DESC LIMIT 100
        ) AS found ORDER BY id DESC
        """,
        ids,
    ):
        found[row["department_id"]].append(restriction_from(row))
    return found


async def save(tx: Transaction, change: Change[Restriction]) -> None:
    """Write a restriction and its event."""
    after = change.after
    await tx.execute(
        f"INSERT INTO department_restrictions ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        " ON CONFLICT (id) DO UPDATE SET status = excluded.status, version = excluded.version",
        after.id, after.department_id, after.tool_id, msgspec.to_builtins(after.removed),
        None if after.remaining is None else msgspec.to_builtins(after.remaining), after.reason, after.review_by,
        after.imposed_by, after.imposed_on, after.status, after.version,
    )  # fmt: skip
    await outbox.record(tx, change)
