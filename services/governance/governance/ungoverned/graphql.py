"""Cases about use that nobody had allowed, in the graph (G30, C12)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from chassis.caller import Caller, scope_of
from chassis.database import Connection as Reading
from chassis.graphql import Connection, Info, page, uuid_of
from chassis.graphql.description import describe
from governance.incidents import repository as incidents
from governance.incidents.graphql import Incident
from governance.people.graphql import Department, Employee
from governance.rights import commands as rights
from governance.rights.domain import MATRIX, DecisionType
from governance.tools import repository as tools
from governance.tools.graphql import Tool
from governance.ungoverned import domain as rules
from governance.ungoverned import repository
from governance.ungoverned.domain import CaseStatus, UseKind, code_for, shown
from governance.vocabulary.arguments import After, First

describe(
    UseKind,
    "UngovernedUseKind",
    "What is wrong with a use, the first that holds.",
    {
        UseKind.UNKNOWN_TOOL: "Nobody knows the tool.",
        UseKind.RESTRICTED: "The person's department restricts the tool.",
        UseKind.SUSPENDED: "The tool or the person's grant is suspended.",
        UseKind.NOT_APPROVED: "The tool is not approved.",
        UseKind.NO_GRANT: "The person has no grant.",
    },
)
describe(
    CaseStatus,
    "UngovernedCaseStatus",
    "Where a case of ungoverned use stands.",
    {
        CaseStatus.DETECTED: "It was found.",
        CaseStatus.UNDER_REVIEW: "An officer looks into it.",
        CaseStatus.LINKED: "The name belongs to a registered tool.",
        CaseStatus.INTAKE: "The tool is proposed, or access to it is requested.",
        CaseStatus.INCIDENT: "It is dealt with as an incident.",
        CaseStatus.DISMISSED: "It is of no concern; use is counted and does not alert again.",
        CaseStatus.CLEARED: "All of it was allowed after all.",
    },
)


async def settles(connection: Reading, caller: Caller) -> bool:
    """Whether the caller may act on cases, and so see the people in them."""
    return MATRIX[DecisionType.SETTLE_UNGOVERNED_USE].allows(await rights.standing(connection, caller))


async def _department_seen(connection: Reading, caller: Caller, department_id: str | None) -> str | None:
    """Of which department cases are shown: officers and auditors see all, leaders their own. Raises NotEntitled."""
    if caller.has("auditor") or await settles(connection, caller):
        return department_id
    own = department_id or (await scope_of(connection, caller)).department_id
    if own is None or not await rights.leads(connection, caller, own):
        await rights.refuse(connection, DecisionType.SETTLE_UNGOVERNED_USE)
    return own


@strawberry.type(description="How often something was done without leave in one department.")
class UngovernedSpread:
    department: Department = strawberry.field(description="The department.")
    alerts: int | None = strawberry.field(description="On how many days of how many people; null when fewer than five.")
    people: int | None = strawberry.field(description="How many people who are named; null when fewer than five.")
    last_day: date = strawberry.field(description="The latest day.")

    @classmethod
    def of(cls, spread: repository.Spread) -> UngovernedSpread:
        """A department's part of a case."""
        return cls(
            department=Department(id=strawberry.ID(spread.department_id or "")),
            alerts=shown(spread.alerts),
            people=shown(spread.people),
            last_day=spread.last_day,
        )


@strawberry.type(description="A person who used a tool without leave. Shown to those only who may act.")
class UngovernedIndividual:
    employee: Employee = strawberry.field(description="The person.")
    alerts: int = strawberry.field(description="On how many days.")
    last_day: date = strawberry.field(description="The latest day.")


@strawberry.type(description="A registered tool that a name could mean.")
class ToolMeant:
    tool: Tool = strawberry.field(description="The tool.")
    people_with_access: int | None = strawberry.field(
        description="How many of the case's people have active access to it; null when fewer than five and you may not act."
    )


@strawberry.type(description="A proposal as it would be made out of a case.")
class IntakeOffered:
    code: str = strawberry.field(description="The code.")
    name: str = strawberry.field(description="The name.")
    purpose: str = strawberry.field(description="What it is for.")


@strawberry.type(description="Use of one tool without leave, for one reason, until something becomes of it.")
class UngovernedCase:
    id: strawberry.ID = strawberry.field(description="The case's id.")
    kind: UseKind = strawberry.field(description="What is wrong with the use.")
    name: str | None = strawberry.field(description="The name under which sources state it, of a tool nobody knows.")
    status: CaseStatus = strawberry.field(description="Where it stands.")
    opened_at: datetime = strawberry.field(description="When it was found.")
    handled_by: Employee | None = strawberry.field(description="Who took it up, or settled it.")
    reason: str | None = strawberry.field(description="Why it was dismissed.")
    settled_at: datetime | None = strawberry.field(description="When something became of it.")
    known: strawberry.Private[rules.UngovernedCase]
    department_id: strawberry.Private[str | None]

    @strawberry.field(description="The tool: whose use it is, or what it was linked to or proposed as.")
    async def tool(self, info: Info) -> Tool | None:
        found = await info.context.load(tools.by_ids, self.known.tool_id) if self.known.tool_id else None
        return Tool.of(found) if found else None

    @strawberry.field(description="The incident that came of it; null for those who lead a department only.")
    async def incident(self, info: Info) -> Incident | None:
        if self.known.incident_id is None or self.department_id is not None:
            return None
        found = await info.context.load(incidents.by_ids, self.known.incident_id)
        return Incident.of(found) if found else None

    @strawberry.field(
        description="How many uses were told, a person's day each; null when fewer than five and you may not act."
    )
    async def alerts(self, info: Info) -> int | None:
        spread = await info.context.load(repository.totals, (self.known.id, self.department_id))
        return await self._shown(info, spread.alerts if spread else 0)

    @strawberry.field(description="How many people who are named; null when fewer than five and you may not act.")
    async def people(self, info: Info) -> int | None:
        spread = await info.context.load(repository.totals, (self.known.id, self.department_id))
        return await self._shown(info, spread.people if spread else 0)

    @strawberry.field(description="The latest day of use.")
    async def last_day(self, info: Info) -> date | None:
        spread = await info.context.load(repository.totals, (self.known.id, self.department_id))
        return spread.last_day if spread else None

    @strawberry.field(description="Where it happens, by department.")
    async def departments(self, info: Info, first: First = 20, after: After = None) -> Connection[UngovernedSpread]:
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.spread(
                    connection, self.known.id, self.department_id, after=after, limit=limit
                ),
                node=UngovernedSpread.of,
                cursor=lambda spread: spread.department_id or "",
            )

    @strawberry.field(
        description="Who did it, by id, for those who may act. In departments of fewer than five people nobody is named."
    )
    async def individuals(self, info: Info, first: First = 20, after: After = None) -> Connection[UngovernedIndividual]:
        async with info.context.read() as connection:
            await rights.require(connection, info.context.require_caller(), DecisionType.SETTLE_UNGOVERNED_USE)
            return await page(
                first,
                after,
                lambda after, limit: repository.individuals(connection, self.known.id, after=after, limit=limit),
                node=lambda one: UngovernedIndividual(
                    employee=Employee(id=strawberry.ID(one.employee_id)), alerts=one.alerts, last_day=one.last_day
                ),
                cursor=lambda one: one.employee_id,
            )

    @strawberry.field(
        description="Registered tools that the name could mean, the most alike first; empty without a name."
    )
    async def could_mean(self, info: Info) -> list[ToolMeant]:
        if self.known.name is None:
            return []
        async with info.context.read() as connection:
            alike = await tools.alike_to(connection, self.known.name, "")
            holding = await repository.with_access(connection, self.known.id, [tool.id for tool in alike])
        return [
            ToolMeant(tool=Tool.of(tool), people_with_access=await self._shown(info, holding.get(tool.id, 0)))
            for tool in alike
        ]

    @strawberry.field(description="The proposal that proposeUngovernedTool makes when nothing else is said.")
    def intake(self) -> IntakeOffered | None:
        if self.known.name is None:
            return None
        name = self.known.name
        return IntakeOffered(code=code_for(name), name=name, purpose=rules.purpose_of(name))

    async def _shown(self, info: Info, count: int) -> int | None:
        return count if await info.context.load(_may_act, info.context.require_caller()) else shown(count)

    @classmethod
    def of(cls, case: rules.UngovernedCase, department_id: str | None = None) -> UngovernedCase:
        """A case, or a department's part of it."""
        return cls(
            id=strawberry.ID(str(case.id)),
            kind=case.kind,
            name=case.name,
            status=case.status,
            opened_at=case.opened_at,
            handled_by=Employee(id=strawberry.ID(case.handled_by)) if case.handled_by else None,
            reason=case.reason,
            settled_at=case.settled_at,
            known=case,
            department_id=department_id,
        )


async def _may_act(connection: Reading, callers: list[Caller]) -> dict[Caller, bool]:
    return {caller: await settles(connection, caller) for caller in callers}


@strawberry.type
class UngovernedQueries:
    @strawberry.field(
        description="Cases of use that nobody had allowed, the latest first: all of them for officers and auditors,"
        " those of the own department for its leader."
    )
    async def ungoverned_cases(
        self,
        info: Info,
        *,
        first: First = 20,
        after: After = None,
        status: Annotated[CaseStatus | None, strawberry.argument(description="Only of this status.")] = None,
        kind: Annotated[UseKind | None, strawberry.argument(description="Only of this kind.")] = None,
        tool_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only of this tool.")] = None,
        department_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only where this department has a part in it.")
        ] = None,
    ) -> Connection[UngovernedCase]:
        async with info.context.read() as connection:
            department = await _department_seen(
                connection, info.context.require_caller(), str(department_id) if department_id else None
            )
            return await page(
                first,
                after,
                lambda after, limit: repository.listing(
                    connection,
                    status=status,
                    kind=kind,
                    tool_id=uuid_of(tool_id, "tool") if tool_id else None,
                    department_id=department,
                    after=after,
                    limit=limit,
                ),
                node=lambda case: UngovernedCase.of(case, department),
                cursor=lambda case: str(case.id),
                place=UUID,
            )

    @strawberry.field(description="One case; null for a leader whose department has no part in it.")
    async def ungoverned_case(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The case's id.")]
    ) -> UngovernedCase | None:
        case_id = uuid_of(id, "case of ungoverned use")
        async with info.context.read() as connection:
            department = await _department_seen(connection, info.context.require_caller(), None)
            found = (await repository.by_ids(connection, [case_id])).get(case_id)
            if found is None:
                return None
            if department is not None and not await repository.spread(
                connection, case_id, department, after=None, limit=1
            ):
                return None
            return UngovernedCase.of(found, department)
