"""The way of a policy's version to its publication: draft, in review, approved, published, or withdrawn (G14).

Reviewers are neither its owner nor its author (G13). Whoever changes an approved text has it reviewed again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from chassis.domain import Change, Refused, Tier
from governance.policies.terms import ChangeClass, PolicyKind, Terms, check_code


class DraftStatus(StrEnum):
    """Where a version is on its way."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


_OPEN = (DraftStatus.DRAFT, DraftStatus.IN_REVIEW, DraftStatus.APPROVED)


class DraftInWrongState(Refused):
    """This draft of {policy} is {status}; this needs one that is {needed}."""

    policy: str
    status: str
    needed: str


class AlreadyDrafted(Refused):
    """The next version of {policy} is being written already. Revise that draft, or withdraw it first."""

    policy: str


class ReviewersMissing(Refused):
    """Name at least one reviewer of {policy}: somebody who neither owns nor wrote it."""

    policy: str


class ReviewsOwnPolicy(Refused):
    """{employee} cannot review {policy}: whoever owns or wrote it does not."""

    employee: str
    policy: str


class ReasonForReturnMissing(Refused):
    """Say what is to be changed in {policy}."""

    policy: str


@dataclass(frozen=True, slots=True)
class PolicyDrafted:
    """The next version of a policy is being written."""

    draft_id: UUID
    policy_id: str
    kind: PolicyKind
    tier: Tier
    department_id: str | None
    owner_id: str
    author_id: str
    change_class: ChangeClass


@dataclass(frozen=True, slots=True)
class PolicyDraftRevised:
    """A draft was changed; whoever approved it before has to look again."""

    draft_id: UUID
    policy_id: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class PolicyReviewRequested:
    """Reviewers are asked to look at a draft."""

    draft_id: UUID
    policy_id: str
    reviewers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyDraftApproved:
    """A reviewer approves of a draft; `complete` when it was the last."""

    draft_id: UUID
    policy_id: str
    reviewer_id: str
    content_hash: str
    complete: bool


@dataclass(frozen=True, slots=True)
class PolicyDraftReturned:
    """A reviewer wants a draft changed."""

    draft_id: UUID
    policy_id: str
    reviewer_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class PolicyDraftPublished:
    """A draft became a version of its policy."""

    draft_id: UUID
    policy_id: str
    version: int


@dataclass(frozen=True, slots=True)
class PolicyDraftWithdrawn:
    """A draft will not be published."""

    draft_id: UUID
    policy_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """A version of a policy on its way. A department's policy names the department."""

    id: UUID
    code: str
    kind: PolicyKind
    department_id: str | None
    owner_id: str
    author_id: str
    terms: Terms
    drafted_at: datetime
    status: DraftStatus = DraftStatus.DRAFT
    reviewers: tuple[str, ...] = ()
    approved_by: tuple[str, ...] = ()
    returned_because: str | None = None
    number: int | None = None
    version: int = 1

    @property
    def tier(self) -> Tier:
        """The tier that decides about it."""
        return Tier.DEPARTMENT if self.department_id else Tier.ENTERPRISE

    @classmethod
    def begin(
        cls,
        id: UUID,
        code: str,
        kind: PolicyKind,
        terms: Terms,
        *,
        department_id: str | None,
        owner_id: str,
        author_id: str,
        now: datetime,
    ) -> Change[PolicyDraft]:
        """Write the first draft of a version."""
        check_code(code)
        terms.check(now.date())
        after = cls(id, code, kind, department_id, owner_id, author_id, terms, now)
        event = PolicyDrafted(id, code, kind, after.tier, department_id, owner_id, author_id, terms.change_class)
        return Change(after, event)

    def revise(self, terms: Terms, *, by: str, owner_id: str, today: date) -> Change[Self]:
        """Change it; it goes back to the beginning of its way."""
        self.must_be(*_OPEN)
        terms.check(today)
        event = PolicyDraftRevised(self.id, self.code, terms.content_hash)
        return self._becomes(
            DraftStatus.DRAFT, event, terms=terms, author_id=by, owner_id=owner_id, reviewers=(), approved_by=(),
            returned_because=None,
        )  # fmt: skip

    def submit(self, reviewers: Iterable[str]) -> Change[Self]:
        """Ask others to review it: none is the owner or the author."""
        self.must_be(DraftStatus.DRAFT)
        asked = tuple(dict.fromkeys(reviewers))
        if not asked:
            raise ReviewersMissing(policy=self.code)
        for reviewer in asked:
            if reviewer in (self.owner_id, self.author_id):
                raise ReviewsOwnPolicy(employee=reviewer, policy=self.code)
        event = PolicyReviewRequested(self.id, self.code, asked)
        return self._becomes(DraftStatus.IN_REVIEW, event, reviewers=asked, approved_by=(), returned_because=None)

    def approve(self, by: str) -> Change[Self]:
        """A reviewer approves; the last one makes it ready to be published."""
        self.must_be(DraftStatus.IN_REVIEW)
        approved_by = tuple(each for each in self.reviewers if each in (*self.approved_by, by))
        complete = approved_by == self.reviewers
        event = PolicyDraftApproved(self.id, self.code, by, self.terms.content_hash, complete)
        return self._becomes(
            DraftStatus.APPROVED if complete else DraftStatus.IN_REVIEW, event, approved_by=approved_by
        )

    def send_back(self, by: str, reason: str) -> Change[Self]:
        """A reviewer wants it changed."""
        self.must_be(DraftStatus.IN_REVIEW)
        if not reason.strip():
            raise ReasonForReturnMissing(policy=self.code)
        event = PolicyDraftReturned(self.id, self.code, by, reason.strip())
        return self._becomes(DraftStatus.DRAFT, event, approved_by=(), returned_because=reason.strip())

    def published_as(self, number: int) -> Change[Self]:
        """It is a version now."""
        self.must_be(DraftStatus.APPROVED)
        return self._becomes(DraftStatus.PUBLISHED, PolicyDraftPublished(self.id, self.code, number), number=number)

    def withdraw(self, reason: str) -> Change[Self]:
        """Give it up."""
        self.must_be(*_OPEN)
        return self._becomes(DraftStatus.WITHDRAWN, PolicyDraftWithdrawn(self.id, self.code, reason))

    def must_be(self, *needed: DraftStatus) -> None:
        """Raise DraftInWrongState unless it is one of these."""
        if self.status not in needed:
            raise DraftInWrongState(
                policy=self.code,
                status=self.status.value.replace("_", " "),
                needed=" or ".join(each.value.replace("_", " ") for each in needed),
            )

    def _becomes(self, status: DraftStatus, because: object, **changed: Any) -> Change[Self]:
        return Change(replace(self, status=status, version=self.version + 1, **changed), because)
