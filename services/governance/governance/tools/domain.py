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

RATIFY_WITHIN = timedelta(days=7)
REVIEW_GRACE = timedelta(days=30)
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
class ToolProposed:
    """Somebody proposed a tool."""

    tool_id: UUID
    code: str
    name: str
    vendor: str
    owner_id: str | None
    risk: Risk


@dataclass(frozen=True, slots=True)
class ToolReviewStarted:
    """The AI steward took a proposal up."""

    tool_id: UUID
    code: str
    reviewer_id: str


@dataclass(frozen=True, slots=True)
class ToolAssessed:
    """The assessment was answered further; the risk class follows from it."""

    tool_id: UUID
    code: str
    risk: Risk
    previous_risk: Risk


@dataclass(frozen=True, slots=True)
class ToolOwnerChanged:
    """Somebody else is accountable for a tool; null when nobody is."""

    tool_id: UUID
    code: str
    owner_id: str | None
    previous_id: str | None


@dataclass(frozen=True, slots=True)
class ToolApproved:
    """The committee allowed a tool within a scope, on conditions."""

    tool_id: UUID
    code: str
    name: str
    version: str
    scope: tuple[Scope, ...]
    conditions: Conditions
    review_by: date
    decision_id: UUID


@dataclass(frozen=True, slots=True)
class ToolRejected:
    """The committee did not allow a tool."""

    tool_id: UUID
    decision_id: UUID


@dataclass(frozen=True, slots=True)
class ToolSuspended:
    """A tool must not be used for now; in an emergency the committee is to ratify that."""

    tool_id: UUID
    code: str
    reason: str
    emergency: bool
    ratify_by: datetime | None


@dataclass(frozen=True, slots=True)
class ToolSuspensionRatified:
    """The committee stands behind a suspension."""

    tool_id: UUID
    code: str
    decision_id: UUID


@dataclass(frozen=True, slots=True)
class ToolRatificationOverdue:
    """The committee did not ratify a suspension in time; the tool stays suspended."""

    tool_id: UUID


@dataclass(frozen=True, slots=True)
class ToolReviewOverdue:
    """The date to look at a tool again has passed."""

    tool_id: UUID
    code: str
    review_by: date


@dataclass(frozen=True, slots=True)
class ToolReinstated:
    """A suspended tool may be used again."""

    tool_id: UUID
    code: str
    decision_id: UUID


@dataclass(frozen=True, slots=True)
class ToolScopeChanged:
    """A tool is allowed for other uses than before."""

    tool_id: UUID
    code: str
    scope: tuple[Scope, ...]
    decision_id: UUID


@dataclass(frozen=True, slots=True)
class ToolRetired:
    """A tool's life here ended."""

    tool_id: UUID
    code: str
    decision_id: UUID


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
    ) -> Change[Tool]:
        """Any employee may propose a tool."""
        if not _CODE.fullmatch(code) or len(code) > 60:
            raise BadToolCode(code=code)
        tool = cls(
            id, code, name, vendor, model_version, hosting, purpose, owner_id, proposed_by, Status.PROPOSED, assessment
        )
        return Change(tool, ToolProposed(id, code, name, vendor, owner_id, tool.risk))

    @property
    def risk(self) -> Risk:
        """The risk class; never typed in, always computed."""
        return self.assessment.risk()

    def start_review(self, by: str) -> Change[Self]:
        """The AI steward takes the proposal up."""
        self._must_be(Status.PROPOSED, Status.REJECTED)
        return self._becomes(Status.UNDER_REVIEW, because=ToolReviewStarted(self.id, self.code, by))

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

    def retire(self, decision_id: UUID) -> Change[Self]:
        """The committee ends the tool's life here; nothing follows."""
        self._must_be(Status.UNDER_REVIEW, Status.APPROVED, Status.SUSPENDED, Status.REJECTED)
        return self._becomes(Status.RETIRED, suspension=None, because=ToolRetired(self.id, self.code, decision_id))

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
