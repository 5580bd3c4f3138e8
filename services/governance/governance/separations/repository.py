"""Tools that nobody may have together, in SQL."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.separations.domain import Separation

_COLUMNS = "id, first_id, second_id, policy, reason, decided_by, decided_at, ended_at, ended_because, version"


def _separation(row: Record | dict[str, Any]) -> Separation:
    return Separation(**dict(row))


async def get(connection: Connection, id: UUID) -> Separation:
    """One separation. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM tool_separations WHERE id = $1", id)
    if row is None:
        raise NotFound(what="separation of tools", id=str(id))
    return _separation(row)


async def are_separated(connection: Connection, first_id: UUID, second_id: UUID) -> bool:
    """Whether a rule holds for these two, the smaller id first."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM tool_separations WHERE (first_id, second_id) = ($1, $2) AND ended_at IS NULL)",
            first_id, second_id,
        )
    )  # fmt: skip


async def of_tools(connection: Connection, ids: list[UUID]) -> dict[UUID, list[Separation]]:
    """What each tool is separated from today, the oldest rule first, at most a hundred."""
    found: dict[UUID, list[Separation]] = defaultdict(list)
    for row in await connection.fetch(
        f"""
        SELECT wanted.tool, {_COLUMNS} FROM unnest($1::uuid[]) AS wanted (tool) CROSS JOIN LATERAL (
            SELECT * FROM tool_separations
            WHERE (first_id = wanted.tool OR second_id = wanted.tool) AND ended_at IS NULL ORDER BY id LIMIT 100
        ) AS rule ORDER BY id
        """,
        ids,
    ):
        fields: dict[str, Any] = dict(row)
        found[fields.pop("tool")].append(_separation(fields))
    return found


async def listing(connection: Connection, *, ended: bool, after: UUID | None, limit: int) -> list[Separation]:
    """A page of the rules that hold, or of those that ended, the latest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM tool_separations WHERE (ended_at IS NOT NULL) = $1 AND ($2::uuid IS NULL OR id < $2)"
        " ORDER BY id DESC LIMIT $3",
        ended, after, limit,
    )  # fmt: skip
    return [_separation(row) for row in rows]


async def save(tx: Transaction, change: Change[Separation]) -> None:
    """Write a separation and its event."""
    it = change.after
    await tx.execute(
        f"INSERT INTO tool_separations ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, ended_because = excluded.ended_because,"
        " version = excluded.version",
        it.id, it.first_id, it.second_id, it.policy, it.reason, it.decided_by, it.decided_at, it.ended_at,
        it.ended_because, it.version,
    )  # fmt: skip
    await outbox.record(tx, change)
