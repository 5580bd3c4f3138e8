"""Phases of the programme. Whether one may end follows from events of all services, never from a tick (L01-L03, C16)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from chassis.domain import Change, Refused


class PhaseCode(StrEnum):
    """The phases in their order."""

    FOUNDATION = "foundation"
    PILOT = "pilot"
    SCALE = "scale"
    EVOLVE = "evolve"


class PhaseStatus(StrEnum):
    """Where a phase stands."""

    NOT_STARTED = "not_started"
    ACTIVE = "active"
    EXIT_READY = "exit_ready"
    COMPLETED = "completed"


class Criterion(StrEnum):
    """What an event of some service proves."""

    SPONSOR_NAMED = "sponsor_named"
    COMMITTEE_SEATED = "committee_seated"
    TOOLS_APPROVED = "tools_approved"
    ACCEPTABLE_USE_PUBLISHED = "acceptable_use_published"
    UNIVERSAL_TRAINING_LAUNCHED = "universal_training_launched"
    WORKFLOWS_PRIORITISED = "workflows_prioritised"
    PROCEDURES_IN_EFFECT = "procedures_in_effect"
    PILOTS_DECIDED = "pilots_decided"
    PEOPLE_CERTIFIED = "people_certified"
    USE_MEASURED = "use_measured"
    DEPARTMENTS_REACHED = "departments_reached"
    ROLE_CURRICULUM_DEFINED = "role_curriculum_defined"
    MONTHLY_REVIEWS_HELD = "monthly_reviews_held"
    QUARTERLY_REVIEW_HELD = "quarterly_review_held"


@dataclass(frozen=True, slots=True)
class Exit:
    """A criterion of a phase's exit: for how many different things it has to be proven."""

    criterion: Criterion
    phase: PhaseCode
    needs: int
    words: str


ACCEPTABLE_USE = "acceptable-use"
EXITS: tuple[Exit, ...] = (
    Exit(Criterion.COMMITTEE_SEATED, PhaseCode.FOUNDATION, 1, "A governance committee is established."),
    Exit(Criterion.TOOLS_APPROVED, PhaseCode.FOUNDATION, 1, "The list of approved tools has an entry."),
    Exit(Criterion.ACCEPTABLE_USE_PUBLISHED, PhaseCode.FOUNDATION, 1, "The acceptable use policy is published."),
    Exit(Criterion.UNIVERSAL_TRAINING_LAUNCHED, PhaseCode.FOUNDATION, 1, "Training for everybody is required."),
    Exit(Criterion.WORKFLOWS_PRIORITISED, PhaseCode.PILOT, 3, "Three workflows are prioritised."),
    Exit(Criterion.PROCEDURES_IN_EFFECT, PhaseCode.PILOT, 3, "Three processes work by a procedure with AI in it."),
    Exit(Criterion.PILOTS_DECIDED, PhaseCode.PILOT, 3, "Three pilots were decided."),
    Exit(Criterion.PEOPLE_CERTIFIED, PhaseCode.PILOT, 5, "Five people hold a credential."),
    Exit(Criterion.USE_MEASURED, PhaseCode.PILOT, 1, "Use is measured."),
    Exit(Criterion.MONTHLY_REVIEWS_HELD, PhaseCode.PILOT, 1, "The sponsor held a monthly review."),
    Exit(Criterion.DEPARTMENTS_REACHED, PhaseCode.SCALE, 3, "Three departments work by a procedure with AI in it."),
    Exit(Criterion.ROLE_CURRICULUM_DEFINED, PhaseCode.SCALE, 1, "A curriculum for a role is defined."),
    Exit(Criterion.MONTHLY_REVIEWS_HELD, PhaseCode.SCALE, 3, "The sponsor held three monthly reviews."),
    Exit(Criterion.QUARTERLY_REVIEW_HELD, PhaseCode.SCALE, 1, "A quarterly review was held."),
)
ORDER = tuple(PhaseCode)
MOST = {criterion: max((e.needs for e in EXITS if e.criterion is criterion), default=1) for criterion in Criterion}


class PhaseNotActive(Refused):
    """The phase {phase} is {status}; only the phase that goes on can be completed."""

    phase: str
    status: str


class CriteriaOpen(Refused):
    """The phase {phase} cannot be completed yet. Open: {open}"""

    phase: str
    open: str


class NeverCompletes(Refused):
    """The operating model is never finished: the phase evolve has no end."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An event that proves a criterion for one thing."""

    criterion: Criterion
    subject: str
    event_id: str
    event_type: str
    occurred_at: datetime


Facts = Mapping[Criterion, tuple[Fact, ...]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Which event satisfied which criterion."""

    criterion: Criterion
    event_id: str


@dataclass(frozen=True, slots=True)
class PhaseEntered:
    """A phase of the programme began."""

    phase_id: UUID
    phase: PhaseCode


@dataclass(frozen=True, slots=True)
class PhaseExitReady:
    """Every exit criterion of a phase is proven; the sponsor may complete it."""

    phase_id: UUID
    phase: PhaseCode
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class PhaseCompleted:
    """The sponsor completed a phase."""

    phase_id: UUID
    phase: PhaseCode
    completed_by: str


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase that began."""

    id: UUID
    code: PhaseCode
    entered_at: datetime
    ready_at: datetime | None = None
    completed_at: datetime | None = None
    completed_by: str | None = None
    version: int = 1

    @classmethod
    def enter(cls, id: UUID, code: PhaseCode, now: datetime) -> Change[Phase]:
        """Begin."""
        return Change(cls(id, code, now), PhaseEntered(id, code))

    @property
    def status(self) -> PhaseStatus:
        """Where it stands."""
        if self.completed_at is not None:
            return PhaseStatus.COMPLETED
        return PhaseStatus.EXIT_READY if self.ready_at is not None else PhaseStatus.ACTIVE

    def look(self, facts: Facts, now: datetime) -> Change[Self] | None:
        """Note that every exit criterion is proven, once. Nothing otherwise, and nothing for the phase without end."""
        wanted = [each for each in EXITS if each.phase is self.code]
        if self.status is not PhaseStatus.ACTIVE or not wanted or still_open(self.code, facts):
            return None
        evidence = tuple(
            Evidence(each.criterion, fact.event_id)
            for each in wanted
            for fact in facts.get(each.criterion, ())[: each.needs]
        )
        after = replace(self, ready_at=now, version=self.version + 1)
        return Change(after, PhaseExitReady(self.id, self.code, evidence))

    def complete(self, facts: Facts, by: str, now: datetime) -> Change[Self]:
        """The sponsor goes on to the next phase."""
        if self.code is PhaseCode.EVOLVE:
            raise NeverCompletes
        if self.completed_at is not None:
            raise PhaseNotActive(phase=self.code.value, status=self.status.value)
        lacking = still_open(self.code, facts)
        if lacking or self.ready_at is None:
            raise CriteriaOpen(phase=self.code.value, open=" ".join(each.words for each in lacking))
        after = replace(self, completed_at=now, completed_by=by, version=self.version + 1)
        return Change(after, PhaseCompleted(self.id, self.code, by))


def still_open(phase: PhaseCode, facts: Facts) -> tuple[Exit, ...]:
    """The exit criteria of a phase that are not proven for enough different things."""
    return tuple(e for e in EXITS if e.phase is phase and len(facts.get(e.criterion, ())) < e.needs)


def following(code: PhaseCode) -> PhaseCode | None:
    """The phase after this one."""
    after = ORDER.index(code) + 1
    return ORDER[after] if after < len(ORDER) else None


def by_criterion(facts: Iterable[Fact]) -> Facts:
    """Facts by what they prove, the earliest first, whatever the order in which they were told."""
    found: dict[Criterion, list[Fact]] = defaultdict(list)
    for fact in facts:
        found[fact.criterion].append(fact)
    return {
        criterion: tuple(sorted(proofs, key=lambda fact: (fact.occurred_at, fact.event_id)))
        for criterion, proofs in found.items()
    }
