"""What depends on a tool, counted in SQL."""

from __future__ import annotations

from uuid import UUID

from chassis.database import Connection
from governance.blast.domain import Blast, by_department, shown


async def blast(connection: Connection, tool_id: UUID) -> Blast:
    """Count what stopping a tool would touch today."""
    counted = await connection.fetchrow(
        """
        SELECT
            (SELECT count(*) FROM access_grants WHERE tool_id = $1 AND revoked_at IS NULL AND suspended_for = '{}')::int
                AS to_suspend,
            (SELECT count(*) FROM access_grants WHERE tool_id = $1 AND revoked_at IS NULL AND suspended_for <> '{}')::int
                AS suspended,
            (SELECT count(*) FROM access_requests WHERE tool_id = $1 AND closed_at IS NULL)::int AS waiting,
            (SELECT count(*) FROM motions WHERE subject_kind = 'tool' AND subject_id = $1::text AND outcome = 'open')::int
                AS motions,
            (SELECT count(*) FROM incidents WHERE tool_id = $1 AND status <> 'closed')::int AS incidents
        """,
        tool_id,
    )
    assert counted is not None
    rows = await connection.fetch(
        """
        SELECT m.department_id, count(*)::int AS people FROM (
            SELECT DISTINCT employee_id FROM access_grants
            WHERE tool_id = $1 AND revoked_at IS NULL AND suspended_for = '{}'
        ) AS holders LEFT JOIN memberships m ON m.employee_id = holders.employee_id
            AND m.from_date <= $2 AND (m.to_date IS NULL OR m.to_date > $2)
        GROUP BY m.department_id
        """,
        tool_id, connection.now.date(),
    )  # fmt: skip
    counts = {row["department_id"]: row["people"] for row in rows}
    return Blast(
        tool_id=tool_id,
        grants_to_suspend=counted["to_suspend"],
        grants_suspended_already=counted["suspended"],
        requests_waiting=counted["waiting"],
        people=shown(sum(counts.values())),
        departments=by_department(counts),
        open_motions=counted["motions"],
        open_incidents=counted["incidents"],
    )
