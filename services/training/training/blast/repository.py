"""The assignments that people have for the sake of a tool."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from chassis.database import Connection
from training.blast.domain import Pauses


async def pauses(connection: Connection, tool_ids: Collection[UUID]) -> dict[UUID, Pauses]:
    """For each tool how many open assignments its use asks for."""
    rows = await connection.fetch(
        """
        SELECT tool_id, count(*)::int AS assignments, (count(*) FILTER (WHERE NOT others))::int AS only_for_it,
            (count(*) FILTER (WHERE paused))::int AS paused_already
        FROM (
            SELECT n.tool_id, a.id, bool_and(o.paused_at IS NOT NULL) AS paused, EXISTS (
                SELECT FROM assignment_origins other WHERE other.assignment_id = a.id AND NOT (
                    other.kind = 'tool_condition' AND other.ref IN (
                        SELECT same.request_id::text FROM tool_needs same WHERE same.tool_id = n.tool_id
                    )
                )
            ) AS others
            FROM tool_needs n
            JOIN assignment_origins o ON o.kind = 'tool_condition' AND o.ref = n.request_id::text
            JOIN assignments a ON a.id = o.assignment_id
            WHERE n.tool_id = ANY($1) AND n.closed_at IS NULL AND a.cancelled_at IS NULL AND a.satisfied_at IS NULL
            GROUP BY n.tool_id, a.id
        ) AS found GROUP BY tool_id
        """,
        list(tool_ids),
    )
    return {row["tool_id"]: Pauses(row["assignments"], row["only_for_it"], row["paused_already"]) for row in rows}
