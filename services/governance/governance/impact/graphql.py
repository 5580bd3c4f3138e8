"""What a decision about a tool would do, in the graph (X09)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from chassis.graphql import Info, uuid_of
from governance.impact import commands
from governance.impact import domain as rules
from governance.incidents.graphql import Process
from governance.people.graphql import Department, Employee
from governance.scope.graphql import ScopeRowInput
from governance.tools.graphql import Tool
from governance.use_cases.graphql import UseCase


@strawberry.type(description="What would change in one department.")
class AffectedDepartment:
    department: Department | None = strawberry.field(description="The department; null for people who have none.")
    grants: int | None = strawberry.field(
        description="How many grants would be suspended; null where that would tell about fewer than five people."
    )
    people: int | None = strawberry.field(description="How many people they belong to; null in the same case.")


@strawberry.type(description="A standard operating procedure whose steps use the tool: it would be flagged.")
class AffectedStandard:
    sop_id: strawberry.ID = strawberry.field(description="The standard.")
    version: int = strawberry.field(description="The version that holds.")
    process: Process = strawberry.field(description="Its process.")
    process_owner: Employee | None = strawberry.field(description="Who answers for the process.")


@strawberry.federation.type(
    keys=["id"],
    description="Everything that a suspension of a tool, or a narrower scope, would reach. Nothing is done.",
)
class BlastRadius:
    id: strawberry.ID = strawberry.field(description="The tool's id; other services add what it would do there.")
    tool: Tool = strawberry.field(description="The tool.")
    grants: int = strawberry.field(description="How many active grants would be suspended.")
    people: int | None = strawberry.field(description="How many people they belong to; null for one to four.")
    suspended_already: int = strawberry.field(description="Grants that are suspended as it is.")
    departments: list[AffectedDepartment] = strawberry.field(description="By department, the most affected first.")
    waiting_requests: int = strawberry.field(description="How many requests wait for the tool.")
    standards: list[AffectedStandard] = strawberry.field(
        description="Procedures that would be flagged, at most a hundred; for a suspension."
    )
    use_cases: list[UseCase] = strawberry.field(
        description="Use cases that could not be carried on, at most a hundred."
    )
    prompts: int = strawberry.field(description="How many prompts are written for it; for a suspension.")
    teams_preferring: int = strawberry.field(description="How many teams prefer it; for a suspension.")
    open_motions: int = strawberry.field(description="Open motions about the tool.")
    open_incidents: int = strawberry.field(description="Open incidents with the tool.")
    ratify_by: datetime = strawberry.field(description="Until when the committee would have to ratify a suspension.")
    alternatives: list[Tool] = strawberry.field(
        description="Approved tools that allow every use that would be taken away, at most ten; none of them is separated"
        " from this one."
    )
    separated_from: list[Tool] = strawberry.field(
        description="Tools that are never together with this one; its people could not go over to them while they have it."
    )

    @classmethod
    def of(cls, found: rules.BlastRadius, now: datetime) -> BlastRadius:
        """A blast radius."""
        return cls(
            id=strawberry.ID(str(found.tool.id)),
            tool=Tool.of(found.tool),
            grants=found.grants,
            people=found.people,
            suspended_already=found.suspended_already,
            open_motions=found.open_motions,
            open_incidents=found.open_incidents,
            ratify_by=now + rules.RATIFY_WITHIN,
            departments=[
                AffectedDepartment(
                    department=Department(id=strawberry.ID(each.department_id)) if each.department_id else None,
                    grants=each.grants,
                    people=each.people,
                )
                for each in found.departments
            ],
            waiting_requests=found.waiting_requests,
            standards=[
                AffectedStandard(
                    sop_id=strawberry.ID(str(standard.sop_id)),
                    version=standard.version,
                    process=Process(id=strawberry.ID(str(standard.process_id))),
                    process_owner=Employee(id=strawberry.ID(process.owner_id))
                    if process and process.owner_id
                    else None,
                )
                for standard, process in found.standards
            ],
            use_cases=[UseCase.of(each) for each in found.use_cases],
            prompts=found.prompts,
            teams_preferring=found.teams_preferring,
            separated_from=[Tool.of(tool) for tool in found.separated_from],
            alternatives=[Tool.of(tool) for tool in found.alternatives],
        )


@strawberry.type
class ImpactQueries:
    @strawberry.field(
        description="What would suspending this tool do, or leaving it only some uses? The steward, the officers, the"
        " committee, the sponsor, the tool's owner and auditors may ask. Nothing is changed."
    )
    async def blast_radius(
        self,
        info: Info,
        tool_id: Annotated[strawberry.ID, strawberry.argument(description="The tool.")],
        remaining_scope: Annotated[
            list[ScopeRowInput] | None, strawberry.argument(description="What would remain; nothing when left out.")
        ] = None,
    ) -> BlastRadius:
        async with info.context.read() as connection:
            found = await commands.blast_radius(
                connection,
                caller=info.context.require_caller(),
                tool_id=uuid_of(tool_id, "tool"),
                remaining=None if remaining_scope is None else [row.row() for row in remaining_scope],
            )
        return BlastRadius.of(found, info.context.now)
