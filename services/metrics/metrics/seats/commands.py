"""Keeping the seat ledger."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from chassis.database import Transaction
from chassis.inbox import NotYet
from metrics.seats import repository
from metrics.seats.domain import Happening, Seat, spans
from metrics.ungoverned import commands as ungoverned


async def note(tx: Transaction, seat: Seat, happening: Happening, on: date, reason: str | None = None) -> None:
    """Something happened to a grant."""
    assert tx.cause is not None
    seat = await repository.lock(tx, seat)
    await repository.add_change(tx, seat.grant_id, happening, on, sequence=tx.cause.sequence, reason=reason)
    await _count(tx, seat)
    if happening in (Happening.GRANTED, Happening.RESTORED):
        await ungoverned.grant_gained(tx, seat.employee_id, seat.tool_id, on)
    else:
        await ungoverned.grant_lost(tx, seat.employee_id, seat.tool_id, on)


async def extend(tx: Transaction, grant_id: UUID, ends_on: date | None) -> None:
    """The term of a grant ends later, or never; its grant was told before, for both are of one aggregate."""
    seat = await repository.extend(tx, grant_id, ends_on)
    if seat is None:
        raise NotYet(f"the grant {grant_id} is not known yet")
    await _count(tx, seat)


async def close_for_leaver(tx: Transaction, employee_id: str, left_on: date) -> None:
    """Nobody who is gone holds a seat, whether or not governance has said so yet (C5c)."""
    for seat in await repository.close_all(tx, employee_id, left_on):
        await _count(tx, seat)


async def _count(tx: Transaction, seat: Seat) -> None:
    await repository.save_spans(tx, seat, spans(seat, await repository.changes(tx, seat.grant_id)))
