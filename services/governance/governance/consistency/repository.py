"""What departments have and do, in SQL."""

from __future__ import annotations

from datetime import timedelta

from chassis.database import Connection
from governance.compliance import repository as compliance
from governance.consistency.domain import Department, Finding, FindingKind

_WINDOW = timedelta(days=28)
_AT_WORK = (
    "EXISTS (SELECT FROM employments p WHERE p.employee_id = {} AND p.from_date <= $1::date"
    " AND (p.to_date IS NULL OR p.to_date > $1::date))"
)
_STOPPED = "(SELECT FROM tools t WHERE t.id = ANY({}) AND t.status IN ('suspended', 'retired', 'rejected'))"
# One SELECT for each kind: what it is about, its name and its department.
_FOUND = {
    FindingKind.ACCESS_BEYOND_EXCEPTION: """SELECT x.id::text, x.policy || ': ' || x.justification, NULL
        FROM policy_exceptions x JOIN policies p ON p.code = x.policy AND p.withdrawn_at IS NULL
        WHERE (x.status IN ('expired', 'revoked') OR (x.status = 'active' AND x.valid_until <= $4)) AND NOT EXISTS (
            SELECT FROM policy_exceptions y WHERE (y.employee_id, y.policy) = (x.employee_id, x.policy)
                AND y.status = 'active' AND y.valid_until > $4 AND (y.tool_id IS NULL OR y.tool_id = x.tool_id)
        ) AND (
            NOT EXISTS (SELECT FROM acknowledgements a WHERE (a.employee_id, a.policy) = (x.employee_id, x.policy))
            AND EXISTS (
                SELECT FROM access_grants g JOIN tools t ON t.id = g.tool_id
                WHERE g.employee_id = x.employee_id AND (x.tool_id IS NULL OR x.tool_id = g.tool_id)
                    AND x.policy = ANY(t.policy_ids) AND g.revoked_at IS NULL AND g.suspended_for = '{}'
                    AND (g.valid_until IS NULL OR g.valid_until > $4))
            OR x.policy IN (SELECT s.policy FROM tool_separations s WHERE s.ended_at IS NULL) AND EXISTS (
                SELECT FROM tool_separations s
                JOIN access_grants g ON g.employee_id = x.employee_id AND g.tool_id IN (s.first_id, s.second_id)
                JOIN access_grants other ON other.employee_id = x.employee_id AND other.tool_id <> g.tool_id
                    AND other.tool_id IN (s.first_id, s.second_id)
                WHERE s.policy = x.policy AND s.ended_at IS NULL AND (x.tool_id IS NULL OR x.tool_id = g.tool_id)
                    AND g.revoked_at IS NULL AND g.suspended_for = '{}' AND (g.valid_until IS NULL OR g.valid_until > $4)
                    AND other.revoked_at IS NULL AND other.suspended_for = '{}')
        )""",
    FindingKind.POLICY_PAST_REVIEW: """SELECT code, title, department_id FROM policies
        WHERE withdrawn_at IS NULL AND review_by <= $1""",
    FindingKind.PROCESS_WITHOUT_OWNER: f"""SELECT id::text AS subject, name, department_id FROM processes
        WHERE NOT retired AND NOT {_AT_WORK.format("owner_id")}""",
    FindingKind.PROMPT_WITHOUT_OWNER: f"""SELECT id::text, title, department_id FROM prompts
        WHERE NOT retired AND visibility <> 'private' AND NOT {_AT_WORK.format("owner_id")}""",
    FindingKind.STANDARD_ON_STOPPED_TOOL: f"""SELECT s.sop_id::text, r.name, r.department_id FROM standards s
        JOIN processes r ON r.id = s.process_id WHERE EXISTS {_STOPPED.format("s.tool_ids")}""",
    FindingKind.TOOL_PAST_REVIEW: """SELECT id::text, name, NULL FROM tools
        WHERE status = 'approved' AND review_by < $1""",
    FindingKind.TOOL_WITHOUT_OWNER: f"""SELECT id::text, name, NULL FROM tools
        WHERE status IN ('approved', 'suspended') AND NOT {_AT_WORK.format("owner_id")}""",
    FindingKind.USE_CASE_ON_STOPPED_TOOL: f"""SELECT id::text, title, department_id FROM use_cases
        WHERE retired_at IS NULL AND EXISTS {_STOPPED.format("tool_ids")}""",
    FindingKind.USE_CASE_PAST_REVIEW: """SELECT id::text, title, department_id FROM use_cases
        WHERE retired_at IS NULL AND review_by <= $1""",
    FindingKind.USE_CASE_WITHOUT_OWNER: f"""SELECT id::text, title, department_id FROM use_cases
        WHERE retired_at IS NULL AND NOT {_AT_WORK.format("owner_id")}""",
}


async def departments(connection: Connection, *, after: str | None, limit: int) -> list[Department]:
    """A page of departments by id, with what is known of each."""
    today = connection.now.date()
    rows = await connection.fetch(
        """
        WITH page AS (
            SELECT id FROM departments WHERE $1::text IS NULL OR id > $1 ORDER BY id LIMIT $2
        ), here AS (
            SELECT DISTINCT m.department_id, m.employee_id, m.team_id FROM page
            JOIN memberships m ON m.department_id = page.id AND m.from_date <= $3 AND (m.to_date IS NULL OR m.to_date > $3)
            JOIN employments p ON p.employee_id = m.employee_id AND p.from_date <= $3 AND (p.to_date IS NULL OR p.to_date > $3)
        ), inhabited AS (
            SELECT department_id, count(*) AS teams, count(*) FILTER (WHERE EXISTS (
                SELECT FROM prompts t WHERE t.team_id = team.team_id AND NOT t.retired AND t.visibility <> 'private'
            )) AS teams_with_prompts
            FROM (SELECT DISTINCT department_id, team_id FROM here WHERE team_id IS NOT NULL) AS team GROUP BY 1
        ), used AS (
            SELECT here.department_id, count(*) AS people,
                count(*) FILTER (WHERE EXISTS (
                    SELECT FROM tool_use u WHERE u.employee_id = here.employee_id AND u.last_day > $4)) AS active,
                count(*) FILTER (WHERE EXISTS (
                    SELECT FROM access_grants g WHERE g.employee_id = here.employee_id AND g.revoked_at IS NULL)) AS granted
            FROM here GROUP BY 1
        )
        SELECT page.id AS department_id, coalesce(used.people, 0) AS people, coalesce(used.active, 0) AS active,
            coalesce(used.granted, 0) AS granted,
            (SELECT count(*) FROM use_cases c WHERE c.department_id = page.id AND c.retired_at IS NULL) AS use_cases,
            (SELECT count(*) FROM processes p JOIN standards s ON s.process_id = p.id
             WHERE p.department_id = page.id AND NOT p.retired) AS standards,
            (SELECT count(*) FROM department_restrictions r
             WHERE r.department_id = page.id AND r.status = 'active' AND r.review_by > $3) AS restrictions,
            (SELECT count(*) FROM department_restrictions r WHERE r.department_id = page.id AND r.status = 'active'
                AND r.review_by > $3 AND ($3 - r.imposed_on) * 2 > r.review_by - r.imposed_on) AS past_half,
            coalesce(inhabited.teams, 0) AS teams, coalesce(inhabited.teams_with_prompts, 0) AS teams_with_prompts
        FROM page LEFT JOIN used ON used.department_id = page.id LEFT JOIN inhabited ON inhabited.department_id = page.id
        ORDER BY page.id
        """,
        after, limit, today, today - _WINDOW,
    )  # fmt: skip
    return [Department(**row) for row in rows]


async def teams_without_prompts(connection: Connection, department_ids: list[str]) -> dict[str, list[str]]:
    """The teams of each department, at most a hundred, in which nobody shares a prompt."""
    found: dict[str, list[str]] = {id: [] for id in department_ids}
    for row in await connection.fetch(
        """
        SELECT wanted.id AS department_id, team.id FROM unnest($1::text[]) AS wanted (id) CROSS JOIN LATERAL (
            SELECT t.id FROM teams t WHERE t.department_id = wanted.id AND NOT EXISTS (
                SELECT FROM prompts p WHERE p.team_id = t.id AND NOT p.retired AND p.visibility <> 'private'
            ) ORDER BY t.id LIMIT 100
        ) AS team ORDER BY team.id
        """,
        department_ids,
    ):
        found[row["department_id"]].append(row["id"])
    return found


async def findings(connection: Connection, *, kind: FindingKind | None, after: str | None, limit: int) -> list[Finding]:
    """A page of what is not as the rules want it, in order; `after` is the key of the finding before. One kind follows the
    other, so that those behind a full page are not looked for."""
    last_kind, _, last_subject = (after or "").partition(" ")
    found: list[Finding] = []
    for each in sorted(FindingKind):
        if len(found) < limit and kind in (None, each) and each >= last_kind:
            later = last_subject if each == last_kind else ""
            found += await _of_kind(connection, each, later, limit - len(found))
    return found


async def _of_kind(connection: Connection, kind: FindingKind, after: str, limit: int) -> list[Finding]:
    if kind is FindingKind.EVIDENCE_MISSING:
        missing = [
            Finding(kind, f"{framework.code}/{each.id}", f"{framework.title}, {each.id}: {each.title}")
            for framework, each in await compliance.gaps(connection)
        ]
        return sorted((each for each in missing if each.subject > after), key=lambda each: each.subject)[:limit]
    rows = await connection.fetch(
        f"""
        SELECT * FROM ({_FOUND[kind]}) AS found (subject, name, department_id)
        WHERE $1::date IS NOT NULL AND $4::timestamptz IS NOT NULL AND subject COLLATE "C" > $2
        ORDER BY subject COLLATE "C" LIMIT $3
        """,
        connection.now.date(), after, limit, connection.now,
    )  # fmt: skip
    return [Finding(kind, **row) for row in rows]
