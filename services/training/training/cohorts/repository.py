"""The table `cohorts`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import asyncpg

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change
from training.cohorts.domain import Cohort

_COLUMNS = "id, name, employee_ids, credential_types, due_at, ready, trained, required, ended_at, version"


def _cohort(row: asyncpg.Record) -> Cohort:
    people = {name: tuple(row[name]) for name in ("employee_ids", "credential_types")}
    return Cohort(**{**dict(row), **people})


async def by_ids(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, Cohort]:
    """Cohorts by their pilots."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM cohorts WHERE id = ANY($1)", list(ids))
    return {row["id"]: _cohort(row) for row in rows}


async def get_for_update(tx: Transaction, pilot_id: UUID) -> Cohort | None:
    """The cohort of a pilot, locked; None when there is none."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM cohorts WHERE id = $1 FOR UPDATE", pilot_id)
    return _cohort(row) if row else None


async def with_member_for_update(tx: Transaction, employee_id: str) -> list[Cohort]:
    """The cohorts that a person belongs to, locked in order; the learner is locked already."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM cohorts WHERE employee_ids @> ARRAY[$1] AND ended_at IS NULL ORDER BY id FOR UPDATE",
        employee_id,
    )
    return [_cohort(row) for row in rows]


async def of_members(connection: Connection, employee_ids: Iterable[str]) -> dict[str, list[Cohort]]:
    """The cohorts under way that each of these people belongs to."""
    ids = list(employee_ids)
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM cohorts WHERE employee_ids && $1::text[] AND ended_at IS NULL ORDER BY id", ids
    )
    found: dict[str, list[Cohort]] = {}
    asked = set(ids)
    for cohort in map(_cohort, rows):
        for id in asked.intersection(cohort.employee_ids):
            found.setdefault(id, []).append(cohort)
    return found


async def members_in_need_of(connection: Connection, credential_type: str) -> list[str]:
    """The people of cohorts under way that need the credential."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT unnest(employee_ids) AS id FROM cohorts
        WHERE credential_types @> ARRAY[$1] AND ended_at IS NULL ORDER BY 1
        """,
        credential_type,
    )
    return [row["id"] for row in rows]


async def save(tx: Transaction, change: Change[Cohort]) -> None:
    """Write a cohort and its event."""
    await keep(tx, change.after)
    await outbox.record(tx, change)


async def keep(tx: Transaction, cohort: Cohort) -> None:
    """Write a cohort of which nothing is told."""
    values: tuple[Any, ...] = (
        cohort.id, cohort.name, cohort.employee_ids, cohort.credential_types, cohort.due_at, cohort.ready,
        cohort.trained, cohort.required, cohort.ended_at, cohort.version,
    )  # fmt: skip
    await tx.execute(
        f"""
        INSERT INTO cohorts ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (id) DO UPDATE SET ready = $6, trained = $7, required = $8, ended_at = $9, version = $10
        """,
        *values,
    )
