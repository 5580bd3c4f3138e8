"""Requirements in the graph."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from chassis.domain import Tier
from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from training.courses.domain import OutOfRange
from training.credential_types import repository as credential_types
from training.credential_types.graphql import CredentialType
from training.employees.graphql import Department
from training.requirements import commands, domain, repository
from training.requirements.domain import OriginKind
from training.tools.graphql import Tool


@strawberry.type(description="A rule: who must hold which credential, and by when.")
class TrainingRequirement:
    id: strawberry.ID = strawberry.field(description="The requirement's id.")
    tier: Tier = strawberry.field(description="Whose decision it is.")
    origin: OriginKind = strawberry.field(description="Where it comes from.")
    department: Department | None = strawberry.field(description="The department it binds; null: any.")
    job_function: str | None = strawberry.field(description="The job function it binds; null: any.")
    people_managers_only: bool = strawberry.field(description="Whether it binds people managers only.")
    tool: Tool | None = strawberry.field(description="The tool whose users it binds, for a tool's condition.")
    due_days: int = strawberry.field(description="How many days somebody has from the day it binds them.")
    declared_by: strawberry.ID = strawberry.field(description="Who declared it.")
    active_from: datetime = strawberry.field(description="Since when it binds.")
    withdrawn_at: datetime | None = strawberry.field(description="When it ended.")
    code: strawberry.Private[str]

    @strawberry.field(description="The credential; null while a tool's condition names one that is not defined.")
    async def credential_type(self, info: Info) -> CredentialType | None:
        kind = await info.context.load(credential_types.by_ids, self.code)
        return CredentialType.of(kind) if kind else None

    @classmethod
    def of(cls, rule: domain.Requirement) -> TrainingRequirement:
        """The requirement in the graph."""
        selector = rule.selector
        return cls(
            id=strawberry.ID(str(rule.id)), tier=rule.tier, origin=rule.origin_kind,
            department=Department.called(selector.department_id) if selector.department_id else None,
            job_function=selector.job_function, people_managers_only=selector.people_managers,
            tool=Tool.called(selector.tool_id) if selector.tool_id else None, due_days=rule.due_days,
            declared_by=strawberry.ID(rule.declared_by), active_from=rule.active_from,
            withdrawn_at=rule.withdrawn_at, code=rule.credential_type,
        )  # fmt: skip


@strawberry.input(description="Who must hold which credential. Without department, function or managers: everyone.")
class DeclareRequirementInput:
    credential_type: strawberry.ID = strawberry.field(description="The credential.")
    due_days: int = strawberry.field(default=30, description="How many days people have from the day it binds them.")
    department_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only this department. A department leader's own department goes without saying."
    )
    job_function: str | None = strawberry.field(default=None, description="Only this job function.")
    people_managers_only: bool = strawberry.field(default=False, description="Only people managers.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key gives the same answer.")


@strawberry.input(description="The requirement that ends.")
class WithdrawRequirementInput:
    id: strawberry.ID = strawberry.field(description="The requirement's id.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key gives the same answer.")


@strawberry.type(description="The requirement as it was declared.")
class DeclareRequirementPayload(Payload):
    requirement: TrainingRequirement | None = strawberry.field(default=None, description="The requirement.")


@strawberry.type(description="The requirement as it was withdrawn.")
class WithdrawRequirementPayload(Payload):
    requirement: TrainingRequirement | None = strawberry.field(default=None, description="The requirement.")


@strawberry.type
class RequirementQueries:
    @strawberry.field(description="Requirements in force, in order of declaration.")
    async def requirements(
        self,
        info: Info,
        *,
        credential_type: strawberry.ID | None = None,
        department_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Those that bind people of this department.")
        ] = None,
        include_withdrawn: bool = False,
        first: int = 20,
        after: str | None = None,
    ) -> Connection[TrainingRequirement]:
        async with info.context.read() as connection:
            return await page(
                first, after,
                lambda after, limit: repository.listing(
                    connection, credential_type=credential_type, department_id=department_id,
                    withdrawn=include_withdrawn, after=after, limit=limit,
                ),
                node=TrainingRequirement.of, cursor=lambda rule: str(rule.id), place=UUID,
            )  # fmt: skip


@strawberry.type
class RequirementMutations:
    @mutation(
        refuses=(OutOfRange, commands.RequiredAlready),
        description="Require a credential of people, now and later. Curriculum owners and the AI steward decide for the"
        " enterprise; a department leader requires role credentials of the own department.",
    )
    async def declare_requirement(self, info: Info, input: DeclareRequirementInput) -> DeclareRequirementPayload:
        rule = await run(
            info, commands.declare_requirement, key=input.idempotency_key, again=repository.get,
            credential_type=str(input.credential_type), due_days=input.due_days,
            selector=domain.Selector(input.department_id, input.job_function, input.people_managers_only),
        )  # fmt: skip
        return DeclareRequirementPayload(requirement=TrainingRequirement.of(rule))

    @mutation(
        refuses=(domain.AlreadyWithdrawn, domain.EndsWithItsTool),
        description="End a requirement. A department ends its own only, never one of the enterprise.",
    )
    async def withdraw_requirement(self, info: Info, input: WithdrawRequirementInput) -> WithdrawRequirementPayload:
        rule = await run(
            info, commands.withdraw_requirement, key=input.idempotency_key, again=repository.get,
            requirement_id=uuid_of(input.id, "requirement"),
        )  # fmt: skip
        return WithdrawRequirementPayload(requirement=TrainingRequirement.of(rule))
