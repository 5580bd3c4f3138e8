"""The tables `curricula` and `curriculum_steps`."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import asyncpg

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change
from training.courses.domain import CurriculumTier
from training.curricula.domain import Curriculum, Step

_SELECT = """
    SELECT c.id, c.code, c.name, c.tier, c.version,
        (SELECT array_agg(s.course ORDER BY s.position) FROM curriculum_steps s WHERE s.curriculum = c.code) AS courses,
        (SELECT array_agg(s.mandatory ORDER BY s.position) FROM curriculum_steps s WHERE s.curriculum = c.code) AS mandatory
    FROM curricula c
"""


def _curriculum(row: asyncpg.Record) -> Curriculum:
    steps = tuple(Step(*step) for step in zip(row["courses"], row["mandatory"], strict=True))
    return Curriculum(row["id"], row["code"], row["name"], CurriculumTier(row["tier"]), steps, row["version"])


async def get(connection: Connection, id: UUID) -> Curriculum | None:
    """One curriculum by its id."""
    row = await connection.fetchrow(f"{_SELECT} WHERE c.id = $1", id)
    return _curriculum(row) if row else None


async def by_codes(connection: Connection, codes: Iterable[str]) -> dict[str, Curriculum]:
    """Curricula by their codes."""
    rows = await connection.fetch(f"{_SELECT} WHERE c.code = ANY($1)", list(codes))
    return {row["code"]: _curriculum(row) for row in rows}


async def lock_code(tx: Transaction, code: str) -> Curriculum | None:
    """The curriculum of that code, locked until the transaction ends."""
    await tx.execute("SELECT FROM curricula WHERE code = $1 FOR UPDATE", code)
    return (await by_codes(tx, [code])).get(code)


async def listing(connection: Connection, *, after: str | None, limit: int) -> list[Curriculum]:
    """A page of curricula in order of their codes."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE $1::text IS NULL OR c.code > $1 ORDER BY c.code LIMIT $2", after, limit
    )
    return [_curriculum(row) for row in rows]


async def save(tx: Transaction, change: Change[Curriculum]) -> None:
    """Write the path as it stands now, and the event."""
    curriculum = change.after
    await tx.execute(
        """
        INSERT INTO curricula (id, code, name, tier, version, created_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO UPDATE SET name = $3, version = $5
        """,
        curriculum.id, curriculum.code, curriculum.name, curriculum.tier, curriculum.version, tx.now,
    )  # fmt: skip
    await tx.execute("DELETE FROM curriculum_steps WHERE curriculum = $1", curriculum.code)
    await tx.execute(
        """
        INSERT INTO curriculum_steps (curriculum, course, mandatory, position)
        SELECT $1, step.course, step.mandatory, step.position
        FROM unnest($2::text[], $3::boolean[]) WITH ORDINALITY AS step (course, mandatory, position)
        """,
        curriculum.code,
        [step.course for step in curriculum.steps],
        [step.mandatory for step in curriculum.steps],
    )
    await outbox.record(tx, change)
