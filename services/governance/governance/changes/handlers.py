"""What is kept of the events that change the operating model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction
from chassis.service import EventHandler
from governance.changes import repository
from governance.changes.domain import CHANGING, PilotGap


@dataclass(frozen=True, slots=True)
class ModelChanged:
    """That it happened; what it says is kept as it is and not read."""


@dataclass(frozen=True, slots=True)
class GapLogged:
    """What is read of process.gap-logged."""

    gap_id: UUID
    pilot_id: UUID
    pillar: str
    severity: str
    description: str


@dataclass(frozen=True, slots=True)
class Refinement:
    """What was refined."""

    ref: str
    note: str


@dataclass(frozen=True, slots=True)
class GapResolved:
    """What is read of process.gap-resolved."""

    gap_id: UUID
    refinement: Refinement


async def gap_logged(tx: Transaction, event: GapLogged) -> None:
    """A pilot showed something to be missing (L11)."""
    assert tx.cause is not None
    gap = PilotGap(
        event.gap_id, event.pilot_id, event.pillar, event.severity, event.description, tx.cause.time, None, None, None
    )
    await repository.keep_gap(tx, gap)


async def gap_resolved(tx: Transaction, event: GapResolved) -> None:
    """Something was refined because of a gap; both are of one aggregate, so the gap is known."""
    assert tx.cause is not None
    await repository.refined(tx, event.gap_id, event.refinement.ref, event.refinement.note, tx.cause.time)


async def model_changed(tx: Transaction, event: ModelChanged) -> None:
    """Something of the operating model is different from now on."""
    assert tx.cause is not None
    await repository.keep(tx, tx.cause)


def keeping_changes(listens: Mapping[str, Sequence[EventHandler]]) -> dict[str, list[EventHandler]]:
    """What a service listens to, and the events that change the operating model besides, which are kept."""
    return {
        event_type: [*listens.get(event_type, ()), *([model_changed] if event_type in CHANGING else [])]
        for event_type in dict.fromkeys((*listens, *CHANGING))
    }
