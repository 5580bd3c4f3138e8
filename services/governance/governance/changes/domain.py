"""The operating model is never finished: what changed in it, quarter by quarter, and why (L10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.domain import Refused

CHANGING = (
    "governance.sponsor-appointed.v1",
    "governance.committee-established.v1",
    "governance.member-seated.v1",
    "governance.seat-vacated.v1",
    "governance.tool-approved.v1",
    "governance.tool-scope-changed.v1",
    "governance.tool-retired.v1",
    "governance.policy-published.v1",
    "governance.department-restricted.v1",
    "governance.department-restriction-lifted.v1",
    "governance.phase-entered.v1",
    "governance.department-went-live.v1",
    "training.requirement-activated.v1",
    "training.requirement-withdrawn.v1",
    "training.course-published.v1",
    "training.curriculum-defined.v1",
    "process.sop-effective.v1",
    "process.sop-withdrawn.v1",
    "process.gap-resolved.v1",
)


class BadQuarter(Refused):
    """{quarter} is no quarter; write it as 2026-Q1."""

    quarter: str


@dataclass(frozen=True, slots=True)
class ModelChange:
    """An event that changed the operating model."""

    event_id: str
    type: str
    subject: str
    at: datetime
    by: str | None
    data: dict[str, Any]
    because: str | None

    @property
    def what(self) -> str:
        """The event in words: tool approved."""
        return self.type.split(".")[1].replace("-", " ")

    @property
    def pillar(self) -> str:
        """Whose part of the model changed."""
        return self.type.partition(".")[0]


@dataclass(frozen=True, slots=True)
class PilotGap:
    """What a pilot showed to be missing, and what was refined because of it: its id or code, and how (L11)."""

    gap_id: UUID
    pilot_id: UUID
    pillar: str
    severity: str
    description: str
    logged_at: datetime
    refined: str | None
    note: str | None
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """The operating model at the end of a quarter: its number is how many changes made it."""

    quarter: str
    number: int
    changes: int


def months_of(quarter: str) -> tuple[int, int]:
    """Year and first month of a quarter such as 2026-Q1."""
    year, mark, number = quarter.partition("-Q")
    if not (mark and year.isdigit() and len(year) == 4 and number in "1234" and len(number) == 1):
        raise BadQuarter(quarter=quarter)
    return int(year), int(number) * 3 - 2
