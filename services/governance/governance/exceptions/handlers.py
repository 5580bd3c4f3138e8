"""What happens to exceptions when people leave."""

from __future__ import annotations

from chassis.database import Transaction
from chassis.directory import Person
from governance.exceptions import commands


async def employee_left(tx: Transaction, person: Person) -> None:
    """Whoever leaves is excepted from nothing."""
    await commands.employment_ended(tx, person.id)
