"""What happens to incidents when the service desk tells of one, and when people leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chassis.database import Transaction
from chassis.directory import Person
from governance.incidents import commands
from governance.incidents.tickets import Telling


@dataclass(frozen=True, slots=True)
class TicketTold:
    """An incident of the service desk, as it is now."""

    number: str
    state: str
    opened_at: datetime
    short_description: str | None = None
    configuration_item: str | None = None
    category: str | None = None
    priority: int | None = None
    resolved_at: datetime | None = None
    reopen_count: int | None = None


async def ticket_told(tx: Transaction, event: TicketTold) -> None:
    """The ticket is kept as told last; one that names a tool opens an incident (C9)."""
    telling = Telling(
        event.number, event.short_description or "", event.configuration_item, event.category, event.priority,
        event.state, event.opened_at, event.resolved_at, event.reopen_count or 0,
        tx.cause.time if tx.cause else tx.now,
    )  # fmt: skip
    await commands.ticket_told(tx, telling)


async def employee_left(tx: Transaction, person: Person) -> None:
    """Somebody else answers for the open incidents of a person who leaves (G27)."""
    await commands.accountable_left(tx, person.id)
