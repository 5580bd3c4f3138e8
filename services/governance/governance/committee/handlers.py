"""What committees do when somebody leaves."""

from __future__ import annotations

from chassis.database import Transaction
from chassis.directory import Person
from governance.committee import commands


async def employee_left(tx: Transaction, person: Person) -> None:
    """The seats of a person who leaves are vacated."""
    await commands.vacate_seats_of(tx, person.id, "employment ended")
