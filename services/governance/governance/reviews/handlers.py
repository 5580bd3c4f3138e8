"""What is kept of the use of tools."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.database import Transaction
from governance.reviews import commands, repository


@dataclass(frozen=True, slots=True)
class DayRecorded:
    """What is read of usage.day-recorded."""

    employee_id: str
    tool: str
    day: date
    actions: int


@dataclass(frozen=True, slots=True)
class GrantIdle:
    """What is read of metrics.grant-idle."""

    grant_id: UUID
    employee_id: str
    tool_id: UUID
    idle_days: int
    last_used_on: date | None = None


async def grant_idle(tx: Transaction, event: GrantIdle) -> None:
    """A grant was not used for long: an open review that it fits looks at it, else the next one. Nothing is revoked."""
    await repository.told_idle(
        tx, event.grant_id, event.employee_id, event.tool_id, idle_days=event.idle_days, last_used_on=event.last_used_on
    )
    await commands.look_at_idle(tx, event.grant_id)


async def day_recorded(tx: Transaction, event: DayRecorded) -> None:
    """Somebody used a tool on a day; a day without an action is no use."""
    if event.actions > 0:
        await repository.used(tx, event.employee_id, event.tool, event.day)
