"""The sets that adoption is counted from: who was where, who held seats, and who used what on which of 28 days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from chassis.database import Connection
from metrics.adoption.domain import Activity, Adoption, Member, SeriesPoint, adoption, point, window

Question = tuple[date, UUID | None]


async def adoptions(connection: Connection, questions: Sequence[Question]) -> Mapping[Question, Adoption]:
    """The adoption as of many days and of many tools (None: all together). Two queries for each day."""
    by_day: dict[date, set[UUID | None]] = defaultdict(set)
    for as_of, tool in questions:
        by_day[as_of].add(tool)
    answers: dict[Question, Adoption] = {}
    for as_of, tools in by_day.items():
        staff = await members(connection, as_of)
        used = await activities(connection, as_of, None if None in tools else [str(tool) for tool in tools])
        for tool in tools:
            answers[as_of, tool] = adoption(staff, used, tool=None if tool is None else str(tool))
    return answers


async def members(connection: Connection, as_of: date) -> list[Member]:
    """Everybody's stays in departments and teams within the window; who is on leave on its last day is not counted."""
    first, last = window(as_of)
    rows = await connection.fetch(
        """
        SELECT m.employee_id, m.department_id, m.team_id, coalesce(s.tools, '{}') AS tools,
            bool_or(m.from_date <= $2 AND (m.to_date IS NULL OR m.to_date > $2)) AND NOT EXISTS (
                SELECT FROM leaves l WHERE l.employee_id = m.employee_id
                    AND l.from_date <= $2 AND (l.to_date IS NULL OR l.to_date > $2)
            ) AS counted
        FROM memberships m
        LEFT JOIN (
            SELECT employee_id, array_agg(DISTINCT tool_id::text) AS tools FROM seat_spans
            WHERE from_date <= $2 AND (to_date IS NULL OR to_date > $2) GROUP BY employee_id
        ) s ON s.employee_id = m.employee_id
        WHERE m.from_date <= $2 AND (m.to_date IS NULL OR m.to_date > $1)
        GROUP BY m.employee_id, m.department_id, m.team_id, s.tools
        """,
        first, last,
    )  # fmt: skip
    return [
        Member(row["employee_id"], row["department_id"], row["team_id"], row["counted"], frozenset(row["tools"]))
        for row in rows
    ]


async def activities(connection: Connection, as_of: date, tools: Sequence[str] | None) -> list[Activity]:
    """What everybody did within the window, in the department and team they were in on the day; all tools when None."""
    first, last = window(as_of)
    rows = await connection.fetch(
        """
        SELECT u.employee_id, m.employee_id IS NOT NULL AS known, m.department_id, m.team_id, u.tool,
            bit_or(1 << ($2::date - u.day)) AS days, sum(u.actions)::bigint AS actions
        FROM usage_days u
        LEFT JOIN memberships m ON m.employee_id = u.employee_id
            AND m.from_date <= u.day AND (m.to_date IS NULL OR m.to_date > u.day)
        WHERE u.day BETWEEN $1 AND $2 AND u.actions > 0 AND ($3::text[] IS NULL OR u.tool = ANY($3))
        GROUP BY u.employee_id, m.employee_id, m.department_id, m.team_id, u.tool
        """,
        first, last, tools,
    )  # fmt: skip
    return [Activity(**row) for row in rows]


async def unknown_tools(connection: Connection, days: Sequence[date]) -> Mapping[date, list[str]]:
    """For each day the names of tools in use within its window that are none of governance's registry, the first 100."""
    rows = await connection.fetch(
        """
        SELECT d.day, names.tool FROM unnest($1::date[]) AS d (day) CROSS JOIN LATERAL (
            SELECT DISTINCT u.tool FROM usage_days u
            WHERE u.day BETWEEN d.day - 27 AND d.day AND u.actions > 0
                AND NOT EXISTS (SELECT FROM tools t WHERE t.id::text = u.tool)
            ORDER BY u.tool LIMIT 100
        ) names ORDER BY names.tool
        """,
        list(days),
    )
    found: dict[date, list[str]] = {day: [] for day in days}
    for row in rows:
        found[row["day"]].append(row["tool"])
    return found


async def stated_until(connection: Connection, days: Sequence[date]) -> Mapping[date, datetime | None]:
    """For each day when the latest statement about its window came in."""
    rows = await connection.fetch(
        """
        SELECT d.day, (SELECT max(recorded_at) FROM usage_days u WHERE u.day BETWEEN d.day - 27 AND d.day) AS at
        FROM unnest($1::date[]) AS d (day)
        """,
        list(days),
    )
    return {row["day"]: row["at"] for row in rows}


# A day of use makes its person a weekly user for 7 days and a monthly user for 28, and the next day of use in time prolongs
# that. So each person becomes a user, and ceases to be one, once for each gap; a running sum of these steps counts the users.
_SERIES = """
    WITH active AS (
        SELECT DISTINCT u.employee_id, u.day FROM usage_days u
        JOIN memberships m ON m.employee_id = u.employee_id
            AND m.from_date <= u.day AND (m.to_date IS NULL OR m.to_date > u.day)
        WHERE u.day BETWEEN $1::date - 27 AND $2::date AND u.actions > 0 AND ($3::text IS NULL OR u.tool = $3)
    ), neighbours AS (
        SELECT day, lag(day) OVER person AS before, lead(day) OVER person AS after
        FROM active WINDOW person AS (PARTITION BY employee_id ORDER BY day)
    ), at_work AS (
        SELECT m.employee_id, range_agg(daterange(m.from_date, m.to_date)) - coalesce((
            SELECT range_agg(daterange(l.from_date, l.to_date)) FROM leaves l WHERE l.employee_id = m.employee_id
        ), '{}') AS days
        FROM memberships m WHERE m.from_date <= $2 AND (m.to_date IS NULL OR m.to_date > $1) GROUP BY m.employee_id
    ), seated AS (
        SELECT s.employee_id, range_agg(daterange(s.from_date, s.to_date)) * w.days AS days
        FROM seat_spans s JOIN at_work w USING (employee_id)
        WHERE $4::uuid IS NULL OR s.tool_id = $4 GROUP BY s.employee_id, w.days
    ), steps (day, weekly, monthly, employees, licensed) AS (
        SELECT day, 1, 0, 0, 0 FROM neighbours WHERE before IS NULL OR before + 7 < day UNION ALL
        SELECT day + 7, -1, 0, 0, 0 FROM neighbours WHERE after IS NULL OR day + 7 < after UNION ALL
        SELECT day, 0, 1, 0, 0 FROM neighbours WHERE before IS NULL OR before + 28 < day UNION ALL
        SELECT day + 28, 0, -1, 0, 0 FROM neighbours WHERE after IS NULL OR day + 28 < after UNION ALL
        SELECT lower(period), 0, 0, 1, 0 FROM at_work, unnest(days) AS period UNION ALL
        SELECT upper(period), 0, 0, -1, 0 FROM at_work, unnest(days) AS period UNION ALL
        SELECT lower(period), 0, 0, 0, 1 FROM seated, unnest(days) AS period UNION ALL
        SELECT upper(period), 0, 0, 0, -1 FROM seated, unnest(days) AS period
    ), net AS (
        SELECT greatest(day, $1) AS day, sum(weekly) AS weekly, sum(monthly) AS monthly, sum(employees) AS employees,
            sum(licensed) AS licensed
        FROM steps WHERE day <= $2 GROUP BY 1
    ), daily AS (
        SELECT day, count(*) AS users FROM active GROUP BY day
    )
    SELECT d.day::date AS day, coalesce(daily.users, 0)::int AS daily,
        coalesce(sum(weekly) OVER so_far, 0)::int AS weekly, coalesce(sum(monthly) OVER so_far, 0)::int AS monthly,
        coalesce(sum(employees) OVER so_far, 0)::int AS employees, coalesce(sum(licensed) OVER so_far, 0)::int AS licensed
    FROM generate_series($1::timestamp, $2::timestamp, '1 day') AS d (day)
    LEFT JOIN net ON net.day = d.day::date
    LEFT JOIN daily ON daily.day = d.day::date
    WINDOW so_far AS (ORDER BY d.day)
    ORDER BY d.day
"""


async def series(connection: Connection, first: date, last: date, tool: UUID | None) -> list[SeriesPoint]:
    """The users of every day of a range, over the same windows as the report of that day, in one pass."""
    rows = await connection.fetch(_SERIES, first, last, None if tool is None else str(tool), tool)
    return [point(**row) for row in rows]
