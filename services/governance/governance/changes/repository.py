"""Changes of the operating model in SQL."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from chassis.database import Connection, Transaction
from chassis.events import Envelope
from governance.changes.domain import ModelChange, ModelVersion, months_of


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
            coalesce(d.rationale, c.data ->> 'reason', c.data ->> 'change_class') AS because
        FROM model_changes c LEFT JOIN decisions d ON d.id = (c.data ->> 'decision_id')::uuid
        WHERE c.at >= $1 AND c.at < $2
            AND ($3::text IS NULL OR (c.at, c.event_id) > (SELECT at, event_id FROM model_changes WHERE event_id = $3))
        ORDER BY c.at, c.event_id LIMIT $4
        """,
        first, last, after, limit,
    )  # fmt: skip
    return [ModelChange(**row) for row in rows]
