"""What happens to tools when people leave."""

from __future__ import annotations

from chassis import directory
from chassis.database import Transaction
from chassis.directory import Person
from governance.tools import commands


async def employee_left(tx: Transaction, person: Person) -> None:
    """The line manager becomes accountable for the tools of a person who leaves (G27)."""
    manager = await directory.person(tx, person.manager_id) if person.manager_id else None
    await commands.owner_left(tx, person.id, manager.id if manager and manager.works_here else None)
