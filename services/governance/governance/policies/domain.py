"""Policies in versions that never change, each of a tier, with an owner and a date to look at it again (G14)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from chassis.domain import Change, Refused, Tier
from governance.departments.domain import GuardrailViolation
from governance.policies.terms import EVERYBODY, Audience, ChangeClass, PolicyKind, Terms, hash_of, must_be_near


class PolicyIsNew(Refused):
    """{policy} was published by somebody else in this moment. Look at it before publishing the next version."""

    policy: str


class NoSuchVersion(Refused):
    """{policy} has no version {number}."""

    policy: str
    number: str


class NothingChanged(Refused):
    """Version {number} of {policy} has exactly this text already."""

    policy: str
    number: str


class PolicyIsWithdrawn(Refused):
    """{policy} was withdrawn and binds nobody. Write a new policy under another code."""

    policy: str


class PolicyWithdrawnWithoutReason(Refused):
    """Say why {policy} no longer binds anybody."""

    policy: str


class EditionStatus(StrEnum):
    """Where a published version is."""

    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class PolicyPublished:
    """A policy has a new version. No department and no job function in its audience means everybody."""

    policy_id: str
    version: int
    change_class: ChangeClass
    effective_from: datetime
    content_hash: str
    acknowledge_by: datetime
    kind: PolicyKind = PolicyKind.ACCEPTABLE_USE
    tier: Tier = Tier.ENTERPRISE
    department_id: str | None = None
    owner_id: str | None = None
    reviewed_by: tuple[str, ...] = ()
    review_by: date | None = None
    audience_departments: tuple[str, ...] = ()
    audience_job_functions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyWithdrawn:
    """A policy no longer binds anybody."""

    policy_id: str
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class PolicyConfirmed:
    """A policy was looked at and stays as it is until the next date."""

    policy_id: str
    version: int
    review_by: date


@dataclass(frozen=True, slots=True)
class PolicyReviewOverdue:
    """The date to look at a policy again passed: it is stale until somebody does."""

    policy_id: str
    version: int
    review_by: date
    owner_id: str | None


@dataclass(frozen=True, slots=True)
class PolicyOwnerChanged:
    """Somebody else answers for a policy; null when nobody does."""

    policy_id: str
    owner_id: str | None
    previous_id: str | None


@dataclass(frozen=True, slots=True)
class Edition:
    """One published version. Its text is fixed by its hash."""

    number: int
    change_class: ChangeClass
    content: str
    content_hash: str
    published_at: datetime
    published_by: str
    acknowledge_by: datetime
    valid_for_days: int | None = None
    effective_from: datetime | None = None
    audience: Audience = EVERYBODY
    reviewed_by: tuple[str, ...] = ()
    withdrawn_at: datetime | None = None

    @property
    def holds_from(self) -> datetime:
        """Since when, or from when on, it holds."""
        return self.effective_from or self.published_at

    @property
    def acknowledge_within_days(self) -> int:
        """How many days people have."""
        return (self.acknowledge_by - self.holds_from).days


@dataclass(frozen=True, slots=True)
class Deadline:
    """Of a published version, what decides whether an older acknowledgement is enough: its text is not needed for that."""

    number: int
    change_class: ChangeClass
    acknowledge_by: datetime
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What people have to follow, known by its code. A department's policy adds to those of the enterprise."""

    id: UUID
    code: str
    title: str
    editions: tuple[Edition, ...]
    version: int
    kind: PolicyKind = PolicyKind.ACCEPTABLE_USE
    department_id: str | None = None
    owner_id: str | None = None
    review_by: date | None = None
    withdrawn_at: datetime | None = None
    withdrawn_because: str | None = None

    @classmethod
    def publish(
        cls,
        id: UUID,
        code: str,
        kind: PolicyKind,
        terms: Terms,
        *,
        department_id: str | None,
        owner_id: str,
        by: str,
        reviewed_by: tuple[str, ...],
        now: datetime,
    ) -> Change[Policy]:
        """Publish the first version."""
        bare = cls(id, code, terms.title, (), 0, kind, department_id, owner_id, terms.review_by)
        return bare._with(terms, owner_id=owner_id, by=by, reviewed_by=reviewed_by, now=now)

    @property
    def tier(self) -> Tier:
        """The tier that decides about it."""
        return Tier.DEPARTMENT if self.department_id else Tier.ENTERPRISE

    @property
    def newest(self) -> Edition:
        """The version that was published last; it may hold from a later day on."""
        return self.editions[-1]

    @property
    def terms(self) -> Terms:
        """What the newest version says."""
        it = self.newest
        return Terms(
            self.title, it.content, it.change_class, self.review_by or it.published_at.date(), it.effective_from,
            it.acknowledge_within_days, it.valid_for_days, it.audience,
        )  # fmt: skip

    def holding(self, now: datetime) -> Edition:
        """The version that holds now; before the first one does, the first."""
        return next((each for each in reversed(self.editions) if each.holds_from <= now), self.editions[0])

    def status_of(self, number: int, now: datetime) -> EditionStatus:
        """Where a version is."""
        if self.edition(number).number < self.holding(now).number:
            return EditionStatus.SUPERSEDED
        return EditionStatus.WITHDRAWN if self.withdrawn_at else EditionStatus.PUBLISHED

    def is_stale(self, today: date) -> bool:
        """Whether it should have been looked at again."""
        return self.withdrawn_at is None and self.review_by is not None and self.review_by <= today

    def edition(self, number: int) -> Edition:
        """A published version."""
        for edition in self.editions:
            if edition.number == number:
                return edition
        raise NoSuchVersion(policy=self.code, number=str(number))

    def must_bind(self) -> None:
        """Raise PolicyIsWithdrawn when it no longer binds anybody."""
        if self.withdrawn_at is not None:
            raise PolicyIsWithdrawn(policy=self.code)

    def must_accept(self, kind: PolicyKind, department_id: str | None, content: str) -> None:
        """Raise what stands against a next version of this kind, tier and text."""
        self.must_bind()
        if (self.kind, self.department_id) != (kind, department_id):
            raise GuardrailViolation(
                guardrail=f"{self.code} is about {self.kind.replace('_', ' ')} and belongs to"
                f" {self.department_id or 'the enterprise'}. A version changes neither; use another code.",
                tier=self.tier.value,
            )
        if self.newest.content_hash == hash_of(content):
            raise NothingChanged(policy=self.code, number=str(self.newest.number))

    def revise(
        self, terms: Terms, *, owner_id: str, by: str, reviewed_by: tuple[str, ...], now: datetime
    ) -> Change[Self]:
        """Publish the next version. A major one has to be acknowledged anew, within some days."""
        self.must_accept(self.kind, self.department_id, terms.content)
        return self._with(terms, owner_id=owner_id, by=by, reviewed_by=reviewed_by, now=now)

    def confirm(self, review_by: date, today: date) -> Change[Self]:
        """Somebody looked at it and it stays as it is, until the next date."""
        self.must_bind()
        must_be_near(review_by, today)
        event = PolicyConfirmed(self.code, self.newest.number, review_by)
        return Change(replace(self, review_by=review_by, version=self.version + 1), event)

    def review_came(self, today: date) -> Change[Self] | None:
        """Say that it is stale. Nothing when it is not."""
        if not self.is_stale(today) or self.review_by is None:
            return None
        event = PolicyReviewOverdue(self.code, self.newest.number, self.review_by, self.owner_id)
        return self.tells(event)

    def owned_by(self, owner_id: str | None) -> Change[Self]:
        """Make somebody accountable for it."""
        event = PolicyOwnerChanged(self.code, owner_id, self.owner_id)
        return Change(replace(self, owner_id=owner_id, version=self.version + 1), event)

    def withdraw(self, reason: str, now: datetime) -> Change[Self]:
        """It binds nobody any more."""
        self.must_bind()
        if not reason.strip():
            raise PolicyWithdrawnWithoutReason(policy=self.code)
        after = replace(self, withdrawn_at=now, withdrawn_because=reason.strip(), version=self.version + 1)
        return Change(after, PolicyWithdrawn(self.code, self.newest.number, reason.strip()))

    def _with(
        self, terms: Terms, *, owner_id: str, by: str, reviewed_by: tuple[str, ...], now: datetime
    ) -> Change[Self]:
        """With one more version, which holds from its date on, never before those before it."""
        holds_from = max((now, *(each.holds_from for each in self.editions), terms.effective_from or now))
        edition = Edition(
            number=len(self.editions) + 1,
            change_class=terms.change_class if self.editions else ChangeClass.MAJOR,
            content=terms.content,
            content_hash=terms.content_hash,
            published_at=now,
            published_by=by,
            acknowledge_by=holds_from + timedelta(days=terms.acknowledge_within_days),
            valid_for_days=terms.valid_for_days,
            effective_from=holds_from,
            audience=terms.audience,
            reviewed_by=reviewed_by,
        )
        after = replace(
            self, title=terms.title, editions=(*self.editions, edition), owner_id=owner_id, review_by=terms.review_by,
            version=self.version + 1,
        )  # fmt: skip
        return Change(after, after._published())

    def _published(self) -> PolicyPublished:
        edition = self.newest
        return PolicyPublished(
            policy_id=self.code,
            version=edition.number,
            change_class=edition.change_class,
            effective_from=edition.holds_from,
            content_hash=edition.content_hash,
            acknowledge_by=edition.acknowledge_by,
            kind=self.kind,
            tier=self.tier,
            department_id=self.department_id,
            owner_id=self.owner_id,
            reviewed_by=edition.reviewed_by,
            review_by=self.review_by,
            audience_departments=edition.audience.departments,
            audience_job_functions=edition.audience.job_functions,
        )

    def tells(self, event: object) -> Change[Self]:
        """Say something about it that changes nothing else."""
        return Change(replace(self, version=self.version + 1), event)

    @property
    def asked(self) -> Edition:
        """The version that everybody is asked to acknowledge: the newest major one. Minor ones after it carry over."""
        return next(edition for edition in reversed(self.editions) if edition.change_class is ChangeClass.MAJOR)


def still_counts(number: int, editions: Iterable[Edition | Deadline], now: datetime) -> bool:
    """Whether the acknowledgement of one version is enough today.

    Minor versions carry it over; after a major version it is enough until that version's own date to acknowledge.
    """
    return all(
        now < edition.acknowledge_by
        for edition in editions
        if edition.number > number and edition.change_class is ChangeClass.MAJOR
    )


def is_withdrawn(editions: Iterable[Edition | Deadline], now: datetime) -> bool:
    """Whether a policy with these versions binds nobody any more."""
    return any(edition.withdrawn_at is not None and edition.withdrawn_at <= now for edition in editions)
