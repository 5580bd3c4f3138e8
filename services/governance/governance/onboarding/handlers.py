"""What readiness is computed from besides: which credential everybody needs, and what departments work on."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction
from governance.onboarding import repository


@dataclass(frozen=True, slots=True)
class RequirementActivated:
    """What is read of training.requirement-activated."""

    requirement_id: UUID
    credential_type: str
    origin_kind: str


@dataclass(frozen=True, slots=True)
class RequirementWithdrawn:
    """What is read of training.requirement-withdrawn."""

    requirement_id: UUID


@dataclass(frozen=True, slots=True)
class ProcessPrioritised:
    """What is read of process.process-prioritised."""

    process_id: UUID
    department_id: str


async def requirement_activated(tx: Transaction, event: RequirementActivated) -> None:
    """Everybody has to hold a credential."""
    if event.origin_kind == "universal":
        await repository.required(tx, event.requirement_id, event.credential_type)


async def requirement_withdrawn(tx: Transaction, event: RequirementWithdrawn) -> None:
    """A requirement is no more."""
    await repository.no_longer_required(tx, event.requirement_id)


async def process_prioritised(tx: Transaction, event: ProcessPrioritised) -> None:
    """A department chose a workflow."""
    await repository.prioritised(tx, event.process_id, event.department_id)
