"""Sponsors in SQL."""

from __future__ import annotations

from uuid import UUID

from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.programme.domain import Sponsor

_COLUMNS = "id, employee_id, appointed_by, effective_from, ended_at, version"
_SEAT = 0x53454154


def _sponsor(row: Record) -> Sponsor:
    return Sponsor(**row)


async def lock_seat(tx: Transaction) -> None:
    """Let one transaction at a time change who is the sponsor; a row lock cannot, while the seat is vacant."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", _SEAT)


async def active(connection: Connection) -> Sponsor | None:
    """The sponsor of today, or None while the seat is vacant."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM sponsors WHERE ended_at IS NULL")
    return _sponsor(row) if row else None


async def history(connection: Connection, limit: int = 50) -> list[Sponsor]:
    """All terms, the latest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM sponsors ORDER BY effective_from DESC, id DESC LIMIT $1", limit
    )
    return [_sponsor(row) for row in rows]


async def get(connection: Connection, id: UUID) -> Sponsor:
    """One term. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM sponsors WHERE id = $1", id)
    if row is None:
        raise NotFound(what="sponsorship", id=str(id))
    return _sponsor(row)


async def save(tx: Transaction, change: Change[Sponsor]) -> None:
    """Write a term and its event."""
    sponsor = change.after
    await tx.execute(
        f"INSERT INTO sponsors ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, version = excluded.version",
        sponsor.id, sponsor.employee_id, sponsor.appointed_by, sponsor.effective_from, sponsor.ended_at,
        sponsor.version,
    )  # fmt: skip
    await outbox.record(tx, change)
