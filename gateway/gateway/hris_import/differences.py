"""What a full HR file says otherwise than the directory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from gateway.hris_import.people import Person, Place

_COMPARED = ("name", "email", "department", "team", "manager_id", "job_function", "level", "is_people_manager")
_SOURCE = "/hris-import"


class TooManyLeave(Exception):
    """More people would be terminated than may be. The message says how many, and how to allow it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One event that brings the directory in line with the file."""

    kind: str
    employee_id: str
    data: dict[str, Any]
    told: str

    def event(self) -> dict[str, Any]:
        """The CloudEvent. Its id is made of what it says: the same import again has no second effect."""
        data = {"employee_id": self.employee_id, **self.data}
        content = orjson.dumps([self.kind, data], option=orjson.OPT_SORT_KEYS).decode()
        return {
            "specversion": "1.0",
            "id": str(uuid5(NAMESPACE_URL, f"{_SOURCE}:{content}")),
            "source": _SOURCE,
            "type": f"hris.employee-{self.kind}.v1",
            "subject": self.employee_id,
            "data": data,
        }


def differences(file: Iterable[Person], directory: Iterable[Person], today: date) -> list[Difference]:
    """What to tell so that the directory says what the file says, in order of employee id.

    Who is not in the file any more left with yesterday. Who is to begin in the future and is not in it yet stays as told.
    A field that the file leaves empty is not compared.
    """
    known = {person.employee_id: person for person in directory}
    listed = {person.employee_id: person for person in file}
    found = [
        difference for person in listed.values() for difference in _of(person, known.get(person.employee_id), today)
    ]
    found += [
        _leaves(person.employee_id, today - timedelta(days=1), "is not in the file")
        for person in known.values()
        if person.works_here and person.employee_id not in listed
    ]
    return sorted(found, key=lambda difference: difference.employee_id)


def guard(found: Iterable[Difference], directory: Iterable[Person], today: date, allowed: float) -> None:
    """Raises TooManyLeave when a larger share of those at work than `allowed` (0 to 1) would be gone by today."""
    at_work = sum(person.works_here for person in directory)
    leaving = sum(one.kind == "terminated" and one.data["last_day"] < today.isoformat() for one in found)
    if at_work and leaving / at_work > allowed:
        share = leaving / at_work
        raise TooManyLeave(
            f"{leaving} of {at_work} people would be terminated: {share:.1%}, and {allowed:.1%} may be. Is the file whole? "
            f"If it is, run it with --allow-share {share + 0.0005:.3f}."
        )


def _of(person: Person, known: Person | None, today: date) -> list[Difference]:
    if person.last_day is not None and person.last_day < today:
        gone = known is not None and known.works_here
        return [_leaves(person.employee_id, person.last_day, "left")] if gone else []
    found = []
    if known is None or known.status is None:
        found.append(_begins("hired", person, person.hired_on or today))
    elif known.status == "TERMINATED":
        since = person.hired_on if person.hired_on and person.hired_on > (known.hired_on or date.min) else today
        found.append(_begins("rehired", person, since))
    else:
        changed = _changed(person, known)
        if changed:
            effective = max(today, known.hired_on or today)
            data = {"effective_date": effective.isoformat(), **{name: new for name, (_, new) in changed.items()}}
            told = "; ".join(f"{name}: {_shown(old)} -> {_shown(new)}" for name, (old, new) in changed.items())
            found.append(Difference("changed", person.employee_id, data, told))
    if person.last_day is not None:
        found.append(_leaves(person.employee_id, person.last_day, "leaves"))
    return found


def _begins(kind: str, person: Person, since: date) -> Difference:
    data = {"effective_date": since.isoformat()} | {
        name: _plain(value) for name in _COMPARED if (value := getattr(person, name)) is not None
    }
    data.setdefault("is_people_manager", False)
    return Difference(kind, person.employee_id, data, f"{person.name}, from {since}")


def _leaves(employee_id: str, last_day: date, why: str) -> Difference:
    return Difference("terminated", employee_id, {"last_day": last_day.isoformat()}, f"{why}; last day {last_day}")


def _changed(person: Person, known: Person) -> dict[str, tuple[Any, Any]]:
    found = {}
    for name in _COMPARED:
        new, old = getattr(person, name), getattr(known, name)
        if new is None:
            continue
        if isinstance(new, Place):
            same = isinstance(old, Place) and new.id == old.id and new.name in (None, old.name)
        else:
            same = new == old
        if not same:
            found[name] = (_plain(old), _plain(new))
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Place):
        return {"id": value.id} | ({"name": value.name} if value.name else {})
    return value


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value["id"] if isinstance(value, dict) else value)
