"""Who reports an incident, by name or without one (G28)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

MIN_GROUP = 5


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reported it: an employee, or nobody to be named, of a department that is large enough to hide in."""

    employee_id: str | None = None
    anonymous: bool = False
    department_id: str | None = None

    @classmethod
    def unnamed(cls, department_id: str | None, people: int) -> Self:
        """Somebody who is not to be named; the department only where five people or more work there."""
        return cls(anonymous=True, department_id=department_id if people >= MIN_GROUP else None)


NOT_A_PERSON = Reporter()
