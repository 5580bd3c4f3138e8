"""Corrective tasks in the graph (C9)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from chassis.caller import scope_of
from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from process.processes.graphql import Employee
from process.tasks import commands, domain, repository


@strawberry.type(description="What somebody has to change in processes and procedures because of an incident.")
class ProcessTask:
    id: strawberry.ID = strawberry.field(description="The id; that of governance's corrective action.")
    incident_id: strawberry.ID = strawberry.field(description="The incident, which governance keeps.")
    description: str = strawberry.field(description="What has to change.")
    owner: Employee = strawberry.field(description="Who does it.")
    department_id: strawberry.ID | None = strawberry.field(description="The department that it belongs to.")
    due_on: date = strawberry.field(description="By when.")
    outcome: str | None = strawberry.field(description="What was done; null until it is.")
    completed_by: Employee | None = strawberry.field(description="Who said so.")
    completed_at: datetime | None = strawberry.field(description="When.")

    @classmethod
    def of(cls, task: domain.CorrectiveTask) -> Self:
        """The task as the graph shows it."""
        return cls(
            id=strawberry.ID(str(task.id)),
            incident_id=strawberry.ID(str(task.incident_id)),
            description=task.description,
            owner=Employee(id=strawberry.ID(task.owner_id)),
            department_id=strawberry.ID(task.department_id) if task.department_id else None,
            due_on=task.due_on,
            outcome=task.outcome,
            completed_by=Employee(id=strawberry.ID(task.completed_by)) if task.completed_by else None,
            completed_at=task.completed_at,
        )


@strawberry.type
class TaskQueries:
    @strawberry.field(
        description="Tasks out of incidents by date: one's own, those of the department for its leader, all of them for"
        " AI stewards and compliance officers."
    )
    async def process_tasks(
        self,
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="How many, 1 to 100.")] = None,
        after: Annotated[str | None, strawberry.argument(description="The `endCursor` of the page before.")] = None,
        done: Annotated[bool | None, strawberry.argument(description="Only those done, or only the others.")] = None,
    ) -> Connection[ProcessTask]:
        caller = info.context.require_caller()
        async with info.context.read() as connection:
            everything = domain.sees_all(caller.roles)
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
                    after=_place(after),
                    limit=limit,
                ),
                node=ProcessTask.of,
                cursor=lambda task: f"{task.due_on} {task.id}",
            )


def _place(after: str | None) -> tuple[date, UUID] | None:
    if after is None:
        return None
    day, _, id = after.partition(" ")
    return date.fromisoformat(day), uuid_of(id, "place in this list")


@strawberry.input(description="What was done of a task.")
class CompleteProcessTaskInput:
    task_id: strawberry.ID = strawberry.field(description="The task.")
    outcome: str = strawberry.field(description="What was done.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.type(description="The task, or why it is not done.")
class CompleteProcessTaskPayload(Payload):
    task: ProcessTask | None = strawberry.field(default=None, description="The task.")


@strawberry.type
class TaskMutations:
    @mutation(
        refuses=(domain.CorrectiveTaskDone, domain.OutcomeMissing),
        description="Say what was done because of an incident. For the task's owner, the department's leader and"
        " AI stewards and compliance officers.",
    )
    async def complete_process_task(self, info: Info, input: CompleteProcessTaskInput) -> CompleteProcessTaskPayload:
        task = await run(
            info,
            commands.complete,
            key=input.idempotency_key,
            again=repository.get,
            task_id=uuid_of(input.task_id, "corrective task"),
            outcome=input.outcome,
        )
        return CompleteProcessTaskPayload(task=ProcessTask.of(task))
