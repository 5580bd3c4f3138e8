"""What the sources of telemetry say, and what happens when a day is complete."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chassis.database import Transaction
from chassis.directory import Person
from metrics.usage import commands
from metrics.usage.domain import Statement


@dataclass(frozen=True, slots=True)
class DayRecorded:
    """usage.day-recorded: what a person did with a tool on a day, as far as the source knows now."""

    employee_id: str
    tool: str
    day: date
    actions: int
    sessions: int | None = None
    tokens: int | None = None
    surface: str | None = None


async def day_recorded(tx: Transaction, event: DayRecorded) -> None:
    """Late and restated days are as welcome as today's (M20)."""
    statement = Statement.of(
        employee_id=event.employee_id,
        tool=event.tool,
        day=event.day,
        actions=event.actions,
        sessions=event.sessions,
        tokens=event.tokens,
        surface=event.surface,
        today=tx.today,
    )
    assert tx.cause is not None
    await commands.record(tx, statement, stated_at=tx.cause.time)


async def day_complete(tx: Transaction, id: str, at: datetime) -> None:
    """The day's figures can be told."""
    await commands.count_day(tx, date.fromisoformat(id))


async def employee_joined(tx: Transaction, person: Person) -> None:
    """Their activity was that of somebody unknown until now."""
    if person.hired_on is not None:
        await commands.recount(tx, person.id, person.hired_on)


async def employee_left(tx: Transaction, person: Person) -> None:
    """Activity after their last day is nobody's."""
    if person.left_on is not None:
        await commands.recount(tx, person.id, person.left_on + timedelta(days=1))
