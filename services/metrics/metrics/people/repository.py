"""Where the directory has people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from chassis.database import Connection
from metrics.people.domain import Place, ReportingGroup, reporting_group


async def reporting_groups(
    connection: Connection, questions: Sequence[tuple[str, date]]
) -> Mapping[tuple[str, date], ReportingGroup]:
    """The reporting groups of many people, each on a day. Who is not in the directory is left out.

    Somebody who has not started is shown where they will be, somebody who left where they were. `since` is when the stay
    in the department began, however often team, manager or level changed since.
    """
    rows = await connection.fetch(
        """
        SELECT e.id, q.day, m.department_id,
            CASE WHEN m.department_id IS NOT NULL THEN (
                SELECT min(stay.from_date) FROM memberships stay
                WHERE stay.employee_id = e.id AND stay.department_id = m.department_id AND stay.from_date <= m.from_date
                    AND NOT EXISTS (
                        SELECT FROM memberships other WHERE other.employee_id = e.id
                            AND other.department_id IS DISTINCT FROM m.department_id
                            AND other.from_date BETWEEN stay.from_date AND m.from_date
                    )
            ) END AS since,
            EXISTS (SELECT FROM employments p WHERE p.employee_id = e.id AND p.to_date <= q.day) AS employed_before,
            EXISTS (SELECT FROM employments p WHERE p.employee_id = e.id AND p.from_date <= q.day
                AND (p.to_date IS NULL OR p.to_date > q.day)) AS employed_on,
            EXISTS (SELECT FROM leaves l WHERE l.employee_id = e.id AND l.from_date <= q.day
                AND (l.to_date IS NULL OR l.to_date > q.day)) AS on_leave
        FROM unnest($1::text[], $2::date[]) AS q (id, day)
        JOIN employees e ON e.id = q.id
        LEFT JOIN LATERAL (
            SELECT department_id, from_date FROM memberships m WHERE m.employee_id = e.id
            ORDER BY m.from_date <= q.day DESC, abs(m.from_date - q.day) LIMIT 1
        ) m ON true
        """,
        [employee_id for employee_id, _ in questions], [day for _, day in questions],
    )  # fmt: skip
    return {
        (row["id"], row["day"]): reporting_group(
            Place(row["department_id"], row["since"], row["employed_before"], row["employed_on"], row["on_leave"])
        )
        for row in rows
    }
