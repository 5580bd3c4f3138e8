"""Snapshots in SQL: written once, never changed."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change
from metrics.snapshots.domain import Snapshot

_COLUMNS = "id, occurrence_id, as_of, taken_at, figures, content_hash, version"


async def by_ids(connection: Connection, ids: Collection[UUID]) -> dict[UUID, Snapshot]:
    """Snapshots by id."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM snapshots WHERE id = ANY($1)", list(ids))
    return {row["id"]: Snapshot(**row) for row in rows}


async def save(tx: Transaction, change: Change[Snapshot]) -> None:
    """Write a snapshot and its event."""
    it = change.after
    await tx.execute(
        f"INSERT INTO snapshots ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        it.id, it.occurrence_id, it.as_of, it.taken_at, it.figures, it.content_hash, it.version,
    )  # fmt: skip
    await outbox.record(tx, change)
