"""The plan of a pilot: a hypothesis, what shall change and what must not, with whom, and until when (P13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.domain import Refused
from process.gates.domain import UsageContext
from process.processes.domain import Direction

MOST_PEOPLE = 500


class WorkMetric(StrEnum):
    """What is measured of every unit of work, in minutes."""

    CYCLE_TIME = "cycle_time"
    TOUCH_TIME = "touch_time"
    WAIT_TIME = "wait_time"


class QualityRate(StrEnum):
    """The share of units of work that must not get worse, 0 to 1."""

    REWORK_RATE = "rework_rate"
    REOPEN_RATE = "reopen_rate"
    SLA_MISS_RATE = "sla_miss_rate"


class PilotPlanInvalid(Refused):
    """The pilot cannot be planned like that: {problem}."""

    problem: str


@dataclass(frozen=True, slots=True)
class Kpi:
    """What shall change, in which direction, and by which share of the baseline's median at least (0.2 is 20 %)."""

    metric: WorkMetric
    direction: Direction
    min_effect: float


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A share of the units that must stay at or below a limit, 0 to 1."""

    rate: QualityRate
    limit: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pilot is to show, with whom, and until when."""

    name: str
    hypothesis: str
    kpis: tuple[Kpi, ...]
    guardrails: tuple[Guardrail, ...]
    employee_ids: tuple[str, ...]
    comparison_ids: tuple[str, ...]
    credential_types: tuple[str, ...]
    tool_ids: tuple[UUID, ...]
    context: UsageContext
    contact_id: str
    starts_at: datetime
    ends_at: datetime

    def check(self) -> None:
        """Raise PilotPlanInvalid with everything that is wrong at once."""
        people = (*self.employee_ids, *self.comparison_ids)
        found = {
            "it needs a name and a hypothesis": not (self.name.strip() and self.hypothesis.strip()),
            "it needs at least one KPI": not self.kpis,
            "every KPI is named once": len({kpi.metric for kpi in self.kpis}) < len(self.kpis),
            "a least effect is above 0 and at most 1": any(not 0 < kpi.min_effect <= 1 for kpi in self.kpis),
            "a guardrail's limit is from 0 to 1": any(not 0 <= one.limit <= 1 for one in self.guardrails),
            "it needs a cohort": not self.employee_ids,
            f"cohort and comparison cohort have {MOST_PEOPLE} people at most": len(people) > MOST_PEOPLE,
            "nobody is named twice or in both cohorts": len(set(people)) < len(people),
            "it needs a tool": not self.tool_ids,
            "every tool is named once": len(set(self.tool_ids)) < len(self.tool_ids),
            "its window ends after it starts": self.ends_at <= self.starts_at,
        }
        if problems := [problem for problem, wrong in found.items() if wrong]:
            raise PilotPlanInvalid(problem="; ".join(problems))
