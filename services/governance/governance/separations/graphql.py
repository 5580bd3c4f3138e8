"""Tools that nobody may have together, in the graph (G13)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from governance.people.graphql import Employee
from governance.separations import commands, repository
from governance.separations import domain as rules
from governance.tools import repository as tools
from governance.tools.graphql import Tool
from governance.vocabulary.arguments import After, First

_KEY = "The same key changes nothing twice."


@strawberry.type(description="Two tools that nobody may have together.")
class ToolSeparation:
    id: strawberry.ID = strawberry.field(description="The rule's id.")
    policy_id: strawberry.ID = strawberry.field(
        description="The policy whose rule it is; an exception from it for one of the tools lets somebody have both."
    )
    reason: str = strawberry.field(description="Why.")
    decided_by: Employee = strawberry.field(description="Who decided it.")
    decided_at: datetime = strawberry.field(description="Since when it holds.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")
    ended_because: str | None = strawberry.field(description="Why it ended.")
    tool_ids: strawberry.Private[tuple[UUID, UUID]]

    @strawberry.field(description="The two tools.")
    async def tools(self, info: Info) -> list[Tool]:
        found = [await info.context.load(tools.by_ids, id) for id in self.tool_ids]
        return [Tool.of(tool) for tool in found if tool is not None]

    @classmethod
    def of(cls, separation: rules.Separation) -> ToolSeparation:
        """A separation."""
        return cls(
            id=strawberry.ID(str(separation.id)),
            policy_id=strawberry.ID(separation.policy),
            reason=separation.reason,
            decided_by=Employee(id=strawberry.ID(separation.decided_by)),
            decided_at=separation.decided_at,
            ended_at=separation.ended_at,
            ended_because=separation.ended_because,
            tool_ids=(separation.first_id, separation.second_id),
        )


@strawberry.type
class SeparationQueries:
    @strawberry.field(description="Tools that nobody may have together, the latest rule first. Everybody may ask.")
    async def tool_separations(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        ended: Annotated[bool, strawberry.argument(description="Those that ended, and not those that hold.")] = False,
    ) -> Connection[ToolSeparation]:
        info.context.require_caller()
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.listing(connection, ended=ended, after=after, limit=limit),
                node=ToolSeparation.of,
                cursor=lambda separation: str(separation.id),
                place=UUID,
            )


@strawberry.input(description="Two tools that nobody may have together.")
class SeparateToolsInput:
    first_tool_id: strawberry.ID = strawberry.field(description="One tool.")
    second_tool_id: strawberry.ID = strawberry.field(description="The other tool.")
    policy_code: str = strawberry.field(description="The policy whose rule it is; exceptions are from this policy.")
    reason: str = strawberry.field(description="Why; people whom it concerns read it.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The rule, or why there is none.")
class SeparateToolsPayload(Payload):
    separation: ToolSeparation | None = strawberry.field(default=None, description="The rule.")


@strawberry.input(description="The rule that ends.")
class EndToolSeparationInput:
    separation_id: strawberry.ID = strawberry.field(description="The rule.")
    reason: str = strawberry.field(description="Why it ends.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The former rule, or why nothing changed.")
class EndToolSeparationPayload(Payload):
    separation: ToolSeparation | None = strawberry.field(default=None, description="The former rule.")


@strawberry.type
class SeparationMutations:
    @mutation(
        refuses=(rules.SameTool, rules.SeparationReasonMissing, rules.AlreadySeparated),
        description="Decide that nobody may have both tools. The compliance officer decides. Of those who have both, the"
        " access that came later is suspended, never both; requests against it are refused.",
    )
    async def separate_tools(self, info: Info, input: SeparateToolsInput) -> SeparateToolsPayload:
        separation = await run(
            info,
            commands.separate_tools,
            key=input.idempotency_key,
            again=repository.get,
            first_id=uuid_of(input.first_tool_id, "tool"),
            second_id=uuid_of(input.second_tool_id, "tool"),
            policy=input.policy_code,
            reason=input.reason,
        )
        return SeparateToolsPayload(separation=ToolSeparation.of(separation))

    @mutation(
        refuses=(rules.SeparationEnded, rules.SeparationReasonMissing),
        description="Let people have both tools again. The compliance officer decides; suspended access comes back.",
    )
    async def end_tool_separation(self, info: Info, input: EndToolSeparationInput) -> EndToolSeparationPayload:
        separation = await run(
            info,
            commands.end_tool_separation,
            key=input.idempotency_key,
            again=repository.get,
            separation_id=uuid_of(input.separation_id, "separation of tools"),
            reason=input.reason,
        )
        return EndToolSeparationPayload(separation=ToolSeparation.of(separation))
