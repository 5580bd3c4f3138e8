"""Cases, alerts and their spread in SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from uuid import UUID

from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.ungoverned.domain import CaseStatus, UngovernedCase, UseKind

_COLUMNS = "id, kind, subject, name, tool_id, status, opened_at, handled_by, reason, incident_id, settled_at, version"
_NOWHERE = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """One use that metrics told of."""

    detection_id: UUID
    case_id: UUID
    department_id: str | None
    employee_id: str | None
    day: date


@dataclass(frozen=True, slots=True)
class Spread:
    """How often, by how many who were named, and until when, in one department; without a department in all."""

    department_id: str | None
    alerts: int
    people: int
    last_day: date


@dataclass(frozen=True, slots=True)
class Individual:
    """A person of a case."""

    employee_id: str
    alerts: int
    last_day: date


def _case(row: Record) -> UngovernedCase:
    return UngovernedCase(**{**dict(row), "kind": UseKind(row["kind"]), "status": CaseStatus(row["status"])})


async def by_ids(connection: Connection, ids: Collection[UUID]) -> dict[UUID, UngovernedCase]:
    """Cases by id."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM ungoverned_cases WHERE id = ANY($1)", list(ids))
    return {row["id"]: _case(row) for row in rows}


async def get(connection: Connection, id: UUID) -> UngovernedCase:
    """One case. Raises NotFound."""
    found = (await by_ids(connection, [id])).get(id)
    if found is None:
        raise NotFound(what="case of ungoverned use", id=str(id))
    return found


async def get_for_update(tx: Transaction, id: UUID) -> UngovernedCase:
    """One case, locked. Raises NotFound."""
    await tx.execute("SELECT FROM ungoverned_cases WHERE id = $1 FOR UPDATE", id)
    return await get(tx, id)


async def latest(tx: Transaction, kind: UseKind, subject: str, tool_id: UUID | None) -> UngovernedCase | None:
    """The latest case about this, locked, and nobody else opens one meanwhile.

    Use of a tool that nobody approved yet belongs to the case out of which the tool was proposed.
    """
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"ungoverned {kind} {subject}")
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM ungoverned_cases WHERE (kind, subject) = ($1, $2)"
        " OR ($1 = 'not_approved' AND kind = 'unknown_tool' AND status = 'intake' AND tool_id = $3)"
        " ORDER BY id DESC LIMIT 1 FOR UPDATE",
        kind, subject, tool_id,
    )  # fmt: skip
    return _case(row) if row else None


async def save(tx: Transaction, change: Change[UngovernedCase]) -> UngovernedCase:
    """Write a case and its event."""
    case = change.after
    await tx.execute(
        f"INSERT INTO ungoverned_cases ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        " ON CONFLICT (id) DO UPDATE SET tool_id = excluded.tool_id, status = excluded.status,"
        " handled_by = excluded.handled_by, reason = excluded.reason, incident_id = excluded.incident_id,"
        " settled_at = excluded.settled_at, version = excluded.version",
        *astuple(case),
    )
    await outbox.record(tx, change)
    return case


async def add(tx: Transaction, alert: Alert) -> None:
    """Count one use."""
    await tx.execute(
        "INSERT INTO ungoverned_alerts (detection_id, case_id, department_id, employee_id, day)"
        " VALUES ($1, $2, $3, $4, $5)",
        *astuple(alert),
    )
    department_id = alert.department_id or _NOWHERE
    is_new = False
    if alert.employee_id is not None:
        is_new = await tx.fetchval(
            "INSERT INTO ungoverned_people (case_id, employee_id, department_id, alerts, last_day)"
            " VALUES ($1, $2, $3, 1, $4) ON CONFLICT (case_id, employee_id, department_id) DO UPDATE"
            " SET alerts = ungoverned_people.alerts + 1, last_day = greatest(ungoverned_people.last_day, $4)"
            " RETURNING xmax = 0",
            alert.case_id, alert.employee_id, department_id, alert.day,
        )  # fmt: skip
    await tx.execute(
        "INSERT INTO ungoverned_spread (case_id, department_id, alerts, people, last_day) VALUES ($1, $2, 1, $3, $4)"
        " ON CONFLICT (case_id, department_id) DO UPDATE SET alerts = ungoverned_spread.alerts + 1,"
        " people = ungoverned_spread.people + $3, last_day = greatest(ungoverned_spread.last_day, $4)",
        alert.case_id, department_id, int(is_new), alert.day,
    )  # fmt: skip


async def remove(tx: Transaction, detection_id: UUID) -> UUID | None:
    """Take back one use. Returns its case when nothing is left of that, else None."""
    row = await tx.fetchrow("DELETE FROM ungoverned_alerts WHERE detection_id = $1 RETURNING *", detection_id)
    if row is None:
        return None
    case_id, department_id = row["case_id"], row["department_id"] or _NOWHERE
    await tx.execute("SELECT FROM ungoverned_cases WHERE id = $1 FOR UPDATE", case_id)
    gone = 0
    if row["employee_id"] is not None:
        key = (case_id, row["employee_id"], department_id)
        left = "(case_id, employee_id, department_id) = ($1, $2, $3)"
        if await tx.execute(f"DELETE FROM ungoverned_people WHERE {left} AND alerts = 1", *key) == "DELETE 1":
            gone = 1
        else:
            await tx.execute(f"UPDATE ungoverned_people SET alerts = alerts - 1 WHERE {left}", *key)
    await tx.execute(
        "UPDATE ungoverned_spread SET alerts = alerts - 1, people = people - $3 WHERE (case_id, department_id) = ($1, $2)",
        case_id, department_id, gone,
    )  # fmt: skip
    some = await tx.fetchval("SELECT EXISTS (SELECT FROM ungoverned_spread WHERE case_id = $1 AND alerts > 0)", case_id)
    return None if some else case_id


async def incident_is_closed(connection: Connection, incident_id: UUID | None) -> bool:
    """Whether an incident is dealt with; true without one."""
    closed: bool = await connection.fetchval(
        "SELECT NOT EXISTS (SELECT FROM incidents WHERE id = $1 AND status <> 'closed')", incident_id
    )
    return closed


async def listing(
    connection: Connection,
    *,
    status: CaseStatus | None,
    kind: UseKind | None,
    tool_id: UUID | None,
    department_id: str | None,
    after: UUID | None,
    limit: int,
) -> list[UngovernedCase]:
    """A page of cases, the latest first; those of a department when one is named."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM ungoverned_cases c
        WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR kind = $2)
            AND ($3::uuid IS NULL OR tool_id = $3) AND ($5::uuid IS NULL OR id < $5)
            AND ($4::text IS NULL OR EXISTS (
                SELECT FROM ungoverned_spread s WHERE s.case_id = c.id AND s.department_id = $4 AND s.alerts > 0
            ))
        ORDER BY id DESC LIMIT $6
        """,
        status, kind, tool_id, department_id, after, limit,
    )  # fmt: skip
    return [_case(row) for row in rows]


async def totals(
    connection: Connection, wanted: Sequence[tuple[UUID, str | None]]
) -> dict[tuple[UUID, str | None], Spread]:
    """The spread of many cases, each in a department, or in all without one."""
    rows = await connection.fetch(
        """
        SELECT w.case_id, w.department_id, sum(s.alerts)::int AS alerts, sum(s.people)::int AS people,
            max(s.last_day) AS last_day
        FROM unnest($1::uuid[], $2::text[]) AS w (case_id, department_id)
        JOIN ungoverned_spread s ON s.case_id = w.case_id
            AND (w.department_id IS NULL OR s.department_id = w.department_id)
        GROUP BY w.case_id, w.department_id
        """,
        [case_id for case_id, _ in wanted], [department_id for _, department_id in wanted],
    )  # fmt: skip
    return {
        (row["case_id"], row["department_id"]): Spread(
            row["department_id"], row["alerts"], row["people"], row["last_day"]
        )
        for row in rows
    }


async def spread(
    connection: Connection, case_id: UUID, department_id: str | None, *, after: str | None, limit: int
) -> list[Spread]:
    """A page of the departments of a case, by id; only one when it is named."""
    rows = await connection.fetch(
        "SELECT department_id, alerts, people, last_day FROM ungoverned_spread"
        " WHERE case_id = $1 AND ($2::text IS NULL OR department_id = $2) AND alerts > 0 AND department_id > $3"
        " ORDER BY department_id LIMIT $4",
        case_id, department_id, after or _NOWHERE, limit,
    )  # fmt: skip
    return [Spread(*row) for row in rows]


async def individuals(connection: Connection, case_id: UUID, *, after: str | None, limit: int) -> list[Individual]:
    """A page of the people of a case who are named, by id."""
    rows = await connection.fetch(
        "SELECT employee_id, sum(alerts)::int AS alerts, max(last_day) AS last_day FROM ungoverned_people"
        " WHERE case_id = $1 AND employee_id > $2 GROUP BY employee_id ORDER BY employee_id LIMIT $3",
        case_id, after or "", limit,
    )  # fmt: skip
    return [Individual(*row) for row in rows]


async def among(connection: Connection, case_id: UUID, employee_ids: Collection[str]) -> frozenset[str]:
    """Those of the people who are named in a case."""
    rows = await connection.fetch(
        "SELECT DISTINCT employee_id FROM ungoverned_people WHERE case_id = $1 AND employee_id = ANY($2)",
        case_id, list(employee_ids),
    )  # fmt: skip
    return frozenset(row["employee_id"] for row in rows)


async def with_access(connection: Connection, case_id: UUID, tool_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many of a case's people hold an active grant of each of these tools."""
    rows = await connection.fetch(
        "SELECT g.tool_id, count(DISTINCT g.employee_id) AS people FROM ungoverned_people p"
        " JOIN access_grants g ON g.employee_id = p.employee_id AND g.tool_id = ANY($2) AND g.revoked_at IS NULL"
        " AND g.suspended_for = '{}'"
        " WHERE p.case_id = $1 GROUP BY g.tool_id",
        case_id, list(tool_ids),
    )  # fmt: skip
    return {row["tool_id"]: row["people"] for row in rows}
