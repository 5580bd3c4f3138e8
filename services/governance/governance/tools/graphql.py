"""Tools in the graph."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from chassis.graphql import Connection, Info, page, subscription, uuid_of
from governance.access import lists as access
from governance.decisions import repository as decisions
from governance.decisions.graphql import Decision
from governance.motions import repository as motions
from governance.motions.graphql import Motion
from governance.people.graphql import Employee
from governance.risk.domain import Risk
from governance.scope.graphql import Conditions, ScopeRow
from governance.tools import domain as rules
from governance.tools import events, repository
from governance.tools.domain import Status
from governance.vocabulary.arguments import After, First


@strawberry.type(description="The answers of a tool's assessment; null is not answered yet.")
class Assessment:
    manipulates_or_scores_people: bool | None = strawberry.field(
        description="Does it manipulate people or score them socially? That is prohibited."
    )
    decides_about_people: bool | None = strawberry.field(description="Does it decide about people, such as hiring?")
    acts_without_review: bool | None = strawberry.field(description="Does it act before a person has looked?")
    processes_personal_data: bool | None = strawberry.field(description="Does it process personal data?")
    speaks_to_the_public: bool | None = strawberry.field(description="Does the public talk with it?")
    unanswered: list[str] = strawberry.field(description="The questions that are open.")


@strawberry.type(description="Why and since when a tool is suspended.")
class Suspension:
    reason: str = strawberry.field(description="Why.")
    emergency: bool = strawberry.field(description="Whether an officer did it alone, for the committee to ratify.")
    by: strawberry.ID = strawberry.field(description="Who or what suspended it.")
    at: datetime = strawberry.field(description="Since when.")
    ratify_by: datetime | None = strawberry.field(description="Until when the committee is to ratify it.")
    ratified: bool = strawberry.field(description="Whether the committee stands behind it.")
    ratification_overdue: bool = strawberry.field(
        description="Whether the committee missed the date. The tool stays suspended."
    )


@strawberry.federation.type(keys=["id"], description="An AI tool or model in one version, and what it may be used for.")
class Tool:
    id: strawberry.ID = strawberry.field(description="The tool's id.")
    code: str = strawberry.field(description="Its short name, unlike any other's.")
    name: str = strawberry.field(description="Its name.")
    vendor: str = strawberry.field(description="Who makes it.")
    model_version: str = strawberry.field(
        description="The version that is registered; the next one is another tool that names this one."
    )
    hosting: str = strawberry.field(description="Where it runs.")
    purpose: str = strawberry.field(description="What it is for.")
    status: Status = strawberry.field(description="Where it is in its life.")
    risk: Risk = strawberry.field(description="The risk class, computed from the assessment.")
    assessment: Assessment = strawberry.field(description="The answers that the risk class comes from.")
    owner: Employee | None = strawberry.field(description="Who is accountable for it.")
    proposed_by: Employee = strawberry.field(description="Who proposed it.")
    scope: list[ScopeRow] = strawberry.field(description="What it may be used for.")
    conditions: Conditions = strawberry.field(description="What a person must have before using it.")
    review_by: date | None = strawberry.field(description="When the committee looks at it again.")
    review_overdue: bool = strawberry.field(description="Whether that date has passed.")
    suspension: Suspension | None = strawberry.field(description="Why it is suspended; null when it is not.")
    proposed_at: datetime | None = strawberry.field(description="When it was proposed.")
    decide_by: datetime | None = strawberry.field(description="Until when the committee is to decide about it.")
    decision_overdue: bool = strawberry.field(description="Whether the committee missed that date.")
    sunset_at: datetime | None = strawberry.field(
        description="When its life here ends; null while that is not decided."
    )
    replaces_id: strawberry.ID | None = strawberry.field(description="The version before this one.")
    successor_id: strawberry.ID | None = strawberry.field(description="What to use instead.")
    duplicate_of_id: strawberry.ID | None = strawberry.field(
        description="The tool that this proposal turned out to be."
    )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Tool | None:
        """Another service's mention of a tool."""
        found = await info.context.load(repository.by_ids, uuid_of(id, "tool"))
        return cls.of(found) if found else None

    @strawberry.field(description="How many grants for it are active.")
    async def grant_count(self, info: Info) -> int:
        return await info.context.load(access.active_grants, UUID(self.id)) or 0

    @strawberry.field(description="What was decided about it, the latest fifty first.")
    async def decisions(self, info: Info) -> list[Decision]:
        found = await info.context.load(decisions.about, ("tool", str(self.id)))
        return [Decision.of(decision) for decision in found or []]

    @strawberry.field(description="The motions about it, the latest fifty first.")
    async def motions(self, info: Info) -> list[Motion]:
        found = await info.context.load(motions.about, str(self.id))
        return [Motion.of(motion) for motion in found or []]

    @strawberry.field(description="The version before this one.")
    async def replaces(self, info: Info) -> Tool | None:
        return await _tool(info, self.replaces_id)

    @strawberry.field(description="What to use instead.")
    async def successor(self, info: Info) -> Tool | None:
        return await _tool(info, self.successor_id)

    @strawberry.field(description="Versions that were proposed to replace it.")
    async def next_versions(self, info: Info) -> list[Tool]:
        found = await info.context.load(repository.versions_of, UUID(self.id))
        return [Tool.of(tool) for tool in found or []]

    @classmethod
    def of(cls, tool: rules.Tool) -> Tool:
        """A tool."""
        answers, suspension = tool.assessment, tool.suspension
        return cls(
            id=strawberry.ID(str(tool.id)),
            code=tool.code,
            name=tool.name,
            vendor=tool.vendor,
            model_version=tool.model_version,
            hosting=tool.hosting,
            purpose=tool.purpose,
            status=tool.status,
            risk=tool.risk,
            assessment=Assessment(
                manipulates_or_scores_people=answers.manipulates_or_scores_people,
                decides_about_people=answers.decides_about_people,
                acts_without_review=answers.acts_without_review,
                processes_personal_data=answers.processes_personal_data,
                speaks_to_the_public=answers.speaks_to_the_public,
                unanswered=list(answers.unanswered()),
            ),
            owner=Employee(id=strawberry.ID(tool.owner_id)) if tool.owner_id else None,
            proposed_by=Employee(id=strawberry.ID(tool.proposed_by)),
            scope=[ScopeRow.of(row) for row in tool.scope],
            conditions=Conditions.of(tool.conditions),
            review_by=tool.review_by,
            review_overdue=tool.review_overdue,
            proposed_at=tool.proposed_at,
            decide_by=tool.decide_by,
            decision_overdue=tool.decision_overdue,
            sunset_at=tool.sunset_at,
            replaces_id=strawberry.ID(str(tool.replaces_id)) if tool.replaces_id else None,
            successor_id=strawberry.ID(str(tool.successor_id)) if tool.successor_id else None,
            duplicate_of_id=strawberry.ID(str(tool.duplicate_of)) if tool.duplicate_of else None,
            suspension=Suspension(
                reason=suspension.reason,
                emergency=suspension.emergency,
                by=strawberry.ID(suspension.by),
                at=suspension.at,
                ratify_by=suspension.ratify_by,
                ratified=suspension.ratified,
                ratification_overdue=suspension.overdue,
            )
            if suspension
            else None,
        )


async def _tool(info: Info, id: strawberry.ID | None) -> Tool | None:
    found = await info.context.load(repository.by_ids, UUID(id)) if id else None
    return Tool.of(found) if found else None


@strawberry.type
class ToolQueries:
    @strawberry.field(
        description="Registered tools that this name and vendor could mean, the most alike first: look before proposing."
    )
    async def similar_tools(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="The name.")],
        vendor: Annotated[str, strawberry.argument(description="Who makes it.")],
    ) -> list[Tool]:
        async with info.context.read() as connection:
            return [Tool.of(tool) for tool in await repository.alike_to(connection, name, vendor)]

    @strawberry.field(description="One tool, by its id or its code.")
    async def tool(
        self,
        info: Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="The tool's id.")] = None,
        code: Annotated[str | None, strawberry.argument(description="The tool's code, instead of its id.")] = None,
    ) -> Tool | None:
        if code is not None:
            async with info.context.read() as connection:
                found = await repository.by_code(connection, code)
        else:
            found = await info.context.load(repository.by_ids, uuid_of(id or "", "tool"))
        return Tool.of(found) if found else None

    @strawberry.field(
        description="Tools in the order of their proposal; `search` finds the beginning of a name or code. `totalCount` is exact up"
        " to 10,000, then null."
    )
    async def tools(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        status: Annotated[Status | None, strawberry.argument(description="Only tools of this status.")] = None,
        search: Annotated[str | None, strawberry.argument(description="The beginning of a name or code.")] = None,
    ) -> Connection[Tool]:
        async def count() -> int | None:
            async with info.context.read() as connection:
                return await repository.count(connection, status=status, search=search)

        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.listing(
                    connection, status=status, search=search, after=after, limit=limit
                ),
                node=Tool.of,
                cursor=lambda tool: str(tool.id),
                place=UUID,
                count=count,
            )


CHANGES = (
    events.ToolProposed,
    events.ToolReviewStarted,
    events.ToolAssessed,
    events.ToolOwnerChanged,
    events.ToolApproved,
    events.ToolRejected,
    events.ToolSuspended,
    events.ToolSuspensionRatified,
    events.ToolRatificationOverdue,
    events.ToolReviewOverdue,
    events.ToolReinstated,
    events.ToolScopeChanged,
    events.ToolRetired,
    events.ToolDeprecated,
    events.ToolMarkedDuplicate,
    events.ToolDecisionOverdue,
)


@strawberry.type
class ToolSubscriptions:
    @subscription(
        service="governance",
        follows=CHANGES,
        subject="id",
        query="tool",
        description="One tool: as it is, and again each time that it changes.",
    )
    async def tool_changed(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The tool's id.")]
    ) -> AsyncGenerator[Tool | None, None]:
        tool_id = uuid_of(id, "tool")
        async with info.context.changes(*CHANGES, subject=str(tool_id)) as changes:
            async for _ in changes:
                found = await info.context.load(repository.by_ids, tool_id)
                yield Tool.of(found) if found else None
