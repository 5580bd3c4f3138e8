"""The tables `changes` and `incidents`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis.database import Connection, Transaction
from metrics.changes.domain import Containment, Kind, Rollout


async def add_tool(tx: Transaction, event_id: str, tool_id: UUID, at: datetime) -> None:
    """Keep that a tool was approved."""
    await tx.execute(
        "INSERT INTO changes (event_id, kind, subject_id, made_at) VALUES ($1, 'tool', $2, $3)", event_id, tool_id, at
    )


async def take_tool_back(tx: Transaction, tool_id: UUID, at: datetime) -> None:
    """Keep that a tool's latest approval was taken back; the first time counts."""
    await tx.execute(
        """
        UPDATE changes SET taken_back_at = $2 WHERE taken_back_at IS NULL AND event_id = (
            SELECT event_id FROM changes WHERE kind = 'tool' AND subject_id = $1 ORDER BY made_at DESC LIMIT 1)
        """,
        tool_id, at,
    )  # fmt: skip


async def add_version(
    tx: Transaction, event_id: str, *, process_id: UUID, sop_id: UUID, version: int, at: datetime
) -> None:
    """Keep that a version of a procedure took effect."""
    await tx.execute(
        """
        INSERT INTO changes (event_id, kind, subject_id, sop_id, sop_version, made_at)
        VALUES ($1, 'procedure', $2, $3, $4, $5)
        """,
        event_id, process_id, sop_id, version, at,
    )  # fmt: skip


async def take_version_back(tx: Transaction, sop_id: UUID, version: int, at: datetime) -> None:
    """Keep that a version was taken back, if it ever took effect."""
    await tx.execute(
        "UPDATE changes SET taken_back_at = $3 WHERE (sop_id, sop_version) = ($1, $2) AND taken_back_at IS NULL",
        sop_id, version, at,
    )  # fmt: skip


async def open_incident(
    tx: Transaction, id: UUID, tool_id: UUID | None, process_id: UUID | None, opened_at: datetime
) -> None:
    """Keep an incident."""
    await tx.execute(
        "INSERT INTO incidents (id, tool_id, process_id, opened_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING",
        id, tool_id, process_id, opened_at,
    )  # fmt: skip


async def contain_incident(
    tx: Transaction, id: UUID, tool_id: UUID | None, opened_at: datetime, contained_at: datetime
) -> None:
    """Keep when an incident was contained, also one that was opened before this service was told of any."""
    await tx.execute(
        """
        INSERT INTO incidents (id, tool_id, opened_at, contained_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (id) DO UPDATE SET contained_at = excluded.contained_at
        """,
        id, tool_id, opened_at, contained_at,
    )  # fmt: skip


async def reopen_incident(tx: Transaction, id: UUID) -> None:
    """Keep that an incident is not contained."""
    await tx.execute("UPDATE incidents SET contained_at = NULL WHERE id = $1", id)


async def rollouts(connection: Connection, start: datetime, end: datetime) -> list[Rollout]:
    """The changes made from a moment to before another, each with what came after it until now."""
    rows = await connection.fetch(
        """
        WITH made AS (
            SELECT kind, subject_id, made_at, taken_back_at,
                lead(made_at) OVER (PARTITION BY kind, subject_id ORDER BY made_at) AS followed_at
            FROM changes WHERE made_at >= $1
        )
        SELECT kind, made_at, followed_at, taken_back_at, CASE kind
            WHEN 'tool' THEN (SELECT min(opened_at) FROM incidents WHERE tool_id = subject_id AND opened_at >= made_at)
            ELSE (SELECT min(opened_at) FROM incidents WHERE process_id = subject_id AND opened_at >= made_at)
        END AS incident_at
        FROM made WHERE made_at < $2
        """,
        start, end,
    )  # fmt: skip
    return [Rollout(**{**dict(row), "kind": Kind(row["kind"])}) for row in rows]


async def containment(connection: Connection, start: datetime, end: datetime) -> Containment:
    """How soon the incidents were contained that were so from a moment to before another."""
    row = await connection.fetchrow(
        """
        WITH contained AS (
            SELECT (extract(epoch FROM contained_at - opened_at) / 3600)::float8 AS hours
            FROM incidents WHERE contained_at >= $1 AND contained_at < $2
        )
        SELECT count(*)::int AS incidents, percentile_cont(0.5) WITHIN GROUP (ORDER BY hours) AS median_hours,
            percentile_cont(0.85) WITHIN GROUP (ORDER BY hours) AS p85_hours
        FROM contained
        """,
        start, end,
    )  # fmt: skip
    assert row is not None
    return Containment(**row)
