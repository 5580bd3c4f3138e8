"""Counts of who must hold a credential and who does, by department as of a moment."""

from __future__ import annotations

from datetime import datetime

from chassis.database import Connection
from training.coverage.domain import Group


async def groups(connection: Connection, credential_type: str, as_of: datetime) -> list[Group]:
    """Every department with people who must hold the credential."""
    rows = await connection.fetch(
        """
        WITH required AS (
            SELECT a.employee_id, m.department_id, coalesce(a.waived_until > $2, false) AS waived,
                (SELECT min(o.due_at) FROM assignment_origins o WHERE o.assignment_id = a.id AND o.paused_at IS NULL)
                    <= $2 AS due,
                EXISTS (SELECT FROM certification_periods p WHERE p.employee_id = a.employee_id
                    AND p.credential_type = a.credential_type AND p.valid_from <= $2
                    AND (p.valid_until IS NULL OR p.valid_until > $2)
                    AND (p.revoked_at IS NULL OR p.revoked_at > $2)) AS holding,
                EXISTS (SELECT FROM certification_periods p WHERE p.employee_id = a.employee_id
                    AND p.credential_type = a.credential_type AND p.valid_from <= $2) AS held_before,
                EXISTS (SELECT FROM attempts t JOIN curriculum_steps s ON s.course = t.course
                    WHERE t.employee_id = a.employee_id AND s.curriculum = c.curriculum AND t.completed_at <= $2
                    AND (t.voided_at IS NULL OR t.voided_at > $2)) AS tried,
                EXISTS (SELECT FROM employments e WHERE e.employee_id = a.employee_id
                    AND e.from_date < c.created_at::date) AS here_before
            FROM assignments a
            JOIN credential_types c ON c.id = a.credential_type
            JOIN memberships m ON m.employee_id = a.employee_id AND m.from_date <= ($2::timestamptz)::date
                AND (m.to_date IS NULL OR m.to_date > ($2::timestamptz)::date)
            WHERE a.credential_type = $1 AND a.assigned_at <= $2 AND (a.cancelled_at IS NULL OR a.cancelled_at > $2)
        )
        SELECT department_id, count(*) AS required, count(*) FILTER (WHERE holding) AS holding,
            count(*) FILTER (WHERE waived AND NOT holding) AS waived,
            count(*) FILTER (WHERE NOT holding AND NOT waived AND (due OR held_before)) AS overdue,
            count(*) FILTER (WHERE NOT holding AND NOT waived AND due IS NOT TRUE AND NOT held_before AND NOT tried
                AND here_before) AS unknown
        FROM required WHERE department_id IS NOT NULL GROUP BY department_id ORDER BY department_id
        """,
        credential_type, as_of,
    )  # fmt: skip
    return [Group(**row) for row in rows]
