"""The history of a person at work, folded from facts that may come late, twice and in any order.

A fact holds from its effective date. The source's own order decides between facts of the same date, so the outcome does not
depend on the order in which they arrive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo


class Status(StrEnum):
    """Where a person stands on a day."""

    PENDING = "pending"
    ACTIVE = "active"
    ON_LEAVE = "on_leave"
    TERMINATED = "terminated"

    @property
    def works_here(self) -> bool:
        """Employed, on leave or not."""
        return self in (Status.ACTIVE, Status.ON_LEAVE)


class Kind(StrEnum):
    """What the HRIS can tell."""

    HIRED = "hired"
    REHIRED = "rehired"
    CHANGED = "changed"
    LEAVE_STARTED = "leave-started"
    LEAVE_ENDED = "leave-ended"
    TERMINATED = "terminated"
    RESCINDED = "termination-rescinded"


@dataclass(frozen=True, slots=True)
class Department:
    """A department as the HRIS names it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Team:
    """A team of a department."""

    id: str
    name: str
    department_id: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """An employee as of a day."""

    id: str
    name: str
    email: str | None
    department_id: str | None
    team_id: str | None
    manager_id: str | None
    job_function: str | None
    level: str | None
    is_people_manager: bool
    status: Status
    hired_on: date | None
    left_on: date | None

    @property
    def works_here(self) -> bool:
        """Employed today, on leave or not."""
        return self.status.works_here


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement of the HRIS; `order` is the source's own: its sequence, then its time, then the event's id."""

    kind: Kind
    effective_on: date
    order: tuple[int, datetime, str]
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Membership:
    """Where a person belonged in [from_date, to_date)."""

    from_date: date
    to_date: date | None
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Employment:
    """A period of employment [from_date, to_date); it ends at `ends_at`, midnight where the person works."""

    from_date: date
    to_date: date | None
    ends_at: datetime | None


@dataclass(slots=True)
class History:
    """All that is known of one person."""

    employments: list[Employment] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    leaves: list[tuple[date, date | None]] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)

    def boundaries(self) -> set[datetime]:
        """The moments at which something changes."""
        moments = {_midnight(membership.from_date) for membership in self.memberships}
        for employment in self.employments:
            moments.add(_midnight(employment.from_date))
            if employment.ends_at is not None:
                moments.add(employment.ends_at)
        for begin, end in self.leaves:
            moments |= {_midnight(day) for day in (begin, end) if day is not None}
        return moments


def fold(facts: Iterable[Fact]) -> History:
    """The history that the facts tell, whatever order they are given in."""
    history = History()
    for fact in sorted(_standing(facts), key=lambda fact: (fact.effective_on, fact.order)):
        match fact.kind:
            case Kind.HIRED | Kind.REHIRED:
                _begin(history, fact)
            case Kind.CHANGED:
                _change(history, fact)
            case Kind.TERMINATED:
                _end(history, fact)
            case Kind.LEAVE_STARTED:
                if not history.leaves or history.leaves[-1][1] is not None:
                    history.leaves.append((fact.effective_on, None))
            case Kind.LEAVE_ENDED:
                if history.leaves and history.leaves[-1][1] is None:
                    history.leaves[-1] = (history.leaves[-1][0], fact.effective_on)
    return history


def _standing(facts: Iterable[Fact]) -> list[Fact]:
    """The facts without terminations that a later one corrects or rescinds."""
    standing: list[Fact] = []
    termination: Fact | None = None
    for fact in sorted(facts, key=lambda fact: fact.order):
        if fact.kind is Kind.REHIRED:
            termination = None
        if fact.kind in (Kind.TERMINATED, Kind.RESCINDED):
            if termination is not None:
                standing.remove(termination)
            termination = fact if fact.kind is Kind.TERMINATED else None
        if fact.kind is not Kind.RESCINDED:
            standing.append(fact)
    return standing


def _begin(history: History, fact: Fact) -> None:
    if history.employments and history.employments[-1].to_date is None:
        _change(history, fact)  # a source that tells one hire twice
        return
    history.employments.append(Employment(fact.effective_on, None, None))
    _merge(history, fact)
    history.memberships.append(Membership(fact.effective_on, None, dict(history.fields)))


def _merge(history: History, fact: Fact) -> None:
    """What the fact tells replaces what was known; the team of another department does not come along."""
    department = fact.data.get("department_id")
    if department not in (None, history.fields.get("department_id")):
        history.fields.pop("team_id", None)
    history.fields |= fact.data


def _change(history: History, fact: Fact) -> None:
    _merge(history, fact)
    if not history.employments or history.employments[-1].to_date is not None:
        return  # told before the hire or after the end: it counts from the next period on
    last = history.memberships[-1]
    if last.from_date == fact.effective_on:
        history.memberships[-1] = Membership(last.from_date, None, dict(history.fields))
    elif dict(last.fields) != history.fields:
        history.memberships[-1] = Membership(last.from_date, fact.effective_on, last.fields)
        history.memberships.append(Membership(fact.effective_on, None, dict(history.fields)))


def _end(history: History, fact: Fact) -> None:
    if not history.employments or history.employments[-1].to_date is not None:
        return
    employment, membership = history.employments[-1], history.memberships[-1]
    ends_at = _midnight(fact.effective_on, fact.data.get("time_zone"))
    history.employments[-1] = Employment(employment.from_date, fact.effective_on, ends_at)
    history.memberships[-1] = Membership(membership.from_date, fact.effective_on, membership.fields)
    if history.leaves and history.leaves[-1][1] is None:
        history.leaves[-1] = (history.leaves[-1][0], fact.effective_on)


def last_day_ends(last_day: date) -> date:
    """Employment ends with the last day: the first day without it."""
    return last_day + timedelta(days=1)


def _midnight(day: date, zone: str | None = None) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone) if zone else UTC).astimezone(UTC)
