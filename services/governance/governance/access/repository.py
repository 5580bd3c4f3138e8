"""Access requests and grants in SQL; many at a time, because one tool can have thousands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.access.domain import Grant, Prerequisite, Reason, Request, RequestStatus
from governance.scope.domain import DataClass, UsageContext

_REQUEST = (
    "id, employee_id, tool_id, data_class, context, region, justification, status, missing, requested_at, expires_at,"
    " valid_until, approved_by, closed_at, closed_because, version"
)
_GRANT = (
    "id, request_id, employee_id, tool_id, data_class, context, region, valid_from, valid_until, suspended_for,"
    " revoked_at, revoked_because, version"
)
_MEMBERS = (
    "SELECT m.employee_id FROM memberships m"
    " WHERE m.department_id = $5 AND m.from_date <= $6 AND (m.to_date IS NULL OR m.to_date > $6)"
)


def _request(row: Record | dict[str, Any]) -> Request:
    return Request(
        **{
            **dict(row),
            "data_class": DataClass(row["data_class"]),
            "context": UsageContext(row["context"]),
            "status": RequestStatus(row["status"]),
            "missing": msgspec.convert(row["missing"], tuple[Prerequisite, ...]),
        }
    )


def _grant(row: Record | dict[str, Any]) -> Grant:
    return Grant(
        **{
            **dict(row),
            "data_class": DataClass(row["data_class"]),
            "context": UsageContext(row["context"]),
            "suspended_for": frozenset(Reason(reason) for reason in row["suspended_for"]),
        }
    )


async def get_request(connection: Connection, id: UUID) -> Request:
    """One request. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_REQUEST} FROM access_requests WHERE id = $1", id)
    if row is None:
        raise NotFound(what="access request", id=str(id))
    return _request(row)


async def get_grant(connection: Connection, id: UUID) -> Grant:
    """One grant. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_GRANT} FROM access_grants WHERE id = $1", id)
    if row is None:
        raise NotFound(what="access grant", id=str(id))
    return _grant(row)


async def lock_request(tx: Transaction, id: UUID) -> Request:
    """One request, locked. Raises NotFound."""
    row = await tx.fetchrow(f"SELECT {_REQUEST} FROM access_requests WHERE id = $1 FOR UPDATE", id)
    if row is None:
        raise NotFound(what="access request", id=str(id))
    return _request(row)


async def lock_grant(tx: Transaction, id: UUID) -> Grant:
    """One grant, locked. Raises NotFound."""
    row = await tx.fetchrow(f"SELECT {_GRANT} FROM access_grants WHERE id = $1 FOR UPDATE", id)
    if row is None:
        raise NotFound(what="access grant", id=str(id))
    return _grant(row)


async def tools_of(connection: Connection, employee_id: str) -> list[UUID]:
    """The tools of a person's open requests and live grants."""
    rows = await connection.fetch(
        """
        SELECT tool_id FROM access_requests WHERE employee_id = $1 AND closed_at IS NULL
        UNION SELECT tool_id FROM access_grants WHERE employee_id = $1 AND revoked_at IS NULL
        """,
        employee_id,
    )
    return [row["tool_id"] for row in rows]


async def open_requests(
    tx: Transaction,
    *,
    employee_id: str | None = None,
    tool_id: UUID | None = None,
    department_id: str | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[Request]:
    """Locked open requests of a person, for a tool or in a department, the oldest first."""
    rows = await tx.fetch(
        f"""
        SELECT {_REQUEST} FROM access_requests
        WHERE closed_at IS NULL AND ($1::text IS NULL OR employee_id = $1) AND ($2::uuid IS NULL OR tool_id = $2)
            AND ($3::uuid IS NULL OR id > $3) AND ($5::text IS NULL OR employee_id IN ({_MEMBERS}))
        ORDER BY id LIMIT $4 FOR UPDATE
        """,
        employee_id, tool_id, after, limit, department_id, tx.now.date(),
    )  # fmt: skip
    return [_request(row) for row in rows]


async def live_grants(
    tx: Transaction,
    *,
    employee_id: str | None = None,
    tool_id: UUID | None = None,
    department_id: str | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[Grant]:
    """Locked grants of a person, for a tool or in a department that are not revoked, the oldest first."""
    rows = await tx.fetch(
        f"""
        SELECT {_GRANT} FROM access_grants
        WHERE revoked_at IS NULL AND ($1::text IS NULL OR employee_id = $1) AND ($2::uuid IS NULL OR tool_id = $2)
            AND ($3::uuid IS NULL OR id > $3) AND ($5::text IS NULL OR employee_id IN ({_MEMBERS}))
        ORDER BY id LIMIT $4 FOR UPDATE
        """,
        employee_id, tool_id, after, limit, department_id, tx.now.date(),
    )  # fmt: skip
    return [_grant(row) for row in rows]


async def grants_for(connection: Connection, employee_id: str, tool_id: UUID) -> list[Grant]:
    """A person's grants for a tool that are not revoked."""
    rows = await connection.fetch(
        f"SELECT {_GRANT} FROM access_grants WHERE employee_id = $1 AND tool_id = $2 AND revoked_at IS NULL ORDER BY id",
        employee_id, tool_id,
    )  # fmt: skip
    return [_grant(row) for row in rows]


async def requests_of(connection: Connection, employee_ids: list[str]) -> dict[str, list[Request]]:
    """The last hundred requests of each person, the latest first."""
    found: dict[str, list[Request]] = defaultdict(list)
    for row in await connection.fetch(_last_of("access_requests", _REQUEST), employee_ids):
        found[row["employee_id"]].append(_request(row))
    return found


async def grants_of(connection: Connection, employee_ids: list[str]) -> dict[str, list[Grant]]:
    """The last hundred grants of each person, the latest first."""
    found: dict[str, list[Grant]] = defaultdict(list)
    for row in await connection.fetch(_last_of("access_grants", _GRANT), employee_ids):
        found[row["employee_id"]].append(_grant(row))
    return found


def _last_of(table: str, columns: str) -> str:
    return f"""
        SELECT {columns} FROM unnest($1::text[]) AS wanted (who) CROSS JOIN LATERAL (
            SELECT * FROM {table} WHERE employee_id = wanted.who ORDER BY id DESC LIMIT 100
        ) AS found ORDER BY id DESC
    """


async def grants_by_request(connection: Connection, ids: list[UUID]) -> dict[UUID, Grant]:
    """What requests became, by the request's id."""
    rows = await connection.fetch(f"SELECT {_GRANT} FROM access_grants WHERE request_id = ANY($1)", ids)
    return {row["request_id"]: _grant(row) for row in rows}


async def waiting_for(connection: Connection, manager_ids: list[str]) -> dict[str, list[Request]]:
    """The requests that wait for each manager's approval, the oldest first."""
    found: dict[str, list[Request]] = defaultdict(list)
    for row in await connection.fetch(
        f"""
        SELECT m.manager_id, r.* FROM (
            SELECT {_REQUEST} FROM access_requests WHERE closed_at IS NULL AND status = 'pending_approval'
        ) AS r
        JOIN memberships m ON m.employee_id = r.employee_id AND m.from_date <= $2 AND (m.to_date IS NULL OR m.to_date > $2)
        WHERE m.manager_id = ANY($1) ORDER BY r.id LIMIT 1000
        """,
        manager_ids, connection.now.date(),
    ):  # fmt: skip
        fields: dict[str, Any] = dict(row)
        found[fields.pop("manager_id")].append(_request(fields))
    return found


async def active_grants(connection: Connection, tool_ids: list[UUID]) -> dict[UUID, int]:
    """How many people may use each tool today."""
    rows = await connection.fetch(
        "SELECT tool_id, count(*) AS grants FROM access_grants"
        " WHERE tool_id = ANY($1) AND revoked_at IS NULL AND suspended_for = '{}' GROUP BY tool_id",
        tool_ids,
    )
    return {row["tool_id"]: row["grants"] for row in rows}


async def is_requested(connection: Connection, request: Request) -> bool:
    """Whether the person has an open request for exactly this."""
    return bool(await connection.fetchval(_SAME.format("access_requests", "closed_at"), *_use(request)))


async def is_granted(connection: Connection, request: Request) -> bool:
    """Whether the person has a grant for exactly this."""
    return bool(await connection.fetchval(_SAME.format("access_grants", "revoked_at"), *_use(request)))


_SAME = """
    SELECT EXISTS (SELECT FROM {} WHERE employee_id = $1 AND tool_id = $2 AND data_class = $3 AND context = $4
        AND coalesce(region, '') = coalesce($5, '') AND {} IS NULL)
"""


def _use(request: Request) -> tuple[Any, ...]:
    return (request.employee_id, request.tool_id, request.data_class, request.context, request.region)


async def save_requests(tx: Transaction, changes: Sequence[Change[Request]]) -> None:
    """Write requests as their last change leaves them, and every event."""
    await tx.execute(
        f"""
        INSERT INTO access_requests ({_REQUEST})
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::jsonb[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::text[],
            $14::timestamptz[], $15::text[], $16::bigint[])
        ON CONFLICT (id) DO UPDATE SET status = excluded.status, missing = excluded.missing,
            approved_by = excluded.approved_by, closed_at = excluded.closed_at,
            closed_because = excluded.closed_because, version = excluded.version
        """,
        *_arrays(_REQUEST, changes),
    )
    await outbox.record_many(tx, changes)


async def save_grants(tx: Transaction, changes: Sequence[Change[Grant]]) -> None:
    """Write grants as their last change leaves them, and every event."""
    await tx.execute(
        f"""
        INSERT INTO access_grants ({_GRANT})
        SELECT id, request_id, employee_id, tool_id, data_class, context, region, valid_from, valid_until,
            string_to_array(suspended_for, ','), revoked_at, revoked_because, version
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[],
            $8::timestamptz[], $9::timestamptz[], $10::text[], $11::timestamptz[], $12::text[], $13::bigint[])
            AS given ({_GRANT})
        ON CONFLICT (id) DO UPDATE SET suspended_for = excluded.suspended_for, revoked_at = excluded.revoked_at,
            revoked_because = excluded.revoked_because, version = excluded.version
        """,
        *_arrays(_GRANT, changes),
    )
    await outbox.record_many(tx, changes)


def _arrays(columns: str, changes: Sequence[Change[Any]]) -> list[list[Any]]:
    last = {change.after.id: change.after for change in changes}.values()
    return [[_plain(getattr(each, column)) for each in last] for column in columns.split(", ")]


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return ",".join(sorted(value))
    return msgspec.to_builtins(value) if isinstance(value, tuple) else value
