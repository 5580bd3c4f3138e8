"""When a grant is idle: not used for some days, by somebody who could have used it on all of them (M05, C14)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from chassis.domain import Change


@dataclass(frozen=True, slots=True)
class GrantIdle:
    """A grant was not used for some days; it is told once until it is used again.

    Leave, and the time before the grant and before the hire, do not count.
    """

    grant_id: UUID
    employee_id: str
    tool_id: UUID
    idle_days: int
    last_used_on: date | None


@dataclass(frozen=True, slots=True)
class Holding:
    """A grant that holds today, and the days from which its holder could have used it: all that ends a time without use."""

    grant_id: UUID
    employee_id: str
    tool_id: UUID
    held_since: date
    employed_since: date
    back_since: date | None
    last_used_on: date | None

    @property
    def idle_since(self) -> date:
        """The day after which nothing kept the holder from using it, and it was not used."""
        days = (self.held_since, self.employed_since, self.back_since, self.last_used_on)
        return max(day for day in days if day is not None)


@dataclass(frozen=True, slots=True)
class IdleSpell:
    """The latest time without use that was told of a grant."""

    id: UUID
    employee_id: str
    tool_id: UUID
    idle_since: date
    last_used_on: date | None
    version: int


def idle(holding: Holding, told: IdleSpell | None, today: date, after_days: int) -> Change[IdleSpell] | None:
    """Tell of a grant that was idle for that many days; the same spell is told once, also when its beginning is restated."""
    since = holding.idle_since
    days = (today - since).days
    if days < after_days or (told is not None and since <= told.idle_since):
        return None
    spell = (
        IdleSpell(holding.grant_id, holding.employee_id, holding.tool_id, since, holding.last_used_on, 1)
        if told is None
        else replace(told, idle_since=since, last_used_on=holding.last_used_on, version=told.version + 1)
    )
    return Change(
        spell, GrantIdle(spell.id, holding.employee_id, holding.tool_id, days, holding.last_used_on)
    )  # fmt: skip
