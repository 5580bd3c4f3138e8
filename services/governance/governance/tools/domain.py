"""AI tools: proposed by anybody, approved by the committee within a scope and on conditions, suspended at once when
they must be (G04-G06, G09, G29)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from chassis.domain import Change, Refused
from governance.risk.domain import Assessment, Risk, RiskProhibited
from governance.scope.domain import NO_CONDITIONS, Conditions, Scope
from governance.tools.events import (
    ToolApproved,
    ToolAssessed,
    ToolDecisionOverdue,
    ToolDeprecated,
    ToolMarkedDuplicate,
    ToolOwnerChanged,
    ToolProposed,
    ToolRatificationOverdue,
    ToolReinstated,
    ToolRejected,
    ToolRetired,
    ToolReviewOverdue,
    ToolReviewStarted,
    ToolScopeChanged,
    ToolSuspended,
    ToolSuspensionRatified,
)

RATIFY_WITHIN = timedelta(days=7)
REVIEW_GRACE = timedelta(days=30)
DECIDE_WITHIN = timedelta(days=30)
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Status(StrEnum):
    """Where a tool is in its life."""

    PROPOSED = "proposed"
    UNDER_REVIEW = "under_review"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class ToolInWrongState(Refused):
    """{tool} is {status}; this needs a tool that is {needed}."""

    tool: str
    status: str
    needed: str


class BadToolCode(Refused):
    """{code} cannot be a tool's code: use up to 60 lower-case letters, digits and single hyphens."""

    code: str


class ToolCodeTaken(Refused):
    """There already is a tool with the code {code}."""

    code: str


class LooksLikeAnother(Refused):
    """{name} {model_version} by {vendor} is registered already, as {code}. Ask for access to that, or propose a new version."""

    name: str
    model_version: str
    vendor: str
    code: str


class SameVersion(Refused):
    """{tool} is registered in version {model_version} already."""

    tool: str
    model_version: str


class BadSuccessor(Refused):
    """{successor} cannot take the place of {tool}: {why}."""

    successor: str
    tool: str
    why: str


class SunsetInThePast(Refused):
    """{tool} cannot end on {sunset_at}, which has passed."""

    tool: str
    sunset_at: str


class NobodyAccountable(Refused):
    """{tool} cannot be approved: nobody is accountable for it. Name an owner first."""

    tool: str


class NothingAllowed(Refused):
    """{tool} needs at least one scope row that says what it may be used for."""

    tool: str


class ReviewDateInThePast(Refused):
    """{tool} is to be looked at again at a later date than {review_by}, which has passed."""

    tool: str
    review_by: str


@dataclass(frozen=True, slots=True)
class Suspension:
    """Why and since when a tool is suspended, and until when the committee is to ratify that."""

    reason: str
    emergency: bool
    by: str
    at: datetime
    ratify_by: datetime | None
    ratified: bool = False
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Tool:
    """An AI tool or model in one version, and what it may be used for."""

    id: UUID
    code: str
    name: str
    vendor: str
    model_version: str
    hosting: str
    purpose: str
    owner_id: str | None
    proposed_by: str
    status: Status
    assessment: Assessment
    scope: tuple[Scope, ...] = ()
    conditions: Conditions = NO_CONDITIONS
    review_by: date | None = None
    review_overdue: bool = False
    suspension: Suspension | None = None
    proposed_at: datetime | None = None
    decide_by: datetime | None = None
    decision_overdue: bool = False
    replaces_id: UUID | None = None
    successor_id: UUID | None = None
    sunset_at: datetime | None = None
    sunset_decision_id: UUID | None = None
    duplicate_of: UUID | None = None
    version: int = 1

    @classmethod
    def propose(
        cls,
        id: UUID,
        *,
        code: str,
        name: str,
        vendor: str,
        model_version: str,
        hosting: str,
        purpose: str,
        owner_id: str | None,
        proposed_by: str,
        assessment: Assessment,
        now: datetime,
        replaces_id: UUID | None = None,
    ) -> Change[Tool]:
        """Any employee may propose a tool, which the committee is to decide within thirty days (G08, G32)."""
        if not _CODE.fullmatch(code) or len(code) > 60:
            raise BadToolCode(code=code)
        tool = cls(
            id, code, name, vendor, model_version, hosting, purpose, owner_id, proposed_by, Status.PROPOSED, assessment,
            proposed_at=now, decide_by=now + DECIDE_WITHIN, replaces_id=replaces_id,
        )  # fmt: skip
        return Change(tool, ToolProposed(id, code, name, vendor, owner_id, tool.risk))

    @property
    def risk(self) -> Risk:
        """The risk class; never typed in, always computed."""
        return self.assessment.risk()

    def start_review(self, by: str) -> Change[Self]:
        """The AI steward takes the proposal up."""
        self._must_be(Status.PROPOSED, Status.REJECTED)
        return self._becomes(Status.UNDER_REVIEW, duplicate_of=None, because=ToolReviewStarted(self.id, self.code, by))

    def assess(self, assessment: Assessment) -> Change[Self]:
        """Answer questions of the assessment; the risk class follows from the answers."""
        self._must_be(Status.PROPOSED, Status.UNDER_REVIEW, Status.APPROVED, Status.SUSPENDED)
        if self.status is Status.APPROVED:
            assessment.must_be_known(self.name)
        event = ToolAssessed(self.id, self.code, assessment.risk(), self.risk)
        return self._becomes(self.status, assessment=assessment, because=event)

    def owned_by(self, owner_id: str | None) -> Change[Self]:
        """Make somebody accountable; nobody, when the owner left and no one follows."""
        return self._becomes(
            self.status, owner_id=owner_id, because=ToolOwnerChanged(self.id, self.code, owner_id, self.owner_id)
        )

    def approve(
        self, decision_id: UUID, *, scope: tuple[Scope, ...], conditions: Conditions, review_by: date, today: date
    ) -> Change[Self]:
        """The committee lets the tool be used within a scope, on conditions, until it looks again (G05)."""
        self._must_be(Status.UNDER_REVIEW)
        self._must_be_allowable()
        if not scope:
            raise NothingAllowed(tool=self.name)
        if review_by <= today:
            raise ReviewDateInThePast(tool=self.name, review_by=review_by.isoformat())
        event = ToolApproved(
            self.id, self.code, self.name, self.model_version, scope, conditions, review_by, decision_id
        )
        return self._becomes(
            Status.APPROVED,
            scope=scope,
            conditions=conditions,
            review_by=review_by,
            review_overdue=False,
            because=event,
        )

    def reject(self, decision_id: UUID) -> Change[Self]:
        """The committee does not let the tool be used."""
        self._must_be(Status.UNDER_REVIEW)
        return self._becomes(Status.REJECTED, because=ToolRejected(self.id, decision_id))

    def suspend(self, reason: str, *, by: str, now: datetime) -> Change[Self]:
        """An officer stops the tool at once; the committee has seven days to ratify (G29)."""
        return self._suspended(Suspension(reason, True, by, now, now + RATIFY_WITHIN))

    def ratify(self, decision_id: UUID) -> Change[Self]:
        """The committee stands behind the suspension."""
        suspension = self._suspension()
        return self._becomes(
            Status.SUSPENDED,
            suspension=replace(suspension, ratified=True, overdue=False),
            because=ToolSuspensionRatified(self.id, self.code, decision_id),
        )

    def ratification_overdue(self, now: datetime) -> Change[Self] | None:
        """Nobody ratified in time: the tool stays suspended, and says so. Nothing when that no longer applies."""
        suspension = self.suspension
        if self.status is not Status.SUSPENDED or suspension is None or suspension.ratified or suspension.overdue:
            return None
        if suspension.ratify_by is None or now < suspension.ratify_by:
            return None
        return self._becomes(
            Status.SUSPENDED, suspension=replace(suspension, overdue=True), because=ToolRatificationOverdue(self.id)
        )

    def review_is_due(self, now: datetime) -> Change[Self] | None:
        """The date to look again passed: first a flag, thirty days later a suspension. Nothing when not so."""
        if self.status is not Status.APPROVED or self.review_by is None or now.date() < self.review_by:
            return None
        if not self.review_overdue:
            event = ToolReviewOverdue(self.id, self.code, self.review_by)
            return self._becomes(self.status, review_overdue=True, because=event)
        if now.date() < self.review_by + REVIEW_GRACE:
            return None
        return self._suspended(Suspension("review overdue", False, "the review date", now, None))

    def reinstate(self, decision_id: UUID, *, review_by: date | None, today: date) -> Change[Self]:
        """The committee lets the tool be used again."""
        self._suspension()
        self._must_be_allowable()
        next_review = review_by or self.review_by
        if next_review is not None and next_review <= today:
            raise ReviewDateInThePast(tool=self.name, review_by=next_review.isoformat())
        return self._becomes(
            Status.APPROVED,
            suspension=None,
            review_by=next_review,
            review_overdue=False,
            because=ToolReinstated(self.id, self.code, decision_id),
        )

    def change_scope(self, decision_id: UUID, scope: tuple[Scope, ...]) -> Change[Self]:
        """The committee allows more or less."""
        self._must_be(Status.APPROVED, Status.SUSPENDED)
        if not scope:
            raise NothingAllowed(tool=self.name)
        return self._becomes(self.status, scope=scope, because=ToolScopeChanged(self.id, self.code, scope, decision_id))

    def retire(self, decision_id: UUID, successor_id: UUID | None = None) -> Change[Self]:
        """The committee ends the tool's life here; nothing follows."""
        self._must_be(Status.UNDER_REVIEW, Status.APPROVED, Status.SUSPENDED, Status.REJECTED)
        successor = successor_id or self.successor_id
        event = ToolRetired(self.id, self.code, decision_id, successor)
        return self._becomes(Status.RETIRED, suspension=None, successor_id=successor, because=event)

    def deprecate(
        self, decision_id: UUID, *, sunset_at: datetime, successor_id: UUID | None, now: datetime
    ) -> Change[Self]:
        """Let the tool end on a date, in favour of another where there is one (G07)."""
        self._must_be(Status.APPROVED, Status.SUSPENDED)
        if sunset_at <= now:
            raise SunsetInThePast(tool=self.name, sunset_at=sunset_at.isoformat())
        return self._becomes(
            self.status,
            sunset_at=sunset_at,
            successor_id=successor_id,
            sunset_decision_id=decision_id,
            because=ToolDeprecated(self.id, self.code, sunset_at, successor_id, decision_id),
        )

    def sunset(self, now: datetime) -> Change[Self] | None:
        """The date on which it ends came. Nothing when that no longer applies."""
        if self.status is Status.RETIRED or self.sunset_at is None or now < self.sunset_at:
            return None
        return None if self.sunset_decision_id is None else self.retire(self.sunset_decision_id)

    def is_duplicate_of(self, other: Tool) -> Change[Self]:
        """The steward finds that the proposal is about a tool that is registered already (G08)."""
        self._must_be(Status.PROPOSED, Status.UNDER_REVIEW)
        if other.id == self.id or other.duplicate_of is not None:
            raise BadSuccessor(
                successor=other.name, tool=self.name, why="it is the same proposal, or a duplicate itself"
            )
        event = ToolMarkedDuplicate(self.id, self.code, other.id)
        return self._becomes(Status.REJECTED, duplicate_of=other.id, because=event)

    def decision_is_overdue(self, now: datetime) -> Change[Self] | None:
        """Nobody decided about the proposal in time. Nothing when somebody did, or that was told before (G32)."""
        waits = self.status in (Status.PROPOSED, Status.UNDER_REVIEW) and not self.decision_overdue
        if not waits or self.decide_by is None or now < self.decide_by:
            return None
        event = ToolDecisionOverdue(self.id, self.code, self.decide_by)
        return self._becomes(self.status, decision_overdue=True, because=event)

    def may_follow(self, other: Tool) -> None:
        """Refuse to take the place of another tool unless this one may be used."""
        if self.id == other.id:
            raise BadSuccessor(successor=self.name, tool=other.name, why="it is the same tool")
        if self.status is not Status.APPROVED:
            raise BadSuccessor(successor=self.name, tool=other.name, why=f"it is {self.status.replace('_', ' ')}")

    def _must_be_allowable(self) -> None:
        self.assessment.must_be_known(self.name)
        if self.risk is Risk.PROHIBITED:
            raise RiskProhibited(tool=self.name)
        if self.owner_id is None:
            raise NobodyAccountable(tool=self.name)

    def _suspension(self) -> Suspension:
        self._must_be(Status.SUSPENDED)
        if self.suspension is None:
            raise ToolInWrongState(tool=self.name, status=self.status, needed=Status.SUSPENDED)
        return self.suspension

    def _suspended(self, suspension: Suspension) -> Change[Self]:
        self._must_be(Status.APPROVED)
        event = ToolSuspended(self.id, self.code, suspension.reason, suspension.emergency, suspension.ratify_by)
        return self._becomes(Status.SUSPENDED, suspension=suspension, because=event)

    def _must_be(self, *allowed: Status) -> None:
        if self.status not in allowed:
            raise ToolInWrongState(
                tool=self.name,
                status=self.status.replace("_", " "),
                needed=" or ".join(status.replace("_", " ") for status in allowed),
            )

    def _becomes(self, status: Status, *, because: object, **changed: Any) -> Change[Self]:
        return Change(replace(self, status=status, version=self.version + 1, **changed), because)
