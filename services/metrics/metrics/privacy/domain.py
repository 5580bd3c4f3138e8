"""Groups whose figures tell about too few people, and those hidden so that nobody is found by subtraction (M18)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

MIN_GROUP = 5


class Why(StrEnum):
    """Why a group's figures are hidden."""

    SMALL = "small"
    PROTECTS = "protects"


@dataclass(frozen=True, slots=True)
class Group:
    """One part of a whole. It is exposed when figures could exist for it, even of people who are no longer in it."""

    id: str | None
    size: int
    exposed: bool


def why_hidden(group: Group) -> Why | None:
    """A group of fewer than five people is hidden; one that never had anybody has nothing to hide."""
    return Why.SMALL if group.exposed and group.size < MIN_GROUP else None


def hidden_groups(groups: Iterable[Group], *, already: Mapping[str | None, Why] | None = None) -> dict[str | None, Why]:
    """The hidden parts of a whole whose total is shown.

    Whoever subtracts the shown parts from the total learns the sum of the hidden ones. So there are always at least two
    of them, with at least five people together: the next smallest join them until that is so. `already` names parts
    that are hidden for another reason.
    """
    exposed = sorted((group for group in groups if group.exposed), key=lambda group: (group.size, group.id or ""))
    hidden = {group.id: why for group in exposed if (why := (already or {}).get(group.id) or why_hidden(group))}
    if not hidden:
        return {}
    for group in exposed:
        together = sum(other.size for other in exposed if other.id in hidden)
        if len(hidden) >= 2 and together >= MIN_GROUP:
            break
        hidden.setdefault(group.id, Why.PROTECTS)
    return hidden
