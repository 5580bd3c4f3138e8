"""The table of tools."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from chassis.database import Connection, Transaction
from process.tools.domain import Tool

_COLUMNS = "id, code, name, approved_at, suspended_at, reinstated_at, retired_at"


async def keep(tx: Transaction, tool_id: UUID) -> Tool:
    """The tool's row, made if need be and locked."""
    await tx.execute("INSERT INTO tools (id) VALUES ($1) ON CONFLICT DO NOTHING", tool_id)
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM tools WHERE id = $1 FOR UPDATE", tool_id)
    assert row is not None
    return Tool(**row)


async def save(tx: Transaction, tool: Tool) -> None:
    """Write what is known of the tool."""
    await tx.execute(
        """
        UPDATE tools SET code = $2, name = $3, approved_at = $4, suspended_at = $5, reinstated_at = $6, retired_at = $7
        WHERE id = $1
        """,
        tool.id, tool.code, tool.name, tool.approved_at, tool.suspended_at, tool.reinstated_at, tool.retired_at,
    )  # fmt: skip


async def held(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, Tool]:
    """The tools of these ids, held so that their standing cannot change before this transaction ends.

    Take them before the procedures: a handler locks a tool first and then the procedures that need it.
    """
    rows = await tx.fetch(f"SELECT {_COLUMNS} FROM tools WHERE id = ANY($1) ORDER BY id FOR SHARE", list(ids))
    return {row["id"]: Tool(**row) for row in rows}


async def by_id(connection: Connection, ids: list[UUID]) -> dict[UUID, Tool]:
    """Tools by id."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM tools WHERE id = ANY($1)", ids)
    return {row["id"]: Tool(**row) for row in rows}
