"""What the directory's news mean for assignments (T02, C5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from chassis import due
from chassis.database import Transaction
from chassis.directory import Person
from training.assignments import commands

LEAVE_CHANGES = "leave-changes"


@dataclass(frozen=True, slots=True)
class LeaveChanged:
    """hris.employee-leave-started: its first day; -leave-ended: the first day without it."""

    employee_id: str
    effective_date: date


async def employee_joined(tx: Transaction, person: Person) -> None:
    """Who starts gets the universal path and what else the rules ask of them, on the first day."""
    await commands.reconcile(tx, [person.id])


async def employee_moved(tx: Transaction, person: Person, before: Person) -> None:
    """Other rules may apply in the new place."""
    await commands.reconcile(tx, [person.id])


async def employee_left(tx: Transaction, person: Person) -> None:
    """Nothing is required of who has left."""
    await commands.reconcile(tx, [person.id])


async def leave_changed(tx: Transaction, event: LeaveChanged) -> None:
    """No date runs while somebody is on leave; afterwards they run on, later by the time of the leave."""
    await commands.reconcile(tx, [event.employee_id])
    day = datetime.combine(event.effective_date, time(), UTC)
    if day > tx.now:
        await due.at(tx, LEAVE_CHANGES, event.employee_id, day)


async def leave_comes(tx: Transaction, employee_id: str, at: datetime) -> None:
    """A leave begins or ends today."""
    await commands.reconcile(tx, [employee_id])
