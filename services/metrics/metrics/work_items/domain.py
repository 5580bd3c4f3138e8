"""A completed unit of work and what is measured of it, in minutes (M07)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class WorkMetric(StrEnum):
    """What is measured of every unit of work, in minutes."""

    CYCLE_TIME = "cycle_time"
    TOUCH_TIME = "touch_time"
    WAIT_TIME = "wait_time"


class Path(StrEnum):
    """How a unit of work was done."""

    MANUAL = "manual"
    AI = "ai"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A unit of work that was completed; `process` is the code or id that the source gives."""

    number: str
    process: str
    opened_at: datetime
    started_at: datetime
    completed_at: datetime
    touched_minutes: float
    path: Path
    reworked: bool = False
    reopened: bool = False
    sla_met: bool = True
    team_id: str | None = None
    employee_id: str | None = None

    def check(self) -> None:
        """Raise ValueError when the times or minutes contradict each other."""
        if not self.opened_at <= self.started_at <= self.completed_at:
            raise ValueError(f"{self.number} was not opened, started and completed in this order")
        if self.touched_minutes < 0:
            raise ValueError(f"{self.number} was worked on for less than no time")

    def value(self, metric: WorkMetric) -> float:
        """The metric of this unit, in minutes."""
        match metric:
            case WorkMetric.CYCLE_TIME:
                return (self.completed_at - self.opened_at).total_seconds() / 60
            case WorkMetric.WAIT_TIME:
                return (self.started_at - self.opened_at).total_seconds() / 60
            case WorkMetric.TOUCH_TIME:
                return self.touched_minutes
