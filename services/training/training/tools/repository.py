"""The tables `tools` and `tool_needs`: what governance tells, kept so that its order does not matter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from chassis.database import Connection, Transaction
from training.tools.domain import Need, Tool


async def get(connection: Connection, id: UUID) -> Tool | None:
    """One tool, if governance told of it."""
    return (await by_ids(connection, [id])).get(id)


async def by_ids(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, Tool]:
    """Tools by their ids."""
    rows = await connection.fetch(
        "SELECT id, name, credential_types, suspended_at FROM tools WHERE id = ANY($1)", list(ids)
    )
    return {
        row["id"]: Tool(row["id"], row["name"], tuple(row["credential_types"]), row["suspended_at"]) for row in rows
    }


async def save_conditions(tx: Transaction, id: UUID, name: str, credential_types: Iterable[str]) -> None:
    """The conditions on which a tool is approved; an approval also ends a suspension."""
    await tx.execute(
        """
        INSERT INTO tools (id, name, credential_types) VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET name = $2, credential_types = $3, suspended_at = NULL
        """,
        id, name, sorted(set(credential_types)),
    )  # fmt: skip


async def end_conditions(tx: Transaction, id: UUID) -> None:
    """The tool demands nothing any more."""
    await tx.execute("UPDATE tools SET credential_types = '{}' WHERE id = $1", id)


async def save_suspension(tx: Transaction, id: UUID, since: datetime | None) -> None:
    """Whether a tool is suspended."""
    await tx.execute(
        "INSERT INTO tools (id, suspended_at) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET suspended_at = $2",
        id,
        since,
    )


async def needs_of(connection: Connection, employee_ids: Iterable[str]) -> dict[str, list[Need]]:
    """The open needs of these people."""
    rows = await connection.fetch(
        """
        SELECT n.request_id, n.employee_id, n.tool_id, n.missing, n.due_at, n.grant_id, t.name,
            coalesce(t.credential_types, '{}') AS credential_types, t.suspended_at
        FROM tool_needs n LEFT JOIN tools t ON t.id = n.tool_id
        WHERE n.closed_at IS NULL AND n.employee_id = ANY($1)
        ORDER BY n.request_id
        """,
        list(employee_ids),
    )
    needs: dict[str, list[Need]] = {}
    for row in rows:
        tool = Tool(row["tool_id"], row["name"], tuple(row["credential_types"]), row["suspended_at"])
        need = Need(
            row["request_id"], row["employee_id"], tool, frozenset(row["missing"]), row["due_at"],
            granted=row["grant_id"] is not None,
        )  # fmt: skip
        needs.setdefault(row["employee_id"], []).append(need)
    return needs


async def in_need(connection: Connection, tool_id: UUID) -> list[str]:
    """Who asked for the tool or has it."""
    rows = await connection.fetch(
        "SELECT DISTINCT employee_id FROM tool_needs WHERE tool_id = $1 AND closed_at IS NULL AND employee_id IS NOT NULL",
        tool_id,
    )
    return [row["employee_id"] for row in rows]


async def in_need_of(connection: Connection, credential_type: str) -> list[str]:
    """Who needs the credential for a tool."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT n.employee_id FROM tool_needs n LEFT JOIN tools t ON t.id = n.tool_id
        WHERE n.closed_at IS NULL AND n.employee_id IS NOT NULL
            AND (n.missing @> ARRAY[$1] OR t.credential_types @> ARRAY[$1])
        """,
        credential_type,
    )
    return [row["employee_id"] for row in rows]


async def save_request(
    tx: Transaction,
    request_id: UUID,
    *,
    employee_id: str,
    tool_id: UUID,
    missing: Iterable[str],
    due_at: datetime | None,
) -> None:
    """Somebody asked for a tool and lacks these credentials."""
    await tx.execute(
        """
        INSERT INTO tool_needs (request_id, employee_id, tool_id, missing, due_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (request_id) DO UPDATE SET employee_id = $2, tool_id = $3, missing = $4, due_at = $5
        """,
        request_id, employee_id, tool_id, sorted(set(missing)), due_at,
    )  # fmt: skip


async def save_missing(tx: Transaction, request_id: UUID, missing: Iterable[str]) -> None:
    """What a request lacks now."""
    await tx.execute("UPDATE tool_needs SET missing = $2 WHERE request_id = $1", request_id, sorted(set(missing)))


async def save_grant(tx: Transaction, request_id: UUID, employee_id: str, tool_id: UUID, grant_id: UUID) -> None:
    """The request led to access."""
    await tx.execute(
        """
        INSERT INTO tool_needs (request_id, employee_id, tool_id, grant_id) VALUES ($1, $2, $3, $4)
        ON CONFLICT (request_id) DO UPDATE SET grant_id = $4
        """,
        request_id, employee_id, tool_id, grant_id,
    )  # fmt: skip


async def close_request(tx: Transaction, request_id: UUID, at: datetime) -> None:
    """The request came to nothing; this stays known, so that the request itself may come later."""
    await tx.execute(
        """
        INSERT INTO tool_needs (request_id, closed_at) VALUES ($1, $2)
        ON CONFLICT (request_id) DO UPDATE SET closed_at = coalesce(tool_needs.closed_at, $2)
        """,
        request_id, at,
    )  # fmt: skip


async def close_grant(tx: Transaction, grant_id: UUID, at: datetime) -> None:
    """The access is gone."""
    await tx.execute("UPDATE tool_needs SET closed_at = $2 WHERE grant_id = $1 AND closed_at IS NULL", grant_id, at)
