"""Access requests and grants in SQL; many at a time, because one tool can have thousands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.access.domain import Grant, Request
from governance.access.events import Prerequisite, Reason, RequestStatus
from governance.approvals.domain import Chain
from governance.scope.domain import DataClass, UsageContext

REQUEST = (
    "id, employee_id, tool_id, data_class, context, region, justification, status, missing, requested_at, expires_at,"
    " valid_until, approved_by, closed_at, closed_because, version, chain, extends"
)
GRANT = (
    "id, request_id, employee_id, tool_id, data_class, context, region, valid_from, valid_until, suspended_for,"
    " revoked_at, revoked_because, version, extensions, handover_until"
)
_MEMBERS = (
    "SELECT m.employee_id FROM memberships m"
    " WHERE m.department_id = ${0} AND m.from_date <= ${1} AND (m.to_date IS NULL OR m.to_date > ${1})"
)


def request_from(row: Record | dict[str, Any]) -> Request:
    """A request from the fields `REQUEST`."""
    return Request(
        **{
            **dict(row),
            "data_class": DataClass(row["data_class"]),
            "context": UsageContext(row["context"]),
            "status": RequestStatus(row["status"]),
            "missing": msgspec.convert(row["missing"], tuple[Prerequisite, ...]),
            "chain": msgspec.convert(row["chain"], Chain | None),
        }
    )


def grant_from(row: Record | dict[str, Any]) -> Grant:
    """A grant from the fields `GRANT`."""
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
    row = await connection.fetchrow(f"SELECT {REQUEST} FROM access_requests WHERE id = $1", id)
    if row is None:
        raise NotFound(what="access request", id=str(id))
    return request_from(row)


async def get_grant(connection: Connection, id: UUID) -> Grant:
    """One grant. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {GRANT} FROM access_grants WHERE id = $1", id)
    if row is None:
        raise NotFound(what="access grant", id=str(id))
    return grant_from(row)


async def lock_request(tx: Transaction, id: UUID) -> Request:
    """One request, locked. Raises NotFound."""
    row = await tx.fetchrow(f"SELECT {REQUEST} FROM access_requests WHERE id = $1 FOR UPDATE", id)
    if row is None:
        raise NotFound(what="access request", id=str(id))
    return request_from(row)


async def lock_grant(tx: Transaction, id: UUID) -> Grant:
    """One grant, locked. Raises NotFound."""
    row = await tx.fetchrow(f"SELECT {GRANT} FROM access_grants WHERE id = $1 FOR UPDATE", id)
    if row is None:
        raise NotFound(what="access grant", id=str(id))
    return grant_from(row)


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


class Rows(StrEnum):
    """The two tables, and what says that a row of it is still of interest."""

    REQUESTS = "requests"
    GRANTS = "grants"

    @property
    def table(self) -> str:
        """Its name in SQL."""
        return f"access_{self.value}"

    @property
    def live(self) -> str:
        """A request that is open, a grant that is not revoked."""
        return "closed_at IS NULL" if self is Rows.REQUESTS else "revoked_at IS NULL"


async def open_requests(
    tx: Transaction,
    *,
    employee_id: str | None = None,
    tool_id: UUID | None = None,
    department_id: str | None = None,
    limit: int,
) -> list[Request]:
    """Locked open requests of a person, for a tool or in a department, the oldest first."""
    where, values = _chosen(tx, Rows.REQUESTS, employee_id=employee_id, tool_id=tool_id, department_id=department_id)
    rows = await tx.fetch(
        f"SELECT {REQUEST} FROM access_requests WHERE {where} ORDER BY id LIMIT {limit:d} FOR UPDATE", *values
    )
    return [request_from(row) for row in rows]


async def live_grants(
    tx: Transaction,
    *,
    employee_id: str | None = None,
    tool_id: UUID | None = None,
    department_id: str | None = None,
    limit: int,
) -> list[Grant]:
    """Locked grants of a person, for a tool or in a department that are not revoked, the oldest first."""
    where, values = _chosen(tx, Rows.GRANTS, employee_id=employee_id, tool_id=tool_id, department_id=department_id)
    rows = await tx.fetch(
        f"SELECT {GRANT} FROM access_grants WHERE {where} ORDER BY id LIMIT {limit:d} FOR UPDATE", *values
    )
    return [grant_from(row) for row in rows]


async def lock_requests(tx: Transaction, ids: list[UUID]) -> list[Request]:
    """Those of these requests that are open, locked in order."""
    rows = await tx.fetch(
        f"SELECT {REQUEST} FROM access_requests WHERE id = ANY($1) AND closed_at IS NULL ORDER BY id FOR UPDATE", ids
    )
    return [request_from(row) for row in rows]


async def lock_grants(tx: Transaction, ids: list[UUID]) -> list[Grant]:
    """Those of these grants that are not revoked, locked in order."""
    rows = await tx.fetch(
        f"SELECT {GRANT} FROM access_grants WHERE id = ANY($1) AND revoked_at IS NULL ORDER BY id FOR UPDATE", ids
    )
    return [grant_from(row) for row in rows]


async def identify(
    connection: Connection, rows: Rows, tool_id: UUID, *, department_id: str | None, after: UUID | None, limit: int
) -> dict[UUID, str]:
    """Which requests or grants of a tool come next, and whose they are. Nothing is locked."""
    where, values = _chosen(connection, rows, tool_id=tool_id, department_id=department_id, after=after)
    found = await connection.fetch(
        f"SELECT id, employee_id FROM {rows.table} WHERE {where} ORDER BY id LIMIT {limit:d}", *values
    )
    return {row["id"]: row["employee_id"] for row in found}


async def are_many(connection: Connection, tool_id: UUID, *, department_id: str | None = None, more_than: int) -> bool:
    """Whether a tool has more open requests, or more live grants, than this; counted no further."""
    for rows in Rows:
        where, values = _chosen(connection, rows, tool_id=tool_id, department_id=department_id)
        if (
            await connection.fetchval(
                f"SELECT count(*) FROM (SELECT FROM {rows.table} WHERE {where} LIMIT {more_than + 1:d}) AS counted",
                *values,
            )
            > more_than
        ):
            return True
    return False


async def wanted_in(connection: Connection, department_id: str, tool_ids: list[UUID]) -> list[UUID]:
    """Those of these tools that somebody of a department has asked for or holds, in order."""
    found = await connection.fetch(
        " UNION ".join(
            f"SELECT tool_id FROM {rows.table} WHERE {rows.live} AND tool_id = ANY($1) AND employee_id IN"
            f" ({_MEMBERS.format(2, 3)})"
            for rows in Rows
        )
        + " ORDER BY tool_id",
        tool_ids, department_id, connection.now.date(),
    )  # fmt: skip
    return [row["tool_id"] for row in found]


def _chosen(
    connection: Connection,
    rows: Rows,
    *,
    employee_id: str | None = None,
    tool_id: UUID | None = None,
    department_id: str | None = None,
    after: UUID | None = None,
) -> tuple[str, list[Any]]:
    """Only what is asked for stands in the condition: PostgreSQL plans for it, and not for every case at once."""
    conditions, values = [rows.live], list[Any]()
    for condition, value in (("employee_id = ${}", employee_id), ("tool_id = ${}", tool_id), ("id > ${}", after)):
        if value is not None:
            values.append(value)
            conditions.append(condition.format(len(values)))
    if department_id is not None:
        values += [department_id, connection.now.date()]
        conditions.append(f"employee_id IN ({_MEMBERS.format(len(values) - 1, len(values))})")
    return " AND ".join(conditions), values


async def standing_back(connection: Connection, employee_ids: list[str]) -> list[str]:
    """Those of these people who have a grant that is suspended because they had another tool before."""
    rows = await connection.fetch(
        "SELECT DISTINCT employee_id FROM access_grants WHERE employee_id = ANY($1) AND revoked_at IS NULL"
        " AND suspended_for @> ARRAY[$2]",
        employee_ids, Reason.INCOMPATIBLE.value,
    )  # fmt: skip
    return [row["employee_id"] for row in rows]


async def grants_given(connection: Connection, employee_id: str, tool_id: UUID, until: datetime) -> list[Grant]:
    """A person's grants for a tool that began up to a moment, the latest fifty, whatever became of them."""
    rows = await connection.fetch(
        f"SELECT {GRANT} FROM access_grants WHERE employee_id = $1 AND tool_id = $2 AND valid_from <= $3"
        " ORDER BY id DESC LIMIT 50",
        employee_id, tool_id, until,
    )  # fmt: skip
    return [grant_from(row) for row in rows]


async def grants_for(connection: Connection, employee_id: str, tool_id: UUID) -> list[Grant]:
    """A person's grants for a tool that are not revoked."""
    rows = await connection.fetch(
        f"SELECT {GRANT} FROM access_grants WHERE employee_id = $1 AND tool_id = $2 AND revoked_at IS NULL ORDER BY id",
        employee_id, tool_id,
    )  # fmt: skip
    return [grant_from(row) for row in rows]


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
    if not changes:
        return
    await tx.execute(
        f"""
        INSERT INTO access_requests ({REQUEST}, asked)
        SELECT {REQUEST}, string_to_array(asked, ',')
        FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::jsonb[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::text[],
            $14::timestamptz[], $15::text[], $16::bigint[], $17::jsonb[], $18::uuid[], $19::text[]) AS made ({REQUEST}, asked)
        ON CONFLICT (id) DO UPDATE SET status = excluded.status, missing = excluded.missing,
            approved_by = excluded.approved_by, closed_at = excluded.closed_at, chain = excluded.chain,
            asked = excluded.asked, closed_because = excluded.closed_because, version = excluded.version
        """,
        *_arrays(REQUEST, changes), [",".join(each.asked) for each in _last(changes)],
    )  # fmt: skip
    await outbox.record_many(tx, changes)


async def save_grants(tx: Transaction, changes: Sequence[Change[Grant]]) -> None:
    """Write grants as their last change leaves them, and every event."""
    if not changes:
        return
    await tx.execute(
        f"""
        INSERT INTO access_grants ({GRANT})
        SELECT id, request_id, employee_id, tool_id, data_class, context, region, valid_from, valid_until,
            string_to_array(suspended_for, ','), revoked_at, revoked_because, version, extensions, handover_until
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[],
            $8::timestamptz[], $9::timestamptz[], $10::text[], $11::timestamptz[], $12::text[], $13::bigint[],
            $14::int[], $15::timestamptz[])
            AS given ({GRANT})
        ON CONFLICT (id) DO UPDATE SET suspended_for = excluded.suspended_for, revoked_at = excluded.revoked_at,
            revoked_because = excluded.revoked_because, version = excluded.version,
            valid_until = excluded.valid_until, extensions = excluded.extensions, handover_until = excluded.handover_until
        """,
        *_arrays(GRANT, changes),
    )
    await outbox.record_many(tx, changes)


def _arrays(columns: str, changes: Sequence[Change[Any]]) -> list[list[Any]]:
    return [[_plain(getattr(each, column)) for each in _last(changes)] for column in columns.split(", ")]


def _last(changes: Sequence[Change[Any]]) -> list[Any]:
    return list({change.after.id: change.after for change in changes}.values())


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return ",".join(sorted(value))
    return msgspec.to_builtins(value) if isinstance(value, tuple | Chain) else value
