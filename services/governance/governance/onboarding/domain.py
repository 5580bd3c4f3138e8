"""Departments come into the operating model in waves; each goes live when facts say that it is ready (L12).

Readiness is computed and shown part by part, never typed. A department goes live when every part that is known reaches one
half, and is stabilised after four weeks in which a quarter of its people used AI.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from chassis.domain import Change, Refused

ENOUGH = 0.5
SETTLES_AFTER = timedelta(days=28)
USED_BY = 0.25
MIN_GROUP = 5


class OnboardingStatus(StrEnum):
    """Where a department stands. Ready is computed: planned, and nothing is missing."""

    PLANNED = "planned"
    READY = "ready"
    LIVE = "live"
    STABILISED = "stabilised"
    HALTED = "halted"


class ReadinessPart(StrEnum):
    """What a department needs."""

    LEADER_NAMED = "leader_named"
    POLICIES_ACKNOWLEDGED = "policies_acknowledged"
    PEOPLE_TRAINED = "people_trained"
    TOOLS_USABLE = "tools_usable"
    USE_CASES_REGISTERED = "use_cases_registered"
    WORKFLOWS_PRIORITISED = "workflows_prioritised"


class WaveWithoutDepartments(Refused):
    """Name the departments of the wave, each once; at most a hundred."""


class AlreadyPlanned(Refused):
    """{department} is in wave {wave} already."""

    department: str
    wave: str


class OnboardingInWrongState(Refused):
    """The onboarding of {department} is {status}; this needs one that is {needed}."""

    department: str
    status: str
    needed: str


class NotReady(Refused):
    """{department} is not ready. Below one half: {missing}. See its readiness for each part."""

    department: str
    missing: str


class WaveNotBegun(Refused):
    """{department} comes with wave {wave}, which begins on {starts_on}. Take it live from that day on, or halt it and plan anew."""

    department: str
    wave: str
    starts_on: str


class NotStable(Refused):
    """{department} is not stabilised yet: {why}."""

    department: str
    why: str


@dataclass(frozen=True, slots=True)
class DepartmentOnboardingPlanned:
    """A department is to come into the operating model with a wave."""

    onboarding_id: UUID
    department_id: str
    wave: int
    starts_on: date


@dataclass(frozen=True, slots=True)
class DepartmentWentLive:
    """A department works by the operating model; with the readiness that it had."""

    onboarding_id: UUID
    department_id: str
    wave: int
    readiness: float


@dataclass(frozen=True, slots=True)
class DepartmentStabilised:
    """A department has worked by the operating model for four weeks, and its people use AI."""

    onboarding_id: UUID
    department_id: str
    wave: int


@dataclass(frozen=True, slots=True)
class DepartmentOnboardingHalted:
    """The onboarding of a department stands still."""

    onboarding_id: UUID
    department_id: str
    wave: int
    reason: str


@dataclass(frozen=True, slots=True)
class DepartmentOnboardingResumed:
    """The onboarding of a department is planned again, with this wave."""

    onboarding_id: UUID
    department_id: str
    wave: int
    starts_on: date


@dataclass(frozen=True, slots=True)
class Score:
    """One part of readiness: what is there, out of what; `possible` is 0 while it is not known, or must not be shown."""

    part: ReadinessPart
    reached: int
    possible: int

    @property
    def value(self) -> float | None:
        """From 0 to 1; None while it is not known."""
        return min(1.0, self.reached / self.possible) if self.possible else None


@dataclass(frozen=True, slots=True)
class Readiness:
    """How far a department is, part by part; `active` of its `people` used any tool in the last 28 days."""

    people: int
    active: int
    scores: tuple[Score, ...]

    @property
    def score(self) -> float | None:
        """The mean of the parts that are known."""
        known = [each.value for each in self.scores if each.value is not None]
        return sum(known) / len(known) if known else None

    @property
    def missing(self) -> tuple[ReadinessPart, ...]:
        """The parts that are known and below one half."""
        return tuple(each.part for each in self.scores if each.value is not None and each.value < ENOUGH)

    @property
    def used_enough(self) -> bool:
        """Whether a quarter of the people used AI; a group of fewer than five is not judged by its use."""
        return self.people < MIN_GROUP or self.active >= USED_BY * self.people


@dataclass(frozen=True, slots=True)
class Onboarding:
    """One department's way into the operating model."""

    id: UUID
    department_id: str
    wave: int
    starts_on: date
    status: OnboardingStatus = OnboardingStatus.PLANNED
    live_at: datetime | None = None
    stabilised_at: datetime | None = None
    halted_because: str | None = None
    version: int = 1

    @classmethod
    def plan(cls, id: UUID, department_id: str, *, wave: int, starts_on: date) -> Change[Onboarding]:
        """Put a department into a wave."""
        return Change(
            cls(id, department_id, wave, starts_on), DepartmentOnboardingPlanned(id, department_id, wave, starts_on)
        )

    def go_live(self, readiness: Readiness, now: datetime) -> Change[Self]:
        """Begin to work by the operating model, from the first day of its wave on (UTC). Raises WaveNotBegun or NotReady."""
        self._must_be(OnboardingStatus.PLANNED)
        if now.date() < self.starts_on:
            raise WaveNotBegun(department=self.department_id, wave=str(self.wave), starts_on=self.starts_on.isoformat())
        if readiness.missing:
            raise NotReady(department=self.department_id, missing=in_words(readiness.missing))
        event = DepartmentWentLive(self.id, self.department_id, self.wave, round(readiness.score or 0, 3))
        return self._becomes(event, status=OnboardingStatus.LIVE, live_at=now)

    def stabilise(self, readiness: Readiness, now: datetime) -> Change[Self]:
        """Say that it holds. Raises NotStable."""
        self._must_be(OnboardingStatus.LIVE)
        if self.live_at is not None and now < self.live_at + SETTLES_AFTER:
            raise NotStable(
                department=self.department_id,
                why=f"it is live since {self.live_at:%Y-%m-%d}, four weeks are wanted",
            )
        if not readiness.used_enough:
            raise NotStable(
                department=self.department_id, why="fewer than a quarter of its people used AI in four weeks"
            )
        event = DepartmentStabilised(self.id, self.department_id, self.wave)
        return self._becomes(event, status=OnboardingStatus.STABILISED, stabilised_at=now)

    def halt(self, reason: str) -> Change[Self]:
        """Let it stand still, with a reason."""
        self._must_be(OnboardingStatus.PLANNED, OnboardingStatus.LIVE)
        event = DepartmentOnboardingHalted(self.id, self.department_id, self.wave, reason)
        return self._becomes(event, status=OnboardingStatus.HALTED, halted_because=reason, live_at=None)

    def resume(self, *, wave: int, starts_on: date) -> Change[Self]:
        """Plan it again."""
        self._must_be(OnboardingStatus.HALTED)
        event = DepartmentOnboardingResumed(self.id, self.department_id, wave, starts_on)
        return self._becomes(
            event, status=OnboardingStatus.PLANNED, halted_because=None, wave=wave, starts_on=starts_on
        )

    def stands(self, readiness: Readiness) -> OnboardingStatus:
        """Its state, with ready computed."""
        if self.status is OnboardingStatus.PLANNED and not readiness.missing:
            return OnboardingStatus.READY
        return self.status

    def _must_be(self, *needed: OnboardingStatus) -> None:
        if self.status not in needed:
            raise OnboardingInWrongState(
                department=self.department_id, status=self.status.value, needed=" or ".join(needed)
            )

    def _becomes(self, because: object, **changed: Any) -> Change[Self]:
        return Change(replace(self, version=self.version + 1, **changed), because)


@dataclass(frozen=True, slots=True)
class Wave:
    """Departments that begin together; `id` is that of one of their onboardings."""

    id: UUID
    number: int
    onboardings: tuple[Onboarding, ...]

    @classmethod
    def of(cls, onboardings: Sequence[Onboarding]) -> Wave:
        """The wave that these are."""
        return cls(onboardings[0].id, onboardings[0].wave, tuple(onboardings))


def in_words(parts: Iterable[ReadinessPart]) -> str:
    """Parts as they are said."""
    return ", ".join(part.replace("_", " ") for part in parts)
