"""The table `credential_types`."""

from __future__ import annotations

from collections.abc import Iterable

import asyncpg

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change
from training.courses.domain import CurriculumTier
from training.credential_types.domain import CredentialType, Terms

_SELECT = """
    SELECT id, name, tier, curriculum, validity_days, recert_window_days, grace_days, version FROM credential_types
"""


def _credential_type(row: asyncpg.Record) -> CredentialType:
    terms = Terms(row["validity_days"], row["recert_window_days"], row["grace_days"])
    return CredentialType(row["id"], row["name"], CurriculumTier(row["tier"]), row["curriculum"], terms, row["version"])


async def get(connection: Connection, id: str) -> CredentialType | None:
    """One credential type by its code."""
    return (await by_ids(connection, [id])).get(id)


async def by_ids(connection: Connection, ids: Iterable[str]) -> dict[str, CredentialType]:
    """Credential types by their codes."""
    rows = await connection.fetch(f"{_SELECT} WHERE id = ANY($1)", list(ids))
    return {row["id"]: _credential_type(row) for row in rows}


async def lock(tx: Transaction, id: str) -> CredentialType | None:
    """The credential type, locked until the transaction ends."""
    row = await tx.fetchrow(f"{_SELECT} WHERE id = $1 FOR UPDATE", id)
    return _credential_type(row) if row else None


async def reached_by(connection: Connection, course: str) -> list[CredentialType]:
    """The credential types whose curriculum leads through the course."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE curriculum IN (SELECT curriculum FROM curriculum_steps WHERE course = $1) ORDER BY id", course
    )
    return [_credential_type(row) for row in rows]


async def led_to_by(connection: Connection, curriculum: str) -> list[CredentialType]:
    """The credential types that a curriculum leads to."""
    rows = await connection.fetch(f"{_SELECT} WHERE curriculum = $1 ORDER BY id", curriculum)
    return [_credential_type(row) for row in rows]


async def listing(
    connection: Connection, *, tier: CurriculumTier | None, after: str | None, limit: int
) -> list[CredentialType]:
    """A page of credential types in order of their codes."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE ($1::text IS NULL OR tier = $1) AND ($2::text IS NULL OR id > $2) ORDER BY id LIMIT $3",
        tier, after, limit,
    )  # fmt: skip
    return [_credential_type(row) for row in rows]


async def save(tx: Transaction, change: Change[CredentialType]) -> None:
    """Write the terms as they stand now, and the event."""
    kind = change.after
    await tx.execute(
        """
        INSERT INTO credential_types
            (id, name, tier, curriculum, validity_days, recert_window_days, grace_days, version, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (id) DO UPDATE SET name = $2, curriculum = $4, validity_days = $5, recert_window_days = $6,
            grace_days = $7, version = $8
        """,
        kind.id, kind.name, kind.tier, kind.curriculum, kind.terms.validity_days, kind.terms.recert_window_days,
        kind.terms.grace_days, kind.version, tx.now,
    )  # fmt: skip
    await outbox.record(tx, change)
