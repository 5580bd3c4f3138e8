"""What happens to policies when people leave."""

from __future__ import annotations

from chassis.database import Transaction
from chassis.directory import Person
from governance.policies import commands
from governance.rights import commands as rights


async def employee_left(tx: Transaction, person: Person) -> None:
    """Somebody else becomes accountable for the policies of a person who leaves (G27)."""
    await commands.owner_left(tx, person.id, await rights.successor(tx, person))
