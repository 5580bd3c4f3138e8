"""Doing what an incident asks for."""

from __future__ import annotations

from uuid import UUID

from chassis import directory
from chassis.caller import Caller, scope_of
from chassis.database import Transaction
from chassis.tasks import repository
from chassis.tasks.domain import CorrectiveTask, Officers, must_complete


async def assign(tx: Transaction, task: CorrectiveTask) -> None:
    """Keep a task; it belongs to the department in which its owner works now."""
    owner = await directory.person(tx, task.owner_id)
    await repository.add(
        tx,
        CorrectiveTask(
            task.id, task.incident_id, task.description, task.owner_id,
            task.department_id or (owner.department_id if owner else None), task.due_on,
        ),
    )  # fmt: skip


async def complete(
    tx: Transaction, *, caller: Caller, task_id: UUID, outcome: str, officers: Officers
) -> CorrectiveTask:
    """Say what was done."""
    task = await repository.get_for_update(tx, task_id)
    scope = await scope_of(tx, caller)
    must_complete(task, caller.subject, caller.roles, scope.department_id, officers)
    return await repository.save(tx, task.complete(caller.subject, outcome, tx.now))
