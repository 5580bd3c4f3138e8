"""Ownership transfers in SQL, and what everybody answers for."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change
from governance.ownership.domain import Owned, OwnershipTransfer, Thing, TransferOutcome

_COLUMNS = "id, kind, subject_id, title, department_id, left_id, asked, opened_at, due_at, closed_at, outcome, owner_id, version"
_THING = "kind, id, title, owner_id, department_id, team_id"


def _transfer(row: Record) -> OwnershipTransfer:
    return OwnershipTransfer(
        **{
            **dict(row),
            "kind": Owned(row["kind"]),
            "asked": tuple(row["asked"]),
            "outcome": TransferOutcome(row["outcome"]) if row["outcome"] else None,
        }
    )


def _thing(row: Record) -> Thing:
    return Thing(**{**dict(row), "kind": Owned(row["kind"])})


async def owned_by(connection: Connection, employee_id: str) -> list[Thing]:
    """Everything that a person answers for."""
    rows = await connection.fetch(
        f"SELECT {_THING} FROM owned_things WHERE owner_id = $1 ORDER BY kind, id", employee_id
    )
    return [_thing(row) for row in rows]


async def things(connection: Connection, subjects: Collection[tuple[Owned, str]]) -> dict[tuple[Owned, str], Thing]:
    """Things that live, by kind and id."""
    rows = await connection.fetch(
        f"SELECT {_THING} FROM owned_things WHERE id = ANY($1) AND kind = ANY($2)",
        sorted({id for _, id in subjects}), sorted({kind for kind, _ in subjects}),
    )  # fmt: skip
    return {(thing.kind, thing.id): thing for thing in map(_thing, rows)}


async def ownerless(connection: Connection, *, after: str | None, limit: int) -> list[Thing]:
    """A page of the things that nobody answers for, by "kind id"."""
    rows = await connection.fetch(
        f"SELECT {_THING} FROM owned_things WHERE owner_id IS NULL AND ($1::text IS NULL OR kind || ' ' || id > $1)"
        " ORDER BY kind || ' ' || id LIMIT $2",
        after, limit,
    )  # fmt: skip
    return [_thing(row) for row in rows]


async def lock(tx: Transaction, id: UUID) -> OwnershipTransfer | None:
    """One transfer, locked."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM ownership_transfers WHERE id = $1 FOR UPDATE", id)
    return _transfer(row) if row else None


async def lock_open(tx: Transaction, kind: Owned, subject_id: str) -> OwnershipTransfer | None:
    """The open transfer of a thing, locked."""
    row = await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM ownership_transfers WHERE (kind, subject_id) = ($1, $2) AND closed_at IS NULL FOR UPDATE",
        kind, subject_id,
    )  # fmt: skip
    return _transfer(row) if row else None


async def listing(
    connection: Connection,
    *,
    closed: bool,
    asked: str | None,
    concerning: str | None,
    after: UUID | None,
    limit: int,
) -> list[OwnershipTransfer]:
    """A page of transfers, the latest first: open or closed, that somebody is asked about or that concern somebody."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM ownership_transfers transfer
        WHERE (closed_at IS NOT NULL) = $1 AND ($2::uuid IS NULL OR id < $2)
            AND ($3::text IS NULL OR asked @> ARRAY[$3])
            AND ($4::text IS NULL OR asked @> ARRAY[$4] OR owner_id = $4 OR EXISTS (
                SELECT FROM owned_things thing WHERE thing.kind = transfer.kind AND thing.id = transfer.subject_id
                AND thing.owner_id = $4))
        ORDER BY id DESC LIMIT $5
        """,
        closed, after, asked, concerning, limit,
    )  # fmt: skip
    return [_transfer(row) for row in rows]


async def save(tx: Transaction, change: Change[OwnershipTransfer]) -> None:
    """Write a transfer and its event."""
    it = change.after
    await tx.execute(
        f"INSERT INTO ownership_transfers ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        " ON CONFLICT (id) DO UPDATE SET closed_at = excluded.closed_at, outcome = excluded.outcome,"
        " owner_id = excluded.owner_id, version = excluded.version",
        it.id, it.kind, it.subject_id, it.title, it.department_id, it.left_id, list(it.asked), it.opened_at, it.due_at,
        it.closed_at, it.outcome, it.owner_id, it.version,
    )  # fmt: skip
    await outbox.record(tx, change)
