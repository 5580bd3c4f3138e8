"""What training adds to people in the graph. Each list is null, with an error, for those who may not see it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import strawberry

from chassis.graphql import Info
from training.assignments import repository as assignments
from training.assignments.domain import AssignmentState
from training.assignments.graphql import TrainingAssignment, assignment_of
from training.credentials import repository as credentials
from training.credentials.graphql import Credential, credentials_of
from training.employees.visibility import must_see


@strawberry.federation.type(keys=["id"], description="A department, as far as training knows it.")
class Department:
    id: strawberry.ID = strawberry.field(description="The department's id.")

    @classmethod
    def called(cls, id: str) -> Department:
        """The department of that id."""
        return cls(id=strawberry.ID(id))

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Department:
        """The department of that id."""
        return cls(id=id)


@strawberry.type(description="How somebody's training stands: how many assignments are in which state.")
class TrainingStatus:
    up_to_date: bool = strawberry.field(description="Whether nothing is overdue.")
    assigned: int = strawberry.field(description="Not tried yet and not due.")
    in_progress: int = strawberry.field(description="Tried and not due.")
    overdue: int = strawberry.field(description="Due and not held.")
    paused: int = strawberry.field(description="Waiting for a suspended tool or the end of a leave.")
    satisfied: int = strawberry.field(description="Held.")
    waived: int = strawberry.field(description="Excused for a time.")
    next_due_at: datetime | None = strawberry.field(description="The next date that is still to come.")


@strawberry.federation.type(keys=["id"], description="A person who works here, as a learner.")
class Employee:
    id: strawberry.ID = strawberry.field(description="The employee's id.")

    @strawberry.field(
        description="What the person has to learn and why. For themselves, their line manager and those in charge."
    )
    async def training_assignments(self, info: Info) -> list[TrainingAssignment] | None:
        await must_see(info, str(self.id))
        found = await info.context.load(assignments.of_employees, str(self.id)) or []
        return [assignment_of(assignment, info.context.now) for assignment in found]

    @strawberry.field(
        description="What the person is certified in, one for each type. For themselves, their line manager and those in"
        " charge."
    )
    async def credentials(self, info: Info) -> list[Credential] | None:
        await must_see(info, str(self.id))
        periods = await info.context.load(credentials.of_employees, str(self.id)) or []
        return credentials_of(periods, info.context.now)

    @strawberry.field(
        description="How the person's training stands. For themselves, their line manager and those in charge."
    )
    async def training_status(self, info: Info) -> TrainingStatus | None:
        await must_see(info, str(self.id))
        now = info.context.now
        found = await info.context.load(assignments.of_employees, str(self.id)) or []
        states = Counter(assignment.state(now) for assignment in found)
        coming = [
            assignment.due_at for assignment in found if assignment.due_at is not None and assignment.due_at > now
        ]
        return TrainingStatus(
            up_to_date=not states[AssignmentState.OVERDUE], assigned=states[AssignmentState.ASSIGNED],
            in_progress=states[AssignmentState.IN_PROGRESS], overdue=states[AssignmentState.OVERDUE],
            paused=states[AssignmentState.PAUSED], satisfied=states[AssignmentState.SATISFIED],
            waived=states[AssignmentState.WAIVED], next_due_at=min(coming, default=None),
        )  # fmt: skip

    @classmethod
    def called(cls, id: str) -> Employee:
        """The person of that id."""
        return cls(id=strawberry.ID(id))

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Employee:
        """The person of that id."""
        return cls(id=id)
