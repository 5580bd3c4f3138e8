"""Judging the use of a day against tools, grants and restrictions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from chassis import due
from chassis.database import Transaction, new_id
from metrics.ungoverned import repository
from metrics.ungoverned.domain import UngovernedUse
from metrics.usage.domain import DAY_TO_JUDGE, count_at

_AT_ONCE = 1000
_EDGE = timedelta(days=1)


async def judge_day(tx: Transaction, day: date, at: datetime) -> None:
    """Tell what is new or has changed of a day's use; what is more than a batch follows at once in the next."""
    found = await repository.differences(tx, day, limit=_AT_ONCE)
    changes = [
        change
        for each in found
        for change in (
            each.told.judged(each.found)
            if each.told
            else [UngovernedUse.detect(new_id(), day, each.found)]
            if each.found
            else []
        )
    ]
    if changes:
        await repository.save(tx, changes)
    if len(found) == _AT_ONCE:
        await due.at(tx, DAY_TO_JUDGE, day.isoformat(), at + timedelta(microseconds=1))


async def grant_gained(tx: Transaction, employee_id: str, tool_id: UUID, on: date) -> None:
    """A grant that is told late may allow what was told to be without leave."""
    await _judge_later(tx, await repository.told_days(tx, on - _EDGE, employee_id=employee_id, tool_id=tool_id))


async def grant_lost(tx: Transaction, employee_id: str, tool_id: UUID, on: date) -> None:
    """Use since the grant's end may be without leave."""
    await _judge_later(tx, await repository.used_days(tx, employee_id, tool_id, on))


async def tool_decided(tx: Transaction, tool_id: UUID, on: date) -> None:
    """What was wrong with the use of a tool may be something else now."""
    await _judge_later(tx, await repository.told_days(tx, on - _EDGE, tool_id=tool_id))


async def restrict(tx: Transaction, id: UUID, department_id: str, tool_id: UUID | None, on: date) -> None:
    """A department takes a tool, or every tool, away from its people."""
    await repository.restrict(tx, id, department_id, tool_id, on)
    await _judge_later(tx, await repository.told_days(tx, on, department_id=department_id, tool_id=tool_id))


async def lift(tx: Transaction, id: UUID, department_id: str, tool_id: UUID | None, on: date) -> None:
    """A department gives it back."""
    await repository.lift(tx, id, on)
    await _judge_later(tx, await repository.told_days(tx, on, department_id=department_id, tool_id=tool_id))


async def _judge_later(tx: Transaction, days: Iterable[date]) -> None:
    await due.at_many(tx, DAY_TO_JUDGE, [(day.isoformat(), count_at(day, tx.now)) for day in days])
