"""What metrics found of a pilot becomes evidence."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction
from process.evidence import commands
from process.evidence.domain import Measured
from process.plans.domain import QualityRate


@dataclass(frozen=True, slots=True)
class ComparisonCompleted:
    """A pilot was compared with its baseline."""

    comparison_id: UUID
    pilot_id: UUID
    verdict: str
    effect: float | None
    ci_low: float | None
    ci_high: float | None
    n_before: int
    n_after: int
    rework_rate: float | None
    reopen_rate: float | None
    sla_miss_rate: float | None
    caveats: tuple[str, ...]


async def comparison_completed(tx: Transaction, event: ComparisonCompleted) -> None:
    """Make the evidence pack."""
    assert tx.cause is not None
    rates = {
        QualityRate.REWORK_RATE: event.rework_rate,
        QualityRate.REOPEN_RATE: event.reopen_rate,
        QualityRate.SLA_MISS_RATE: event.sla_miss_rate,
    }
    measured = Measured(
        event.comparison_id, event.verdict, event.effect, event.ci_low, event.ci_high, event.n_before, event.n_after,
        rates, event.caveats, tx.cause.id,
    )  # fmt: skip
    await commands.make_pack(tx, event.pilot_id, measured)
