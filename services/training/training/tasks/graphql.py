"""Corrective tasks in the graph (C9)."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation
from chassis.tasks import graphql as shared
from chassis.tasks.domain import CorrectiveTask, CorrectiveTaskDone, OutcomeMissing
from training.employees.graphql import Employee
from training.tasks.domain import OFFICERS


@strawberry.type(description="What somebody has to change in training because of an incident.")
class TrainingTask(shared.Task[Employee]):
    @classmethod
    def of(cls, task: CorrectiveTask) -> Self:
        """The task as the graph shows it."""
        return cls.made(task, lambda key: Employee(id=key))


@strawberry.type
class TaskQueries:
    @strawberry.field(
        description="Tasks out of incidents by date: one's own, those of the department for its leader, all of them for"
        " AI stewards and curriculum owners."
    )
    async def training_tasks(
        self,
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="How many, 1 to 100.")] = None,
        after: Annotated[str | None, strawberry.argument(description="The `endCursor` of the page before.")] = None,
        done: Annotated[bool | None, strawberry.argument(description="Only those done, or only the others.")] = None,
    ) -> Connection[TrainingTask]:
        return await shared.tasks(info, first, after, done, officers=OFFICERS, node=TrainingTask.of)


@strawberry.input(description="What was done of a task.")
class CompleteTrainingTaskInput(shared.CompleteTaskInput):
    pass


@strawberry.type(description="The task, or why it is not done.")
class CompleteTrainingTaskPayload(Payload):
    task: TrainingTask | None = strawberry.field(default=None, description="The task.")


@strawberry.type
class TaskMutations:
    @mutation(
        refuses=(CorrectiveTaskDone, OutcomeMissing),
        description="Say what was done because of an incident. For the task's owner, the department's leader and"
        " AI stewards and curriculum owners.",
    )
    async def complete_training_task(self, info: Info, input: CompleteTrainingTaskInput) -> CompleteTrainingTaskPayload:
        return CompleteTrainingTaskPayload(task=TrainingTask.of(await shared.complete(info, input, officers=OFFICERS)))
