"""The table of gaps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from chassis.pages import PageOf, pages_of
from process.gaps.domain import Gap, Pillar, Refinement, Severity

_COLUMNS = """
    id, pilot_id, process_id, pillar, severity, description, logged_by, logged_at, refinement, resolved_by, resolved_at,
    version
"""


def _gap(row: asyncpg.Record | dict[str, Any]) -> Gap:
    kept = row["refinement"]
    return Gap(
        **{
            **dict(row),
            "pillar": Pillar(row["pillar"]),
            "severity": Severity(row["severity"]),
            "refinement": msgspec.convert(kept, Refinement) if kept else None,
        }
    )


async def get(connection: Connection, gap_id: UUID) -> Gap | None:
    """The gap, or None."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM gaps WHERE id = $1", gap_id)
    return _gap(row) if row else None


async def get_for_update(tx: Transaction, gap_id: UUID) -> Gap:
    """The gap, locked. Raises NotFound."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM gaps WHERE id = $1 FOR UPDATE", gap_id)
    if row is None:
        raise NotFound(what="gap", id=str(gap_id))
    return _gap(row)


async def save(tx: Transaction, change: Change[Gap]) -> Gap:
    """Write the gap and its event."""
    after = change.after
    await tx.execute(
        f"""
        INSERT INTO gaps ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (id) DO UPDATE SET refinement = excluded.refinement, resolved_by = excluded.resolved_by,
            resolved_at = excluded.resolved_at, version = excluded.version
        """,
        after.id, after.pilot_id, after.process_id, after.pillar, after.severity, after.description, after.logged_by,
        after.logged_at, msgspec.to_builtins(after.refinement), after.resolved_by, after.resolved_at, after.version,
    )  # fmt: skip
    await outbox.record(tx, change)
    return after


async def listing(
    connection: Connection,
    *,
    pilot_id: UUID | None,
    pillar: Pillar | None,
    resolved: bool | None,
    after: UUID | None,
    limit: int,
) -> list[Gap]:
    """A page of gaps, the latest first."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM gaps
        WHERE ($1::uuid IS NULL OR pilot_id = $1) AND ($2::text IS NULL OR pillar = $2)
            AND ($3::bool IS NULL OR (resolved_at IS NOT NULL) = $3) AND ($4::uuid IS NULL OR id < $4)
        ORDER BY id DESC LIMIT $5
        """,
        pilot_id, pillar, resolved, after, limit,
    )  # fmt: skip
    return [_gap(row) for row in rows]


async def of_pilots(connection: Connection, pages: list[PageOf[UUID, UUID]]) -> dict[PageOf[UUID, UUID], list[Gap]]:
    """A page of each pilot's gaps, the latest first."""
    select = f"SELECT {_COLUMNS} FROM gaps WHERE pilot_id = page.owner"
    found = await pages_of(connection, pages, select, by="id", latest_first=True)
    return {page: [_gap(row) for row in rows] for page, rows in found.items()}
