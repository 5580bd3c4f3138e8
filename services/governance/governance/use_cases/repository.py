"""Use cases in SQL."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.scope.domain import DataClass, UsageContext
from governance.use_cases.domain import UseCase

_COLUMNS = (
    "id, department_id, title, purpose, tool_ids, process_id, data_class, context, owner_id, registered_by, registered_at,"
    " retired_at, review_by, version"
)


def _use_case(row: Record) -> UseCase:
    return UseCase(
        **{
            **dict(row),
            "tool_ids": tuple(row["tool_ids"]),
            "data_class": DataClass(row["data_class"]),
            "context": UsageContext(row["context"]),
        }
    )


async def get(connection: Connection, id: UUID) -> UseCase:
    """One use case. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM use_cases WHERE id = $1", id)
    if row is None:
        raise NotFound(what="use case", id=str(id))
    return _use_case(row)


async def get_for_update(tx: Transaction, id: UUID) -> UseCase:
    """One use case, locked. Raises NotFound."""
    await tx.execute("SELECT FROM use_cases WHERE id = $1 FOR UPDATE", id)
    return await get(tx, id)


async def owned_by(connection: Connection, employee_id: str) -> list[UUID]:
    """The use cases that a person answers for."""
    rows = await connection.fetch(
        "SELECT id FROM use_cases WHERE owner_id = $1 AND retired_at IS NULL ORDER BY id", employee_id
    )
    return [row["id"] for row in rows]


async def using(connection: Connection, tool_ids: Collection[UUID], *, limit: int) -> list[UseCase]:
    """The use cases that need one of these tools."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM use_cases WHERE tool_ids && $1 AND retired_at IS NULL ORDER BY id LIMIT $2",
        list(tool_ids), limit,
    )  # fmt: skip
    return [_use_case(row) for row in rows]


async def listing(
    connection: Connection,
    *,
    department_id: str | None,
    tool_id: UUID | None,
    retired: bool,
    after: UUID | None,
    limit: int,
) -> list[UseCase]:
    """A page of use cases in the order in which they were registered."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM use_cases
        WHERE ($1::text IS NULL OR department_id = $1) AND ($2::uuid IS NULL OR tool_ids @> ARRAY[$2])
            AND ($3 OR retired_at IS NULL) AND ($4::uuid IS NULL OR id > $4) ORDER BY id LIMIT $5
        """,
        department_id, tool_id, retired, after, limit,
    )  # fmt: skip
    return [_use_case(row) for row in rows]


async def save(tx: Transaction, change: Change[UseCase]) -> None:
    """Write a use case and its event."""
    it = change.after
    await tx.execute(
        f"INSERT INTO use_cases ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        " ON CONFLICT (id) DO UPDATE SET owner_id = excluded.owner_id, retired_at = excluded.retired_at,"
        " review_by = excluded.review_by, version = excluded.version",
        it.id, it.department_id, it.title, it.purpose, list(it.tool_ids), it.process_id, it.data_class, it.context,
        it.owner_id, it.registered_by, it.registered_at, it.retired_at, it.review_by, it.version,
    )  # fmt: skip
    await outbox.record(tx, change)
