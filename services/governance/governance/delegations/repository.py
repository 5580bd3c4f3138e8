"""Delegations in SQL."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.delegations.domain import Delegation
from governance.rights.domain import DecisionType

_COLUMNS = "id, decision_type, from_id, to_id, department_id, from_at, until_at, reason, ended_at, version"
_HOLDS = "ended_at IS NULL AND from_at <= $1 AND until_at > $1"


def _delegation(row: Record) -> Delegation:
    return Delegation(**{**dict(row), "decision_type": DecisionType(row["decision_type"])})


async def get(connection: Connection, id: UUID) -> Delegation:
    """One delegation. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM delegations WHERE id = $1", id)
    if row is None:
        raise NotFound(what="delegation", id=str(id))
    return _delegation(row)


async def get_for_update(tx: Transaction, id: UUID) -> Delegation:
    """One delegation, locked. Raises NotFound."""
    await tx.execute("SELECT FROM delegations WHERE id = $1 FOR UPDATE", id)
    return await get(tx, id)


async def holding(connection: Connection, decision_type: DecisionType, *, to_id: str | None = None) -> list[Delegation]:
    """The delegations of a decision right that hold now, at most a hundred."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM delegations WHERE {_HOLDS} AND decision_type = $2"
        " AND ($3::text IS NULL OR to_id = $3) ORDER BY id LIMIT 100",
        connection.now, decision_type, to_id,
    )  # fmt: skip
    return [_delegation(row) for row in rows]


async def concerning(connection: Connection, employee_id: str) -> list[Delegation]:
    """The last hundred delegations from or to a person, the latest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM delegations WHERE from_id = $1 OR to_id = $1 ORDER BY id DESC LIMIT 100", employee_id
    )
    return [_delegation(row) for row in rows]


async def save(tx: Transaction, change: Change[Delegation]) -> None:
    """Write a delegation and its event."""
    it = change.after
    await tx.execute(
        f"INSERT INTO delegations ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, version = excluded.version",
        it.id, it.decision_type, it.from_id, it.to_id, it.department_id, it.from_at, it.until_at, it.reason,
        it.ended_at, it.version,
    )  # fmt: skip
    await outbox.record(tx, change)
