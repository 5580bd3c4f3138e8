"""What can be done with a version of a procedure, in the graph."""

from __future__ import annotations

from datetime import UTC, datetime

import strawberry

from chassis.domain import Refused
from chassis.graphql import Info, Payload, mutation, run, uuid_of
from process.controls.domain import Content, SopIncomplete, SopMalformed
from process.controls.graphql import EscalationPathInput, HandoffInput, QualityGateInput, SopStepInput
from process.processes.domain import ProcessIsRetired
from process.sops import commands, repository
from process.sops import domain as sops
from process.sops.graphql import Sop, SopVersion
from process.versions import domain
from process.versions.domain import ChangeClass


class ProcedureUnnamed(Refused):
    """Say which procedure is meant: its sopId, or for a new one processId, code and title."""


@strawberry.input(
    description="A version to write: the first of a new procedure (processId, code and title), the next of a procedure"
    " (sopId), or a draft anew (sopId and version)."
)
class DraftSopVersionInput:
    sop_id: strawberry.ID | None = strawberry.field(default=None, description="The procedure, if it exists.")
    version: int | None = strawberry.field(default=None, description="The draft to write anew.")
    process_id: strawberry.ID | None = strawberry.field(default=None, description="For a new one: of which process.")
    code: str | None = strawberry.field(default=None, description="For a new one: its short name.")
    title: str | None = strawberry.field(default=None, description="For a new one: what is done.")
    change_class: ChangeClass = strawberry.field(
        default=ChangeClass.MAJOR, description="Whether people must learn it anew."
    )
    steps: list[SopStepInput] = strawberry.field(description="What is done.")
    handoffs: list[HandoffInput] = strawberry.field(
        default_factory=list, description="Every step done by AI needs one to it and one back."
    )
    quality_gates: list[QualityGateInput] = strawberry.field(
        default_factory=list, description="Every step done by AI needs one."
    )
    escalation_paths: list[EscalationPathInput] = strawberry.field(
        default_factory=list, description="Every step done by AI needs one."
    )
    fallback_version: int | None = strawberry.field(
        default=None, description="An approved version without AI, followed while a tool may not be used."
    )
    effective_from: datetime | None = strawberry.field(
        default=None, description="When it becomes effective once approved; without it somebody has to say so."
    )
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")

    def content(self) -> Content:
        """What the version says."""
        return Content(
            steps=tuple(step.read() for step in self.steps),
            handoffs=tuple(handoff.read() for handoff in self.handoffs),
            quality_gates=tuple(gate.read() for gate in self.quality_gates),
            escalation_paths=tuple(path.read() for path in self.escalation_paths),
        )


@strawberry.input(description="A draft to submit.")
class SubmitSopVersionInput:
    sop_id: strawberry.ID = strawberry.field(description="The procedure.")
    version: int = strawberry.field(description="The number of the version.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.input(description="A version to approve.")
class ApproveSopVersionInput:
    sop_id: strawberry.ID = strawberry.field(description="The procedure.")
    version: int = strawberry.field(description="The number of the version.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.input(description="An approved version to put into force.")
class MakeSopVersionEffectiveInput:
    sop_id: strawberry.ID = strawberry.field(description="The procedure.")
    version: int = strawberry.field(description="The number of the version.")
    effective_from: datetime | None = strawberry.field(default=None, description="From when; at once without it.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.input(description="A version to take back.")
class WithdrawSopVersionInput:
    sop_id: strawberry.ID = strawberry.field(description="The procedure.")
    version: int = strawberry.field(description="The number of the version.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.type(description="The procedure and the version that was written, or why it was not.")
class DraftSopVersionPayload(Payload):
    sop: Sop | None = strawberry.field(default=None, description="The procedure; null when it was refused.")
    version: SopVersion | None = strawberry.field(default=None, description="The version; null when it was refused.")


@strawberry.type(description="The version that waits for approval, or what it lacks.")
class SubmitSopVersionPayload(Payload):
    sop: Sop | None = strawberry.field(default=None, description="The procedure; null when it was refused.")
    version: SopVersion | None = strawberry.field(default=None, description="The version; null when it was refused.")


@strawberry.type(description="The version with the approval, or why it was not given.")
class ApproveSopVersionPayload(Payload):
    sop: Sop | None = strawberry.field(default=None, description="The procedure; null when it was refused.")
    version: SopVersion | None = strawberry.field(default=None, description="The version; null when it was refused.")


@strawberry.type(description="The version that is or will be effective, or why it is not.")
class MakeSopVersionEffectivePayload(Payload):
    sop: Sop | None = strawberry.field(default=None, description="The procedure; null when it was refused.")
    version: SopVersion | None = strawberry.field(default=None, description="The version; null when it was refused.")


@strawberry.type(description="The version that was taken back, or why it was not.")
class WithdrawSopVersionPayload(Payload):
    sop: Sop | None = strawberry.field(default=None, description="The procedure; null when it was refused.")
    version: SopVersion | None = strawberry.field(default=None, description="The version; null when it was refused.")


@strawberry.type
class SopMutations:
    @mutation(
        refuses=(
            ProcedureUnnamed,
            SopMalformed,
            sops.BadSopCode,
            sops.SopCodeTaken,
            sops.SopUntitled,
            domain.VersionOpen,
            domain.VersionInWrongState,
            domain.FallbackUnusable,
            ProcessIsRetired,
        ),
        description="Write a version of a procedure. For everybody in the process's department, its owner and AI stewards.",
    )
    async def draft_sop_version(self, info: Info, input: DraftSopVersionInput) -> DraftSopVersionPayload:
        written = {
            "change_class": input.change_class,
            "content": input.content(),
            "effective_from": _in_utc(input.effective_from),
        }
        if input.sop_id is not None:
            sop = await run(
                info,
                commands.draft_version,
                key=input.idempotency_key,
                again=repository.get_for_update,
                sop_id=uuid_of(input.sop_id, "procedure"),
                number=input.version,
                fallback_version=input.fallback_version,
                **written,
            )
        elif input.process_id is not None and input.code is not None and input.title is not None:
            sop = await run(
                info,
                commands.draft_sop,
                key=input.idempotency_key,
                again=repository.get_for_update,
                process_id=uuid_of(input.process_id, "process"),
                code=input.code,
                title=input.title,
                **written,
            )
        else:
            raise ProcedureUnnamed
        number = input.version or (max(version.number for version in sop.versions) if input.sop_id else 1)
        return DraftSopVersionPayload(sop=Sop.of(sop), version=SopVersion.of(sop.get(number)))

    @mutation(
        refuses=(SopIncomplete, domain.VersionInWrongState, domain.FallbackUnusable),
        description="Ask for approval of a draft. Refused while a step done by AI lacks a handoff, a quality gate or an"
        " escalation path. For its author, the process owner, the department's leader and AI stewards.",
    )
    async def submit_sop_version(self, info: Info, input: SubmitSopVersionInput) -> SubmitSopVersionPayload:
        sop = await run(
            info,
            commands.submit_sop_version,
            key=input.idempotency_key,
            again=repository.get_for_update,
            sop_id=uuid_of(input.sop_id, "procedure"),
            number=input.version,
        )
        return SubmitSopVersionPayload(sop=Sop.of(sop), version=SopVersion.of(sop.get(input.version)))

    @mutation(
        refuses=(domain.AuthorCannotApprove, domain.AlreadyApproved, domain.VersionInWrongState),
        description="Give one of the two approvals that a version needs: the process owner's, and a compliance officer's or"
        " AI steward's. Nobody approves what they wrote, or twice.",
    )
    async def approve_sop_version(self, info: Info, input: ApproveSopVersionInput) -> ApproveSopVersionPayload:
        sop = await run(
            info,
            commands.approve_sop_version,
            key=input.idempotency_key,
            again=repository.get_for_update,
            sop_id=uuid_of(input.sop_id, "procedure"),
            number=input.version,
        )
        return ApproveSopVersionPayload(sop=Sop.of(sop), version=SopVersion.of(sop.get(input.version)))

    @mutation(
        refuses=(
            SopIncomplete,
            domain.ToolNotUsable,
            domain.NewerVersionEffective,
            domain.VersionInWrongState,
            domain.FallbackUnusable,
        ),
        description="Have people follow an approved version, at once or from a moment to come. Refused while a control is"
        " missing or a tool may not be used. For the process owner, the department's leader and AI stewards.",
    )
    async def make_sop_version_effective(
        self, info: Info, input: MakeSopVersionEffectiveInput
    ) -> MakeSopVersionEffectivePayload:
        sop = await run(
            info,
            commands.make_sop_version_effective,
            key=input.idempotency_key,
            again=repository.get_for_update,
            sop_id=uuid_of(input.sop_id, "procedure"),
            number=input.version,
            effective_from=_in_utc(input.effective_from),
        )
        return MakeSopVersionEffectivePayload(sop=Sop.of(sop), version=SopVersion.of(sop.get(input.version)))

    @mutation(
        refuses=(domain.StillNeeded, domain.VersionInWrongState),
        description="Take a version back. For its author until it is approved, and for the process owner, the department's"
        " leader, compliance officers and AI stewards.",
    )
    async def withdraw_sop_version(self, info: Info, input: WithdrawSopVersionInput) -> WithdrawSopVersionPayload:
        sop = await run(
            info,
            commands.withdraw_sop_version,
            key=input.idempotency_key,
            again=repository.get_for_update,
            sop_id=uuid_of(input.sop_id, "procedure"),
            number=input.version,
            reason=input.reason,
        )
        return WithdrawSopVersionPayload(sop=Sop.of(sop), version=SopVersion.of(sop.get(input.version)))


def _in_utc(moment: datetime | None) -> datetime | None:
    """A moment without an offset is taken to be in UTC."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
