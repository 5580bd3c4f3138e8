"""Candidates: processes that pass the gates, scored by a weighted geometric mean so that one bad factor disqualifies, and
ranked by what is at stake (P04). Every factor says why it has its value."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.domain import Change, Refused
from process.processes.domain import Profile

RUBRIC_VERSION = 1
_WORTHWHILE_RUNS = 50
_BEST_DOCUMENTATION = 4
_ENOUGH_DOCUMENTATION = 2


class Factor(StrEnum):
    """What the score is made of."""

    VOLUME = "volume"
    STANDARDISATION = "standardisation"
    DOCUMENTATION = "documentation"
    DATA_READINESS = "data_readiness"
    VERIFIABILITY = "verifiability"
    CONTROLLABLE_RISK = "controllable_risk"


WEIGHTS = {
    Factor.VOLUME: 0.25,
    Factor.STANDARDISATION: 0.15,
    Factor.DOCUMENTATION: 0.15,
    Factor.DATA_READINESS: 0.15,
    Factor.VERIFIABILITY: 0.15,
    Factor.CONTROLLABLE_RISK: 0.15,
}


class Gate(StrEnum):
    """What must hold before a score means anything."""

    DOCUMENTED = "documented"
    MEASURABLE = "measurable"
    NOT_PROHIBITED = "not_prohibited"


_WHY_NOT = {
    Gate.DOCUMENTED: f"its documentation level is below {_ENOUGH_DOCUMENTATION}",
    Gate.MEASURABLE: "nothing says how an improvement would be measured",
    Gate.NOT_PROHIBITED: "AI is prohibited in it",
}


class Outcome(StrEnum):
    """Where a candidate stands."""

    SCORED = "scored"
    NOT_ELIGIBLE = "not_eligible"
    ACCEPTED = "accepted"
    PARKED = "parked"


class JudgementInvalid(Refused):
    """{factor} needs a value from 0 to 1 and the evidence for it."""

    factor: str


class NotACandidate(Refused):
    """{process} cannot be accepted: {why}."""

    process: str
    why: str


class NotAssessed(Refused):
    """{process} was not assessed yet. Assess it first."""

    process: str


@dataclass(frozen=True, slots=True)
class AssessmentScored:
    """A process was assessed."""

    assessment_id: UUID
    process_id: UUID
    department_id: str
    score: float
    hours_at_stake: float
    eligible: bool
    failed_gates: tuple[Gate, ...]
    rubric_version: int


@dataclass(frozen=True, slots=True)
class CandidateDecided:
    """A department accepted a candidate or put it aside."""

    assessment_id: UUID
    process_id: UUID
    department_id: str
    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody found about a factor that figures do not tell."""

    value: float
    evidence: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What an assessor found."""

    data_readiness: Judgement
    verifiability: Judgement
    controllable_risk: Judgement
    prohibited: bool = False

    def check(self) -> None:
        """Raise JudgementInvalid for the first factor that is out of range or without evidence."""
        for factor in (Factor.DATA_READINESS, Factor.VERIFIABILITY, Factor.CONTROLLABLE_RISK):
            judgement: Judgement = getattr(self, factor.value)
            if not 0 <= judgement.value <= 1 or not judgement.evidence.strip():
                raise JudgementInvalid(factor=factor.value.replace("_", " ").capitalize())


@dataclass(frozen=True, slots=True)
class Explained:
    """A factor, its value from 0 to 1, and the reason."""

    factor: Factor
    value: float
    weight: float
    why: str


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of the process at the time of the assessment."""

    volume_per_month: int
    minutes_per_unit: float
    documentation_level: int
    exception_rate: float
    measurable_kpis: tuple[str, ...]

    @classmethod
    def of(cls, profile: Profile) -> Measured:
        """What counts of a description."""
        return cls(
            profile.volume_per_month,
            profile.minutes_per_unit,
            profile.documentation_level,
            profile.exception_rate,
            tuple(kpi.name for kpi in profile.measurable_kpis),
        )

    @property
    def hours_at_stake(self) -> float:
        """Hours of work in a month."""
        return self.volume_per_month * self.minutes_per_unit / 60


def explain(measured: Measured, findings: Findings) -> tuple[Explained, ...]:
    """Every factor with its value and the reason for it."""
    volume = measured.volume_per_month
    level = measured.documentation_level
    found = {
        Factor.VOLUME: (
            volume / (volume + _WORTHWHILE_RUNS),
            f"{volume} runs a month; {_WORTHWHILE_RUNS}, where the effort begins to pay, count half",
        ),
        Factor.STANDARDISATION: (
            1 - measured.exception_rate,
            f"{1 - measured.exception_rate:.0%} of the cases go the usual way",
        ),
        Factor.DOCUMENTATION: (
            level / _BEST_DOCUMENTATION,
            f"documentation level {level} of {_BEST_DOCUMENTATION}",
        ),
        **{
            factor: (judgement.value, judgement.evidence)
            for factor, judgement in (
                (Factor.DATA_READINESS, findings.data_readiness),
                (Factor.VERIFIABILITY, findings.verifiability),
                (Factor.CONTROLLABLE_RISK, findings.controllable_risk),
            )
        },
    }
    return tuple(Explained(factor, value, WEIGHTS[factor], why) for factor, (value, why) in found.items())


def score(factors: tuple[Explained, ...]) -> float:
    """100 times the weighted geometric mean: 0 as soon as one factor is 0."""
    return 100 * math.prod(math.pow(factor.value, factor.weight) for factor in factors)


def failed_gates(measured: Measured, findings: Findings) -> tuple[Gate, ...]:
    """The gates that do not hold."""
    holds = {
        Gate.DOCUMENTED: measured.documentation_level >= _ENOUGH_DOCUMENTATION,
        Gate.MEASURABLE: bool(measured.measurable_kpis),
        Gate.NOT_PROHIBITED: not findings.prohibited,
    }
    return tuple(gate for gate, held in holds.items() if not held)


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is found about one process; a new assessment replaces the former findings and decision."""

    id: UUID
    process_id: UUID
    department_id: str
    measured: Measured
    findings: Findings
    assessor_id: str
    assessed_at: datetime
    outcome: Outcome
    version: int
    reason: str | None = None

    @classmethod
    def begin(  # noqa: PLR0917 - the facts of an assessment
        cls,
        id: UUID,
        process_id: UUID,
        department_id: str,
        measured: Measured,
        findings: Findings,
        assessor_id: str,
        now: datetime,
    ) -> Change[Assessment]:
        """Assess a process for the first time."""
        new = cls(id, process_id, department_id, measured, findings, assessor_id, now, Outcome.SCORED, 0)
        return new.assess(measured, findings, assessor_id, now)

    @property
    def factors(self) -> tuple[Explained, ...]:
        return explain(self.measured, self.findings)

    @property
    def score(self) -> float:
        return score(self.factors)

    @property
    def failed_gates(self) -> tuple[Gate, ...]:
        return failed_gates(self.measured, self.findings)

    @property
    def rank_value(self) -> float:
        """What candidates are ranked by; one that fails a gate comes last."""
        return 0.0 if self.failed_gates else self.score * self.measured.hours_at_stake

    def assess(self, measured: Measured, findings: Findings, assessor_id: str, now: datetime) -> Change[Assessment]:
        """Assess the process again."""
        findings.check()
        failed = failed_gates(measured, findings)
        event = AssessmentScored(
            self.id,
            self.process_id,
            self.department_id,
            round(score(explain(measured, findings)), 2),
            measured.hours_at_stake,
            not failed,
            failed,
            RUBRIC_VERSION,
        )
        return self._becomes(
            event,
            measured=measured,
            findings=findings,
            assessor_id=assessor_id,
            assessed_at=now,
            outcome=Outcome.NOT_ELIGIBLE if failed else Outcome.SCORED,
            reason=None,
        )

    def accept(self, process: str, reason: str) -> Change[Assessment]:
        """Take the candidate on; refused while a gate does not hold."""
        if self.failed_gates:
            raise NotACandidate(process=process, why=" and ".join(_WHY_NOT[gate] for gate in self.failed_gates))
        return self._decide(Outcome.ACCEPTED, reason)

    def park(self, reason: str) -> Change[Assessment]:
        """Put the candidate aside."""
        return self._decide(Outcome.PARKED, reason)

    def _decide(self, outcome: Outcome, reason: str) -> Change[Assessment]:
        event = CandidateDecided(self.id, self.process_id, self.department_id, outcome, reason)
        return self._becomes(event, outcome=outcome, reason=reason)

    def _becomes(self, because: object, **facts: Any) -> Change[Assessment]:
        return Change(replace(self, version=self.version + 1, **facts), because)
