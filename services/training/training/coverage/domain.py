"""Coverage: how much of the required population holds a credential, without showing small groups (T15, M18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SMALLEST_GROUP = 5


@dataclass(frozen=True, slots=True)
class Group:
    """Counts of one department. `unknown`: not due, nothing recorded, and here before records began - not missing."""

    department_id: str
    required: int
    holding: int
    waived: int
    overdue: int
    unknown: int


def suppressed(groups: Sequence[Group]) -> frozenset[str]:
    """The departments whose figures stay hidden.

    Those with fewer than five people, and with them as many of the next smallest as are needed so that nobody can
    work out a small group by subtracting the others from the total.
    """
    ordered = sorted(
        (group for group in groups if group.required), key=lambda group: (group.required, group.department_id)
    )
    hidden = [group for group in ordered if group.required < SMALLEST_GROUP]
    others = ordered[len(hidden) :]
    while hidden and others and (len(hidden) < 2 or sum(group.required for group in hidden) < SMALLEST_GROUP):
        hidden.append(others.pop(0))
    return frozenset(group.department_id for group in hidden)


def total(groups: Sequence[Group]) -> Group | None:
    """All groups together; None when even that is a small group, which cannot be shown."""
    required = sum(group.required for group in groups)
    if required < SMALLEST_GROUP:
        return None
    return Group(
        "",
        required,
        sum(group.holding for group in groups),
        sum(group.waived for group in groups),
        sum(group.overdue for group in groups),
        sum(group.unknown for group in groups),
    )
