"""What the directory's news mean for assignments (T02, C5)."""

from __future__ import annotations

from chassis.database import Transaction
from chassis.directory import Person
from training.assignments import commands


async def employee_joined(tx: Transaction, person: Person) -> None:
    """Who starts gets the universal path and what else the rules ask of them, on the first day."""
    await commands.reconcile(tx, [person.id])


async def employee_moved(tx: Transaction, person: Person, before: Person) -> None:
    """Other rules may apply in the new place."""
    await commands.reconcile(tx, [person.id])


async def employee_left(tx: Transaction, person: Person) -> None:
    """Nothing is required of who has left."""
    await commands.reconcile(tx, [person.id])
