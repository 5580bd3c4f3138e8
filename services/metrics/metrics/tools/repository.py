"""The tools known from governance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from chassis.database import Connection, Transaction
from metrics.tools.domain import KnownTool

BY_CODE = (
    "SELECT coalesce((SELECT tool_id FROM tool_names WHERE name = $1),"
    " (SELECT id FROM tools WHERE code = $1 ORDER BY approved DESC, known_at DESC, id LIMIT 1))"
)
"""The tool that a name means: as an officer linked it, else the tool with that code."""


async def save(tx: Transaction, tool: KnownTool) -> bool:
    """Keep what is known of a tool. What an event leaves out stays as it was. Returns whether it is new."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", tool.code)
    is_new: bool = await tx.fetchval(
        """
        INSERT INTO tools (id, code, name, approved, known_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = coalesce(excluded.name, tools.name),
            approved = tools.approved OR excluded.approved
        RETURNING xmax = 0
        """,
        tool.id, tool.code, tool.name, tool.approved, tx.now,
    )  # fmt: skip
    return is_new


async def name(tx: Transaction, name: str, tool_id: UUID) -> None:
    """Keep another name of a tool; what was said last counts."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name)
    await tx.execute(
        "INSERT INTO tool_names (name, tool_id) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET tool_id = excluded.tool_id",
        name, tool_id,
    )  # fmt: skip


async def expect(tx: Transaction, code: str) -> None:
    """Use of a code that nobody told of yet is about to be written: hold off `save` of its tool until that is committed.

    So either this transaction sees the tool, or the one that makes the tool known sees what this one writes.
    """
    await tx.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))", code)


async def by_code(tx: Transaction, code: str) -> UUID:
    """The tool that a known code means."""
    found: UUID = await tx.fetchval(BY_CODE, code)
    return found


async def known(connection: Connection, ids: Sequence[str]) -> Mapping[str, UUID]:
    """Those of the names under which usage is kept that are tools of governance's registry."""
    rows = await connection.fetch("SELECT id FROM tools WHERE id::text = ANY($1)", list(ids))
    return {str(row["id"]): row["id"] for row in rows}
