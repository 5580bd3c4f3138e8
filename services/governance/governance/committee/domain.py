"""The governance committee: who sits in it, when it can decide, and what a vote needs to pass (G10)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from math import ceil
from typing import Self
from uuid import UUID

from chassis.domain import Change, Refused


class QuorumKind(StrEnum):
    """How a quorum is counted."""

    FRACTION = "fraction"
    COUNT = "count"


class PassRule(StrEnum):
    """What share of the votes cast, abstentions aside, a motion needs."""

    SIMPLE = "simple"
    TWO_THIRDS = "two_thirds"
    UNANIMOUS = "unanimous"


class QuorumOutOfRange(Refused):
    """A quorum of {kind} {value} makes no sense: a fraction is above 0 and at most 1, a count a whole number from 1."""

    kind: str
    value: str


class CommitteeNameTaken(Refused):
    """There already is a committee named {name}."""

    name: str


class NoSponsor(Refused):
    """There is no executive sponsor, who would be the chair. Appoint one first."""


class AlreadyMember(Refused):
    """{employee} already sits in the committee {committee}."""

    employee: str
    committee: str


class NotAMember(Refused):
    """{employee} does not sit in the committee {committee}."""

    employee: str
    committee: str


@dataclass(frozen=True, slots=True)
class Quorum:
    """How many of those who may vote have to vote: a fraction of them, or a number."""

    kind: QuorumKind
    value: str

    def __post_init__(self) -> None:
        try:
            value = Fraction(self.value)
        except (ValueError, ZeroDivisionError):
            value = Fraction(0)
        whole = self.kind is QuorumKind.FRACTION or value.denominator == 1
        if value <= 0 or not whole or (self.kind is QuorumKind.FRACTION and value > 1):
            raise QuorumOutOfRange(kind=self.kind, value=self.value)

    def needs(self, eligible: int) -> int:
        """The least number of votes that makes a quorum of so many people; never none."""
        if self.kind is QuorumKind.COUNT:
            return int(self.value)
        return max(1, ceil(Fraction(self.value) * eligible))


@dataclass(frozen=True, slots=True)
class CommitteeEstablished:
    """A committee exists and can decide; its chair is the executive sponsor."""

    committee_id: UUID
    name: str
    chair_id: str | None
    member_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CommitteeChairMoved:
    """Another person chairs the committee, because another person is the executive sponsor; null when nobody is."""

    committee_id: UUID
    chair_id: str | None
    previous_id: str | None


@dataclass(frozen=True, slots=True)
class MemberSeated:
    """A person joined the committee."""

    committee_id: UUID
    member_id: str
    voting: bool


@dataclass(frozen=True, slots=True)
class SeatVacated:
    """A member left the committee."""

    committee_id: UUID
    member_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Member:
    """One person's time in the committee."""

    employee_id: str
    voting: bool
    from_at: datetime
    to_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Committee:
    """The body that decides at the enterprise tier."""

    id: UUID
    name: str
    chair_id: str | None
    members: tuple[Member, ...]
    quorum: Quorum
    pass_rule: PassRule
    chair_casting_vote: bool
    version: int

    @classmethod
    def establish(
        cls,
        id: UUID,
        name: str,
        *,
        sponsor_id: str | None,
        members: Iterable[tuple[str, bool]],
        quorum: Quorum,
        pass_rule: PassRule,
        chair_casting_vote: bool,
        now: datetime,
    ) -> Change[Committee]:
        """Constitute a committee under the chair of the executive sponsor."""
        if sponsor_id is None:
            raise NoSponsor
        seats = tuple(Member(employee_id, voting, now) for employee_id, voting in dict(members).items())
        after = cls(id, name, sponsor_id, seats, quorum, pass_rule, chair_casting_vote, 1)
        return Change(after, CommitteeEstablished(id, name, sponsor_id, tuple(m.employee_id for m in seats)))

    def seated(self) -> tuple[Member, ...]:
        """The members of today."""
        return tuple(member for member in self.members if member.to_at is None)

    def voters(self) -> frozenset[str]:
        """Everybody who may vote: the voting members and the chair."""
        chair = frozenset[str]() if self.chair_id is None else frozenset({self.chair_id})
        return chair | {member.employee_id for member in self.seated() if member.voting}

    def includes(self, employee_id: str) -> bool:
        """Whether this person sits in the committee, as a member or as its chair."""
        return employee_id == self.chair_id or any(m.employee_id == employee_id for m in self.seated())

    def seat(self, employee_id: str, *, voting: bool, now: datetime) -> Change[Self]:
        """Let a person join."""
        if any(member.employee_id == employee_id for member in self.seated()):
            raise AlreadyMember(employee=employee_id, committee=self.name)
        members = (*self.members, Member(employee_id, voting, now))
        return Change(self._with(members=members), MemberSeated(self.id, employee_id, voting))

    def vacate(self, employee_id: str, *, reason: str, now: datetime) -> Change[Self]:
        """End a person's seat."""
        if all(member.employee_id != employee_id for member in self.seated()):
            raise NotAMember(employee=employee_id, committee=self.name)
        members = tuple(
            replace(m, to_at=now) if m.employee_id == employee_id and m.to_at is None else m for m in self.members
        )
        return Change(self._with(members=members), SeatVacated(self.id, employee_id, reason))

    def chaired_by(self, employee_id: str | None) -> Change[Self]:
        """Let the chair follow the executive sponsor (L05)."""
        event = CommitteeChairMoved(self.id, employee_id, self.chair_id)
        return Change(replace(self, chair_id=employee_id, version=self.version + 1), event)

    def _with(self, *, members: tuple[Member, ...]) -> Self:
        return replace(self, members=members, version=self.version + 1)
