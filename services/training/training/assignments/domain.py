"""Assignments: what somebody has to learn, with every reason for it (T02, T05). Status is derived, never stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.domain import Change, Refused
from training.credentials.domain import ReasonMissing
from training.requirements.domain import OriginKind

OriginKey = tuple[OriginKind, str]


class AssignmentState(StrEnum):
    """Where an assignment stands at a moment."""

    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    OVERDUE = "overdue"
    PAUSED = "paused"
    SATISFIED = "satisfied"
    WAIVED = "waived"
    CANCELLED = "cancelled"


class AlreadyEnded(Refused):
    """This assignment is cancelled; there is nothing left to change."""


class WaiverEndsInThePast(Refused):
    """A waiver needs an end that is still to come; {until} is past."""

    until: str


@dataclass(frozen=True, slots=True)
class OriginFact:
    """One reason of an assignment as events carry it."""

    kind: OriginKind
    ref: str


@dataclass(frozen=True, slots=True)
class AssignmentCreated:
    """Somebody has to earn a credential."""

    assignment_id: UUID
    employee_id: str
    credential_type: str
    due_at: datetime
    origins: tuple[OriginFact, ...]


@dataclass(frozen=True, slots=True)
class AssignmentRevised:
    """The reasons or the date of an assignment are others now; without a date it is paused."""

    assignment_id: UUID
    employee_id: str
    credential_type: str
    due_at: datetime | None
    origins: tuple[OriginFact, ...]


@dataclass(frozen=True, slots=True)
class AssignmentStarted:
    """The learner made a first attempt."""

    assignment_id: UUID
    employee_id: str
    credential_type: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class AssignmentSatisfied:
    """The learner holds the credential; None: for ever."""

    assignment_id: UUID
    employee_id: str
    credential_type: str
    satisfied_until: datetime | None


@dataclass(frozen=True, slots=True)
class AssignmentReopened:
    """The credential was taken away; the training is to be done again."""

    assignment_id: UUID
    employee_id: str
    credential_type: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class AssignmentWaived:
    """Somebody who may has excused the learner until a date."""

    assignment_id: UUID
    employee_id: str
    credential_type: str
    until: datetime
    reason: str
    waived_by: str


@dataclass(frozen=True, slots=True)
class AssignmentCancelled:
    """The last reason is gone, or the learner has left."""

    assignment_id: UUID
    employee_id: str
    credential_type: str
    reason: str


@dataclass(frozen=True, slots=True)
class Origin:
    """One reason: where it comes from, in words for the learner, and its own due date, which a pause holds."""

    kind: OriginKind
    ref: str
    reason: str
    due_at: datetime
    paused_at: datetime | None = None

    @property
    def key(self) -> OriginKey:
        """What makes it the same reason."""
        return (self.kind, self.ref)

    def as_wanted(self, wanted: Origin, now: datetime) -> Origin:
        """This reason, still wanted. Its date stays, but time spent in a pause is given back (C4)."""
        if wanted.paused_at is not None:
            return replace(self, reason=wanted.reason, paused_at=self.paused_at or now)
        if self.paused_at is not None:
            return replace(self, reason=wanted.reason, paused_at=None, due_at=self.due_at + (now - self.paused_at))
        return replace(self, reason=wanted.reason)


@dataclass(frozen=True, slots=True)
class Waiver:
    """An excuse with an end."""

    until: datetime
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """One person, one credential, and the set of reasons. Satisfied or not is a matter of dates."""

    id: UUID
    employee_id: str
    credential_type: str
    assigned_at: datetime
    origins: frozenset[Origin]
    started_at: datetime | None = None
    satisfied_at: datetime | None = None
    satisfied_until: datetime | None = None
    reopened_due_at: datetime | None = None
    waiver: Waiver | None = None
    cancelled_at: datetime | None = None
    cancelled_reason: str | None = None
    version: int = 1

    @property
    def due_at(self) -> datetime | None:
        """The earliest date of the reasons that are not paused; while the credential holds, its end."""
        running = [origin.due_at for origin in self.origins if origin.paused_at is None]
        if not running:
            return None
        if self.satisfied_at is not None:
            return self.satisfied_until
        return max(min(running), self.reopened_due_at) if self.reopened_due_at else min(running)

    @property
    def ordered(self) -> tuple[Origin, ...]:
        """The reasons, always in the same order."""
        return tuple(sorted(self.origins, key=lambda origin: origin.key))

    def state(self, now: datetime) -> AssignmentState:
        """Cancelled, waived, satisfied, paused, overdue, in progress or assigned: the first that applies."""
        if self.cancelled_at is not None:
            return AssignmentState.CANCELLED
        if self.waiver is not None and now < self.waiver.until:
            return AssignmentState.WAIVED
        if self.satisfied_at is not None and (self.satisfied_until is None or now < self.satisfied_until):
            return AssignmentState.SATISFIED
        due_at = self.due_at
        if due_at is None:
            return AssignmentState.PAUSED
        if due_at <= now:
            return AssignmentState.OVERDUE
        return AssignmentState.IN_PROGRESS if self.started_at is not None else AssignmentState.ASSIGNED

    @classmethod
    def create(
        cls, id: UUID, employee_id: str, credential_type: str, origins: Iterable[Origin], now: datetime
    ) -> Change[Assignment]:
        """Somebody has a first reason to earn the credential."""
        after = cls(id, employee_id, credential_type, now, frozenset(origins))
        due_at = min(origin.due_at for origin in after.origins)
        return Change(after, AssignmentCreated(id, employee_id, credential_type, due_at, after._facts()))

    def explained_by(
        self, wanted: Mapping[OriginKey, Origin], now: datetime, without: str
    ) -> Change[Assignment] | None:
        """The assignment with exactly these reasons. Without any it is cancelled, because of `without`; None: as before."""
        if not wanted:
            return self.cancel(without, now)
        held = {origin.key: origin for origin in self.origins}
        origins = frozenset(
            held[key].as_wanted(origin, now) if key in held else origin for key, origin in wanted.items()
        )
        if origins == self.origins:
            return None
        after = replace(self, origins=origins, version=self.version + 1)
        return Change(after, AssignmentRevised(*self._who(), after.due_at, after._facts()))

    def start(self, at: datetime) -> Change[Assignment] | None:
        """The first attempt since it was assigned."""
        if self.started_at is not None or self.cancelled_at is not None:
            return None
        after = replace(self, started_at=at, version=self.version + 1)
        return Change(after, AssignmentStarted(*self._who(), at))

    def satisfy(self, until: datetime | None, now: datetime) -> Change[Assignment] | None:
        """The learner holds the credential until then (None: for ever)."""
        if self.cancelled_at is not None or (self.satisfied_at is not None and self.satisfied_until == until):
            return None
        after = replace(self, satisfied_at=now, satisfied_until=until, reopened_due_at=None, version=self.version + 1)
        return Change(after, AssignmentSatisfied(*self._who(), until))

    def reopen(self, due_at: datetime) -> Change[Assignment] | None:
        """The credential does not hold any more."""
        if self.cancelled_at is not None or self.satisfied_at is None:
            return None
        after = replace(
            self, satisfied_at=None, satisfied_until=None, started_at=None, reopened_due_at=due_at,
            version=self.version + 1,
        )  # fmt: skip
        return Change(after, AssignmentReopened(*self._who(), after.due_at))

    def waive(self, until: datetime, reason: str, by: str, now: datetime) -> Change[Assignment]:
        """The learner is excused for a time (T06)."""
        if self.cancelled_at is not None:
            raise AlreadyEnded
        if not reason.strip():
            raise ReasonMissing
        if until <= now:
            raise WaiverEndsInThePast(until=until.isoformat())
        after = replace(self, waiver=Waiver(until, reason, by), version=self.version + 1)
        return Change(after, AssignmentWaived(*self._who(), until, reason, by))

    def cancel(self, reason: str, now: datetime) -> Change[Assignment] | None:
        """Nobody asks for it any more."""
        if self.cancelled_at is not None:
            return None
        after = replace(self, origins=frozenset(), cancelled_at=now, cancelled_reason=reason, version=self.version + 1)
        return Change(after, AssignmentCancelled(*self._who(), reason))

    def _who(self) -> tuple[UUID, str, str]:
        return self.id, self.employee_id, self.credential_type

    def _facts(self) -> tuple[OriginFact, ...]:
        return tuple(OriginFact(origin.kind, origin.ref) for origin in self.ordered)
