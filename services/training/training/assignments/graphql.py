"""Assignments in the graph."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation, page, run, subscription, uuid_of
from training.assignments import commands, domain, repository
from training.assignments.domain import AssignmentState
from training.credential_types import repository as credential_types
from training.credential_types.graphql import CredentialType
from training.credentials import repository as credentials
from training.credentials.domain import CredentialStatus, ReasonMissing, standing
from training.employees.domain import SEES_EVERYBODY
from training.employees.visibility import must_see
from training.requirements.domain import OriginKind

if TYPE_CHECKING:
    from training.employees.graphql import Employee


@strawberry.type(description="One reason why somebody has an assignment.")
class AssignmentReason:
    origin: OriginKind = strawberry.field(description="Where it comes from.")
    ref: strawberry.ID = strawberry.field(description="The requirement, or the access request, behind it.")
    explanation: str = strawberry.field(description="The reason in words for the learner.")
    due_at: datetime = strawberry.field(description="The date that this reason sets.")
    paused: bool = strawberry.field(
        description="Whether the date does not run: the tool is suspended, or the learner on leave."
    )


@strawberry.type(description="A credential that somebody has to earn or keep, and every reason for it.")
class TrainingAssignment:
    id: strawberry.ID = strawberry.field(description="The assignment's id.")
    state: AssignmentState = strawberry.field(description="Where it stands now.")
    due_at: datetime | None = strawberry.field(
        description="The earliest date of its reasons; while the credential is held, its end; null: none runs."
    )
    assigned_at: datetime = strawberry.field(description="Since when there is a reason for it.")
    satisfied_until: datetime | None = strawberry.field(description="Until when the credential is held.")
    waived_until: datetime | None = strawberry.field(description="Until when the learner is excused.")
    waiver_reason: str | None = strawberry.field(description="Why the learner is excused.")
    reasons: list[AssignmentReason] = strawberry.field(description="Why the learner has it.")
    of: strawberry.Private[domain.Assignment]

    @strawberry.field(description="Who has it.")
    async def employee(self) -> Annotated[Employee, strawberry.lazy("training.employees.graphql")]:
        from training.employees.graphql import Employee  # noqa: PLC0415 - the two types name each other

        return Employee.called(self.of.employee_id)

    @strawberry.field(description="The credential to earn or keep.")
    async def credential_type(self, info: Info) -> CredentialType:
        kind = await info.context.load(credential_types.by_ids, self.of.credential_type)
        assert kind is not None
        return CredentialType.of(kind)

    @strawberry.field(description="Where the learner stands with the credential.")
    async def credential_status(self, info: Info) -> CredentialStatus:
        periods = await info.context.load(credentials.of_employees, self.of.employee_id) or []
        mine = [period for period in periods if period.credential_type == self.of.credential_type]
        return standing(mine, self.of.assigned_at, self.of.due_at, info.context.now)


def assignment_of(assignment: domain.Assignment, now: datetime) -> TrainingAssignment:
    """The assignment in the graph."""
    reasons = [
        AssignmentReason(
            origin=origin.kind, ref=strawberry.ID(origin.ref), explanation=origin.reason, due_at=origin.due_at,
            paused=origin.paused_at is not None,
        )
        for origin in assignment.ordered
    ]  # fmt: skip
    return TrainingAssignment(
        id=strawberry.ID(str(assignment.id)), state=assignment.state(now), due_at=assignment.due_at,
        assigned_at=assignment.assigned_at, satisfied_until=assignment.satisfied_until,
        waived_until=assignment.waiver.until if assignment.waiver else None,
        waiver_reason=assignment.waiver.reason if assignment.waiver else None, reasons=reasons, of=assignment,
    )  # fmt: skip


@strawberry.input(description="An excuse with an end.")
class WaiveAssignmentInput:
    id: strawberry.ID = strawberry.field(description="The assignment.")
    until: datetime = strawberry.field(description="When the excuse ends.")
    reason: str = strawberry.field(description="Why, in words for the learner.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key gives the same answer.")


@strawberry.type(description="The assignment as it was waived.")
class WaiveAssignmentPayload(Payload):
    assignment: TrainingAssignment | None = strawberry.field(default=None, description="The assignment.")


@strawberry.type
class AssignmentQueries:
    @strawberry.field(
        description="Assignments in order of creation: of one person, or of everybody whose training the caller may see."
    )
    async def assignments(
        self,
        info: Info,
        *,
        employee_id: strawberry.ID | None = None,
        credential_type: strawberry.ID | None = None,
        state: AssignmentState | None = None,
        first: int = 20,
        after: str | None = None,
    ) -> Connection[TrainingAssignment]:
        caller, now = info.context.require_caller(), info.context.now
        if employee_id is not None:
            await must_see(info, str(employee_id))
        async with info.context.read() as connection:
            whose: list[str] | None = [str(employee_id)] if employee_id is not None else None
            if whose is None and not caller.has(*SEES_EVERYBODY):
                own = caller.employee_id
                whose = [own, *await repository.reports_of(connection, own)] if own is not None else []
            return await page(
                first, after,
                lambda after, limit: repository.listing(
                    connection, now=now, employee_ids=whose, credential_type=credential_type, state=state,
                    after=after, limit=limit,
                ),
                node=lambda assignment: assignment_of(assignment, now), cursor=lambda assignment: str(assignment.id), place=UUID,
            )  # fmt: skip


CHANGES = (
    domain.AssignmentCreated,
    domain.AssignmentRevised,
    domain.AssignmentStarted,
    domain.AssignmentSatisfied,
    domain.AssignmentReopened,
    domain.AssignmentWaived,
    domain.AssignmentCancelled,
)


@strawberry.type
class AssignmentSubscriptions:
    @subscription(
        service="training", follows=CHANGES, of_caller=True, query="me",
        description="The person who asks: as things are, and again each time that an assignment of theirs changes.",
    )  # fmt: skip
    async def my_assignments_changed(
        self, info: Info
    ) -> AsyncGenerator[Annotated[Employee, strawberry.lazy("training.employees.graphql")] | None, None]:
        from training.employees.graphql import Employee  # noqa: PLC0415 - the two types name each other

        id = info.context.require_caller().employee_id
        async with info.context.changes(*CHANGES, key=id or "") as changes:
            async for _ in changes:
                yield Employee.called(id) if id else None


@strawberry.type
class AssignmentMutations:
    @mutation(
        refuses=(domain.AlreadyEnded, domain.WaiverEndsInThePast, ReasonMissing),
        description="Excuse somebody from an assignment until a date. For curriculum owners and the AI steward.",
    )
    async def waive_assignment(self, info: Info, input: WaiveAssignmentInput) -> WaiveAssignmentPayload:
        assignment = await run(
            info, commands.waive_assignment, key=input.idempotency_key, again=repository.get,
            assignment_id=uuid_of(input.id, "assignment"), until=input.until, reason=input.reason,
        )  # fmt: skip
        return WaiveAssignmentPayload(assignment=assignment_of(assignment, info.context.now))
