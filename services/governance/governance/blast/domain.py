"""What stopping a tool would touch, before anybody stops it (P18, X09). Groups of fewer than five people are not shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

SMALLEST_GROUP = 5
RATIFY_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Affected:
    """How many people of a department hold a usable grant; None where that would tell about too few."""

    department_id: str | None
    people: int | None


@dataclass(frozen=True, slots=True)
class Blast:
    """What governance itself would do if the tool were suspended now."""

    tool_id: UUID
    grants_to_suspend: int
    grants_suspended_already: int
    requests_waiting: int
    people: int | None
    departments: tuple[Affected, ...]
    open_motions: int
    open_incidents: int


def shown(people: int) -> int | None:
    """A number of people, unless it is of too few."""
    return None if 0 < people < SMALLEST_GROUP else people


def by_department(counts: Mapping[str | None, int]) -> tuple[Affected, ...]:
    """The departments, the most affected first. What is hidden cannot be found by subtraction from the total either:
    of the groups that are hidden there are at least two, with five people together, or all are hidden."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0] or ""))
    hidden = {department for department, people in ranked if people < SMALLEST_GROUP}
    for department, _ in reversed(ranked):
        together = sum(counts[each] for each in hidden)
        if not hidden or (len(hidden) > 1 and together >= SMALLEST_GROUP):
            break
        hidden.add(department)
    return tuple(Affected(department, None if department in hidden else people) for department, people in ranked)
