"""Who decides what, in the graph (G01)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from chassis.domain import Tier
from chassis.graphql import Info, Payload, mutation, run, uuid_of
from governance.delegations import repository as delegations
from governance.people.graphql import Employee
from governance.programme.domain import NotEmployed
from governance.rights import commands, repository
from governance.rights import domain as rules
from governance.rights.domain import MATRIX, Decider, DecisionType, OfficerRole
from governance.tools import repository as tools

_KEY = "The same key changes nothing twice."


@strawberry.type(description="A row of the decision-rights matrix: one kind of decision, and who makes it.")
class DecisionRight:
    decision_type: DecisionType = strawberry.field(description="The kind of decision.")
    tier: Tier = strawberry.field(description="The tier it belongs to.")
    deciders: list[Decider] = strawberry.field(description="The body or the roles that decide.")
    enacted_by: list[Decider] = strawberry.field(description="Who carries it out, once it is decided.")
    guardrails: list[str] = strawberry.field(description="What holds for every such decision.")
    delegable: bool = strawberry.field(description="Whether its holder may let somebody else decide for a time.")

    @classmethod
    def of(cls, right: rules.DecisionRight) -> DecisionRight:
        """A row."""
        return cls(
            decision_type=right.decision_type,
            tier=right.tier,
            deciders=list(right.deciders),
            enacted_by=list(right.may_act),
            guardrails=list(right.guardrails),
            delegable=right.delegable,
        )


@strawberry.type(description='The answer to "who decides?".')
class WhoDecides:
    right: DecisionRight = strawberry.field(description="The row of the matrix.")
    holders: list[Employee] = strawberry.field(
        description="The people who hold the right today. Empty where every employee does, or where nobody is named."
    )
    stand_ins: list[Employee] = strawberry.field(description="Those to whom a holder delegated it for now.")


@strawberry.type(description="Somebody named to hold an enterprise role.")
class Officer:
    id: strawberry.ID = strawberry.field(description="The term's id.")
    role: OfficerRole = strawberry.field(description="The role.")
    employee: Employee = strawberry.field(description="Who holds it.")
    since: datetime = strawberry.field(description="Since when.")
    until: datetime | None = strawberry.field(description="Until when; null for today's officers.")

    @classmethod
    def of(cls, officer: rules.Officer) -> Officer:
        """A term."""
        return cls(
            id=strawberry.ID(str(officer.id)),
            role=officer.role,
            employee=Employee(id=strawberry.ID(officer.employee_id)),
            since=officer.from_at,
            until=officer.to_at,
        )


@strawberry.type
class RightsQueries:
    @strawberry.field(
        description="Who decides this? Name the department, team, employee or tool where the decision belongs to their"
        " leader, members, manager or owner."
    )
    async def who_decides(
        self,
        info: Info,
        *,
        decision_type: Annotated[DecisionType, strawberry.argument(description="What is to be decided.")],
        department_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The department it is about.")
        ] = None,
        team_id: Annotated[strawberry.ID | None, strawberry.argument(description="The team it is about.")] = None,
        employee_id: Annotated[strawberry.ID | None, strawberry.argument(description="The person it is about.")] = None,
        tool_id: Annotated[strawberry.ID | None, strawberry.argument(description="The tool it is about.")] = None,
    ) -> WhoDecides:
        async with info.context.read() as connection:
            tool = await tools.get(connection, uuid_of(tool_id, "tool")) if tool_id else None
            held = await commands.holders(
                connection,
                decision_type,
                department_id=department_id,
                team_id=team_id,
                employee_id=employee_id,
                tool_owner=tool.owner_id if tool else None,
            )
            given = await delegations.holding(connection, decision_type)
        return WhoDecides(
            right=DecisionRight.of(held.right),
            holders=[Employee(id=strawberry.ID(id)) for id in held.ids],
            stand_ins=[
                Employee(id=strawberry.ID(each.to_id))
                for each in given
                if each.from_id in held.ids and each.department_id in (None, department_id)
            ],
        )

    @strawberry.field(description="The whole decision-rights matrix.")
    async def decision_rights(self) -> list[DecisionRight]:
        return [DecisionRight.of(right) for right in MATRIX.values()]

    @strawberry.field(description="The officers of today.")
    async def officers(
        self,
        info: Info,
        role: Annotated[OfficerRole | None, strawberry.argument(description="Only holders of this role.")] = None,
    ) -> list[Officer]:
        async with info.context.read() as connection:
            return [Officer.of(officer) for officer in await repository.active(connection, role=role)]


@strawberry.input(description="Whom to name for which role.")
class AppointOfficerInput:
    role: OfficerRole = strawberry.field(description="The role.")
    employee_id: strawberry.ID = strawberry.field(description="Who is to hold it.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The officer, or why there is none.")
class AppointOfficerPayload(Payload):
    officer: Officer | None = strawberry.field(default=None, description="The officer.")


@strawberry.input(description="Whose term ends.")
class DismissOfficerInput:
    role: OfficerRole = strawberry.field(description="The role.")
    employee_id: strawberry.ID = strawberry.field(description="Who holds it.")
    reason: str = strawberry.field(description="Why the term ends.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The former officer, or why nothing changed.")
class DismissOfficerPayload(Payload):
    officer: Officer | None = strawberry.field(default=None, description="The former officer.")


@strawberry.type
class RightsMutations:
    @mutation(
        refuses=(rules.AlreadyOfficer, NotEmployed),
        description="Name somebody to hold an enterprise role. The executive sponsor decides. The right to act comes"
        " with the person's token; this says who it is.",
    )
    async def appoint_officer(self, info: Info, input: AppointOfficerInput) -> AppointOfficerPayload:
        officer = await run(
            info,
            commands.appoint_officer,
            key=input.idempotency_key,
            again=repository.get,
            role=input.role,
            employee_id=str(input.employee_id),
        )
        return AppointOfficerPayload(officer=Officer.of(officer))

    @mutation(description="End somebody's term in an enterprise role. The executive sponsor decides.")
    async def dismiss_officer(self, info: Info, input: DismissOfficerInput) -> DismissOfficerPayload:
        officer = await run(
            info,
            commands.dismiss_officer,
            key=input.idempotency_key,
            again=repository.get,
            role=input.role,
            employee_id=str(input.employee_id),
            reason=input.reason,
        )
        return DismissOfficerPayload(officer=Officer.of(officer))
