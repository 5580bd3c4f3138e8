"""The table `certification_periods`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import asyncpg

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change
from training.credentials.domain import Period, RevocationKind, Window

_SELECT = """
    SELECT id, employee_id, credential_type, window_start, certified_at, valid_from, valid_until, grace_until, revoked_at,
        revocation, revoked_reason, evidence, version
    FROM certification_periods
"""


def _period(row: asyncpg.Record) -> Period:
    return Period(
        row["id"],
        row["employee_id"],
        row["credential_type"],
        Window(start=row["window_start"]),
        row["certified_at"],
        row["valid_from"],
        row["valid_until"],
        row["grace_until"],
        row["revoked_at"],
        RevocationKind(row["revocation"]) if row["revocation"] else None,
        row["revoked_reason"],
        tuple(row["evidence"]),
        row["version"],
    )


async def get(connection: Connection, id: UUID) -> Period | None:
    """One period by its id."""
    row = await connection.fetchrow(f"{_SELECT} WHERE id = $1", id)
    return _period(row) if row else None


async def of_employees(connection: Connection, employee_ids: Iterable[str]) -> dict[str, list[Period]]:
    """All periods of these people, in order of their beginning."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE employee_id = ANY($1) ORDER BY credential_type, valid_from, id", list(employee_ids)
    )
    found: dict[str, list[Period]] = {}
    for row in rows:
        found.setdefault(row["employee_id"], []).append(_period(row))
    return found


async def of_employee(connection: Connection, employee_id: str, credential_type: str) -> list[Period]:
    """One person's periods of one credential, in order of their beginning."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE employee_id = $1 AND credential_type = $2 ORDER BY valid_from, id",
        employee_id,
        credential_type,
    )
    return [_period(row) for row in rows]


async def resting_on(connection: Connection, employee_id: str, attempt_id: UUID) -> list[Period]:
    """The periods of which this attempt is evidence and that are not revoked."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE employee_id = $1 AND revoked_at IS NULL AND $2 = ANY(evidence) ORDER BY valid_from",
        employee_id, attempt_id,
    )  # fmt: skip
    return [_period(row) for row in rows]


async def save_many(tx: Transaction, changes: Sequence[Change[Period]]) -> None:
    """Write periods as they stand after their last change, and the events."""
    if not changes:
        return
    last = {change.after.id: change.after for change in changes}
    await tx.executemany(
        """
        INSERT INTO certification_periods (id, employee_id, credential_type, window_start, certified_at, valid_from,
            valid_until, grace_until, revoked_at, revocation, revoked_reason, evidence, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (id) DO UPDATE SET revoked_at = $9, revocation = $10, revoked_reason = $11, version = $13
        """,
        [
            (
                period.id, period.employee_id, period.credential_type, period.window.start, period.certified_at,
                period.valid_from, period.valid_until, period.grace_until, period.revoked_at, period.revocation,
                period.revoked_reason, list(period.evidence), period.version,
            )
            for period in last.values()
        ],
    )  # fmt: skip
    await outbox.record_many(tx, changes)
