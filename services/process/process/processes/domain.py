"""Processes: registered with the figures that say what is at stake, owned by a person who works here (P01)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.domain import Change, Refused

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MINUTES_PER_HOUR = 60


class DataClass(StrEnum):
    """How sensitive the data is that a process handles or a tool is given."""

    PUBLIC = "PUBLIC"
    INTERNAL = "INTERNAL"
    CONFIDENTIAL = "CONFIDENTIAL"
    CLIENT = "CLIENT"


class Status(StrEnum):
    """Where a process stands on its way to AI; it follows from facts and is never set by hand."""

    REGISTERED = "registered"
    AUDITED = "audited"
    PRIORITISED = "prioritised"
    IN_REDESIGN = "in_redesign"
    AI_ENABLED = "ai_enabled"
    DEGRADED = "degraded"
    RETIRED = "retired"


class AiPath(StrEnum):
    """How far the procedures of a process bring AI into it, the strongest last."""

    NONE = "none"
    DRAFTED = "drafted"
    EFFECTIVE = "effective"
    BLOCKED = "blocked"

    @classmethod
    def strongest(cls, paths: Iterable[AiPath]) -> AiPath:
        """One blocked procedure degrades the whole process, whatever its other procedures do."""
        return max(paths, key=list(cls).index, default=cls.NONE)


class Handover(StrEnum):
    """Why a process has another owner."""

    NAMED = "named"
    LEFT = "left"
    RETURNED = "returned"


class Direction(StrEnum):
    """Which way a figure should go."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Kpi:
    """A figure by which an improvement of the process could be measured."""

    name: str
    unit: str
    direction: Direction


class ProfileInvalid(Refused):
    """The process cannot be described like that: {problem}."""

    problems: tuple[str, ...]


class BadProcessCode(Refused):
    """{code} cannot be a code: use up to 60 lower-case letters, digits and single hyphens, like `invoice-approval`."""

    code: str


class ProcessCodeTaken(Refused):
    """There already is a process with the code {code}."""

    code: str


class OwnerNotActive(Refused):
    """{owner_id} cannot own the process: only somebody who works here can be accountable. Name an active employee."""

    owner_id: str


class DepartmentUnknown(Refused):
    """There is no department {department_id}."""

    department_id: str


class ProcessIsRetired(Refused):
    """{process} is retired and does not change any more."""

    process: str


class ProcessInUse(Refused):
    """{process} cannot be retired while a procedure of it is effective: withdraw {sops} first."""

    process: str
    sops: str


class PriorityTaken(Refused):
    """{taken_by} already has priority {priority} in this department. Give it another one first."""

    priority: int
    taken_by: str


class BadPriority(Refused):
    """A priority is a rank from 1 (first) to 999, not {priority}."""

    priority: int


@dataclass(frozen=True, slots=True)
class ProcessRegistered:
    """A process is in the inventory."""

    process_id: UUID
    code: str
    name: str
    department_id: str
    owner_id: str


@dataclass(frozen=True, slots=True)
class ProcessUpdated:
    """The description of a process was corrected."""

    process_id: UUID
    code: str
    name: str
    department_id: str
    hours_at_stake: float


@dataclass(frozen=True, slots=True)
class ProcessOwnerChanged:
    """Somebody else is accountable for a process; null when nobody could be found."""

    process_id: UUID
    code: str
    owner_id: str | None
    previous_owner_id: str | None
    reason: Handover


@dataclass(frozen=True, slots=True)
class ProcessPrioritised:
    """A department gave a process its rank among those to work on."""

    process_id: UUID
    code: str
    department_id: str
    priority: int


@dataclass(frozen=True, slots=True)
class ProcessStatusChanged:
    """The procedures of a process brought it to another status."""

    process_id: UUID
    code: str
    department_id: str
    status: Status
    previous_status: Status


@dataclass(frozen=True, slots=True)
class ProcessRetired:
    """The work is not done any more."""

    process_id: UUID
    code: str
    department_id: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of the work: how much, how well described, with which systems and data, measured by what."""

    name: str
    volume_per_month: int
    minutes_per_unit: float
    documentation_level: int
    exception_rate: float
    systems: tuple[str, ...] = ()
    data_classes: tuple[DataClass, ...] = ()
    measurable_kpis: tuple[Kpi, ...] = ()

    @property
    def hours_at_stake(self) -> float:
        """Hours of work that the process takes in a month."""
        return self.volume_per_month * self.minutes_per_unit / _MINUTES_PER_HOUR

    def check(self) -> None:
        """Raise ProfileInvalid with everything that cannot be."""
        problems = tuple(self._problems())
        if problems:
            raise ProfileInvalid(problem="; ".join(problems), problems=problems)

    def _problems(self) -> Iterable[str]:
        if not self.name.strip():
            yield "it needs a name"
        if not 0 <= self.volume_per_month <= 100_000_000:
            yield f"a volume per month of {self.volume_per_month} is not between 0 and 100000000"
        if not 0 < self.minutes_per_unit <= 100_000:
            yield f"{self.minutes_per_unit:g} minutes per unit are not more than 0 and at most 100000"
        if not 0 <= self.documentation_level <= 4:
            yield f"the documentation level is 0 to 4, not {self.documentation_level}"
        if not 0 <= self.exception_rate <= 1:
            yield f"the exception rate is a share from 0 to 1, not {self.exception_rate:g}"
        if any(not kpi.name.strip() or not kpi.unit.strip() for kpi in self.measurable_kpis):
            yield "every measurable figure needs a name and a unit"
        if len({kpi.name for kpi in self.measurable_kpis}) < len(self.measurable_kpis):
            yield "two measurable figures have the same name"


@dataclass(frozen=True, slots=True)
class Process:
    """Work that is done again and again."""

    id: UUID
    code: str
    department_id: str
    owner_id: str | None
    profile: Profile
    version: int
    registered_at: datetime
    priority: int | None = None
    prioritised_at: datetime | None = None
    audited_at: datetime | None = None
    retired_at: datetime | None = None
    ai_path: AiPath = AiPath.NONE
    left_owner_id: str | None = None
    """Whose departure moved or ended the ownership, until somebody names an owner."""

    @classmethod
    def register(
        cls, id: UUID, code: str, *, department_id: str, owner_id: str, profile: Profile, now: datetime
    ) -> Change[Process]:
        """Put the process into the inventory (P01)."""
        if len(code) > 60 or not _CODE.fullmatch(code):
            raise BadProcessCode(code=code)
        profile.check()
        process = cls(id, code, department_id, owner_id, profile, 1, now)
        return Change(process, ProcessRegistered(id, code, profile.name, department_id, owner_id))

    @property
    def name(self) -> str:
        return self.profile.name

    @property
    def owner_vacant(self) -> bool:
        """Whether nobody is accountable."""
        return self.owner_id is None

    @property
    def status(self) -> Status:
        """Derived from what happened, the strongest fact first."""
        if self.retired_at is not None:
            return Status.RETIRED
        match self.ai_path:
            case AiPath.BLOCKED:
                return Status.DEGRADED
            case AiPath.EFFECTIVE:
                return Status.AI_ENABLED
            case AiPath.DRAFTED:
                return Status.IN_REDESIGN
        if self.prioritised_at is not None:
            return Status.PRIORITISED
        return Status.AUDITED if self.audited_at is not None else Status.REGISTERED

    def update(self, profile: Profile) -> Change[Process]:
        """Correct the description."""
        self._must_be_in_use()
        profile.check()
        event = ProcessUpdated(self.id, self.code, profile.name, self.department_id, profile.hours_at_stake)
        return self._becomes(event, profile=profile)

    def name_owner(self, owner_id: str) -> Change[Process]:
        """Make somebody accountable."""
        self._must_be_in_use()
        return self._handed_to(owner_id, Handover.NAMED, left_owner_id=None)

    def owner_left(self, successor_id: str | None) -> Change[Process]:
        """The owner does not work here any more: the successor takes over, or nobody is accountable (C5c)."""
        return self._handed_to(successor_id, Handover.LEFT, left_owner_id=self.left_owner_id or self.owner_id)

    def owner_returned(self) -> Change[Process]:
        """The departure was an error: the process is theirs again (C5c)."""
        return self._handed_to(self.left_owner_id, Handover.RETURNED, left_owner_id=None)

    def prioritise(self, priority: int, now: datetime) -> Change[Process]:
        """Give the process its rank among those of its department (P05)."""
        self._must_be_in_use()
        if not 1 <= priority <= 999:
            raise BadPriority(priority=priority)
        event = ProcessPrioritised(self.id, self.code, self.department_id, priority)
        return self._becomes(event, priority=priority, prioritised_at=now)

    def follow(self, path: AiPath) -> Change[Process] | None:
        """Take the status to which the procedures have brought the process; None when it stays."""
        after = replace(self, ai_path=path)
        if after.status is self.status:
            return None
        event = ProcessStatusChanged(self.id, self.code, self.department_id, after.status, self.status)
        return self._becomes(event, ai_path=path)

    def retire(self, effective_sops: tuple[str, ...], now: datetime) -> Change[Process]:
        """The work is not done any more."""
        self._must_be_in_use()
        if effective_sops:
            raise ProcessInUse(process=self.name, sops=", ".join(effective_sops))
        event = ProcessRetired(self.id, self.code, self.department_id)
        return self._becomes(event, retired_at=now, priority=None)

    def _handed_to(self, owner_id: str | None, reason: Handover, left_owner_id: str | None) -> Change[Process]:
        event = ProcessOwnerChanged(self.id, self.code, owner_id, self.owner_id, reason)
        return self._becomes(event, owner_id=owner_id, left_owner_id=left_owner_id)

    def _must_be_in_use(self) -> None:
        if self.retired_at is not None:
            raise ProcessIsRetired(process=self.name)

    def _becomes(self, because: object, **facts: Any) -> Change[Process]:
        return Change(replace(self, version=self.version + 1, **facts), because)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who might take a process over."""

    id: str
    department_id: str | None
    manager_id: str | None
    is_people_manager: bool
    works_here: bool


def successor(owner: Colleague, department_id: str, people: dict[str, Colleague]) -> str | None:
    """Who takes over what the owner was accountable for: the nearest manager who works here, else whoever leads the
    department of the process, else nobody."""
    asked: set[str] = {owner.id}
    next_id = owner.manager_id
    while next_id is not None and next_id not in asked:
        asked.add(next_id)
        manager = people.get(next_id)
        if manager is None:
            break
        if manager.works_here:
            return manager.id
        next_id = manager.manager_id
    return head_of(department_id, people, without=owner.id)


def head_of(department_id: str, people: dict[str, Colleague], *, without: str) -> str | None:
    """The people manager of a department whose own manager is not in it."""
    inside = {
        id: person
        for id, person in people.items()
        if person.department_id == department_id and person.works_here and id != without
    }
    heads = sorted(id for id, person in inside.items() if person.is_people_manager and person.manager_id not in inside)
    return heads[0] if heads else None
