"""The directory's tables: facts in, people as of a day out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from asyncpg import Record

from chassis.database import Connection, Transaction
from chassis.directory.domain import Department, Fact, History, Kind, Person, Status, Team

_FIELDS = ("department_id", "team_id", "manager_id", "job_function", "level", "is_people_manager")
# A person whose last day has ended where they work is gone, wherever midnight is.
AS_OF = """
    SELECT e.id, e.name, e.email, m.department_id, m.team_id, m.manager_id, m.job_function, m.level,
        coalesce(m.is_people_manager, false) AS is_people_manager, p.from_date AS hired_on, p.to_date - 1 AS left_on,
        CASE
            WHEN p.from_date IS NULL OR p.from_date > $1 THEN 'pending'
            WHEN p.ends_at <= $2 THEN 'terminated'
            WHEN EXISTS (SELECT FROM leaves l WHERE l.employee_id = e.id AND l.from_date <= $1
                AND (l.to_date IS NULL OR l.to_date > $1)) THEN 'on_leave'
            ELSE 'active'
        END AS status
    FROM employees e
    LEFT JOIN LATERAL (
        SELECT * FROM employments p WHERE p.employee_id = e.id
        ORDER BY p.from_date <= $1 DESC, abs(p.from_date - $1) LIMIT 1
    ) p ON true
    LEFT JOIN LATERAL (
        SELECT * FROM memberships m WHERE m.employee_id = e.id
        ORDER BY m.from_date <= $1 DESC, abs(m.from_date - $1) LIMIT 1
    ) m ON true
"""
"""Everybody as of the day $1 and the moment $2, for the SQL of slices; `e.id` is the person's id."""


def moment(connection: Connection, on: date | None = None) -> tuple[date, datetime]:
    """What `AS_OF` needs for a day (default: now)."""
    if on is None:
        return connection.now.date(), connection.now
    return on, datetime.combine(on, datetime.max.time(), connection.now.tzinfo)


def person_from(row: Record) -> Person:
    """A person from a row of `AS_OF`."""
    return Person(**{**dict(row), "status": Status(row["status"])})


async def person(connection: Connection, employee_id: str, on: date | None = None) -> Person | None:
    """One person as of a day (default: now), or None when nobody of that id is known."""
    row = await connection.fetchrow(f"{AS_OF} WHERE e.id = $3", *moment(connection, on), employee_id)
    return person_from(row) if row else None


async def people(connection: Connection, ids: Iterable[str], on: date | None = None) -> dict[str, Person]:
    """Many people as of a day, by id; unknown ids are left out."""
    rows = await connection.fetch(f"{AS_OF} WHERE e.id = ANY($3)", *moment(connection, on), list(ids))
    return {row["id"]: person_from(row) for row in rows}


async def members(
    connection: Connection, *, department_id: str | None = None, team_id: str | None = None, on: date | None = None
) -> list[Person]:
    """Everybody who works here (in a department, in a team) on a day, on leave or not."""
    rows = await connection.fetch(
        f"""
        SELECT * FROM ({AS_OF}) AS known
        WHERE status IN ('active', 'on_leave')
            AND ($3::text IS NULL OR department_id = $3) AND ($4::text IS NULL OR team_id = $4)
        ORDER BY id
        """,
        *moment(connection, on), department_id, team_id,
    )  # fmt: skip
    return [person_from(row) for row in rows]


async def departments(connection: Connection, ids: Iterable[str] | None = None) -> dict[str, Department]:
    """Departments by id; all of them when no ids are given."""
    rows = await connection.fetch(
        "SELECT id, name FROM departments WHERE $1::text[] IS NULL OR id = ANY($1) ORDER BY id",
        None if ids is None else list(ids),
    )
    return {row["id"]: Department(**row) for row in rows}


async def teams(connection: Connection, ids: Iterable[str] | None = None) -> dict[str, Team]:
    """Teams by id; all of them when no ids are given."""
    rows = await connection.fetch(
        "SELECT id, name, department_id FROM teams WHERE $1::text[] IS NULL OR id = ANY($1) ORDER BY id",
        None if ids is None else list(ids),
    )
    return {row["id"]: Team(**row) for row in rows}


async def add_fact(tx: Transaction, employee_id: str, fact: Fact) -> None:
    """Keep a fact once; the employee's row is made and locked, so facts of one person are folded one after another."""
    assert tx.cause is not None
    await tx.execute(
        "INSERT INTO employees (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        employee_id, fact.data.get("name", employee_id),
    )  # fmt: skip
    await lock(tx, employee_id)
    await tx.execute(
        """
        INSERT INTO hr_facts (event_source, event_id, employee_id, kind, effective_on, sequence, time, data)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING
        """,
        tx.cause.source, tx.cause.id, employee_id, fact.kind, fact.effective_on, fact.order[0], fact.order[1],
        dict(fact.data),
    )  # fmt: skip


async def lock(tx: Transaction, employee_id: str) -> Mapping[str, Any] | None:
    """Lock a person's row and say what the slices were last told."""
    row = await tx.fetchrow("SELECT told FROM employees WHERE id = $1 FOR UPDATE", employee_id)
    return row["told"] if row else None


async def facts(connection: Connection, employee_id: str) -> list[Fact]:
    """All facts of a person."""
    rows = await connection.fetch(
        "SELECT kind, effective_on, sequence, time, event_id, data FROM hr_facts WHERE employee_id = $1", employee_id
    )
    return [
        Fact(Kind(row["kind"]), row["effective_on"], (row["sequence"], row["time"], row["event_id"]), row["data"])
        for row in rows
    ]


async def add_places(tx: Transaction, department: Department | None, team: Team | None) -> None:
    """Departments and teams are known by being named; the last name given stands."""
    if department is not None:
        await tx.execute(
            "INSERT INTO departments (id, name) VALUES ($1, $2)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE departments.name <> excluded.name",
            department.id, department.name,
        )  # fmt: skip
    if team is not None:
        await tx.execute(
            "INSERT INTO teams (id, name, department_id) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE"
            " SET name = excluded.name, department_id = coalesce(excluded.department_id, teams.department_id)"
            " WHERE (teams.name, teams.department_id) IS DISTINCT FROM (excluded.name, excluded.department_id)",
            team.id, team.name, team.department_id,
        )  # fmt: skip


async def save_history(tx: Transaction, employee_id: str, history: History) -> None:
    """Write a person's history in place of the former one."""
    for table in ("employments", "memberships", "leaves"):
        await tx.execute(f"DELETE FROM {table} WHERE employee_id = $1", employee_id)
    await tx.executemany(
        "INSERT INTO employments (employee_id, from_date, to_date, ends_at) VALUES ($1, $2, $3, $4)",
        [
            (employee_id, period.from_date, period.to_date, period.ends_at)
            for period in history.employments
            if period.to_date is None or period.to_date > period.from_date
        ],
    )
    await tx.executemany(
        f"INSERT INTO memberships (employee_id, from_date, to_date, {', '.join(_FIELDS)})"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, coalesce($9, false))",
        [
            (employee_id, period.from_date, period.to_date, *(period.fields.get(name) for name in _FIELDS))
            for period in history.memberships
            if period.to_date is None or period.to_date > period.from_date
        ],
    )
    await tx.executemany(
        "INSERT INTO leaves (employee_id, from_date, to_date) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        [(employee_id, begin, end) for begin, end in history.leaves],
    )
    await tx.execute(
        "UPDATE employees SET name = coalesce($2, name), email = coalesce($3, email) WHERE id = $1",
        employee_id, history.fields.get("name"), history.fields.get("email"),
    )  # fmt: skip


async def save_told(tx: Transaction, employee_id: str, told: Mapping[str, Any]) -> None:
    """Remember what the slices were told."""
    await tx.execute("UPDATE employees SET told = $2 WHERE id = $1", employee_id, dict(told))


PERSON_FIELDS: Sequence[str] = _FIELDS
