"""Changes of the operating model in SQL."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from chassis.database import Connection, Transaction
from chassis.events import Envelope
from governance.changes.domain import ModelChange, ModelVersion, PilotGap, months_of

_GAP = "gap_id, pilot_id, pillar, severity, description, logged_at, refined, note, resolved_at"


async def keep(tx: Transaction, event: Envelope) -> None:
    """Keep an event that changed the model, once."""
    await tx.execute(
        "INSERT INTO model_changes (event_id, type, subject, at, by, data) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT DO NOTHING",
        event.id, event.type, event.subject, event.time, event.actor_id, msgspec.json.decode(event.data),
    )  # fmt: skip


async def versions(connection: Connection, *, limit: int) -> list[ModelVersion]:
    """The model at the end of each quarter in which it changed, the latest first."""
    rows = await connection.fetch(
        """
        SELECT to_char(began, 'YYYY-"Q"Q') AS quarter, changes, (sum(changes) OVER (ORDER BY began))::int AS number FROM (
            SELECT date_trunc('quarter', at AT TIME ZONE 'UTC') AS began, count(*)::int AS changes FROM model_changes GROUP BY 1
        ) AS quarters ORDER BY began DESC LIMIT $1
        """,
        limit,
    )
    return [ModelVersion(row["quarter"], row["number"], row["changes"]) for row in rows]


async def of_quarter(connection: Connection, quarter: str, *, after: str | None, limit: int) -> list[ModelChange]:
    """A page of the changes of a quarter, the earliest first; why is what the decision, or the event itself, says."""
    year, month = months_of(quarter)
    first = datetime(year, month, 1, tzinfo=UTC)
    last = datetime(year + month // 10, (month + 3 - 1) % 12 + 1, 1, tzinfo=UTC)
    rows = await connection.fetch(
        """
        SELECT c.event_id, c.type, c.subject, c.at, c.by, c.data,
            coalesce(
                d.rationale, c.data ->> 'reason', c.data #>> '{refinement,note}', c.data ->> 'change_class'
            ) AS because
        FROM model_changes c LEFT JOIN decisions d ON d.id = (c.data ->> 'decision_id')::uuid
        WHERE c.at >= $1 AND c.at < $2
            AND ($3::text IS NULL OR (c.at, c.event_id) > (SELECT at, event_id FROM model_changes WHERE event_id = $3))
        ORDER BY c.at, c.event_id LIMIT $4
        """,
        first, last, after, limit,
    )  # fmt: skip
    return [ModelChange(**row) for row in rows]


async def keep_gap(tx: Transaction, gap: PilotGap) -> None:
    """Keep a gap that a pilot logged."""
    await tx.execute(
        "INSERT INTO pilot_gaps (gap_id, pilot_id, pillar, severity, description, logged_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        gap.gap_id, gap.pilot_id, gap.pillar, gap.severity, gap.description, gap.logged_at,
    )  # fmt: skip


async def refined(tx: Transaction, gap_id: UUID, ref: str, note: str, at: datetime) -> None:
    """Keep what was refined because of a gap."""
    await tx.execute(
        "UPDATE pilot_gaps SET refined = $2, note = $3, resolved_at = $4 WHERE gap_id = $1", gap_id, ref, note, at
    )


async def gaps(
    connection: Connection, *, pillar: str | None, is_open: bool | None, after: UUID | None, limit: int
) -> list[PilotGap]:
    """A page of what pilots showed to be missing, in the order in which it was logged."""
    rows = await connection.fetch(
        f"SELECT {_GAP} FROM pilot_gaps WHERE ($1::text IS NULL OR pillar = $1)"
        " AND ($2::bool IS NULL OR (resolved_at IS NULL) = $2) AND ($3::uuid IS NULL OR gap_id > $3)"
        " ORDER BY gap_id LIMIT $4",
        pillar, is_open, after, limit,
    )  # fmt: skip
    return [PilotGap(**row) for row in rows]


async def gaps_behind(connection: Connection, event_ids: list[str]) -> dict[str, list[PilotGap]]:
    """For each change the gaps that it answers: those whose refinement is what changed, since they were logged."""
    found: dict[str, list[PilotGap]] = defaultdict(list)
    for row in await connection.fetch(
        f"""
        SELECT c.event_id, {_GAP} FROM model_changes c JOIN pilot_gaps g ON c.at >= g.logged_at AND g.refined = ANY(ARRAY[
            c.subject, c.data ->> 'decision_id', c.data ->> 'tool_id', c.data ->> 'policy_id', c.data ->> 'code',
            c.data ->> 'credential_type', c.data ->> 'gap_id'])
            OR c.type = 'process.gap-resolved.v1' AND g.gap_id::text = c.data ->> 'gap_id'
        WHERE c.event_id = ANY($1) ORDER BY g.gap_id
        """,
        event_ids,
    ):
        fields = dict(row)
        found[fields.pop("event_id")].append(PilotGap(**fields))
    return found
