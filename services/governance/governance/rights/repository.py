"""Officers in SQL."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.rights.domain import Officer, OfficerRole

_COLUMNS = "id, role, employee_id, from_at, to_at, version"


def _officer(row: Record) -> Officer:
    return Officer(**{**dict(row), "role": OfficerRole(row["role"])})


async def active(
    connection: Connection, *, role: OfficerRole | None = None, employee_id: str | None = None
) -> list[Officer]:
    """The officers of today, of a role or a person."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM officers WHERE to_at IS NULL AND ($1::text IS NULL OR role = $1)"
        " AND ($2::text IS NULL OR employee_id = $2) ORDER BY role, employee_id",
        role, employee_id,
    )  # fmt: skip
    return [_officer(row) for row in rows]


async def lock(tx: Transaction, id: UUID) -> Officer | None:
    """One term, locked."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM officers WHERE id = $1 FOR UPDATE", id)
    return _officer(row) if row else None


async def get(connection: Connection, id: UUID) -> Officer:
    """One term. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM officers WHERE id = $1", id)
    if row is None:
        raise NotFound(what="officer", id=str(id))
    return _officer(row)


async def save(tx: Transaction, change: Change[Officer]) -> None:
    """Write a term and its event."""
    officer = change.after
    await tx.execute(
        f"INSERT INTO officers ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (id) DO UPDATE SET to_at = excluded.to_at, version = excluded.version",
        officer.id, officer.role, officer.employee_id, officer.from_at, officer.to_at, officer.version,
    )  # fmt: skip
    await outbox.record(tx, change)


async def leaders_of(connection: Connection, department_ids: list[str]) -> dict[str, tuple[str, ...]]:
    """The people managers of each department who answer to somebody outside it, or to nobody."""
    rows = await connection.fetch(
        """
        SELECT m.department_id, array_agg(m.employee_id ORDER BY m.employee_id) AS leaders FROM memberships m
        WHERE m.department_id = ANY($1) AND m.is_people_manager
            AND m.from_date <= $2 AND (m.to_date IS NULL OR m.to_date > $2)
            AND NOT EXISTS (
                SELECT FROM memberships above WHERE above.employee_id = m.manager_id
                    AND above.department_id = m.department_id
                    AND above.from_date <= $2 AND (above.to_date IS NULL OR above.to_date > $2)
            )
        GROUP BY m.department_id
        """,
        department_ids, connection.now.date(),
    )  # fmt: skip
    return {row["department_id"]: tuple(row["leaders"]) for row in rows}
