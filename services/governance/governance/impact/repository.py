"""What depends on a tool, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Connection
from governance.impact.domain import Group
from governance.scope.domain import DataClass, UsageContext

_ACTIVE = """
    access_grants g LEFT JOIN memberships m
        ON m.employee_id = g.employee_id AND m.from_date <= $2 AND (m.to_date IS NULL OR m.to_date > $2)
    WHERE g.tool_id = $1 AND g.revoked_at IS NULL AND g.suspended_for = '{}'
"""


async def active(connection: Connection, tool_id: UUID) -> list[Group]:
    """The active grants of a tool, counted by use and department."""
    rows = await connection.fetch(
        f"SELECT g.data_class, g.context, g.region, m.department_id, count(*) AS grants FROM {_ACTIVE}"
        " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
        tool_id, connection.now.date(),
    )  # fmt: skip
    return [
        Group(
            DataClass(row["data_class"]),
            UsageContext(row["context"]),
            row["region"],
            row["department_id"],
            row["grants"],
        )
        for row in rows
    ]


async def holders(connection: Connection, tool_id: UUID, groups: Sequence[Group]) -> dict[str | None, int]:
    """How many people of each department these grants belong to."""
    rows = await connection.fetch(
        f"""
        SELECT m.department_id, count(DISTINCT g.employee_id) AS people FROM {_ACTIVE} AND EXISTS (
            SELECT FROM unnest($3::text[], $4::text[], $5::text[], $6::text[])
                AS wanted (data_class, context, region, department_id)
            WHERE (wanted.data_class, wanted.context) = (g.data_class, g.context)
                AND wanted.region IS NOT DISTINCT FROM g.region
                AND wanted.department_id IS NOT DISTINCT FROM m.department_id
        ) GROUP BY m.department_id
        """,
        tool_id, connection.now.date(), [group.data_class for group in groups],
        [group.context for group in groups], [group.region for group in groups],
        [group.department_id for group in groups],
    )  # fmt: skip
    return {row["department_id"]: row["people"] for row in rows}


@dataclass(frozen=True, slots=True)
class Counted:
    """How many things besides active grants name a tool."""

    suspended: int
    requests: int
    prompts: int
    teams: int
    motions: int
    incidents: int


async def counted(connection: Connection, tool_id: UUID) -> Counted:
    """Suspended grants, open requests, offered prompts, preferences of teams, open motions and open incidents."""
    row = await connection.fetchrow(
        """
        SELECT (SELECT count(*) FROM access_grants WHERE tool_id = $1 AND revoked_at IS NULL AND suspended_for <> '{}')
                AS suspended,
            (SELECT count(*) FROM access_requests WHERE tool_id = $1 AND closed_at IS NULL) AS requests,
            (SELECT count(*) FROM prompts WHERE tool_ids @> ARRAY[$1] AND NOT retired) AS prompts,
            (SELECT count(*) FROM team_preferences WHERE $1 = ANY(tool_ids)) AS teams,
            (SELECT count(*) FROM motions WHERE (subject_kind, subject_id, outcome) = ('tool', $1::text, 'open'))
                AS motions,
            (SELECT count(*) FROM incidents WHERE tool_id = $1 AND status <> 'closed') AS incidents
        """,
        tool_id,
    )
    assert row is not None
    return Counted(**row)
