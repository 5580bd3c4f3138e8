"""A person as an HR file or the directory tells of one. None in a field: not told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Place:
    """A department or team."""

    id: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody, by the employee id. `status` is only known of people in the directory."""

    employee_id: str
    name: str | None = None
    email: str | None = None
    department: Place | None = None
    team: Place | None = None
    manager_id: str | None = None
    job_function: str | None = None
    level: str | None = None
    is_people_manager: bool | None = None
    hired_on: date | None = None
    last_day: date | None = None
    status: str | None = None

    @property
    def works_here(self) -> bool:
        """Whether the directory has the person at work, on leave or not."""
        return self.status in ("ACTIVE", "ON_LEAVE")
