"""Policies in versions that never change, and who acknowledged which version (G14, G15)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Self
from uuid import UUID

from chassis.domain import Change, Refused

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class BadPolicyCode(Refused):
    """{code} cannot be a policy's code: use up to 60 lower-case letters, digits and single hyphens."""

    code: str


class PolicyIsNew(Refused):
    """{policy} was published by somebody else in this moment. Look at it before publishing the next version."""

    policy: str


class NoSuchVersion(Refused):
    """{policy} has no version {number}."""

    policy: str
    number: str


class BadAcknowledgementTime(Refused):
    """A version can be acknowledged within 0 to 366 days, not {days}."""

    days: str


class NothingChanged(Refused):
    """Version {number} of {policy} has exactly this text already."""

    policy: str
    number: str


class BadValidity(Refused):
    """An acknowledgement can be good for 1 to 1096 days, or for good, not for {days} days."""

    days: str


class ReasonForDeclineMissing(Refused):
    """Say why you do not acknowledge {policy}: those who answer for it have to know."""

    policy: str


class ChangeClass(StrEnum):
    """Whether a new version has to be acknowledged anew."""

    MAJOR = "major"
    MINOR = "minor"


@dataclass(frozen=True, slots=True)
class PolicyPublished:
    """A policy has a new version, for everybody."""

    policy_id: str
    version: int
    change_class: ChangeClass
    effective_from: datetime
    content_hash: str
    acknowledge_by: datetime


@dataclass(frozen=True, slots=True)
class PolicyAcknowledged:
    """An employee acknowledged a version of a policy."""

    employee_id: str
    policy_id: str
    policy_version: int


@dataclass(frozen=True, slots=True)
class PolicyDeclined:
    """An employee read a version of a policy and does not acknowledge it."""

    employee_id: str
    policy_id: str
    policy_version: int
    reason: str


@dataclass(frozen=True, slots=True)
class PolicyAcknowledgementReminded:
    """A version is to be acknowledged soon; so many people still have to."""

    policy_id: str
    version: int
    acknowledge_by: datetime
    outstanding: int


@dataclass(frozen=True, slots=True)
class PolicyAcknowledgementOverdue:
    """The date to acknowledge a version passed; so many people did not."""

    policy_id: str
    version: int
    outstanding: int


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


@dataclass(frozen=True, slots=True)
class Deadline:
    """Of a published version, what decides whether an older acknowledgement is enough: its text is not needed for that."""

    number: int
    change_class: ChangeClass
    acknowledge_by: datetime


@dataclass(frozen=True, slots=True)
class Policy:
    """What everybody has to follow, known by its code."""

    id: UUID
    code: str
    title: str
    editions: tuple[Edition, ...]
    version: int

    @classmethod
    def publish(
        cls,
        id: UUID,
        code: str,
        title: str,
        content: str,
        *,
        by: str,
        acknowledge_within: timedelta,
        now: datetime,
        valid_for_days: int | None = None,
    ) -> Change[Policy]:
        """Publish the first version."""
        if not _CODE.fullmatch(code) or len(code) > 60:
            raise BadPolicyCode(code=code)
        first = _edition(
            1, ChangeClass.MAJOR, content, by=by, acknowledge_by=now + acknowledge_within, now=now,
            valid_for_days=valid_for_days,
        )  # fmt: skip
        return Change(cls(id, code, title, (first,), 1), _published(code, first))

    @property
    def current(self) -> Edition:
        """The version that holds today."""
        return self.editions[-1]

    def edition(self, number: int) -> Edition:
        """A published version."""
        for edition in self.editions:
            if edition.number == number:
                return edition
        raise NoSuchVersion(policy=self.code, number=str(number))

    def revise(
        self,
        content: str,
        change_class: ChangeClass,
        *,
        by: str,
        acknowledge_within: timedelta,
        now: datetime,
        valid_for_days: int | None = None,
    ) -> Change[Self]:
        """Publish the next version. A major one has to be acknowledged anew, within some days."""
        current = self.current
        if current.content_hash == hash_of(content):
            raise NothingChanged(policy=self.code, number=str(current.number))
        edition = _edition(
            current.number + 1, change_class, content, by=by, acknowledge_by=now + acknowledge_within, now=now,
            valid_for_days=valid_for_days,
        )  # fmt: skip
        after = replace(self, editions=(*self.editions, edition), version=self.version + 1)
        return Change(after, _published(self.code, edition))

    @property
    def asked(self) -> Edition:
        """The version that everybody is asked to acknowledge: the newest major one. Minor ones after it carry over."""
        return next(edition for edition in reversed(self.editions) if edition.change_class is ChangeClass.MAJOR)

    def reminded(self, outstanding: int) -> Change[Self]:
        """Say how many people still have to acknowledge."""
        event = PolicyAcknowledgementReminded(self.code, self.asked.number, self.asked.acknowledge_by, outstanding)
        return Change(replace(self, version=self.version + 1), event)

    def overdue(self, outstanding: int) -> Change[Self]:
        """Say how many people did not acknowledge in time."""
        event = PolicyAcknowledgementOverdue(self.code, self.asked.number, outstanding)
        return Change(replace(self, version=self.version + 1), event)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """An employee's word to have read and to follow one version."""

    id: UUID
    employee_id: str
    policy: str
    number: int
    at: datetime
    version: int = 1

    def given(self) -> Change[Acknowledgement]:
        """The acknowledgement and its event."""
        return Change(self, PolicyAcknowledged(self.employee_id, self.policy, self.number))


@dataclass(frozen=True, slots=True)
class Decline:
    """An employee's word not to acknowledge one version, and why."""

    id: UUID
    employee_id: str
    policy: str
    number: int
    reason: str
    at: datetime
    version: int = 1

    def given(self) -> Change[Decline]:
        """The decline and its event."""
        if not self.reason.strip():
            raise ReasonForDeclineMissing(policy=self.policy)
        return Change(self, PolicyDeclined(self.employee_id, self.policy, self.number, self.reason))


@dataclass(frozen=True, slots=True)
class Campaign:
    """How far the acknowledgement of a policy's newest major version is."""

    policy: str
    number: int
    acknowledge_by: datetime
    audience: int
    acknowledged: int
    declined: int

    @property
    def outstanding(self) -> int:
        """How many of the audience have not acknowledged."""
        return self.audience - self.acknowledged


def still_counts(number: int, editions: Iterable[Edition | Deadline], now: datetime) -> bool:
    """Whether the acknowledgement of one version is enough today.

    Minor versions carry it over; after a major version it is enough until that version's own date to acknowledge.
    """
    return all(
        now < edition.acknowledge_by
        for edition in editions
        if edition.number > number and edition.change_class is ChangeClass.MAJOR
    )


def hash_of(content: str) -> str:
    """What fixes a text."""
    return sha256(content.encode()).hexdigest()


def _edition(
    number: int, change_class: ChangeClass, content: str, *, by: str, acknowledge_by: datetime, now: datetime,
    valid_for_days: int | None,
) -> Edition:  # fmt: skip
    if valid_for_days is not None and not 1 <= valid_for_days <= 1096:
        raise BadValidity(days=str(valid_for_days))
    return Edition(number, change_class, content, hash_of(content), now, by, acknowledge_by, valid_for_days)


def _published(code: str, edition: Edition) -> PolicyPublished:
    return PolicyPublished(
        code, edition.number, edition.change_class, edition.published_at, edition.content_hash, edition.acknowledge_by
    )
