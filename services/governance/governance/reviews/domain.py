"""Access reviews: what was granted is looked at again, with a recommendation from use and a default on silence (G21, C14)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from chassis.domain import Change, Refused

TENURE = timedelta(days=30)
IDLE_DAYS = 30
MOST = 10_000


class Decision(StrEnum):
    """What becomes of a grant."""

    KEEP = "keep"
    REVOKE = "revoke"


class OnSilence(StrEnum):
    """What becomes of a grant that nobody decided about."""

    KEEP = "keep"
    REVOKE = "revoke"
    RECOMMENDATION = "recommendation"


class Reviewers(StrEnum):
    """Who is asked first about a grant. Nobody is asked about access of their own, so there is no asking the holder."""

    LINE_MANAGER = "line_manager"
    TOOL_OWNER = "tool_owner"


class NothingToReview(Refused):
    """There is no access of at least thirty days that fits: nothing to look at."""


class ReviewTooWide(Refused):
    """More than {most} grants fit. Name a tool, a department or a number of idle days."""

    most: str


class ClosesTooSoon(Refused):
    """A review is open for at least a day and at most ninety, not until {closes_at}."""

    closes_at: str


class DecidedBefore(Refused):
    """This was decided before: {decision}."""

    decision: str


class OwnAccess(Refused):
    """Nobody decides about access of their own. {reviewer} decides about this one."""

    reviewer: str


class ReviewIsCompleted(Refused):
    """This review was completed on {completed_at}."""

    completed_at: str


@dataclass(frozen=True, slots=True)
class AccessReviewOpened:
    """So many grants are looked at again."""

    review_id: UUID
    tool_id: UUID | None
    department_id: str | None
    items: int
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class AccessReviewDecided:
    """A grant is kept or revoked; `silent` when nobody said so."""

    review_id: UUID
    grant_id: UUID
    employee_id: str
    tool_id: UUID
    decision: Decision
    decided_by: str | None
    silent: bool


@dataclass(frozen=True, slots=True)
class AccessReviewCompleted:
    """Every grant of a review is decided about."""

    review_id: UUID
    kept: int
    revoked: int
    silent: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A grant that a review could look at."""

    grant_id: UUID
    employee_id: str
    tool_id: UUID
    granted_at: datetime
    last_used_on: date | None
    manager_id: str | None
    owner_id: str | None
    tool_name: str

    def recommendation(self, today: date, idle_days: int) -> tuple[Decision, str]:
        """Keep what is used. Not used for so many days, counted from the grant when never: revoke."""
        since = self.last_used_on or self.granted_at.date()
        idle = (today - since).days
        if idle < idle_days:
            used = f"last used on {self.last_used_on}" if self.last_used_on else f"granted {idle} days ago"
            return Decision.KEEP, used
        if self.last_used_on is None:
            return Decision.REVOKE, f"not used in the {idle} days since it was granted"
        return Decision.REVOKE, f"not used for {idle} days"

    def reviewer(self, first: Reviewers) -> str | None:
        """The line manager, else the tool's owner, or the other way round; nobody about access of their own (G13)."""
        asked = (self.manager_id, self.owner_id)
        ordered = asked if first is Reviewers.LINE_MANAGER else asked[::-1]
        return next((id for id in ordered if id is not None and id != self.employee_id), None)


@dataclass(frozen=True, slots=True)
class Item:
    """One grant that is looked at."""

    id: UUID
    review_id: UUID
    grant_id: UUID
    employee_id: str
    tool_id: UUID
    reviewer_id: str | None
    last_used_on: date | None
    recommendation: Decision
    because: str
    decision: Decision | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    silent: bool = False
    version: int = 0

    @classmethod
    def of(cls, id: UUID, review: Review, candidate: Candidate, today: date, idle_days: int) -> Item:
        """Look at a grant."""
        recommendation, because = candidate.recommendation(today, idle_days)
        return cls(
            id, review.id, candidate.grant_id, candidate.employee_id, candidate.tool_id,
            candidate.reviewer(review.reviewers), candidate.last_used_on, recommendation, because,
        )  # fmt: skip

    def decide(self, decision: Decision, by: str, reason: str | None, now: datetime) -> Change[Self]:
        """A person says what becomes of it."""
        if by == self.employee_id:
            raise OwnAccess(reviewer=self.reviewer_id or "the AI steward")
        return self._decided(decision, by, reason, now)

    def default(self, on_silence: OnSilence, now: datetime) -> Change[Self]:
        """Nobody said anything."""
        decision = self.recommendation if on_silence is OnSilence.RECOMMENDATION else Decision(on_silence.value)
        return self._decided(decision, None, None, now)

    def _decided(self, decision: Decision, by: str | None, reason: str | None, now: datetime) -> Change[Self]:
        if self.decision is not None:
            raise DecidedBefore(decision=self.decision.value)
        after = replace(
            self, decision=decision, decided_by=by, decided_at=now, reason=reason, silent=by is None,
            version=self.version + 1,
        )  # fmt: skip
        event = AccessReviewDecided(
            self.review_id, self.grant_id, self.employee_id, self.tool_id, decision, by, by is None
        )
        return Change(after, event)


@dataclass(frozen=True, slots=True)
class Review:
    """One time at which access is looked at again."""

    id: UUID
    tool_id: UUID | None
    department_id: str | None
    inactive_days: int | None
    default_on_silence: OnSilence
    opened_by: str
    opened_at: datetime
    closes_at: datetime
    items: int
    completed_at: datetime | None = None
    version: int = 1
    reviewers: Reviewers = Reviewers.LINE_MANAGER

    @classmethod
    def open(
        cls,
        id: UUID,
        *,
        tool_id: UUID | None,
        department_id: str | None,
        inactive_days: int | None,
        default_on_silence: OnSilence,
        by: str,
        closes_at: datetime,
        items: int,
        now: datetime,
        reviewers: Reviewers = Reviewers.LINE_MANAGER,
    ) -> Change[Review]:
        """Look at what fits now; later grants are not in it."""
        if not now + timedelta(days=1) <= closes_at <= now + timedelta(days=90):
            raise ClosesTooSoon(closes_at=closes_at.isoformat())
        if items == 0:
            raise NothingToReview
        if items > MOST:
            raise ReviewTooWide(most=str(MOST))
        after = cls(
            id,
            tool_id,
            department_id,
            inactive_days,
            default_on_silence,
            by,
            now,
            closes_at,
            items,
            reviewers=reviewers,
        )
        return Change(after, AccessReviewOpened(id, tool_id, department_id, items, closes_at))

    def complete(self, *, kept: int, revoked: int, silent: int, now: datetime) -> Change[Self]:
        """Everything is decided about."""
        if self.completed_at is not None:
            raise ReviewIsCompleted(completed_at=self.completed_at.isoformat())
        after = replace(self, completed_at=now, version=self.version + 1)
        return Change(after, AccessReviewCompleted(self.id, kept, revoked, silent))
