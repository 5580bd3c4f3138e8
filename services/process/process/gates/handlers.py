"""What other services tell of what go-live gates ask for; it is kept first, and then the pilots are weighed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction
from process.gates import repository
from process.gates.domain import ScopeRow


@dataclass(frozen=True, slots=True)
class ToolScopeDecided:
    """The committee approved a tool within a scope, or changed the scope."""

    tool_id: UUID
    scope: tuple[ScopeRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolReinstated:
    """A tool may be used again."""

    tool_id: UUID


@dataclass(frozen=True, slots=True)
class BaselineFrozen:
    """Metrics settled what a pilot will be compared with."""

    baseline_id: UUID
    pilot_id: UUID
    metric: str
    n: int
    median: float


@dataclass(frozen=True, slots=True)
class BaselineVoided:
    """Metrics declared that a baseline does not hold."""

    baseline_id: UUID
    pilot_id: UUID
    metric: str


@dataclass(frozen=True, slots=True)
class CohortCounted:
    """Training counted a pilot's cohort."""

    pilot_id: UUID
    trained: int
    required: int


async def scope_decided(tx: Transaction, event: ToolScopeDecided) -> None:
    """Keep what the tool is allowed for."""
    await repository.keep_scope(tx, event.tool_id, event.scope)


async def standing_restored(tx: Transaction, event: ToolReinstated) -> None:
    """Keep the event as proof that the tool is in use again."""
    await repository.keep_standing(tx, event.tool_id)


async def cohort_ready(tx: Transaction, event: CohortCounted) -> None:
    """Keep that enough of the cohort are trained."""
    await repository.keep_readiness(tx, event.pilot_id, ready=True, trained=event.trained, required=event.required)


async def cohort_fell_short(tx: Transaction, event: CohortCounted) -> None:
    """Keep that too few of the cohort are trained."""
    await repository.keep_readiness(tx, event.pilot_id, ready=False, trained=event.trained, required=event.required)


async def baseline_frozen(tx: Transaction, event: BaselineFrozen) -> None:
    """Keep that the KPI has a baseline."""
    await repository.keep_baseline(
        tx,
        event.pilot_id,
        event.metric,
        baseline_id=event.baseline_id,
        frozen=True,
        n=event.n,
        median=event.median,
    )


async def baseline_voided(tx: Transaction, event: BaselineVoided) -> None:
    """Keep that the KPI has no baseline any more."""
    await repository.keep_baseline(
        tx, event.pilot_id, event.metric, baseline_id=event.baseline_id, frozen=False, n=0, median=None
    )
