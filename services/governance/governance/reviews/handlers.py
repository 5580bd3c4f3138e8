"""What is kept of the use of tools."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from chassis.database import Transaction
from governance.reviews import repository


@dataclass(frozen=True, slots=True)
class DayRecorded:
    """What is read of usage.day-recorded."""

    employee_id: str
    tool: str
    day: date
    actions: int


async def day_recorded(tx: Transaction, event: DayRecorded) -> None:
    """Somebody used a tool on a day; a day without an action is no use."""
    if event.actions > 0:
        await repository.used(tx, event.employee_id, event.tool, event.day)
