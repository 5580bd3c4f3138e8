"""Provisioned resources and what HR was told of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change
from governance.scim.domain import TEAM_PREFIX, Account, Facts, Place

_COLUMNS = "id, kind, user_name, employee_id, resource, revision, created_at, modified_at"


@dataclass(frozen=True, slots=True)
class Stored:
    """A resource as it is kept: its attributes without id and meta."""

    id: UUID
    kind: str
    user_name: str | None
    employee_id: str | None
    resource: dict[str, Any]
    revision: int
    created_at: datetime
    modified_at: datetime


async def get(connection: Connection, kind: str, id: UUID, *, lock: bool = False) -> Stored | None:
    """One resource; locked until the transaction ends when it is to be changed."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM scim_resources WHERE kind = $1 AND id = $2 {'FOR UPDATE' if lock else ''}", kind, id
    )
    return _stored(row) if row else None


async def page(
    connection: Connection, kinds: list[str], matching: str | None, *, offset: int, limit: int
) -> tuple[int, list[Stored]]:
    """How many resources match a JSON path, and a page of them in order of their making."""
    where = "kind = ANY($1) AND ($2::text IS NULL OR folded @@ $2::text::jsonpath)"
    total = await connection.fetchval(f"SELECT count(*) FROM scim_resources WHERE {where}", kinds, matching)
    if limit == 0:
        return total, []
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM scim_resources WHERE {where} ORDER BY id OFFSET $3 LIMIT $4",
        kinds, matching, offset, limit,
    )  # fmt: skip
    return total, [_stored(row) for row in rows]


async def taken(connection: Connection, user_name: str | None, employee_id: str | None, besides: UUID | None) -> bool:
    """Whether another user has this user name or employee id."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM scim_resources WHERE (user_name = $1 OR employee_id = $2)"
            " AND id IS DISTINCT FROM $3)",
            user_name, employee_id, besides,
        )
    )  # fmt: skip


async def add(tx: Transaction, stored: Stored, folded: dict[str, Any]) -> None:
    """Keep a new resource."""
    await tx.execute(
        f"INSERT INTO scim_resources ({_COLUMNS}, folded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        stored.id, stored.kind, stored.user_name, stored.employee_id, stored.resource, stored.revision,
        stored.created_at, stored.modified_at, folded,
    )  # fmt: skip


async def save(tx: Transaction, stored: Stored, folded: dict[str, Any]) -> None:
    """Keep a resource in place of its former revision."""
    await tx.execute(
        "UPDATE scim_resources SET user_name = $2, resource = $3, folded = $4, revision = $5, modified_at = $6"
        " WHERE id = $1",
        stored.id, stored.user_name, stored.resource, folded, stored.revision, stored.modified_at,
    )  # fmt: skip


async def remove(tx: Transaction, id: UUID) -> None:
    """Forget a resource."""
    await tx.execute("DELETE FROM scim_resources WHERE id = $1", id)


async def users(tx: Transaction, ids: Iterable[UUID]) -> list[tuple[Stored, Account]]:
    """Users with what HR was told, locked in one order."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS}, told, version FROM scim_resources WHERE kind = 'User' AND id = ANY($1)"
        " ORDER BY id FOR UPDATE",
        list(ids),
    )
    return [(_stored(row), _account(row)) for row in rows]


async def teams_of(connection: Connection, ids: Iterable[UUID]) -> dict[str, str]:
    """User id -> the display name of the first made group that is a team and has the user."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (wanted.id) wanted.id, g.resource ->> 'displayName' AS team
        FROM unnest($1::text[]) AS wanted (id)
        JOIN scim_resources g ON g.kind = 'Group' AND starts_with(g.resource ->> 'displayName', $2)
            AND g.resource -> 'members' @> jsonb_build_array(jsonb_build_object('value', wanted.id))
        ORDER BY wanted.id, g.id
        """,
        [str(id) for id in ids], TEAM_PREFIX,
    )  # fmt: skip
    return {row["id"]: row["team"] for row in rows}


async def employee_ids(connection: Connection, ids: Iterable[UUID]) -> dict[str, str]:
    """User id -> employee id."""
    rows = await connection.fetch(
        "SELECT id::text, employee_id FROM scim_resources WHERE kind = 'User' AND id = ANY($1)", list(ids)
    )
    return {row["id"]: row["employee_id"] for row in rows}


async def tell(tx: Transaction, change: Change[Account]) -> None:
    """Keep what HR is told now, and its event."""
    account = change.after
    told = {
        "facts": asdict(account.told) if account.told else None,
        "is_active": account.is_told_active,
        "since": account.told_since.isoformat() if account.told_since else None,
    }
    await tx.execute(
        "UPDATE scim_resources SET told = $2, version = $3 WHERE id = $1", account.id, told, account.version
    )
    await outbox.record(tx, change)


def _stored(row: Record) -> Stored:
    return Stored(*(row[name.strip()] for name in _COLUMNS.split(",")))


def _account(row: Record) -> Account:
    told = row["told"] or {"facts": None, "is_active": False, "since": None}
    return Account(
        id=row["id"],
        employee_id=row["employee_id"],
        told=_facts(told["facts"]) if told["facts"] else None,
        is_told_active=told["is_active"],
        told_since=date.fromisoformat(told["since"]) if told["since"] else None,
        version=row["version"],
    )


def _facts(kept: dict[str, Any]) -> Facts:
    team = Place(**kept["team"]) if kept["team"] else None
    return Facts(**{**kept, "department": Place(**kept["department"]), "team": team})
