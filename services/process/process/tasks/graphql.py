"""Corrective tasks in the graph (C9)."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation
from chassis.tasks import graphql as shared
from chassis.tasks.domain import CorrectiveTask, CorrectiveTaskDone, OutcomeMissing
from process.processes.graphql import Employee
from process.tasks.domain import OFFICERS


@strawberry.type(description="What somebody has to change in processes and procedures because of an incident.")
class ProcessTask(shared.Task[Employee]):
    @classmethod
    def of(cls, task: CorrectiveTask) -> Self:
        """The task as the graph shows it."""
        return cls.made(task, lambda key: Employee(id=key))


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
        return await shared.tasks(info, first, after, done, officers=OFFICERS, node=ProcessTask.of)


@strawberry.input(description="What was done of a task.")
class CompleteProcessTaskInput(shared.CompleteTaskInput):
    pass


@strawberry.type(description="The task, or why it is not done.")
class CompleteProcessTaskPayload(Payload):
    task: ProcessTask | None = strawberry.field(default=None, description="The task.")


@strawberry.type
class TaskMutations:
    @mutation(
        refuses=(CorrectiveTaskDone, OutcomeMissing),
        description="Say what was done because of an incident. For the task's owner, the department's leader and"
        " AI stewards and compliance officers.",
    )
    async def complete_process_task(self, info: Info, input: CompleteProcessTaskInput) -> CompleteProcessTaskPayload:
        return CompleteProcessTaskPayload(task=ProcessTask.of(await shared.complete(info, input, officers=OFFICERS)))
