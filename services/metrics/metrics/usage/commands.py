"""Taking in statements of use, and counting days."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from chassis import due
from chassis.database import Transaction, new_id
from metrics.tools import repository as tools
from metrics.usage import repository
from metrics.usage.domain import DAY_TO_COUNT, DAY_TO_JUDGE, DailyUse, Statement, count_at


async def record(tx: Transaction, statement: Statement, *, stated_at: datetime) -> None:
    """Keep what a source states of a day; a later statement replaces it, an earlier one changes nothing."""
    saved = await repository.save(tx, statement, stated_at=stated_at, unknown_tool=False)
    if saved.tool is None:
        await tools.expect(tx, statement.tool)
        saved = await repository.save(tx, statement, stated_at=stated_at, unknown_tool=True)
    if saved.changed:
        await _count_later(tx, statement.day)


async def attribute(tx: Transaction, reference: str, tool_id: UUID) -> None:
    """A source's name for a tool is known now: what was stated under it is the tool's use."""
    for day in await repository.rename_tool(tx, reference, str(tool_id)):
        await _count_later(tx, day)


async def attributed(tx: Transaction, tool_id: UUID) -> None:
    """A tool is known now of which sources spoke by its id before: count those days again."""
    for day in await repository.days_of_tool(tx, str(tool_id)):
        await _count_later(tx, day)


async def recount(tx: Transaction, employee_id: str, since: date) -> None:
    """Whether a person is known on the days since a date has changed: count again those on which they were active."""
    for day in await repository.days_of(tx, employee_id, since):
        await _count_later(tx, day)


async def count_day(tx: Transaction, day: date) -> None:
    """Tell the day's figures where they are new or have changed, and have its use judged."""
    told = await repository.lock_day(tx, day)
    counted = await repository.count_day(tx, day)
    changes = []
    for tool_id in sorted({*told, *counted}, key=lambda tool_id: (tool_id is None, str(tool_id))):
        active_employees, actions = counted.get(tool_id, (0, 0))
        if tool_id in told:
            change = told[tool_id].counted(active_employees=active_employees, actions=actions)
        else:
            change = DailyUse.first(
                new_id(), tool_id=tool_id, day=day, active_employees=active_employees, actions=actions
            )
        if change is not None:
            changes.append(change)
    if changes:
        await repository.save_counts(tx, changes)
    await due.at(tx, DAY_TO_JUDGE, day.isoformat(), tx.now)


async def _count_later(tx: Transaction, day: date) -> None:
    await due.at(tx, DAY_TO_COUNT, day.isoformat(), count_at(day, tx.now))
