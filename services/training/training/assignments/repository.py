"""The tables `learners`, `assignments` and `assignment_origins`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change
from training.assignments.domain import Assignment, AssignmentState, Origin, Waiver
from training.requirements.domain import OriginKind

_COLUMNS = """
    a.id, a.employee_id, a.credential_type, a.assigned_at, a.started_at, a.satisfied_at, a.satisfied_until,
    a.reopened_due_at, a.waived_until, a.waiver_reason, a.waived_by, a.cancelled_at, a.cancelled_reason, a.version
"""


async def lock_learners(tx: Transaction, employee_ids: Iterable[str]) -> None:
    """Let changes to the training of these people follow one another; each transaction takes them in the same order."""
    ids = sorted(set(employee_ids))
    await tx.execute(
        "INSERT INTO learners (employee_id) SELECT * FROM unnest($1::text[]) ORDER BY 1 ON CONFLICT DO NOTHING", ids
    )
    await tx.execute("SELECT FROM learners WHERE employee_id = ANY($1) ORDER BY employee_id FOR UPDATE", ids)


async def _read(connection: Connection, condition: str, *arguments: Any) -> list[Assignment]:
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM assignments a {condition}", *arguments)
    found = await connection.fetch(
        "SELECT assignment_id, kind, ref, reason, due_at, paused_at FROM assignment_origins WHERE assignment_id = ANY($1)",
        [row["id"] for row in rows],
    )
    origins: dict[UUID, list[Origin]] = {}
    for row in found:
        origin = Origin(OriginKind(row["kind"]), row["ref"], row["reason"], row["due_at"], row["paused_at"])
        origins.setdefault(row["assignment_id"], []).append(origin)
    return [_assignment(row, origins.get(row["id"], [])) for row in rows]


def _assignment(row: asyncpg.Record, origins: Iterable[Origin]) -> Assignment:
    waiver = None
    if row["waived_until"] is not None:
        waiver = Waiver(row["waived_until"], row["waiver_reason"], row["waived_by"])
    return Assignment(
        row["id"],
        row["employee_id"],
        row["credential_type"],
        row["assigned_at"],
        frozenset(origins),
        row["started_at"],
        row["satisfied_at"],
        row["satisfied_until"],
        row["reopened_due_at"],
        waiver,
        row["cancelled_at"],
        row["cancelled_reason"],
        row["version"],
    )


async def get(connection: Connection, id: UUID) -> Assignment | None:
    """One assignment by its id."""
    return next(iter(await _read(connection, "WHERE a.id = $1", id)), None)


async def open_of(connection: Connection, employee_ids: Iterable[str]) -> dict[str, dict[str, Assignment]]:
    """The assignments of these people that are not cancelled, by person and credential type."""
    found: dict[str, dict[str, Assignment]] = {id: {} for id in employee_ids}
    for assignment in await _read(connection, "WHERE a.employee_id = ANY($1) AND a.cancelled_at IS NULL", list(found)):
        found[assignment.employee_id][assignment.credential_type] = assignment
    return found


async def of_employees(connection: Connection, employee_ids: list[str]) -> dict[str, list[Assignment]]:
    """What each of these people has open, in the order in which it was assigned."""
    condition = "WHERE a.employee_id = ANY($1) AND a.cancelled_at IS NULL ORDER BY a.assigned_at, a.id"
    found: dict[str, list[Assignment]] = {id: [] for id in employee_ids}
    for assignment in await _read(connection, condition, employee_ids):
        found[assignment.employee_id].append(assignment)
    return found


# Dates are compared here as `Assignment.state` compares them, because a page is filtered before it is read.
_STATE = """
    CASE
        WHEN a.cancelled_at IS NOT NULL THEN 'cancelled'
        WHEN a.waived_until > $1 THEN 'waived'
        WHEN a.satisfied_at IS NOT NULL AND (a.satisfied_until IS NULL OR a.satisfied_until > $1) THEN 'satisfied'
        WHEN due.running IS NULL THEN 'paused'
        WHEN coalesce(a.satisfied_until, greatest(due.running, a.reopened_due_at)) <= $1 THEN 'overdue'
        WHEN a.started_at IS NOT NULL THEN 'in_progress'
        ELSE 'assigned'
    END
"""
_DUE = """
    LEFT JOIN LATERAL (
        SELECT min(o.due_at) AS running FROM assignment_origins o WHERE o.assignment_id = a.id AND o.paused_at IS NULL
    ) due ON true
"""


async def listing(
    connection: Connection,
    *,
    now: datetime,
    employee_ids: list[str] | None,
    credential_type: str | None,
    state: AssignmentState | None,
    after: UUID | None,
    limit: int,
) -> list[Assignment]:
    """A page of assignments in order of creation; `employee_ids` None: of everybody."""
    return await _read(
        connection,
        f"""
        {_DUE}
        WHERE ($2::text[] IS NULL OR a.employee_id = ANY($2)) AND ($3::text IS NULL OR a.credential_type = $3)
            AND ($4::text IS NULL OR {_STATE} = $4) AND ($5::uuid IS NULL OR a.id > $5)
        ORDER BY a.id LIMIT $6
        """,
        now, employee_ids, credential_type, state, after, limit,
    )  # fmt: skip


async def reports_of(connection: Connection, manager_id: str) -> list[str]:
    """The people whose line manager this is today."""
    rows = await connection.fetch(
        """
        SELECT employee_id FROM memberships
        WHERE manager_id = $1 AND from_date <= $2 AND (to_date IS NULL OR to_date > $2) ORDER BY 1
        """,
        manager_id, connection.now.date(),
    )  # fmt: skip
    return [row["employee_id"] for row in rows]


async def save_many(tx: Transaction, changes: Sequence[Change[Assignment]]) -> None:
    """Write the assignments as they stand after their last change, and all the events."""
    if not changes:
        return
    last = {change.after.id: change.after for change in changes}
    await tx.executemany(
        """
        INSERT INTO assignments (id, employee_id, credential_type, assigned_at, started_at, satisfied_at,
            satisfied_until, reopened_due_at, waived_until, waiver_reason, waived_by, cancelled_at, cancelled_reason,
            version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT (id) DO UPDATE SET started_at = $5, satisfied_at = $6, satisfied_until = $7, reopened_due_at = $8,
            waived_until = $9, waiver_reason = $10, waived_by = $11, cancelled_at = $12, cancelled_reason = $13,
            version = $14
        """,
        [_row(assignment) for assignment in last.values()],
    )
    await tx.execute("DELETE FROM assignment_origins WHERE assignment_id = ANY($1)", list(last))
    await tx.executemany(
        """
        INSERT INTO assignment_origins (assignment_id, kind, ref, reason, due_at, paused_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        [
            (assignment.id, origin.kind, origin.ref, origin.reason, origin.due_at, origin.paused_at)
            for assignment in last.values()
            for origin in assignment.ordered
        ],
    )
    await outbox.record_many(tx, changes)


def _row(assignment: Assignment) -> tuple[Any, ...]:
    waiver = assignment.waiver
    return (
        assignment.id,
        assignment.employee_id,
        assignment.credential_type,
        assignment.assigned_at,
        assignment.started_at,
        assignment.satisfied_at,
        assignment.satisfied_until,
        assignment.reopened_due_at,
        waiver.until if waiver else None,
        waiver.reason if waiver else None,
        waiver.by if waiver else None,
        assignment.cancelled_at,
        assignment.cancelled_reason,
        assignment.version,
    )
