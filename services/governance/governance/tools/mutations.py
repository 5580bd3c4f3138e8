"""What can be done to tools, in the graph."""

from __future__ import annotations

from datetime import date

import strawberry

from chassis.graphql import Info, Payload, mutation, run, uuid_of
from governance.motions.domain import MotionAboutSomethingElse, MotionAlreadyEnacted, MotionNotPassed, TermsDiffer
from governance.programme.domain import NotEmployed
from governance.risk.domain import Assessment, RiskProhibited, RiskUnknown
from governance.scope.domain import BadPanel
from governance.scope.graphql import ConditionsInput, ScopeRowInput
from governance.tools import commands, repository
from governance.tools import domain as rules
from governance.tools.graphql import Tool

_KEY = "The same key changes nothing twice."
_BY_MOTION = (rules.ToolInWrongState, MotionNotPassed, MotionAboutSomethingElse, MotionAlreadyEnacted)


@strawberry.input(description="Answers of a tool's assessment; what is left out stays as it is.")
class AssessmentInput:
    manipulates_or_scores_people: bool | None = strawberry.field(
        default=None, description="Does it manipulate people or score them socially?"
    )
    decides_about_people: bool | None = strawberry.field(
        default=None, description="Does it decide about people, such as hiring?"
    )
    acts_without_review: bool | None = strawberry.field(
        default=None, description="Does it act before a person has looked?"
    )
    processes_personal_data: bool | None = strawberry.field(default=None, description="Does it process personal data?")
    speaks_to_the_public: bool | None = strawberry.field(default=None, description="Does the public talk with it?")

    def answers(self) -> dict[str, bool]:
        """What was answered."""
        return {name: value for name, value in vars(self).items() if value is not None}


@strawberry.input(description="A tool that somebody would like to use.")
class ProposeToolInput:
    code: str = strawberry.field(description="A short name of lower-case letters, digits and single hyphens.")
    name: str = strawberry.field(description="Its name.")
    vendor: str = strawberry.field(description="Who makes it.")
    model_version: str = strawberry.field(default="1", description="The version.")
    hosting: str = strawberry.field(default="vendor cloud", description="Where it runs.")
    purpose: str = strawberry.field(default="", description="What it is for.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Who would be accountable for it.")
    assessment: AssessmentInput | None = strawberry.field(default=None, description="What is known of its risk.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The tool, or why it was not proposed.")
class ProposeToolPayload(Payload):
    tool: Tool | None = strawberry.field(default=None, description="The tool.")


@strawberry.input(description="A tool to review.")
class StartToolReviewInput:
    tool_id: strawberry.ID = strawberry.field(description="The tool.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The tool, or why its review did not start.")
class StartToolReviewPayload(Payload):
    tool: Tool | None = strawberry.field(default=None, description="The tool.")


@strawberry.input(description="Answers of a tool's assessment.")
class AssessToolInput:
    tool_id: strawberry.ID = strawberry.field(description="The tool.")
    assessment: AssessmentInput = strawberry.field(description="The answers.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The tool with its risk class, or why nothing changed.")
class AssessToolPayload(Payload):
    tool: Tool | None = strawberry.field(default=None, description="The tool.")


@strawberry.input(description="Who is accountable for a tool.")
class NameToolOwnerInput:
    tool_id: strawberry.ID = strawberry.field(description="The tool.")
    owner_id: strawberry.ID = strawberry.field(description="Who becomes accountable.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The tool, or why nothing changed.")
class NameToolOwnerPayload(Payload):
    tool: Tool | None = strawberry.field(default=None, description="The tool.")


@strawberry.input(description="The committee's decision to let a tool be used.")
class ApproveToolInput:
    tool_id: strawberry.ID = strawberry.field(description="The tool.")
    motion_id: strawberry.ID = strawberry.field(description="The passed motion to approve it.")
    scope: list[ScopeRowInput] | None = strawberry.field(
        default=None, description="What it may be used for; what the motion says when left out."
    )
    conditions: ConditionsInput | None = strawberry.field(
        default=None, description="What a person must have before using it; goes with the scope."
    )
    review_by: date | None = strawberry.field(
        default=None, description="When the committee looks again; in a year when left out."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The approved tool, or why it is not.")
class ApproveToolPayload(Payload):
    tool: Tool | None = strawberry.field(default=None, description="The tool.")


@strawberry.input(description="The committee's decision not to let a tool be used.")
class RejectToolInput:
    tool_id: strawberry.ID = strawberry.field(description="The tool.")
    motion_id: strawberry.ID = strawberry.field(description="The passed motion to reject it.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The rejected tool, or why it is not.")
class RejectToolPayload(Payload):
    tool: Tool | None = strawberry.field(default=None, description="The tool.")


@strawberry.input(description="A tool to stop at once.")
class SuspendToolInput:
    tool_id: strawberry.ID = strawberry.field(description="The tool.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The suspended tool, or why it is not.")
class SuspendToolPayload(Payload):
    tool: Tool | None = strawberry.field(default=None, description="The tool.")


@strawberry.input(description="The committee's decision to stand behind a suspension.")
class RatifySuspensionInput:
    tool_id: strawberry.ID = strawberry.field(description="The tool.")
    motion_id: strawberry.ID = strawberry.field(description="The passed motion to ratify.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The tool, or why nothing changed.")
class RatifySuspensionPayload(Payload):
    tool: Tool | None = strawberry.field(default=None, description="The tool.")


@strawberry.input(description="The committee's decision to let a suspended tool be used again.")
class ReinstateToolInput:
    tool_id: strawberry.ID = strawberry.field(description="The tool.")
    motion_id: strawberry.ID = strawberry.field(description="The passed motion to reinstate it.")
    review_by: date | None = strawberry.field(
        default=None, description="When the committee looks again; as before when left out."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The reinstated tool, or why it is not.")
class ReinstateToolPayload(Payload):
    tool: Tool | None = strawberry.field(default=None, description="The tool.")


@strawberry.input(description="The committee's decision to allow more or less.")
class ChangeToolScopeInput:
    tool_id: strawberry.ID = strawberry.field(description="The tool.")
    motion_id: strawberry.ID = strawberry.field(description="The passed motion to change its scope.")
    scope: list[ScopeRowInput] | None = strawberry.field(
        default=None, description="What it may be used for from now on; what the motion says when left out."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The tool, or why nothing changed.")
class ChangeToolScopePayload(Payload):
    tool: Tool | None = strawberry.field(default=None, description="The tool.")


@strawberry.input(description="The committee's decision to end a tool's life here.")
class RetireToolInput:
    tool_id: strawberry.ID = strawberry.field(description="The tool.")
    motion_id: strawberry.ID = strawberry.field(description="The passed motion to retire it.")
    successor_id: strawberry.ID | None = strawberry.field(default=None, description="What to use instead.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The retired tool, or why it is not.")
class RetireToolPayload(Payload):
    tool: Tool | None = strawberry.field(default=None, description="The tool.")


@strawberry.type
class ToolMutations:
    @mutation(
        refuses=(rules.BadToolCode, rules.ToolCodeTaken, rules.LooksLikeAnother, NotEmployed),
        description="Propose a tool; every employee may.",
    )
    async def propose_tool(self, info: Info, input: ProposeToolInput) -> ProposeToolPayload:
        tool = await run(
            info,
            commands.propose_tool,
            key=input.idempotency_key,
            again=repository.get,
            code=input.code,
            name=input.name,
            vendor=input.vendor,
            model_version=input.model_version,
            hosting=input.hosting,
            purpose=input.purpose,
            owner_id=input.owner_id or None,
            assessment=Assessment(**(input.assessment.answers() if input.assessment else {})),
        )
        return ProposeToolPayload(tool=Tool.of(tool))

    @mutation(refuses=(rules.ToolInWrongState,), description="Take a proposal up; the AI steward may.")
    async def start_tool_review(self, info: Info, input: StartToolReviewInput) -> StartToolReviewPayload:
        tool = await run(
            info,
            commands.start_tool_review,
            key=input.idempotency_key,
            again=repository.get,
            tool_id=uuid_of(input.tool_id, "tool"),
        )
        return StartToolReviewPayload(tool=Tool.of(tool))

    @mutation(
        refuses=(rules.ToolInWrongState, RiskUnknown),
        description="Answer questions of a tool's assessment; the AI steward may. The risk class follows from the answers.",
    )
    async def assess_tool(self, info: Info, input: AssessToolInput) -> AssessToolPayload:
        tool = await run(
            info,
            commands.assess_tool,
            key=input.idempotency_key,
            again=repository.get,
            tool_id=uuid_of(input.tool_id, "tool"),
            answers=input.assessment.answers(),
        )
        return AssessToolPayload(tool=Tool.of(tool))

    @mutation(
        refuses=(rules.ToolInWrongState, NotEmployed),
        description="Make somebody accountable for a tool; the AI steward may.",
    )
    async def name_tool_owner(self, info: Info, input: NameToolOwnerInput) -> NameToolOwnerPayload:
        tool = await run(
            info,
            commands.name_tool_owner,
            key=input.idempotency_key,
            again=repository.get,
            tool_id=uuid_of(input.tool_id, "tool"),
            owner_id=str(input.owner_id),
        )
        return NameToolOwnerPayload(tool=Tool.of(tool))

    @mutation(
        refuses=(
            *_BY_MOTION,
            TermsDiffer,
            BadPanel,
            NotEmployed,
            RiskUnknown,
            RiskProhibited,
            rules.NobodyAccountable,
            rules.NothingAllowed,
            rules.ReviewDateInThePast,
        ),
        description="Let a tool be used, as the committee decided by a motion.",
    )
    async def approve_tool(self, info: Info, input: ApproveToolInput) -> ApproveToolPayload:
        tool = await run(
            info,
            commands.approve_tool,
            key=input.idempotency_key,
            again=repository.get,
            tool_id=uuid_of(input.tool_id, "tool"),
            motion_id=uuid_of(input.motion_id, "motion"),
            scope=None if input.scope is None else [row.row() for row in input.scope],
            conditions=None if input.conditions is None else input.conditions.conditions(),
            review_by=input.review_by,
        )
        return ApproveToolPayload(tool=Tool.of(tool))

    @mutation(refuses=_BY_MOTION, description="Do not let a tool be used, as the committee decided by a motion.")
    async def reject_tool(self, info: Info, input: RejectToolInput) -> RejectToolPayload:
        tool = await run(
            info,
            commands.reject_tool,
            key=input.idempotency_key,
            again=repository.get,
            tool_id=uuid_of(input.tool_id, "tool"),
            motion_id=uuid_of(input.motion_id, "motion"),
        )
        return RejectToolPayload(tool=Tool.of(tool))

    @mutation(
        refuses=(rules.ToolInWrongState,),
        description="Stop a tool at once, with every grant for it; the compliance officer or the AI steward may. The"
        " committee has seven days to ratify; without that the tool stays suspended and says so.",
    )
    async def suspend_tool(self, info: Info, input: SuspendToolInput) -> SuspendToolPayload:
        tool = await run(
            info,
            commands.suspend_tool,
            key=input.idempotency_key,
            again=repository.get,
            tool_id=uuid_of(input.tool_id, "tool"),
            reason=input.reason,
        )
        return SuspendToolPayload(tool=Tool.of(tool))

    @mutation(refuses=_BY_MOTION, description="Stand behind a suspension, as the committee decided by a motion.")
    async def ratify_suspension(self, info: Info, input: RatifySuspensionInput) -> RatifySuspensionPayload:
        tool = await run(
            info,
            commands.ratify_suspension,
            key=input.idempotency_key,
            again=repository.get,
            tool_id=uuid_of(input.tool_id, "tool"),
            motion_id=uuid_of(input.motion_id, "motion"),
        )
        return RatifySuspensionPayload(tool=Tool.of(tool))

    @mutation(
        refuses=(
            *_BY_MOTION,
            RiskUnknown,
            RiskProhibited,
            rules.NobodyAccountable,
            rules.ReviewDateInThePast,
        ),
        description="Let a suspended tool be used again, as the committee decided by a motion. Grants come back where"
        " no other reason stands against them.",
    )
    async def reinstate_tool(self, info: Info, input: ReinstateToolInput) -> ReinstateToolPayload:
        tool = await run(
            info,
            commands.reinstate_tool,
            key=input.idempotency_key,
            again=repository.get,
            tool_id=uuid_of(input.tool_id, "tool"),
            motion_id=uuid_of(input.motion_id, "motion"),
            review_by=input.review_by,
        )
        return ReinstateToolPayload(tool=Tool.of(tool))

    @mutation(
        refuses=(*_BY_MOTION, TermsDiffer, rules.NothingAllowed),
        description="Allow more or less, as the committee decided by a motion. Grants outside are suspended at once,"
        " grants inside come back.",
    )
    async def change_tool_scope(self, info: Info, input: ChangeToolScopeInput) -> ChangeToolScopePayload:
        tool = await run(
            info,
            commands.change_tool_scope,
            key=input.idempotency_key,
            again=repository.get,
            tool_id=uuid_of(input.tool_id, "tool"),
            motion_id=uuid_of(input.motion_id, "motion"),
            scope=None if input.scope is None else [row.row() for row in input.scope],
        )
        return ChangeToolScopePayload(tool=Tool.of(tool))

    @mutation(
        refuses=(*_BY_MOTION, rules.BadSuccessor),
        description="End a tool's life here, as the committee decided by a motion.",
    )
    async def retire_tool(self, info: Info, input: RetireToolInput) -> RetireToolPayload:
        tool = await run(
            info,
            commands.retire_tool,
            key=input.idempotency_key,
            again=repository.get,
            tool_id=uuid_of(input.tool_id, "tool"),
            motion_id=uuid_of(input.motion_id, "motion"),
            successor_id=uuid_of(input.successor_id, "tool") if input.successor_id else None,
        )
        return RetireToolPayload(tool=Tool.of(tool))
