"""The table `requirements`, and the lock that keeps rules and people in step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import asyncpg

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, Tier
from training.requirements.domain import OriginKind, Requirement, Selector

_RULES = 0x72756C65  # any number, the same for everybody
_SELECT = """
    SELECT id, tier, origin_kind, origin_ref, department_id, job_function, people_managers, tool_id, credential_type,
        due_days, declared_by, active_from, withdrawn_at, version
    FROM requirements
"""


def _requirement(row: asyncpg.Record) -> Requirement:
    return Requirement(
        row["id"],
        Tier(row["tier"]),
        OriginKind(row["origin_kind"]),
        row["origin_ref"],
        Selector(row["department_id"], row["job_function"], row["people_managers"], row["tool_id"]),
        row["credential_type"],
        row["due_days"],
        row["declared_by"],
        row["active_from"],
        row["withdrawn_at"],
        row["version"],
    )


async def lock_rules(tx: Transaction) -> None:
    """Let nobody join, move or ask for a tool until this transaction ends: a rule may change."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", _RULES)


async def hold_rules(tx: Transaction) -> None:
    """Let no rule change until this transaction ends: somebody is measured against them."""
    await tx.execute("SELECT pg_advisory_xact_lock_shared($1)", _RULES)


async def get(connection: Connection, id: UUID) -> Requirement | None:
    """One requirement by its id."""
    row = await connection.fetchrow(f"{_SELECT} WHERE id = $1", id)
    return _requirement(row) if row else None


async def lock(tx: Transaction, id: UUID) -> Requirement | None:
    """The requirement, locked until the transaction ends."""
    row = await tx.fetchrow(f"{_SELECT} WHERE id = $1 FOR UPDATE", id)
    return _requirement(row) if row else None


async def active(connection: Connection) -> list[Requirement]:
    """Every rule in force."""
    return [_requirement(row) for row in await connection.fetch(f"{_SELECT} WHERE withdrawn_at IS NULL ORDER BY id")]


async def active_of_tool(connection: Connection, tool_id: UUID) -> list[Requirement]:
    """The rules that a tool's conditions brought."""
    rows = await connection.fetch(f"{_SELECT} WHERE tool_id = $1 AND withdrawn_at IS NULL ORDER BY id", tool_id)
    return [_requirement(row) for row in rows]


async def same_as(connection: Connection, requirement: Requirement) -> bool:
    """Whether a rule in force says the same of the same people."""
    selector = requirement.selector
    return bool(
        await connection.fetchval(
            """
            SELECT EXISTS (SELECT FROM requirements WHERE withdrawn_at IS NULL AND credential_type = $1
                AND origin_kind = $2 AND origin_ref = $3 AND department_id IS NOT DISTINCT FROM $4
                AND job_function IS NOT DISTINCT FROM $5 AND people_managers = $6)
            """,
            requirement.credential_type, requirement.origin_kind, requirement.origin_ref, selector.department_id,
            selector.job_function, selector.people_managers,
        )
    )  # fmt: skip


async def listing(
    connection: Connection,
    *,
    credential_type: str | None,
    department_id: str | None,
    withdrawn: bool,
    after: UUID | None,
    limit: int,
) -> list[Requirement]:
    """A page of requirements in order of declaration; `department_id` lists those that bind that department."""
    rows = await connection.fetch(
        f"""
        {_SELECT}
        WHERE ($1::text IS NULL OR credential_type = $1)
            AND ($2::text IS NULL OR department_id = $2 OR department_id IS NULL)
            AND ($3 OR withdrawn_at IS NULL) AND ($4::uuid IS NULL OR id > $4)
        ORDER BY id LIMIT $5
        """,
        credential_type, department_id, withdrawn, after, limit,
    )  # fmt: skip
    return [_requirement(row) for row in rows]


async def holders_of(connection: Connection, origins: Iterable[tuple[OriginKind, str]]) -> list[str]:
    """The people who have an open assignment for one of these reasons."""
    wanted = list(origins)
    rows = await connection.fetch(
        """
        SELECT DISTINCT a.employee_id FROM assignment_origins o JOIN assignments a ON a.id = o.assignment_id
        JOIN unnest($1::text[], $2::text[]) AS w (kind, ref) ON (o.kind, o.ref) = (w.kind, w.ref)
        WHERE a.cancelled_at IS NULL ORDER BY 1
        """,
        [kind for kind, _ in wanted], [ref for _, ref in wanted],
    )  # fmt: skip
    return [row["employee_id"] for row in rows]


async def save_many(tx: Transaction, changes: Sequence[Change[Requirement]]) -> None:
    """Write requirements as they stand now, and the events."""
    await tx.executemany(
        """
        INSERT INTO requirements (id, tier, origin_kind, origin_ref, department_id, job_function, people_managers,
            tool_id, credential_type, due_days, declared_by, active_from, withdrawn_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT (id) DO UPDATE SET withdrawn_at = $13, version = $14
        """,
        [
            (
                rule.id, rule.tier, rule.origin_kind, rule.origin_ref, rule.selector.department_id,
                rule.selector.job_function, rule.selector.people_managers, rule.selector.tool_id, rule.credential_type,
                rule.due_days, rule.declared_by, rule.active_from, rule.withdrawn_at, rule.version,
            )
            for rule in (change.after for change in changes)
        ],
    )  # fmt: skip
    await outbox.record_many(tx, changes)
