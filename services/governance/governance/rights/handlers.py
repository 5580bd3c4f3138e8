"""What happens to offices when their holder leaves."""

from __future__ import annotations

from chassis.database import Transaction
from chassis.directory import Person
from governance.rights import commands


async def employee_left(tx: Transaction, person: Person) -> None:
    """An officer who leaves holds no office any more."""
    await commands.end_terms_of(tx, person.id, "employment ended")
