"""Governance measured like delivery: how fast it decides, how often it takes back, how soon it contains (M19, G32)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from chassis.domain import Refused, Tier
from governance.rights.domain import DecisionType

REVERSED_WITHIN_DAYS = 90
LONGEST_DAYS = 366


class BadPeriod(Refused):
    """The days from {first} to {last} cannot be looked at: give at most 366 of them, the first not after the last."""

    first: str
    last: str


@dataclass(frozen=True, slots=True)
class LeadTime:
    """How long decisions of a kind took from submission to decision, in hours: the median and the 85th percentile."""

    decision_type: DecisionType
    tier: Tier
    decisions: int
    median_hours: float | None
    p85_hours: float | None


@dataclass(frozen=True, slots=True)
class Throughput:
    """The figures of a period. A median of nothing is None; every rate has what it divides by what."""

    lead_times: tuple[LeadTime, ...]
    decisions: int
    approvals: int
    reversed: int
    incidents_contained: int
    contain_hours: float | None
    grants: int
    access_hours: float | None
    waiting_for_training_hours: float | None
    waiting_for_people_hours: float | None

    @property
    def reversal_rate(self) -> float | None:
        """Approvals that were reversed, or stopped in an emergency, within ninety days, out of the approvals."""
        return self.reversed / self.approvals if self.approvals else None


def check_period(first: date, last: date) -> None:
    """Raise BadPeriod."""
    if not 0 <= (last - first).days < LONGEST_DAYS:
        raise BadPeriod(first=first.isoformat(), last=last.isoformat())
