"""What the directory does when the HRIS speaks, and whom it tells."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from chassis import due
from chassis.database import Transaction
from chassis.directory import repository
from chassis.directory.domain import Department, Fact, Kind, Person, Status, Team, fold, last_day_ends
from chassis.due import DueHandler

Told = Callable[[Transaction, Person], Awaitable[None]]
Moved = Callable[[Transaction, Person, Person], Awaitable[None]]
_CHANGES = "directory-changes"


@dataclass(frozen=True, slots=True)
class Place:
    """A department or team as the HRIS names it."""

    id: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeFact:
    """hris.employee-hired, -rehired and -changed: what holds from the effective date on."""

    employee_id: str
    effective_date: date
    name: str | None = None
    email: str | None = None
    department: Place | str | None = None
    team: Place | str | None = None
    manager_id: str | None = None
    job_function: str | None = None
    level: str | None = None
    is_people_manager: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFact:
    """hris.employee-transferred: where a person belongs from the effective date on."""

    employee_id: str
    effective_date: date
    department: Place | str
    team: Place | str | None = None
    manager_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveFact:
    """hris.employee-leave-started and -leave-ended: the first day of it, the first day without it."""

    employee_id: str
    effective_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminationFact:
    """hris.employee-terminated: employment ends when the last day ends where the person works."""

    employee_id: str
    last_day: date
    time_zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RescindedFact:
    """hris.employee-termination-rescinded: the last termination told shall not happen."""

    employee_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The slices to tell: of who joined, who moved (with the person before), and who left - when it takes effect."""

    joined: Sequence[Told] = ()
    moved: Sequence[Moved] = ()
    left: Sequence[Told] = ()

    @property
    def listens(self) -> dict[str, list[Callable[[Transaction, Any], Awaitable[None]]]]:
        """The HRIS events and their handlers."""
        return {
            "hris.employee-hired.v1": [self._holds(Kind.HIRED)],
            "hris.employee-rehired.v1": [self._holds(Kind.REHIRED)],
            "hris.employee-changed.v1": [self._holds(Kind.CHANGED)],
            "hris.employee-transferred.v1": [self._transferred],
            "hris.employee-leave-started.v1": [self._leave(Kind.LEAVE_STARTED)],
            "hris.employee-leave-ended.v1": [self._leave(Kind.LEAVE_ENDED)],
            "hris.employee-terminated.v1": [self._terminated],
            "hris.employee-termination-rescinded.v1": [self._rescinded],
        }

    @property
    def due(self) -> dict[str, DueHandler]:
        """The dates at which something told before takes effect."""
        return {_CHANGES: self._date_came}

    def _holds(self, kind: Kind) -> Callable[[Transaction, Any], Awaitable[None]]:
        async def employee(tx: Transaction, event: EmployeeFact) -> None:
            await self._told(tx, kind, event)

        return employee

    async def _transferred(self, tx: Transaction, event: TransferFact) -> None:
        await self._told(
            tx,
            Kind.CHANGED,
            EmployeeFact(
                employee_id=event.employee_id,
                effective_date=event.effective_date,
                department=event.department,
                team=event.team,
                manager_id=event.manager_id,
            ),
        )

    async def _told(self, tx: Transaction, kind: Kind, event: EmployeeFact) -> None:
        department, team = _department(event.department), _team(event.team, event.department)
        await repository.add_places(tx, department, team)
        told = {
            "name": event.name,
            "email": event.email,
            "department_id": department.id if department else None,
            "team_id": team.id if team else None,
            "manager_id": event.manager_id,
            "job_function": event.job_function,
            "level": event.level,
            "is_people_manager": event.is_people_manager,
        }
        data = {name: value for name, value in told.items() if value is not None}
        await self._take(tx, event.employee_id, kind, event.effective_date, data)

    def _leave(self, kind: Kind) -> Callable[[Transaction, Any], Awaitable[None]]:
        async def leave(tx: Transaction, event: LeaveFact) -> None:
            await self._take(tx, event.employee_id, kind, event.effective_date, {})

        return leave

    async def _terminated(self, tx: Transaction, event: TerminationFact) -> None:
        data = {"time_zone": event.time_zone} if event.time_zone else {}
        await self._take(tx, event.employee_id, Kind.TERMINATED, last_day_ends(event.last_day), data)

    async def _rescinded(self, tx: Transaction, event: RescindedFact) -> None:
        await self._take(tx, event.employee_id, Kind.RESCINDED, tx.today, {})

    async def _take(
        self, tx: Transaction, employee_id: str, kind: Kind, effective_on: date, data: Mapping[str, Any]
    ) -> None:
        assert tx.cause is not None
        order = (tx.cause.sequence or 0, tx.cause.time, tx.cause.id)
        await repository.add_fact(tx, employee_id, Fact(kind, effective_on, order, data))
        history = fold(await repository.facts(tx, employee_id))
        await repository.save_history(tx, employee_id, history)
        for moment in history.boundaries():
            if moment > tx.now:
                await due.at(tx, _CHANGES, employee_id, moment)
        await self._tell(tx, employee_id)

    async def _date_came(self, tx: Transaction, employee_id: str, at: datetime) -> None:
        await self._tell(tx, employee_id)

    async def _tell(self, tx: Transaction, employee_id: str) -> None:
        """Compare what holds now with what the slices were told, and tell them the difference."""
        before = _recall(await repository.lock(tx, employee_id))
        now = await repository.person(tx, employee_id)
        if now is None or now == before or now.status is Status.PENDING:
            return
        was_here = before is not None and before.works_here
        if now.works_here and not was_here:
            for hook in self.joined:
                await hook(tx, now)
        elif now.works_here and before is not None and _place(now) != _place(before):
            for moved in self.moved:
                await moved(tx, now, before)
        elif now.status is Status.TERMINATED and (before is None or was_here):
            for hook in self.left:
                await hook(tx, now)
        await repository.save_told(tx, employee_id, asdict(now))


def _place(person: Person) -> Person:
    """What counts as a move: anything but name, address and leave."""
    return replace(person, name="", email=None, status=Status.ACTIVE, hired_on=None, left_on=None)


def _recall(told: Mapping[str, Any] | None) -> Person | None:
    if told is None:
        return None
    days = {name: date.fromisoformat(told[name]) if told[name] else None for name in ("hired_on", "left_on")}
    return Person(**{**told, **days, "status": Status(told["status"])})


def _department(place: Place | str | None) -> Department | None:
    if place is None:
        return None
    if isinstance(place, str):
        return Department(place, place)
    return Department(place.id, place.name or place.id)


def _team(place: Place | str | None, department: Place | str | None) -> Team | None:
    named = _department(place)
    home = _department(department)
    return Team(named.id, named.name, home.id if home else None) if named else None
