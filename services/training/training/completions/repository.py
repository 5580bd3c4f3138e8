"""The tables `attempts` and `voided_statements`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

import asyncpg

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change
from training.completions.domain import Attempt, Source
from training.credentials.domain import Pass

_SELECT = """
    SELECT id, employee_id, course, edition, source, statement_id, passed, score, completed_at, recorded_by, voided_at,
        version
    FROM attempts
"""


def _attempt(row: asyncpg.Record) -> Attempt:
    return Attempt(
        row["id"],
        row["employee_id"],
        row["course"],
        row["edition"],
        Source(row["source"]),
        row["statement_id"],
        row["passed"],
        row["score"],
        row["completed_at"],
        row["recorded_by"],
        row["voided_at"],
        row["version"],
    )


async def get(connection: Connection, id: UUID) -> Attempt | None:
    """One attempt by its id."""
    row = await connection.fetchrow(f"{_SELECT} WHERE id = $1", id)
    return _attempt(row) if row else None


async def of_statement(connection: Connection, statement_id: str) -> Attempt | None:
    """The attempt that this statement told of."""
    row = await connection.fetchrow(f"{_SELECT} WHERE statement_id = $1", statement_id)
    return _attempt(row) if row else None


async def passes(connection: Connection, employee_id: str, courses: Iterable[str]) -> list[Pass]:
    """One person's passed attempts at these courses that were not voided."""
    rows = await connection.fetch(
        """
        SELECT id, course, completed_at FROM attempts
        WHERE employee_id = $1 AND course = ANY($2) AND passed AND voided_at IS NULL
        """,
        employee_id, list(courses),
    )  # fmt: skip
    return [Pass(row["id"], row["course"], row["completed_at"]) for row in rows]


async def who_passed_all(connection: Connection, courses: Collection[str]) -> list[str]:
    """The people with a pass that was not voided of each of these courses."""
    rows = await connection.fetch(
        """
        SELECT employee_id FROM attempts WHERE course = ANY($1) AND passed AND voided_at IS NULL
        GROUP BY employee_id HAVING count(DISTINCT course) = $2 ORDER BY employee_id
        """,
        list(courses), len(set(courses)),
    )  # fmt: skip
    return [row["employee_id"] for row in rows]


async def lock_statement(tx: Transaction, statement_id: str) -> None:
    """Let a statement and its voiding follow one another, whichever comes first."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", statement_id)


async def is_voided(connection: Connection, statement_id: str) -> bool:
    """Whether the statement was voided before it came."""
    return bool(
        await connection.fetchval("SELECT EXISTS (SELECT FROM voided_statements WHERE statement_id = $1)", statement_id)
    )


async def save_voided(tx: Transaction, statement_id: str) -> None:
    """The statement shall not count, whether it is here or still to come."""
    await tx.execute(
        "INSERT INTO voided_statements (statement_id, voided_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        statement_id, tx.now,
    )  # fmt: skip


async def employee_of_address(connection: Connection, email: str) -> str | None:
    """The person whose e-mail address this is, if it is one person's."""
    rows = await connection.fetch("SELECT id FROM employees WHERE lower(email) = lower($1) LIMIT 2", email)
    return rows[0]["id"] if len(rows) == 1 else None


async def save(tx: Transaction, change: Change[Attempt]) -> None:
    """Write the attempt as it stands now, and the event."""
    attempt = change.after
    await tx.execute(
        """
        INSERT INTO attempts (id, employee_id, course, edition, source, statement_id, passed, score, completed_at,
            recorded_at, recorded_by, voided_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (id) DO UPDATE SET voided_at = $12, version = $13
        """,
        attempt.id, attempt.employee_id, attempt.course, attempt.edition, attempt.source, attempt.statement_id,
        attempt.passed, attempt.score, attempt.completed_at, tx.now, attempt.recorded_by, attempt.voided_at,
        attempt.version,
    )  # fmt: skip
    await outbox.record(tx, change)
