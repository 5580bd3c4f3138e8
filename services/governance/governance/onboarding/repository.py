"""Onboardings, and the facts that readiness is computed from, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.campaigns import repository as campaigns
from governance.onboarding.domain import MIN_GROUP, Onboarding, OnboardingStatus, Readiness, ReadinessPart, Score, Wave

_COLUMNS = "id, department_id, wave, starts_on, status, live_at, stabilised_at, halted_because, version"
_WINDOW = timedelta(days=28)


def _onboarding(row: Record) -> Onboarding:
    return Onboarding(**{**dict(row), "status": OnboardingStatus(row["status"])})


async def get(connection: Connection, id: UUID) -> Onboarding:
    """One onboarding. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM onboardings WHERE id = $1", id)
    if row is None:
        raise NotFound(what="onboarding", id=str(id))
    return _onboarding(row)


async def get_for_update(tx: Transaction, id: UUID) -> Onboarding:
    """One onboarding, locked. Raises NotFound."""
    await tx.execute("SELECT FROM onboardings WHERE id = $1 FOR UPDATE", id)
    return await get(tx, id)


async def planned(connection: Connection, department_ids: list[str]) -> dict[str, Onboarding]:
    """The onboardings of these departments."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM onboardings WHERE department_id = ANY($1)", department_ids)
    return {row["department_id"]: _onboarding(row) for row in rows}


async def next_wave(tx: Transaction) -> int:
    """The number of the wave after the last one; nobody else plans one meanwhile."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('onboarding waves', 0))")
    return int(await tx.fetchval("SELECT coalesce(max(wave), 0) + 1 FROM onboardings"))


async def wave_of(connection: Connection, id: UUID) -> Wave:
    """The wave that an onboarding is in, by department."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM onboardings WHERE wave = (SELECT wave FROM onboardings WHERE id = $1)"
        " ORDER BY department_id",
        id,
    )
    return Wave.of([_onboarding(row) for row in rows])


async def listing(connection: Connection, *, wave: int | None, after: UUID | None, limit: int) -> list[Onboarding]:
    """A page of onboardings by wave and department."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM onboardings WHERE ($1::int IS NULL OR wave = $1)
            AND ($2::uuid IS NULL OR (wave, department_id) > (SELECT wave, department_id FROM onboardings WHERE id = $2))
        ORDER BY wave, department_id LIMIT $3
        """,
        wave, after, limit,
    )  # fmt: skip
    return [_onboarding(row) for row in rows]


async def save(tx: Transaction, changes: Sequence[Change[Onboarding]]) -> None:
    """Write onboardings and their events."""
    for each in changes:
        it = each.after
        await tx.execute(
            f"INSERT INTO onboardings ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            " ON CONFLICT (id) DO UPDATE SET wave = excluded.wave, starts_on = excluded.starts_on,"
            " status = excluded.status, live_at = excluded.live_at, stabilised_at = excluded.stabilised_at,"
            " halted_because = excluded.halted_because, version = excluded.version",
            it.id, it.department_id, it.wave, it.starts_on, it.status, it.live_at, it.stabilised_at, it.halted_because,
            it.version,
        )  # fmt: skip
    await outbox.record_many(tx, changes)


async def required(tx: Transaction, requirement_id: UUID, credential_type: str) -> None:
    """Keep which credential everybody has to hold."""
    await tx.execute(
        "INSERT INTO universal_requirements (requirement_id, credential_type, withdrawn) VALUES ($1, $2, false)"
        " ON CONFLICT (requirement_id) DO UPDATE SET credential_type = excluded.credential_type",
        requirement_id, credential_type,
    )  # fmt: skip


async def no_longer_required(tx: Transaction, requirement_id: UUID) -> None:
    """Keep that a requirement, of whatever kind, is no more."""
    await tx.execute(
        "INSERT INTO universal_requirements (requirement_id, withdrawn) VALUES ($1, true)"
        " ON CONFLICT (requirement_id) DO UPDATE SET withdrawn = true",
        requirement_id,
    )


async def prioritised(tx: Transaction, process_id: UUID, department_id: str) -> None:
    """Keep that a department works on a process."""
    await tx.execute(
        "INSERT INTO prioritised_processes (process_id, department_id) VALUES ($1, $2)"
        " ON CONFLICT (process_id) DO UPDATE SET department_id = excluded.department_id",
        process_id, department_id,
    )  # fmt: skip


async def readiness(connection: Connection, usable: dict[str, bool]) -> dict[str, Readiness]:
    """How far departments are; `usable` says of each whether it may use any approved tool. Shares of fewer than five people
    are not known."""
    now = connection.now
    rows = await connection.fetch(
        """
        WITH here AS (
            SELECT DISTINCT m.department_id, m.employee_id, m.manager_id, m.is_people_manager FROM memberships m
            JOIN employments p ON p.employee_id = m.employee_id AND p.from_date <= $2
                AND (p.to_date IS NULL OR p.to_date > $2)
            WHERE m.department_id = ANY($1) AND m.from_date <= $2 AND (m.to_date IS NULL OR m.to_date > $2)
        ),
        wanted AS (SELECT DISTINCT credential_type FROM universal_requirements
            WHERE NOT withdrawn AND credential_type IS NOT NULL),
        person AS (
            SELECT here.department_id, here.employee_id,
                NOT EXISTS (SELECT FROM wanted WHERE NOT EXISTS (
                    SELECT FROM credential_periods c WHERE c.employee_id = here.employee_id
                        AND c.credential_type = wanted.credential_type AND NOT c.revoked AND NOT c.grace_ended
                        AND c.valid_from <= $3 AND (greatest(c.valid_until, c.grace_until) > $3 OR c.valid_until IS NULL)
                )) AS trained,
                EXISTS (SELECT FROM tool_use u WHERE u.employee_id = here.employee_id AND u.last_day > $4) AS active
            FROM here
        )
        SELECT department.id, count(person.employee_id)::int AS people,
            count(*) FILTER (WHERE person.active)::int AS active,
            count(*) FILTER (WHERE person.trained)::int AS trained, (SELECT count(*) FROM wanted)::int AS credentials,
            EXISTS (SELECT FROM here h WHERE h.department_id = department.id AND h.is_people_manager AND NOT EXISTS (
                SELECT FROM here b WHERE b.department_id = h.department_id AND b.employee_id = h.manager_id)) AS led,
            (SELECT count(*) FROM use_cases c WHERE c.department_id = department.id AND c.retired_at IS NULL)::int
                AS use_cases,
            (SELECT count(*) FROM prioritised_processes f WHERE f.department_id = department.id)::int AS prioritised
        FROM unnest($1::text[]) AS department (id) LEFT JOIN person ON person.department_id = department.id
        GROUP BY department.id
        """,
        list(usable), now.date(), now, now.date() - _WINDOW,
    )  # fmt: skip
    asked = await campaigns.coverage_of(connection, list(usable))
    return {row["id"]: _readiness(row, asked.get(row["id"], (0, 0)), usable=usable[row["id"]]) for row in rows}


def _readiness(row: Any, asked: tuple[int, int], *, usable: bool) -> Readiness:
    people = row["people"] if row["people"] >= MIN_GROUP else 0
    return Readiness(
        row["people"],
        row["active"],
        (
            Score(ReadinessPart.LEADER_NAMED, int(row["led"]), 1),
            Score(ReadinessPart.POLICIES_ACKNOWLEDGED, *(asked[::-1] if people else (0, 0))),
            Score(ReadinessPart.PEOPLE_TRAINED, row["trained"] if people else 0, people if row["credentials"] else 0),
            Score(ReadinessPart.TOOLS_USABLE, int(usable), 1),
            Score(ReadinessPart.USE_CASES_REGISTERED, min(row["use_cases"], 1), 1),
            Score(ReadinessPart.WORKFLOWS_PRIORITISED, min(row["prioritised"], 1), 1),
        ),
    )
