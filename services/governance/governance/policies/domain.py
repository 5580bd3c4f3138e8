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
class Edition:
    """One published version. Its text is fixed by its hash."""

    number: int
    change_class: ChangeClass
    content: str
    content_hash: str
    published_at: datetime
    published_by: str
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
        cls, id: UUID, code: str, title: str, content: str, *, by: str, acknowledge_within: timedelta, now: datetime
    ) -> Change[Policy]:
        """Publish the first version."""
        if not _CODE.fullmatch(code) or len(code) > 60:
            raise BadPolicyCode(code=code)
        first = _edition(1, ChangeClass.MAJOR, content, by=by, acknowledge_by=now + acknowledge_within, now=now)
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
        self, content: str, change_class: ChangeClass, *, by: str, acknowledge_within: timedelta, now: datetime
    ) -> Change[Self]:
        """Publish the next version. A major one has to be acknowledged anew, within some days."""
        current = self.current
        if current.content_hash == hash_of(content):
            raise NothingChanged(policy=self.code, number=str(current.number))
        edition = _edition(
            current.number + 1, change_class, content, by=by, acknowledge_by=now + acknowledge_within, now=now
        )
        after = replace(self, editions=(*self.editions, edition), version=self.version + 1)
        return Change(after, _published(self.code, edition))


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


def still_counts(number: int, editions: Iterable[Edition], now: datetime) -> bool:
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
    number: int, change_class: ChangeClass, content: str, *, by: str, acknowledge_by: datetime, now: datetime
) -> Edition:
    return Edition(number, change_class, content, hash_of(content), now, by, acknowledge_by)


def _published(code: str, edition: Edition) -> PolicyPublished:
    return PolicyPublished(
        code, edition.number, edition.change_class, edition.published_at, edition.content_hash, edition.acknowledge_by
    )
