"""People, departments and teams by id, from the directory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chassis import directory
from chassis.database import Connection
from chassis.directory import Department, Person, Team


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the people of one department or team."""

    kind: Literal["department", "team"]
    id: str
    after: str | None
    size: int


async def people_by_ids(connection: Connection, ids: list[str]) -> dict[str, Person]:
    """People as they are today."""
    return await directory.people(connection, ids)


async def departments_by_ids(connection: Connection, ids: list[str]) -> dict[str, Department]:
    """Departments."""
    return await directory.departments(connection, ids)


async def teams_by_ids(connection: Connection, ids: list[str]) -> dict[str, Team]:
    """Teams."""
    return await directory.teams(connection, ids)


async def teams_by_department(connection: Connection, ids: list[str]) -> dict[str, list[Team]]:
    """The teams of each department, by id."""
    found: dict[str, list[Team]] = {id: [] for id in ids}
    for team in (await directory.teams(connection)).values():
        if team.department_id in found:
            found[team.department_id].append(team)
    return found


async def employees_in(connection: Connection, pages: list[Page]) -> dict[Page, list[str]]:
    """A page of who belongs to each department or team today, by id."""
    found: dict[Page, list[str]] = {page: [] for page in pages}
    for row in await connection.fetch(
        """
        SELECT n, member.employee_id
        FROM unnest($1::text[], $2::text[], $3::text[], $4::int[]) WITH ORDINALITY AS wanted (kind, id, after, size, n)
        CROSS JOIN LATERAL (
            SELECT m.employee_id FROM memberships m JOIN employments p USING (employee_id)
            WHERE (CASE wanted.kind WHEN 'team' THEN m.team_id ELSE m.department_id END) = wanted.id
                AND m.from_date <= $5 AND (m.to_date IS NULL OR m.to_date > $5)
                AND p.from_date <= $5 AND (p.to_date IS NULL OR p.to_date > $5)
                AND (wanted.after IS NULL OR m.employee_id > wanted.after)
            ORDER BY m.employee_id LIMIT wanted.size
        ) AS member
        ORDER BY n, member.employee_id
        """,
        [page.kind for page in pages], [page.id for page in pages], [page.after for page in pages],
        [page.size for page in pages], connection.now.date(),
    ):  # fmt: skip
        found[pages[row["n"] - 1]].append(row["employee_id"])
    return found


async def reports_by_manager(connection: Connection, ids: list[str]) -> dict[str, list[str]]:
    """Who answers to each manager today, at most a hundred each, by id."""
    today = connection.now.date()
    found: dict[str, list[str]] = {id: [] for id in ids}
    for row in await connection.fetch(
        """
        SELECT manager_id, report.employee_id FROM unnest($1::text[]) AS wanted (manager_id)
        CROSS JOIN LATERAL (
            SELECT m.employee_id FROM memberships m JOIN employments p USING (employee_id)
            WHERE m.manager_id = wanted.manager_id AND m.from_date <= $2 AND (m.to_date IS NULL OR m.to_date > $2)
                AND p.from_date <= $2 AND (p.to_date IS NULL OR p.to_date > $2)
            ORDER BY m.employee_id LIMIT 100
        ) AS report
        ORDER BY report.employee_id
        """,
        ids, today,
    ):  # fmt: skip
        found[row["manager_id"]].append(row["employee_id"])
    return found
