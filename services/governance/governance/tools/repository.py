"""Tools in SQL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from chassis.pages import counted
from governance.risk.domain import Assessment
from governance.scope.domain import Approval, Conditions, Panel, Scope
from governance.tools.domain import Status, Suspension, Tool
from governance.tools.likeness import alike, likeness

COLUMNS = (
    "id, code, name, vendor, model_version, hosting, purpose, owner_id, proposed_by, status, assessment, scope,"
    " credential_types, policy_ids, approval, panel, review_by, review_overdue, suspension, proposed_at, decide_by,"
    " decision_overdue, replaces_id, successor_id, sunset_at, sunset_decision_id, duplicate_of, version"
)
_CHANGING = COLUMNS.split(", ")[7:]
_SAVE = (
    f"INSERT INTO tools ({COLUMNS}) VALUES ({', '.join(f'${n}' for n in range(1, 29))})"
    f" ON CONFLICT (id) DO UPDATE SET {', '.join(f'{column} = excluded.{column}' for column in _CHANGING)}"
)


def tool_from(row: Record | dict[str, Any]) -> Tool:
    """A tool from the fields `COLUMNS`."""
    fields: dict[str, Any] = dict(row)
    conditions = Conditions(
        tuple(fields.pop("credential_types")),
        tuple(fields.pop("policy_ids")),
        Approval(fields.pop("approval")),
        msgspec.convert(fields.pop("panel"), Panel | None),
    )
    return Tool(
        **{
            **fields,
            "status": Status(row["status"]),
            "assessment": msgspec.convert(row["assessment"], Assessment),
            "scope": msgspec.convert(row["scope"], tuple[Scope, ...]),
            "conditions": conditions,
            "suspension": msgspec.convert(row["suspension"], Suspension | None),
        }
    )


async def by_ids(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, Tool]:
    """Tools by id."""
    rows = await connection.fetch(f"SELECT {COLUMNS} FROM tools WHERE id = ANY($1)", list(ids))
    return {row["id"]: tool_from(row) for row in rows}


async def get(connection: Connection, id: UUID) -> Tool:
    """One tool. Raises NotFound."""
    found = (await by_ids(connection, [id])).get(id)
    if found is None:
        raise NotFound(what="tool", id=str(id))
    return found


async def by_code(connection: Connection, code: str) -> Tool | None:
    """The tool of this code."""
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM tools WHERE code = $1", code)
    return tool_from(row) if row else None


async def alike_to(
    connection: Connection, name: str, vendor: str, *, but: UUID | None = None, limit: int = 10
) -> list[Tool]:
    """The tools, duplicates aside, that this name and vendor could mean; the most alike first."""
    rows = await connection.fetch(
        "SELECT id, name, vendor FROM tools WHERE duplicate_of IS NULL AND status <> 'retired' AND id IS DISTINCT FROM $1",
        but,
    )
    found = sorted(
        (row for row in rows if alike((name, vendor), (row["name"], row["vendor"]))),
        key=lambda row: (-likeness(name, row["name"]), row["id"]),
    )[:limit]
    tools = await by_ids(connection, [row["id"] for row in found])
    return [tools[row["id"]] for row in found]


async def same_as(connection: Connection, name: str, vendor: str, model_version: str) -> Tool | None:
    """The tool of exactly this name, vendor and version, case aside, that is not rejected or retired."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS} FROM tools WHERE (lower(name), lower(vendor), lower(model_version)) ="
        " (lower($1), lower($2), lower($3)) AND status NOT IN ('rejected', 'retired') LIMIT 1",
        name, vendor, model_version,
    )  # fmt: skip
    return tool_from(row) if row else None


async def versions_of(connection: Connection, ids: list[UUID]) -> dict[UUID, list[Tool]]:
    """The tools that replace each of these."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM tools WHERE replaces_id = ANY($1) ORDER BY id LIMIT 1000", ids
    )
    found: dict[UUID, list[Tool]] = {id: [] for id in ids}
    for row in rows:
        found[row["replaces_id"]].append(tool_from(row))
    return found


async def lock_code(tx: Transaction, code: str) -> None:
    """Let one transaction at a time take a code."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"tool {code}")


async def get_for_update(tx: Transaction, id: UUID) -> Tool:
    """One tool, locked until the end of the transaction. Raises NotFound."""
    row = await tx.fetchrow(f"SELECT {COLUMNS} FROM tools WHERE id = $1 FOR UPDATE", id)
    if row is None:
        raise NotFound(what="tool", id=str(id))
    return tool_from(row)


async def get_shared(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, Tool]:
    """Tools that nobody may change until the end of the transaction; others may read them so at the same time."""
    rows = await tx.fetch(f"SELECT {COLUMNS} FROM tools WHERE id = ANY($1) ORDER BY id FOR SHARE", list(ids))
    return {row["id"]: tool_from(row) for row in rows}


async def owned_by(connection: Connection, employee_id: str) -> list[UUID]:
    """The tools that a person is accountable for."""
    rows = await connection.fetch(
        "SELECT id FROM tools WHERE owner_id = $1 AND status <> 'retired' ORDER BY id", employee_id
    )
    return [row["id"] for row in rows]


async def in_use(connection: Connection) -> list[UUID]:
    """The tools whose life here has not ended."""
    rows = await connection.fetch("SELECT id FROM tools WHERE status <> 'retired' ORDER BY id")
    return [row["id"] for row in rows]


async def needing_policy(connection: Connection, code: str) -> list[UUID]:
    """The tools that have a policy among their conditions."""
    rows = await connection.fetch("SELECT id FROM tools WHERE policy_ids @> ARRAY[$1] ORDER BY id", code)
    return [row["id"] for row in rows]


_NARROWED = (
    "FROM tools WHERE ($1::text IS NULL OR status = $1)"
    " AND ($2::text IS NULL OR starts_with(lower(name), lower($2)) OR starts_with(code, lower($2)))"
)


async def count(connection: Connection, *, status: Status | None, search: str | None) -> int | None:
    """How many tools `listing` would find in all; None for more than 10,000, which are not counted."""
    return await counted(connection, f"SELECT {_NARROWED}", status, search)


async def listing(
    connection: Connection, *, status: Status | None, search: str | None, after: UUID | None, limit: int
) -> list[Tool]:
    """A page of tools in the order in which they were proposed; `search` finds the beginning of a name or code."""
    rows = await connection.fetch(
        f"SELECT {COLUMNS} {_NARROWED} AND ($3::uuid IS NULL OR id > $3) ORDER BY id LIMIT $4",
        status, search, after, limit,
    )  # fmt: skip
    return [tool_from(row) for row in rows]


async def save(tx: Transaction, change: Change[Tool]) -> None:
    """Write a tool and its event."""
    tool = change.after
    await tx.execute(
        _SAVE,
        tool.id, tool.code, tool.name, tool.vendor, tool.model_version, tool.hosting, tool.purpose, tool.owner_id,
        tool.proposed_by, tool.status, msgspec.to_builtins(tool.assessment), msgspec.to_builtins(tool.scope),
        list(tool.conditions.credential_types), list(tool.conditions.policy_ids), tool.conditions.approval,
        msgspec.to_builtins(tool.conditions.panel), tool.review_by, tool.review_overdue,
        None if tool.suspension is None else msgspec.to_builtins(tool.suspension), tool.proposed_at,
        tool.decide_by, tool.decision_overdue, tool.replaces_id, tool.successor_id, tool.sunset_at,
        tool.sunset_decision_id, tool.duplicate_of, tool.version,
    )  # fmt: skip
    await outbox.record(tx, change)
