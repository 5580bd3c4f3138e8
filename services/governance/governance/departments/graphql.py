"""What departments restrict for themselves in the graph (G23)."""

from __future__ import annotations

from datetime import date

import strawberry

from chassis.graphql import Info, Payload, mutation, run, uuid_of
from governance.departments import commands, repository
from governance.departments import domain as rules
from governance.departments.domain import RestrictionStatus
from governance.people.graphql import Department, Employee
from governance.scope.graphql import ScopeRow, ScopeRowInput
from governance.tools import repository as tools
from governance.tools.graphql import Tool

_KEY = "The same key changes nothing twice."


@strawberry.type(description="What a department takes away from a tool, or from every tool, for its own people.")
class DepartmentRestriction:
    id: strawberry.ID = strawberry.field(description="The restriction's id.")
    department: Department = strawberry.field(description="The department.")
    tool_id: strawberry.ID | None = strawberry.field(description="The tool's id; null for every tool.")
    removed: list[ScopeRow] = strawberry.field(description="The uses that are taken away.")
    remaining: list[ScopeRow] | None = strawberry.field(
        description="The only uses that remain; null where the restriction does not say so."
    )
    reason: str = strawberry.field(description="Why.")
    review_by: date = strawberry.field(description="The day on which it lapses unless it is made anew.")
    imposed_by: Employee = strawberry.field(description="Who decided it.")
    imposed_on: date = strawberry.field(description="When.")
    status: RestrictionStatus = strawberry.field(description="Where it stands.")

    @strawberry.field(description="The tool; null for every tool.")
    async def tool(self, info: Info) -> Tool | None:
        found = await info.context.load(tools.by_ids, uuid_of(self.tool_id, "tool")) if self.tool_id else None
        return Tool.of(found) if found else None

    @classmethod
    def of(cls, restriction: rules.Restriction) -> DepartmentRestriction:
        """A restriction."""
        remaining = restriction.remaining
        return cls(
            id=strawberry.ID(str(restriction.id)),
            department=Department(id=strawberry.ID(restriction.department_id)),
            tool_id=strawberry.ID(str(restriction.tool_id)) if restriction.tool_id else None,
            removed=[ScopeRow.of(row) for row in restriction.removed],
            remaining=None if remaining is None else [ScopeRow.of(row) for row in remaining],
            reason=restriction.reason,
            review_by=restriction.review_by,
            imposed_by=Employee(id=strawberry.ID(restriction.imposed_by)),
            imposed_on=restriction.imposed_on,
            status=restriction.status,
        )


@strawberry.input(description="What to take away, where, why and until when.")
class RestrictToolInput:
    department_id: strawberry.ID = strawberry.field(description="The department.")
    tool_id: strawberry.ID | None = strawberry.field(default=None, description="The tool; every tool when left out.")
    removed: list[ScopeRowInput] = strawberry.field(default_factory=list, description="The uses that are taken away.")
    remaining: list[ScopeRowInput] | None = strawberry.field(
        default=None,
        description="The only uses that remain, within what the enterprise allows; an empty list prohibits everything.",
    )
    reason: str = strawberry.field(description="Why; people whom it concerns read it.")
    review_by: date = strawberry.field(description="When it is looked at again: within ninety days. Then it lapses.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The restriction, or why there is none.")
class RestrictToolPayload(Payload):
    restriction: DepartmentRestriction | None = strawberry.field(default=None, description="The restriction.")


@strawberry.input(description="The restriction that ends.")
class LiftRestrictionInput:
    restriction_id: strawberry.ID = strawberry.field(description="The restriction.")
    reason: str = strawberry.field(description="Why it ends.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The former restriction, or why nothing changed.")
class LiftRestrictionPayload(Payload):
    restriction: DepartmentRestriction | None = strawberry.field(default=None, description="The former restriction.")


@strawberry.type
class DepartmentMutations:
    @mutation(
        refuses=(
            rules.GuardrailViolation,
            rules.NothingRestricted,
            rules.ReasonMissing,
            rules.ReviewDateOutOfBounds,
            rules.AlreadyRestricted,
        ),
        description="Narrow what a department may do with a tool, or with every tool. Its leader decides; access of the"
        " department's people that is outside is suspended until the restriction lapses or is lifted.",
    )
    async def restrict_tool(self, info: Info, input: RestrictToolInput) -> RestrictToolPayload:
        restriction = await run(
            info,
            commands.restrict_tool,
            key=input.idempotency_key,
            again=repository.get,
            department_id=str(input.department_id),
            tool_id=uuid_of(input.tool_id, "tool") if input.tool_id else None,
            removed=[row.row() for row in input.removed],
            remaining=None if input.remaining is None else [row.row() for row in input.remaining],
            reason=input.reason,
            review_by=input.review_by,
        )
        return RestrictToolPayload(restriction=DepartmentRestriction.of(restriction))

    @mutation(
        refuses=(rules.RestrictionEnded, rules.ReasonMissing),
        description="End a restriction before its date. The department's leader decides.",
    )
    async def lift_restriction(self, info: Info, input: LiftRestrictionInput) -> LiftRestrictionPayload:
        restriction = await run(
            info,
            commands.lift_restriction,
            key=input.idempotency_key,
            again=repository.get,
            restriction_id=uuid_of(input.restriction_id, "restriction"),
            reason=input.reason,
        )
        return LiftRestrictionPayload(restriction=DepartmentRestriction.of(restriction))
