"""What governance says of grants, and what happens when a holder leaves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chassis.database import Transaction
from chassis.directory import Person
from metrics.seats import commands
from metrics.seats.domain import Happening, Seat


@dataclass(frozen=True, slots=True)
class AccessGranted:
    """governance.access-granted: a person may use a tool for a term."""

    grant_id: UUID
    employee_id: str
    tool_id: UUID
    valid_from: datetime
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccessExtended:
    """governance.access-extended: the term of a grant ends later, or never."""

    grant_id: UUID
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccessRestored:
    """governance.access-restored: the grant can be used again."""

    grant_id: UUID
    employee_id: str
    tool_id: UUID


@dataclass(frozen=True, slots=True)
class AccessStopped:
    """governance.access-suspended and -revoked: the grant cannot be used, and why."""

    grant_id: UUID
    employee_id: str
    tool_id: UUID
    reason: str


async def access_granted(tx: Transaction, event: AccessGranted) -> None:
    """The seat counts from its first day (C1)."""
    ends_on = None if event.valid_until is None else event.valid_until.astimezone(UTC).date()
    seat = Seat(event.grant_id, event.employee_id, event.tool_id, ends_on=ends_on)
    await commands.note(tx, seat, Happening.GRANTED, event.valid_from.astimezone(UTC).date())


async def access_extended(tx: Transaction, event: AccessExtended) -> None:
    """The seat counts longer (G18)."""
    ends_on = None if event.valid_until is None else event.valid_until.astimezone(UTC).date()
    await commands.extend(tx, event.grant_id, ends_on)


async def access_suspended(tx: Transaction, event: AccessStopped) -> None:
    """The seat does not count from this day on."""
    await _changed(tx, event, Happening.SUSPENDED, event.reason)


async def access_restored(tx: Transaction, event: AccessRestored) -> None:
    """The seat counts again."""
    await _changed(tx, event, Happening.RESTORED)


async def access_revoked(tx: Transaction, event: AccessStopped) -> None:
    """The seat has ended."""
    await _changed(tx, event, Happening.REVOKED, event.reason)


async def employee_left(tx: Transaction, person: Person) -> None:
    """The seats of a person who left are closed from the first day without them (C5c)."""
    if person.left_on is not None:
        await commands.close_for_leaver(tx, person.id, person.left_on + timedelta(days=1))


async def _changed(
    tx: Transaction, event: AccessRestored | AccessStopped, happening: Happening, reason: str | None = None
) -> None:
    assert tx.cause is not None
    seat = Seat(event.grant_id, event.employee_id, event.tool_id)
    await commands.note(tx, seat, happening, tx.cause.time.astimezone(UTC).date(), reason)
