"""The table of assessments."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import msgspec

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change
from process.candidates.domain import Assessment, Findings, Measured, Outcome

_COLUMNS = """
    id, process_id, department_id, measured, findings, assessor_id, assessed_at, outcome, reason, version
"""


def _assessment(row: asyncpg.Record) -> Assessment:
    return Assessment(
        **{
            **dict(row),
            "measured": msgspec.convert(row["measured"], Measured),
            "findings": msgspec.convert(row["findings"], Findings),
            "outcome": Outcome(row["outcome"]),
        }
    )


async def get(connection: Connection, assessment_id: UUID) -> Assessment | None:
    """The assessment, or None."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM assessments WHERE id = $1", assessment_id)
    return _assessment(row) if row else None


async def of_process_for_update(tx: Transaction, process_id: UUID) -> Assessment | None:
    """The assessment of a process, locked; None when there is none."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM assessments WHERE process_id = $1 FOR UPDATE", process_id)
    return _assessment(row) if row else None


async def save(tx: Transaction, change: Change[Assessment]) -> Assessment:
    """Write the assessment and its event."""
    after = change.after
    await tx.execute(
        f"""
        INSERT INTO assessments ({_COLUMNS}, rank_value) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (id) DO UPDATE SET measured = excluded.measured, findings = excluded.findings,
            assessor_id = excluded.assessor_id, assessed_at = excluded.assessed_at, outcome = excluded.outcome,
            reason = excluded.reason, version = excluded.version, rank_value = excluded.rank_value
        """,
        after.id, after.process_id, after.department_id, msgspec.to_builtins(after.measured),
        msgspec.to_builtins(after.findings), after.assessor_id, after.assessed_at, after.outcome, after.reason,
        after.version, after.rank_value,
    )  # fmt: skip
    await outbox.record(tx, change)
    return after


async def of_processes(connection: Connection, process_ids: list[UUID]) -> dict[UUID, Assessment]:
    """Assessments by the process they are of."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM assessments WHERE process_id = ANY($1)", process_ids)
    return {row["process_id"]: _assessment(row) for row in rows}


async def ranked(
    connection: Connection,
    *,
    department_id: str | None,
    outcome: Outcome | None,
    after: tuple[float, UUID] | None,
    limit: int,
) -> list[Assessment]:
    """A page of assessments, the most worthwhile first."""
    value, id = after or (None, None)
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM assessments
        WHERE ($1::text IS NULL OR department_id = $1) AND ($2::text IS NULL OR outcome = $2)
            AND ($3::float8 IS NULL OR rank_value < $3 OR (rank_value = $3 AND id > $4::uuid))
        ORDER BY rank_value DESC, id LIMIT $5
        """,
        department_id, outcome, value, id, limit,
    )  # fmt: skip
    return [_assessment(row) for row in rows]
