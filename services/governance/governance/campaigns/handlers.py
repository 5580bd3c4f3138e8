"""What is asked of people who come."""

from __future__ import annotations

from chassis.database import Transaction
from chassis.directory import Person
from governance.campaigns import commands


async def employee_joined(tx: Transaction, person: Person) -> None:
    """Whoever is hired has the days of each policy from the first day on (G15)."""
    await commands.person_came(tx, person.id)


async def employee_moved(tx: Transaction, person: Person, before: Person) -> None:
    """Whoever moves is asked what the new department or job function is asked."""
    if (person.department_id, person.job_function) != (before.department_id, before.job_function):
        await commands.person_came(tx, person.id)
