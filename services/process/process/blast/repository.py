"""The procedures in force that need a tool."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from chassis.database import Connection
from process.blast.domain import Hit

MOST = 1000


async def hits(connection: Connection, tool_ids: Collection[UUID]) -> dict[UUID, list[Hit]]:
    """For each tool the procedures of which the effective version needs it, by code, at most a thousand."""
    rows = await connection.fetch(
        """
        SELECT wanted.tool_id, found.* FROM unnest($1::uuid[]) AS wanted (tool_id) CROSS JOIN LATERAL (
            SELECT s.id AS sop_id, s.process_id, v.fallback_version, v.blocked_by <> '{}' AS blocked
            FROM sop_versions v JOIN sops s ON s.id = v.sop_id
            WHERE v.state = 'effective' AND v.tool_ids @> ARRAY[wanted.tool_id] ORDER BY s.code LIMIT $2
        ) AS found
        """,
        list(tool_ids), MOST,
    )  # fmt: skip
    found: dict[UUID, list[Hit]] = defaultdict(list)
    for row in rows:
        found[row["tool_id"]].append(Hit(row["sop_id"], row["process_id"], row["fallback_version"], row["blocked"]))
    return found
