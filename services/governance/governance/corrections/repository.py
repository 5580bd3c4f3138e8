"""Corrective actions in SQL."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import astuple
from uuid import UUID

from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.corrections.domain import CorrectiveAction, Pillar

_COLUMNS = "id, incident_id, pillar, description, owner_id, department_id, due_on, outcome, completed_by, completed_at, version"


def _action(row: Record) -> CorrectiveAction:
    return CorrectiveAction(**{**dict(row), "pillar": Pillar(row["pillar"])})


async def get(connection: Connection, id: UUID) -> CorrectiveAction:
    """One action. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM corrective_actions WHERE id = $1", id)
    if row is None:
        raise NotFound(what="corrective action", id=str(id))
    return _action(row)


async def get_for_update(tx: Transaction, id: UUID) -> CorrectiveAction:
    """One action, locked. Raises NotFound."""
    await tx.execute("SELECT FROM corrective_actions WHERE id = $1 FOR UPDATE", id)
    return await get(tx, id)


async def of_incidents(connection: Connection, incident_ids: list[UUID]) -> dict[UUID, list[CorrectiveAction]]:
    """The actions of many incidents, in the order in which they were asked for."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM corrective_actions WHERE incident_id = ANY($1) ORDER BY id", incident_ids
    )
    found: dict[UUID, list[CorrectiveAction]] = defaultdict(list)
    for row in rows:
        found[row["incident_id"]].append(_action(row))
    return found


async def open_of(connection: Connection, incident_id: UUID) -> int:
    """How many actions of an incident are not done."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM corrective_actions WHERE incident_id = $1 AND completed_at IS NULL", incident_id
    )
    return count


async def save(tx: Transaction, change: Change[CorrectiveAction]) -> CorrectiveAction:
    """Write an action and its event."""
    action = change.after
    await tx.execute(
        f"INSERT INTO corrective_actions ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        " ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, completed_by = excluded.completed_by,"
        " completed_at = excluded.completed_at, version = excluded.version",
        *astuple(action),
    )
    await outbox.record(tx, change)
    return action
