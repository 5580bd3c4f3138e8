"""Whether the same rules are seen everywhere, in the graph (G33)."""

from __future__ import annotations

from typing import Annotated

import strawberry

from chassis.caller import Caller
from chassis.database import Connection as Database
from chassis.domain import NotEntitled, Tier
from chassis.graphql import Connection, Info, page
from chassis.graphql.description import describe
from governance.consistency import domain as rules
from governance.consistency import repository
from governance.consistency.domain import FindingKind, Inconsistency
from governance.people.graphql import Department, Team
from governance.rights import commands as rights
from governance.rights.domain import Decider
from governance.vocabulary.arguments import After, First

_MAY_SEE = frozenset({Decider.AI_STEWARD, Decider.COMPLIANCE_OFFICER, Decider.EXECUTIVE_SPONSOR, Decider.COMMITTEE})

describe(
    Inconsistency,
    "Inconsistency",
    "What is different in a department.",
    {
        Inconsistency.RESTRICTS: "It restricts what the enterprise allows.",
        Inconsistency.RESTRICTION_UNLOOKED: "A restriction is past half of its time without having been looked at.",
        Inconsistency.ZERO_USE: "Nobody used any tool in four weeks, without a restriction that would explain it.",
        Inconsistency.NO_USE_CASE: "It registered nothing that it uses AI for.",
        Inconsistency.NO_STANDARD: "None of its processes has an effective procedure with AI.",
        Inconsistency.TEAMS_WITHOUT_PROMPTS: "Some of its teams share no prompt.",
    },
)
describe(
    FindingKind,
    "GovernanceFindingKind",
    "What is not as the rules want it.",
    {
        FindingKind.ACCESS_BEYOND_EXCEPTION: "An exception from a policy ended, and access that rests on it is still active.",
        FindingKind.EVIDENCE_MISSING: "A requirement of the compliance register is not fulfilled by events.",
        FindingKind.POLICY_PAST_REVIEW: "A policy binds and should have been looked at again.",
        FindingKind.PROCESS_WITHOUT_OWNER: "Nobody at work answers for a process.",
        FindingKind.PROMPT_WITHOUT_OWNER: "Nobody at work answers for a shared prompt.",
        FindingKind.STANDARD_ON_STOPPED_TOOL: "An effective procedure rests on a tool that may not be used.",
        FindingKind.TOOL_PAST_REVIEW: "A tool is approved and should have been looked at again.",
        FindingKind.TOOL_WITHOUT_OWNER: "Nobody at work answers for a tool.",
        FindingKind.USE_CASE_ON_STOPPED_TOOL: "A use case rests on a tool that may not be used.",
        FindingKind.USE_CASE_PAST_REVIEW: "A use case goes on and should have been looked at again.",
        FindingKind.USE_CASE_WITHOUT_OWNER: "Nobody at work answers for a use case.",
    },
)


@strawberry.type(description="Something that is not as the rules want it.")
class GovernanceFinding:
    kind: FindingKind = strawberry.field(description="What is wrong.")
    subject_id: strawberry.ID = strawberry.field(description="The id of what it is about.")
    name: str = strawberry.field(description="Its name.")
    department: Department | None = strawberry.field(description="Its department, where it has one.")
    next_step: str = strawberry.field(description="Who can mend it, and how.")

    @classmethod
    def of(cls, found: rules.Finding) -> GovernanceFinding:
        """A finding."""
        return cls(
            kind=found.kind,
            subject_id=strawberry.ID(found.subject),
            name=found.name,
            department=Department(id=strawberry.ID(found.department_id)) if found.department_id else None,
            next_step=found.next_step,
        )


@strawberry.type(description="What a department has and does, and what is different there.")
class DepartmentConsistency:
    department: Department = strawberry.field(description="The department.")
    people: int = strawberry.field(description="Who works there today.")
    active_people: int | None = strawberry.field(
        description="Who used any tool in the last four weeks; null where fewer than five people work."
    )
    granted_people: int = strawberry.field(description="Who has access to any tool.")
    use_cases: int = strawberry.field(description="What it registered that it uses AI for.")
    standards: int = strawberry.field(description="The effective procedures of its processes.")
    restrictions: int = strawberry.field(description="What it restricts today.")
    inconsistencies: list[Inconsistency] = strawberry.field(description="What is different there.")

    @strawberry.field(description="Its teams in which nobody shares a prompt, at most a hundred.")
    async def teams_without_prompts(self, info: Info) -> list[Team]:
        found = await info.context.load(repository.teams_without_prompts, str(self.department.id))
        return [Team(id=strawberry.ID(id)) for id in found or []]

    @classmethod
    def of(cls, known: rules.Department) -> DepartmentConsistency:
        """A department."""
        return cls(
            department=Department(id=strawberry.ID(known.department_id)),
            people=known.people,
            active_people=known.shown_active,
            granted_people=known.granted,
            use_cases=known.use_cases,
            standards=known.standards,
            restrictions=known.restrictions,
            inconsistencies=list(known.inconsistencies()),
        )


@strawberry.type
class ConsistencyQueries:
    @strawberry.field(
        description="Are the same rules seen everywhere? Every department by id, with what is different there. The"
        " officers, the committee, the sponsor and auditors may ask."
    )
    async def consistency_report(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[DepartmentConsistency]:
        caller = info.context.require_caller()
        async with info.context.read() as connection:
            await _require(connection, caller, "Comparing departments")
            return await page(
                first,
                after,
                lambda after, limit: repository.departments(connection, after=after, limit=limit),
                node=DepartmentConsistency.of,
                cursor=lambda known: known.department_id,
            )

    @strawberry.field(
        description="What has nobody or nothing behind it: tools, use cases, prompts and processes that nobody answers"
        " for, what should have been looked at again, what rests on a stopped tool or on an exception that ended,"
        " requirements without evidence; by kind. The officers, the committee, the sponsor and auditors may ask."
    )
    async def governance_findings(
        self,
        info: Info,
        kind: Annotated[FindingKind | None, strawberry.argument(description="Only this kind.")] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[GovernanceFinding]:
        caller = info.context.require_caller()
        async with info.context.read() as connection:
            await _require(connection, caller, "Seeing what is not as the rules want it")
            return await page(
                first,
                after,
                lambda after, limit: repository.findings(connection, kind=kind, after=after, limit=limit),
                node=GovernanceFinding.of,
                cursor=lambda found: found.key,
            )


async def _require(connection: Database, caller: Caller, action: str) -> None:
    """Raises NotEntitled."""
    standing = await rights.standing(connection, caller)
    if standing.isdisjoint(_MAY_SEE) and not caller.has("auditor"):
        raise NotEntitled(
            action=action,
            tier=Tier.ENTERPRISE.value,
            deciders="the AI steward, the compliance officer, the committee, the executive sponsor or auditors",
        )
