"""What the programme does when somebody leaves."""

from __future__ import annotations

from chassis.database import Transaction
from chassis.directory import Person
from governance.programme import commands


async def employee_left(tx: Transaction, person: Person) -> None:
    """A sponsor who leaves vacates the seat."""
    await commands.vacate(tx, person.id, "employment ended")
