"""Reviews that come by the calendar; one that is missed is a fact that stays (L06, L09, C11, M14).

A review is due on the first day of a month, about the month or quarter before. Seven days later it is missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from chassis.domain import Change, Refused

GRACE = timedelta(days=7)
_MONTHS = 12


class CadenceKind(StrEnum):
    """The reviews there are."""

    MONTHLY_METRICS_REVIEW = "monthly_metrics_review"
    QUARTERLY_REVIEW = "quarterly_review"

    @property
    def months(self) -> int:
        """How many months one review is about."""
        return 1 if self is CadenceKind.MONTHLY_METRICS_REVIEW else 3


class ReviewStatus(StrEnum):
    """Where one review stands."""

    DUE = "due"
    HELD = "held"
    MISSED = "missed"
    HELD_LATE = "held_late"


class Pillar(StrEnum):
    """Which part of the operating model an action changes."""

    GOVERNANCE = "governance"
    TRAINING = "training"
    PROCESS = "process"
    METRICS = "metrics"


class ReviewTopic(StrEnum):
    """Why something is on the agenda of a review."""

    MISSED_REVIEW = "missed_review"
    OPEN_ACTION = "open_action"
    OPEN_INCIDENT = "open_incident"
    TOOL_OUT_OF_REVIEW = "tool_out_of_review"
    POLICY_OUT_OF_REVIEW = "policy_out_of_review"
    RESTRICTION = "restriction"
    EXCEPTION_ENDING = "exception_ending"
    PILOT_GAP = "pilot_gap"
    UNGOVERNED_USE = "ungoverned_use"
    FINDING = "finding"
    NEW_CAPABILITY = "new_capability"


class FiguresMissing(Refused):
    """The figures of {period} are not pinned yet; the metrics service publishes them. Hold the review when they are here."""

    period: str


class FindingsMissing(Refused):
    """A review ends with at least one finding, also when that is that all is well."""


class AlreadyHeld(Refused):
    """The review of {period} was held before."""

    period: str


class ActionWithoutFuture(Refused):
    """The action "{title}" is due on {due_on}, which is not ahead."""

    title: str
    due_on: str


class NoSuchAction(Refused):
    """The review has no open action {number}."""

    number: str


class OutcomeMissing(Refused):
    """Say what came of the action."""


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """Something to look at."""

    topic: ReviewTopic
    subject_id: str
    title: str


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """What somebody is going to change because of a review."""

    title: str
    pillar: Pillar
    owner_id: str
    due_on: date


@dataclass(frozen=True, slots=True)
class ReviewAction:
    """An action of a review, and what came of it."""

    number: int
    title: str
    pillar: Pillar
    owner_id: str
    due_on: date
    closed_at: datetime | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The figures that a review is about, pinned by their hash. Whether the sponsor used AI as much as the median person."""

    id: UUID
    content_hash: str
    as_of: date
    sponsor_at_or_above_median: bool | None


@dataclass(frozen=True, slots=True)
class CadenceDue:
    """A review is due: its figures are wanted as of the last day of its period."""

    occurrence_id: UUID
    kind: CadenceKind
    period: str
    as_of: date
    due_at: datetime
    sponsor_id: str | None


@dataclass(frozen=True, slots=True)
class CadenceFiguresPinned:
    """The figures of a review are here; later figures of the same days change nothing."""

    occurrence_id: UUID
    snapshot_id: UUID
    content_hash: str


@dataclass(frozen=True, slots=True)
class CadenceHeld:
    """A review was held, in time or late, on these figures."""

    occurrence_id: UUID
    kind: CadenceKind
    period: str
    held_by: str
    late: bool
    snapshot_id: UUID | None
    findings: tuple[str, ...]
    actions: tuple[ReviewAction, ...]


@dataclass(frozen=True, slots=True)
class CadenceMissed:
    """A review was not held in time; the committee is told."""

    occurrence_id: UUID
    kind: CadenceKind
    period: str
    due_at: datetime
    sponsor_id: str | None
    escalated_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReviewActionClosed:
    """Somebody did what a review asked for, or says why not."""

    occurrence_id: UUID
    number: int
    pillar: Pillar
    outcome: str
    closed_by: str


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One review of one period."""

    id: UUID
    kind: CadenceKind
    period: str
    due_at: datetime
    agenda: tuple[ReviewItem, ...] = ()
    snapshot: Snapshot | None = None
    missed_at: datetime | None = None
    held_at: datetime | None = None
    held_by: str | None = None
    findings: tuple[str, ...] = ()
    actions: tuple[ReviewAction, ...] = ()
    version: int = 1

    @classmethod
    def falls_due(
        cls, id: UUID, kind: CadenceKind, due_at: datetime, *, agenda: tuple[ReviewItem, ...], sponsor_id: str | None
    ) -> Change[Occurrence]:
        """The date came."""
        after = cls(id, kind, period(kind, due_at), due_at, agenda)
        as_of = (due_at - timedelta(days=1)).date()
        return Change(after, CadenceDue(id, kind, after.period, as_of, due_at, sponsor_id))

    @property
    def status(self) -> ReviewStatus:
        """Where it stands; a missed review that is held late was missed."""
        if self.held_at is not None:
            return ReviewStatus.HELD if self.missed_at is None else ReviewStatus.HELD_LATE
        return ReviewStatus.DUE if self.missed_at is None else ReviewStatus.MISSED

    @property
    def missed_from(self) -> datetime:
        """When it is too late."""
        return self.due_at + GRACE

    def pin(self, snapshot: Snapshot) -> Change[Self] | None:
        """Keep the first figures told; nothing for later ones."""
        if self.snapshot is not None:
            return None
        event = CadenceFiguresPinned(self.id, snapshot.id, snapshot.content_hash)
        return self._becomes(event, snapshot=snapshot)

    def hold(
        self, *, by: str, findings: Sequence[str], actions: Sequence[PlannedAction], now: datetime
    ) -> Change[Self]:
        """End with findings and actions, on pinned figures."""
        if self.held_at is not None:
            raise AlreadyHeld(period=self.period)
        if self.kind is CadenceKind.MONTHLY_METRICS_REVIEW and self.snapshot is None:
            raise FiguresMissing(period=self.period)
        found = tuple(each.strip() for each in findings if each.strip())
        if not found:
            raise FindingsMissing
        for action in actions:
            if action.due_on <= now.date():
                raise ActionWithoutFuture(title=action.title, due_on=action.due_on.isoformat())
        planned = tuple(
            ReviewAction(number, each.title.strip(), each.pillar, each.owner_id, each.due_on)
            for number, each in enumerate(actions, 1)
        )
        late = self.missed_at is not None or now >= self.missed_from
        event = CadenceHeld(
            self.id, self.kind, self.period, by, late, self.snapshot.id if self.snapshot else None, found, planned
        )
        return self._becomes(
            event,
            held_at=now,
            held_by=by,
            findings=found,
            actions=planned,
            missed_at=self.missed_at or (self.missed_from if late else None),
        )

    def miss(self, now: datetime, *, sponsor_id: str | None, escalated_to: tuple[str, ...]) -> Change[Self] | None:
        """Seven days passed. Nothing when it was held, or missed before."""
        if self.held_at is not None or self.missed_at is not None or now < self.missed_from:
            return None
        event = CadenceMissed(self.id, self.kind, self.period, self.due_at, sponsor_id, escalated_to)
        return self._becomes(event, missed_at=self.missed_from)

    def open_action(self, number: int) -> ReviewAction:
        """An action that nobody closed yet."""
        for action in self.actions:
            if action.number == number and action.closed_at is None:
                return action
        raise NoSuchAction(number=str(number))

    def close_action(self, number: int, *, outcome: str, by: str, now: datetime) -> Change[Self]:
        """Say what came of an action."""
        action = self.open_action(number)
        if not outcome.strip():
            raise OutcomeMissing
        closed = replace(action, closed_at=now, outcome=outcome.strip())
        event = ReviewActionClosed(self.id, number, action.pillar, outcome.strip(), by)
        return self._becomes(event, actions=tuple(closed if each is action else each for each in self.actions))

    def _becomes(self, because: object, **changed: Any) -> Change[Self]:
        return Change(replace(self, version=self.version + 1, **changed), because)


def next_due(kind: CadenceKind, after: datetime) -> datetime:
    """The first day of the next month, or of the next quarter, in UTC."""
    index = after.year * _MONTHS + after.month - 1
    index += kind.months - index % kind.months
    return datetime(index // _MONTHS, index % _MONTHS + 1, 1, tzinfo=UTC)


def period(kind: CadenceKind, due_at: datetime) -> str:
    """What a review is about: 2026-03, or 2026-Q1."""
    last = (due_at - timedelta(days=1)).date()
    if kind is CadenceKind.MONTHLY_METRICS_REVIEW:
        return f"{last.year}-{last.month:02}"
    return f"{last.year}-Q{(last.month - 1) // 3 + 1}"
