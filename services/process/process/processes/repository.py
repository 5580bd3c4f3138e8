"""The table of processes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from chassis.pages import PageOf, pages_of
from process.processes.domain import (
    AiPath,
    Colleague,
    DataClass,
    Direction,
    Kpi,
    PriorityTaken,
    Process,
    ProcessCodeTaken,
    Profile,
    Status,
)

_COLUMNS = """
    id, code, name, department_id, owner_id, left_owner_id, volume_per_month, minutes_per_unit, documentation_level,
    exception_rate, systems, data_classes, measurable_kpis, priority, ai_path, registered_at, audited_at, prioritised_at,
    retired_at, version
"""


def _process(row: asyncpg.Record | dict[str, Any]) -> Process:
    profile = Profile(
        name=row["name"],
        volume_per_month=row["volume_per_month"],
        minutes_per_unit=row["minutes_per_unit"],
        documentation_level=row["documentation_level"],
        exception_rate=row["exception_rate"],
        systems=tuple(row["systems"]),
        data_classes=tuple(DataClass(name) for name in row["data_classes"]),
        measurable_kpis=tuple(
            Kpi(kpi["name"], kpi["unit"], Direction(kpi["direction"])) for kpi in row["measurable_kpis"]
        ),
    )
    same = ("id", "code", "department_id", "owner_id", "left_owner_id", "priority", "registered_at", "audited_at",
            "prioritised_at", "retired_at", "version")  # fmt: skip
    return Process(profile=profile, ai_path=AiPath(row["ai_path"]), **{name: row[name] for name in same})


async def get(connection: Connection, process_id: UUID) -> Process | None:
    """The process, or None."""
    return (await by_id(connection, [process_id])).get(process_id)


async def get_for_update(tx: Transaction, process_id: UUID) -> Process:
    """The process, locked. Raises NotFound."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM processes WHERE id = $1 FOR UPDATE", process_id)
    if row is None:
        raise NotFound(what="process", id=str(process_id))
    return _process(row)


async def many_for_update(tx: Transaction, ids: Iterable[UUID]) -> list[Process]:
    """Processes locked one after another, always in the same order."""
    rows = await tx.fetch(f"SELECT {_COLUMNS} FROM processes WHERE id = ANY($1) ORDER BY id FOR UPDATE", list(ids))
    return [_process(row) for row in rows]


async def owned_for_update(tx: Transaction, employee_id: str) -> list[Process]:
    """The processes in use that a person owns, locked."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM processes WHERE owner_id = $1 AND retired_at IS NULL ORDER BY id FOR UPDATE",
        employee_id,
    )
    return [_process(row) for row in rows]


async def left_by_for_update(tx: Transaction, employee_id: str) -> list[Process]:
    """The processes that somebody else owns, or nobody, only because this person left; locked."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM processes WHERE left_owner_id = $1 AND retired_at IS NULL ORDER BY id FOR UPDATE",
        employee_id,
    )
    return [_process(row) for row in rows]


async def effective_sops(tx: Transaction, process_id: UUID) -> tuple[str, ...]:
    """The codes of the process's procedures that people follow."""
    rows = await tx.fetch(
        """
        SELECT code FROM sops JOIN sop_versions ON sop_id = id AND state = 'effective'
        WHERE process_id = $1 ORDER BY code
        """,
        process_id,
    )
    return tuple(row["code"] for row in rows)


async def hold_people(tx: Transaction, ids: Iterable[str]) -> None:
    """Nobody of these joins or leaves before this transaction ends, so what is decided on their account holds."""
    await tx.execute("SELECT FROM employees WHERE id = ANY($1) ORDER BY id FOR SHARE", list(ids))


async def colleagues(tx: Transaction, employee_id: str, departments: Iterable[str]) -> dict[str, Colleague]:
    """A person's managers up the line and everybody in the departments, as they stand today."""
    rows = await tx.fetch(
        """
        WITH RECURSIVE placed AS (
            SELECT DISTINCT ON (employee_id) employee_id, department_id, manager_id, is_people_manager
            FROM memberships WHERE from_date <= $1 ORDER BY employee_id, from_date DESC
        ), line AS (
            SELECT employee_id, manager_id, 0 AS distance FROM placed WHERE employee_id = $2
            UNION
            SELECT placed.employee_id, placed.manager_id, distance + 1
            FROM placed JOIN line ON placed.employee_id = line.manager_id WHERE distance < 20
        )
        SELECT employee_id AS id, department_id, manager_id, is_people_manager,
            EXISTS (
                SELECT FROM employments e WHERE e.employee_id = placed.employee_id AND e.from_date <= $1
                    AND (e.ends_at IS NULL OR e.ends_at > $4)
            ) AS works_here
        FROM placed WHERE employee_id IN (SELECT employee_id FROM line) OR department_id = ANY($3)
        """,
        tx.today, employee_id, list(departments), tx.now,
    )  # fmt: skip
    return {row["id"]: Colleague(**row) for row in rows}


async def save(tx: Transaction, change: Change[Process]) -> Process:
    """Write the process and its event."""
    await save_many(tx, [change])
    return change.after


async def save_many(tx: Transaction, changes: Sequence[Change[Process]]) -> None:
    """Write processes and their events; of several changes of one process the last stands."""
    last = {change.after.id: change.after for change in changes}
    try:
        async with tx.savepoint():
            await tx.executemany(_SAVE, [_row(process, tx) for process in last.values()])
    except asyncpg.UniqueViolationError as error:
        process = next(iter(last.values()))
        if error.constraint_name == "processes_priority":
            raise PriorityTaken(priority=process.priority, taken_by=await _holder(tx, process)) from None
        if error.constraint_name == "processes_code":
            raise ProcessCodeTaken(code=process.code) from None
        raise
    await outbox.record_many(tx, changes)


_SAVE = f"""
    INSERT INTO processes ({_COLUMNS}, status, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, owner_id = excluded.owner_id,
        left_owner_id = excluded.left_owner_id, volume_per_month = excluded.volume_per_month,
        minutes_per_unit = excluded.minutes_per_unit, documentation_level = excluded.documentation_level,
        exception_rate = excluded.exception_rate, systems = excluded.systems, data_classes = excluded.data_classes,
        measurable_kpis = excluded.measurable_kpis, priority = excluded.priority, ai_path = excluded.ai_path,
        audited_at = excluded.audited_at, prioritised_at = excluded.prioritised_at, retired_at = excluded.retired_at,
        version = excluded.version, status = excluded.status, updated_at = excluded.updated_at
"""


def _row(process: Process, tx: Transaction) -> tuple[Any, ...]:
    profile = process.profile
    kpis = [{"name": kpi.name, "unit": kpi.unit, "direction": kpi.direction.value} for kpi in profile.measurable_kpis]
    return (
        process.id, process.code, profile.name, process.department_id, process.owner_id, process.left_owner_id,
        profile.volume_per_month, profile.minutes_per_unit, profile.documentation_level, profile.exception_rate,
        profile.systems, profile.data_classes, kpis, process.priority, process.ai_path, process.registered_at,
        process.audited_at, process.prioritised_at, process.retired_at, process.version, process.status, tx.now,
    )  # fmt: skip


async def _holder(tx: Transaction, process: Process) -> str:
    found = await tx.fetchval(
        "SELECT name FROM processes WHERE department_id = $1 AND priority = $2", process.department_id, process.priority
    )
    return str(found)


async def by_id(connection: Connection, ids: list[UUID]) -> dict[UUID, Process]:
    """Processes by id."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM processes WHERE id = ANY($1)", ids)
    return {row["id"]: _process(row) for row in rows}


async def listing(
    connection: Connection, *, department_id: str | None, status: Status | None, after: str | None, limit: int
) -> list[Process]:
    """A page of processes in order of code."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM processes
        WHERE ($1::text IS NULL OR department_id = $1) AND ($2::text IS NULL OR status = $2)
            AND ($3::text IS NULL OR code > $3)
        ORDER BY code LIMIT $4
        """,
        department_id, status, after, limit,
    )  # fmt: skip
    return [_process(row) for row in rows]


Fetch = Callable[[str | None, int], Awaitable[list[Process]]]
Page = PageOf[str, str]


async def of_departments(connection: Connection, pages: list[Page]) -> dict[Page, list[Process]]:
    """A page of each department's processes in order of code."""
    return await _pages(connection, "department_id", pages)


async def of_owners(connection: Connection, pages: list[Page]) -> dict[Page, list[Process]]:
    """A page of the processes that each person owns in order of code."""
    return await _pages(connection, "owner_id", pages)


async def _pages(connection: Connection, column: str, pages: list[Page]) -> dict[Page, list[Process]]:
    select = f"SELECT {_COLUMNS} FROM processes WHERE {column} = page.owner"
    found = await pages_of(connection, pages, select, by="code", types=("text", "text"))
    return {page: [_process(row) for row in rows] for page, rows in found.items()}
