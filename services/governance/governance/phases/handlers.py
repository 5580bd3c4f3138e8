"""Which event proves which criterion. Own events come over the bus like everybody's: each has an id to point to."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction
from governance.phases import repository
from governance.phases.commands import prove
from governance.phases.domain import ACCEPTABLE_USE, Criterion


@dataclass(frozen=True, slots=True)
class SponsorAppointed:
    """What is read of governance.sponsor-appointed."""

    employee_id: str


@dataclass(frozen=True, slots=True)
class CommitteeEstablished:
    """What is read of governance.committee-established."""

    committee_id: UUID


@dataclass(frozen=True, slots=True)
class ToolApproved:
    """What is read of governance.tool-approved."""

    tool_id: UUID


@dataclass(frozen=True, slots=True)
class PolicyPublished:
    """What is read of governance.policy-published."""

    policy_id: str


@dataclass(frozen=True, slots=True)
class RequirementActivated:
    """What is read of training.requirement-activated."""

    requirement_id: UUID
    origin_kind: str


@dataclass(frozen=True, slots=True)
class CurriculumDefined:
    """What is read of training.curriculum-defined."""

    curriculum_id: UUID
    tier: str


@dataclass(frozen=True, slots=True)
class CredentialAwarded:
    """What is read of training.credential-awarded."""

    employee_id: str


@dataclass(frozen=True, slots=True)
class ProcessPrioritised:
    """What is read of process.process-prioritised."""

    process_id: UUID


@dataclass(frozen=True, slots=True)
class ProcessRegistered:
    """What is read of process.process-registered."""

    process_id: UUID


@dataclass(frozen=True, slots=True)
class SopEffective:
    """What is read of process.sop-effective."""

    process_id: UUID
    tools: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class PilotDecided:
    """What is read of process.pilot-decided."""

    pilot_id: UUID


@dataclass(frozen=True, slots=True)
class UsageRecorded:
    """What is read of metrics.usage-recorded."""

    actions: int


@dataclass(frozen=True, slots=True)
class CadenceHeld:
    """What is read of governance.cadence-held."""

    occurrence_id: UUID
    kind: str


async def sponsor_appointed(tx: Transaction, event: SponsorAppointed) -> None:
    """The programme begins with somebody who answers for it."""
    await prove(tx, Criterion.SPONSOR_NAMED, "programme")


async def committee_established(tx: Transaction, event: CommitteeEstablished) -> None:
    """A committee is there."""
    await prove(tx, Criterion.COMMITTEE_SEATED, str(event.committee_id))


async def tool_approved(tx: Transaction, event: ToolApproved) -> None:
    """The list of approved tools has an entry."""
    await prove(tx, Criterion.TOOLS_APPROVED, str(event.tool_id))


async def policy_published(tx: Transaction, event: PolicyPublished) -> None:
    """The policy that counts is the one about acceptable use."""
    if event.policy_id == ACCEPTABLE_USE:
        await prove(tx, Criterion.ACCEPTABLE_USE_PUBLISHED, event.policy_id)


async def requirement_activated(tx: Transaction, event: RequirementActivated) -> None:
    """Everybody has to be trained."""
    if event.origin_kind == "universal":
        await prove(tx, Criterion.UNIVERSAL_TRAINING_LAUNCHED, str(event.requirement_id))


async def curriculum_defined(tx: Transaction, event: CurriculumDefined) -> None:
    """A role has its curriculum."""
    if event.tier == "role":
        await prove(tx, Criterion.ROLE_CURRICULUM_DEFINED, str(event.curriculum_id))


async def credential_awarded(tx: Transaction, event: CredentialAwarded) -> None:
    """Somebody is certified."""
    await prove(tx, Criterion.PEOPLE_CERTIFIED, event.employee_id)


async def process_prioritised(tx: Transaction, event: ProcessPrioritised) -> None:
    """A department chose a workflow."""
    await prove(tx, Criterion.WORKFLOWS_PRIORITISED, str(event.process_id))


async def process_registered(tx: Transaction, event: ProcessRegistered) -> None:
    """A procedure may have been told of before the process that it is for."""
    await _departments(tx)


async def sop_effective(tx: Transaction, event: SopEffective) -> None:
    """A process works with AI."""
    if event.tools:
        await prove(tx, Criterion.PROCEDURES_IN_EFFECT, str(event.process_id))
        await _departments(tx)


async def pilot_decided(tx: Transaction, event: PilotDecided) -> None:
    """A pilot came to its end, whatever was decided."""
    await prove(tx, Criterion.PILOTS_DECIDED, str(event.pilot_id))


async def usage_recorded(tx: Transaction, event: UsageRecorded) -> None:
    """Use is measured."""
    if event.actions > 0:
        await prove(tx, Criterion.USE_MEASURED, "usage")


async def cadence_held(tx: Transaction, event: CadenceHeld) -> None:
    """A review was held."""
    monthly = event.kind == "monthly_metrics_review"
    criterion = Criterion.MONTHLY_REVIEWS_HELD if monthly else Criterion.QUARTERLY_REVIEW_HELD
    await prove(tx, criterion, str(event.occurrence_id))


async def _departments(tx: Transaction) -> None:
    for department_id in await repository.departments_with_procedures(tx):
        await prove(tx, Criterion.DEPARTMENTS_REACHED, department_id)
