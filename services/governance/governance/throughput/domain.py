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
class Load:
    """What stands at the end of the period, or now when it has not ended: each count with what it is out of.

    Acknowledgements: over all policies, who accepted the version that holds or has an exception, out of everybody who is asked.
    Departments: with a restriction that is past half of the time between its day and its review, out of all known today.
    """

    asked: int
    acknowledged: int
    exceptions: int
    exceptions_extended: int
    exception_age_days: float | None
    departments: int
    departments_past_half: int

    @property
    def acknowledgement_coverage(self) -> float | None:
        """Acknowledged out of asked."""
        return _share(self.acknowledged, self.asked)

    @property
    def exceptions_extended_share(self) -> float | None:
        """Extended out of the active exceptions."""
        return _share(self.exceptions_extended, self.exceptions)

    @property
    def posture_divergence(self) -> float | None:
        """Departments with a restriction past half of its time, out of the departments."""
        return _share(self.departments_past_half, self.departments)


@dataclass(frozen=True, slots=True)
class Throughput:
    """The figures of a period. A median of nothing is None; every rate has what it divides by what.

    Enforcement is the 99th percentile of the seconds from the end of an employment, or from the moment it was told when that was
    later, to the revocation of a leaver's grant. Sixty is the goal.
    """

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
    enforced: int
    enforcement_seconds: float | None
    load: Load

    @property
    def reversal_rate(self) -> float | None:
        """Approvals that were reversed, or stopped in an emergency, within ninety days, out of the approvals."""
        return _share(self.reversed, self.approvals)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def check_period(first: date, last: date) -> None:
    """Raise BadPeriod."""
    if not 0 <= (last - first).days < LONGEST_DAYS:
        raise BadPeriod(first=first.isoformat(), last=last.isoformat())
