"""The table of corrective tasks."""

from __future__ import annotations

from dataclasses import astuple
from datetime import date
from uuid import UUID

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from chassis.tasks.domain import CorrectiveTask

_COLUMNS = "id, incident_id, description, owner_id, department_id, due_on, outcome, completed_by, completed_at, version"


async def add(tx: Transaction, task: CorrectiveTask) -> None:
    """Keep a task as it was asked for."""
    await tx.execute(
        f"INSERT INTO corrective_tasks ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (id) DO NOTHING",
        *astuple(task),
    )


async def get(connection: Connection, id: UUID) -> CorrectiveTask:
    """One task. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM corrective_tasks WHERE id = $1", id)
    if row is None:
        raise NotFound(what="corrective task", id=str(id))
    return CorrectiveTask(**row)


async def get_for_update(tx: Transaction, id: UUID) -> CorrectiveTask:
    """One task, locked. Raises NotFound."""
    await tx.execute("SELECT FROM corrective_tasks WHERE id = $1 FOR UPDATE", id)
    return await get(tx, id)


async def save(tx: Transaction, change: Change[CorrectiveTask]) -> CorrectiveTask:
    """Write that a task is done, and its event."""
    task = change.after
    await tx.execute(
        "UPDATE corrective_tasks SET outcome = $2, completed_by = $3, completed_at = $4, version = $5 WHERE id = $1",
        task.id, task.outcome, task.completed_by, task.completed_at, task.version,
    )  # fmt: skip
    await outbox.record(tx, change)
    return task


async def listing(
    connection: Connection,
    *,
    owner_id: str | None,
    department_id: str | None,
    done: bool | None,
    after: tuple[date, UUID] | None,
    limit: int,
) -> list[CorrectiveTask]:
    """A page of tasks by date: of an owner or a department when both are given, of either one, or all."""
    due_on, id = after or (None, None)
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM corrective_tasks
        WHERE (($1::text IS NULL AND $2::text IS NULL) OR owner_id = $1 OR department_id = $2)
            AND ($3::bool IS NULL OR (completed_at IS NOT NULL) = $3)
            AND ($4::date IS NULL OR (due_on, id) > ($4, $5::uuid))
        ORDER BY due_on, id LIMIT $6
        """,
        owner_id, department_id, done, due_on, id, limit,
    )  # fmt: skip
    return [CorrectiveTask(**row) for row in rows]
