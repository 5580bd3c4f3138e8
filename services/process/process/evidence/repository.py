"""The table of evidence packs: written once, never changed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from chassis.database import Connection, Transaction
from process.evidence.domain import EvidencePack

_COLUMNS = "id, pilot_id, verdict, content, content_hash, made_at"


async def add(tx: Transaction, pack: EvidencePack) -> None:
    """Keep a pack."""
    await tx.execute(
        f"INSERT INTO evidence_packs ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)",
        pack.id, pack.pilot_id, pack.verdict, pack.content, pack.content_hash, pack.made_at,
    )  # fmt: skip


async def by_id(connection: Connection, ids: Collection[UUID]) -> dict[UUID, EvidencePack]:
    """Packs by id."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM evidence_packs WHERE id = ANY($1)", list(ids))
    return {row["id"]: EvidencePack(**row) for row in rows}


async def gaps_of(tx: Transaction, pilot_id: UUID) -> list[dict[str, Any]]:
    """What a pilot showed to be missing, in the order in which it was noted; the first 200."""
    rows = await tx.fetch(
        "SELECT id, pillar, severity, description FROM gaps WHERE pilot_id = $1 ORDER BY id LIMIT 200", pilot_id
    )
    return [{**dict(row), "id": str(row["id"])} for row in rows]
