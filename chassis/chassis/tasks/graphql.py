"""Corrective tasks in a service's graph, under the service's own names (C9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Generic, Self, TypeVar
from uuid import UUID

import strawberry

from chassis.caller import scope_of
from chassis.graphql import Connection, Info, page, run, uuid_of
from chassis.tasks import commands, domain, repository

E = TypeVar("E")
T = TypeVar("T")


@strawberry.type
class Task(Generic[E]):
    """The fields of a task; `E` is the service's own type of employees, made of an id."""

    id: strawberry.ID = strawberry.field(description="The id; that of governance's corrective action.")
    incident_id: strawberry.ID = strawberry.field(description="The incident, which governance keeps.")
    description: str = strawberry.field(description="What has to change.")
    owner: E = strawberry.field(description="Who does it.")
    department_id: strawberry.ID | None = strawberry.field(description="The department that it belongs to.")
    due_on: date = strawberry.field(description="By when.")
    outcome: str | None = strawberry.field(description="What was done; null until it is.")
    completed_by: E | None = strawberry.field(description="Who said so.")
    completed_at: datetime | None = strawberry.field(description="When.")

    @classmethod
    def made(cls, task: domain.CorrectiveTask, employee: Callable[[strawberry.ID], E]) -> Self:
        """The task as the graph shows it."""
        return cls(
            id=strawberry.ID(str(task.id)),
            incident_id=strawberry.ID(str(task.incident_id)),
            description=task.description,
            owner=employee(strawberry.ID(task.owner_id)),
            department_id=strawberry.ID(task.department_id) if task.department_id else None,
            due_on=task.due_on,
            outcome=task.outcome,
            completed_by=employee(strawberry.ID(task.completed_by)) if task.completed_by else None,
            completed_at=task.completed_at,
        )


@strawberry.input
class CompleteTaskInput:
    """The fields with which a task is completed."""

    task_id: strawberry.ID = strawberry.field(description="The task.")
    outcome: str = strawberry.field(description="What was done.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


async def tasks(
    info: Info,
    first: int | None,
    after: str | None,
    done: bool | None,
    *,
    officers: domain.Officers,
    node: Callable[[domain.CorrectiveTask], T],
) -> Connection[T]:
    """One's own tasks by date, for a leader those of the department too, for officers all of them."""
    caller = info.context.require_caller()
    async with info.context.read() as connection:
        everything = officers.include(caller.roles)
        leads = caller.has("department_leader")
        department = (await scope_of(connection, caller)).department_id if leads and not everything else None
        return await page(
            first,
            after,
            lambda after, limit: repository.listing(
                connection,
                owner_id=None if everything else caller.subject,
                department_id=department,
                done=done,
                after=after,
                limit=limit,
            ),
            node=node,
            cursor=lambda task: f"{task.due_on} {task.id}",
            place=_place,
        )


def _place(cursor: str) -> tuple[date, UUID]:
    day, _, id = cursor.partition(" ")
    return date.fromisoformat(day), UUID(id)


async def complete(info: Info, input: CompleteTaskInput, *, officers: domain.Officers) -> domain.CorrectiveTask:
    """Complete the task that a mutation names."""
    return await run(
        info,
        commands.complete,
        key=input.idempotency_key,
        again=repository.get,
        task_id=uuid_of(input.task_id, "corrective task"),
        outcome=input.outcome,
        officers=officers,
    )
