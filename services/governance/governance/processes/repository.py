"""Processes and their effective standards in SQL."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from asyncpg import Record

from chassis.database import Connection, Transaction
from governance.processes.domain import Process, Standard

_PROCESS = "id, code, name, department_id, owner_id, retired"
_STANDARD = "sop_id, process_id, version, tool_ids, steps"


def _standard(row: Record) -> Standard:
    return Standard(row["sop_id"], row["process_id"], row["version"], tuple(row["tool_ids"]), tuple(row["steps"]))


async def add(tx: Transaction, process: Process) -> None:
    """Keep a process as it was registered."""
    await tx.execute(
        f"INSERT INTO processes ({_PROCESS}) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
        process.id, process.code, process.name, process.department_id, process.owner_id, process.retired,
    )  # fmt: skip


async def owned_by(tx: Transaction, id: UUID, owner_id: str | None) -> None:
    """Keep who answers for a process."""
    await tx.execute("UPDATE processes SET owner_id = $2 WHERE id = $1", id, owner_id)


async def retire(tx: Transaction, id: UUID) -> None:
    """Keep that a process is no more."""
    await tx.execute("UPDATE processes SET retired = true WHERE id = $1", id)


async def hold(tx: Transaction, standard: Standard) -> None:
    """Keep which version of a standard holds."""
    await tx.execute(
        f"INSERT INTO standards ({_STANDARD}) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (sop_id) DO UPDATE"
        " SET process_id = excluded.process_id, version = excluded.version, tool_ids = excluded.tool_ids, steps = excluded.steps",
        standard.sop_id, standard.process_id, standard.version, list(standard.tool_ids), standard.steps,
    )  # fmt: skip


async def withdraw(tx: Transaction, sop_id: UUID, version: int) -> None:
    """Keep that a version of a standard holds no longer."""
    await tx.execute("DELETE FROM standards WHERE (sop_id, version) = ($1, $2)", sop_id, version)


async def by_ids(connection: Connection, ids: Collection[UUID]) -> dict[UUID, Process]:
    """Processes by id."""
    rows = await connection.fetch(f"SELECT {_PROCESS} FROM processes WHERE id = ANY($1)", list(ids))
    return {row["id"]: Process(**row) for row in rows}


async def named(connection: Connection, names: Collection[str]) -> list[UUID]:
    """The processes whose code or name is exactly one of these, in lower case."""
    rows = await connection.fetch(
        "SELECT id FROM processes WHERE (lower(code) = ANY($1) OR lower(name) = ANY($1)) AND NOT retired", list(names)
    )
    return [row["id"] for row in rows]


async def standard_of(connection: Connection, process_id: UUID) -> Standard | None:
    """The standard of a process that holds; of several the one that held last."""
    row = await connection.fetchrow(
        f"SELECT {_STANDARD} FROM standards WHERE process_id = $1 ORDER BY sop_id DESC LIMIT 1", process_id
    )
    return _standard(row) if row else None


async def needing(connection: Connection, tool_id: UUID, *, limit: int) -> list[tuple[Standard, Process | None]]:
    """The standards whose steps use a tool, each with its process where that is known, by the standard's id."""
    rows = await connection.fetch(
        f"SELECT {_STANDARD} FROM standards WHERE tool_ids @> ARRAY[$1]::uuid[] ORDER BY sop_id LIMIT $2",
        tool_id, limit,
    )  # fmt: skip
    standards = [_standard(row) for row in rows]
    known = await by_ids(connection, {standard.process_id for standard in standards})
    return [(standard, known.get(standard.process_id)) for standard in standards]
