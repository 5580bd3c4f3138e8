"""Exceptions from policies in SQL."""

from __future__ import annotations

from uuid import UUID

import msgspec
from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.approvals.domain import Chain
from governance.exceptions.domain import ExceptionStatus, PolicyException

_COLUMNS = (
    "id, employee_id, policy, tool_id, justification, compensating_control, chain, requested_at, valid_until, status,"
    " extended, ended_because, version"
)

# Whether an exception x held at a moment: granted before it, and not ended before it.
HELD_AT = """
    x.requested_at <= {at} AND x.valid_until > {at} AND EXISTS (
        SELECT FROM events e WHERE e.subject = x.id::text AND e.type = 'governance.exception-granted.v1' AND e.time <= {at}
    ) AND NOT EXISTS (
        SELECT FROM events e WHERE e.subject = x.id::text AND e.time <= {at}
            AND e.type IN ('governance.exception-expired.v1', 'governance.exception-revoked.v1')
    )
"""


def _exception(row: Record) -> PolicyException:
    return PolicyException(
        **{
            **dict(row),
            "chain": msgspec.convert(row["chain"], Chain),
            "status": ExceptionStatus(row["status"]),
        }
    )


async def get(connection: Connection, id: UUID) -> PolicyException:
    """One exception. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM policy_exceptions WHERE id = $1", id)
    if row is None:
        raise NotFound(what="exception", id=str(id))
    return _exception(row)


async def holds_or_asked(connection: Connection, employee_id: str, policy: str, tool_id: UUID | None) -> bool:
    """Whether there is one for exactly this, or one is asked for."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM policy_exceptions WHERE (employee_id, policy) = ($1, $2)"
            " AND tool_id IS NOT DISTINCT FROM $3 AND status IN ('requested', 'active'))",
            employee_id, policy, tool_id,
        )
    )  # fmt: skip


async def open_of(connection: Connection, employee_id: str) -> list[UUID]:
    """What a person asked for, and what holds for the person."""
    rows = await connection.fetch(
        "SELECT id FROM policy_exceptions WHERE employee_id = $1 AND status IN ('requested', 'active') ORDER BY id",
        employee_id,
    )
    return [row["id"] for row in rows]


async def listing(
    connection: Connection,
    *,
    status: ExceptionStatus | None,
    asked: str | None,
    concerning: str | None,
    after: UUID | None,
    limit: int,
) -> list[PolicyException]:
    """A page of exceptions, the latest first: of a person, or that wait for the answer of one."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM policy_exceptions
        WHERE ($1::text IS NULL OR status = $1) AND ($2::uuid IS NULL OR id < $2)
            AND ($3::text IS NULL OR (status = 'requested' AND asked @> ARRAY[$3]))
            AND ($4::text IS NULL OR employee_id = $4)
        ORDER BY id DESC LIMIT $5
        """,
        status, after, asked, concerning, limit,
    )  # fmt: skip
    return [_exception(row) for row in rows]


async def save(tx: Transaction, change: Change[PolicyException]) -> None:
    """Write an exception and its event."""
    it = change.after
    await tx.execute(
        f"INSERT INTO policy_exceptions ({_COLUMNS}, asked)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        " ON CONFLICT (id) DO UPDATE SET chain = excluded.chain, valid_until = excluded.valid_until,"
        " status = excluded.status, extended = excluded.extended, ended_because = excluded.ended_because,"
        " version = excluded.version, asked = excluded.asked",
        it.id, it.employee_id, it.policy, it.tool_id, it.justification, it.compensating_control,
        msgspec.to_builtins(it.chain), it.requested_at, it.valid_until, it.status, it.extended, it.ended_because,
        it.version, list(it.chain.stage.asked),
    )  # fmt: skip
    await outbox.record(tx, change)
