"""Seats, the changes they went through, and the days on which they count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from chassis.database import Connection, Transaction
from metrics.seats.domain import Happening, Seat, SeatChange, Span

_COLUMNS = "grant_id, employee_id, tool_id, ends_on, left_on"


async def lock(tx: Transaction, seat: Seat) -> Seat:
    """The seat of a grant, made when it is new, and its term when that is known now."""
    row = await tx.fetchrow(
        f"""
        INSERT INTO seats ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (grant_id) DO UPDATE SET ends_on = coalesce(excluded.ends_on, seats.ends_on)
        RETURNING {_COLUMNS}
        """,
        seat.grant_id, seat.employee_id, seat.tool_id, seat.ends_on, seat.left_on,
    )  # fmt: skip
    assert row is not None
    return Seat(**row)


async def extend(tx: Transaction, grant_id: UUID, ends_on: date | None) -> Seat | None:
    """Give the seat of a grant another term; None when there is no such seat."""
    row = await tx.fetchrow(
        f"UPDATE seats SET ends_on = $2 WHERE grant_id = $1 RETURNING {_COLUMNS}", grant_id, ends_on
    )
    return Seat(**row) if row else None


async def close_all(tx: Transaction, employee_id: str, left_on: date) -> list[Seat]:
    """Note that the holder left, on every seat that did not end this way before."""
    rows = await tx.fetch(
        f"UPDATE seats SET left_on = $2 WHERE employee_id = $1 AND left_on IS NULL RETURNING {_COLUMNS}",
        employee_id, left_on,
    )  # fmt: skip
    return [Seat(**row) for row in rows]


async def add_change(
    tx: Transaction, grant_id: UUID, happening: Happening, on: date, *, sequence: int | None, reason: str | None
) -> None:
    """Keep a change once, and why governance made it. Without a sequence it comes after those that are known."""
    await tx.execute(
        """
        INSERT INTO seat_changes (grant_id, sequence, happening, on_date, reason)
        SELECT $1, coalesce($2, max(sequence) + 1, 1), $3, $4, $5 FROM seat_changes WHERE grant_id = $1
        ON CONFLICT DO NOTHING
        """,
        grant_id, sequence, happening, on, reason,
    )  # fmt: skip


async def changes(connection: Connection, grant_id: UUID) -> list[SeatChange]:
    """All that happened to a grant."""
    rows = await connection.fetch("SELECT sequence, happening, on_date FROM seat_changes WHERE grant_id = $1", grant_id)
    return [SeatChange(row["sequence"], Happening(row["happening"]), row["on_date"]) for row in rows]


async def save_spans(tx: Transaction, seat: Seat, spans: Sequence[Span]) -> None:
    """Write the days on which the seat counts in place of the former ones."""
    await tx.execute("DELETE FROM seat_spans WHERE grant_id = $1", seat.grant_id)
    await tx.executemany(
        "INSERT INTO seat_spans (grant_id, employee_id, tool_id, from_date, to_date) VALUES ($1, $2, $3, $4, $5)",
        [(seat.grant_id, seat.employee_id, seat.tool_id, span.from_date, span.to_date) for span in spans],
    )
