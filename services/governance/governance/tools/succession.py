"""How one tool follows another, in the graph: versions, duplicates and ends on a date (G07, G08)."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chassis.graphql import Info, Payload, mutation, run, uuid_of
from governance.motions.domain import MotionAboutSomethingElse, MotionAlreadyEnacted, MotionNotPassed
from governance.risk.domain import Assessment
from governance.tools import commands, repository
from governance.tools import domain as rules
from governance.tools.graphql import Tool
from governance.tools.mutations import AssessmentInput

_KEY = "The same key changes nothing twice."


@strawberry.input(description="A new version of a registered tool.")
class ProposeToolVersionInput:
    tool_id: strawberry.ID = strawberry.field(description="The version that is registered.")
    code: str = strawberry.field(description="The new version's short name.")
    model_version: str = strawberry.field(description="The new version.")
    purpose: str | None = strawberry.field(default=None, description="What it is for; as before when left out.")
    assessment: AssessmentInput | None = strawberry.field(
        default=None, description="What is known of its risk. Nothing is taken over from the version before."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The new version, or why it was not proposed.")
class ProposeToolVersionPayload(Payload):
    tool: Tool | None = strawberry.field(default=None, description="The new version.")


@strawberry.input(description="A proposal that is about a registered tool.")
class MarkToolDuplicateInput:
    tool_id: strawberry.ID = strawberry.field(description="The proposal.")
    duplicate_of_id: strawberry.ID = strawberry.field(description="The registered tool.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The proposal, or why nothing changed.")
class MarkToolDuplicatePayload(Payload):
    tool: Tool | None = strawberry.field(default=None, description="The proposal.")


@strawberry.input(description="The committee's decision to let a tool end on a date.")
class DeprecateToolInput:
    tool_id: strawberry.ID = strawberry.field(description="The tool.")
    motion_id: strawberry.ID = strawberry.field(description="The passed motion to let it end.")
    sunset_at: datetime = strawberry.field(description="When it ends.")
    successor_id: strawberry.ID | None = strawberry.field(default=None, description="What to use instead.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The tool, or why nothing changed.")
class DeprecateToolPayload(Payload):
    tool: Tool | None = strawberry.field(default=None, description="The tool.")


@strawberry.type
class ToolSuccessionMutations:
    @mutation(
        refuses=(rules.BadToolCode, rules.ToolCodeTaken, rules.SameVersion, rules.LooksLikeAnother),
        description="Propose a new version of a registered tool; every employee may. It is decided anew. When it is"
        " approved, the version before ends ninety days later.",
    )
    async def propose_tool_version(self, info: Info, input: ProposeToolVersionInput) -> ProposeToolVersionPayload:
        tool = await run(
            info,
            commands.propose_tool_version,
            key=input.idempotency_key,
            again=repository.get,
            tool_id=uuid_of(input.tool_id, "tool"),
            code=input.code,
            model_version=input.model_version,
            purpose=input.purpose,
            assessment=Assessment(**input.assessment.answers()) if input.assessment else Assessment(),
        )
        return ProposeToolVersionPayload(tool=Tool.of(tool))

    @mutation(
        refuses=(rules.ToolInWrongState, rules.BadSuccessor),
        description="Close a proposal because it is about a registered tool. The AI steward may.",
    )
    async def mark_tool_duplicate(self, info: Info, input: MarkToolDuplicateInput) -> MarkToolDuplicatePayload:
        tool = await run(
            info,
            commands.mark_tool_duplicate,
            key=input.idempotency_key,
            again=repository.get,
            tool_id=uuid_of(input.tool_id, "tool"),
            duplicate_of_id=uuid_of(input.duplicate_of_id, "tool"),
        )
        return MarkToolDuplicatePayload(tool=Tool.of(tool))

    @mutation(
        refuses=(
            rules.ToolInWrongState,
            rules.SunsetInThePast,
            rules.BadSuccessor,
            MotionNotPassed,
            MotionAboutSomethingElse,
            MotionAlreadyEnacted,
        ),
        description="Let a tool end on a date, as the committee decided by a motion. Until then it may be used.",
    )
    async def deprecate_tool(self, info: Info, input: DeprecateToolInput) -> DeprecateToolPayload:
        tool = await run(
            info,
            commands.deprecate_tool,
            key=input.idempotency_key,
            again=repository.get,
            tool_id=uuid_of(input.tool_id, "tool"),
            motion_id=uuid_of(input.motion_id, "motion"),
            sunset_at=input.sunset_at,
            successor_id=uuid_of(input.successor_id, "tool") if input.successor_id else None,
        )
        return DeprecateToolPayload(tool=Tool.of(tool))
