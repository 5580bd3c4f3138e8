"""Policies, their editions and acknowledgements in SQL."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.policies.domain import Acknowledgement, ChangeClass, Edition, Policy

_EDITION = "number, change_class, content, content_hash, published_at, published_by, acknowledge_by"
_ACKNOWLEDGEMENT = "id, employee_id, policy, number, at, version"


async def editions(connection: Connection, codes: list[str]) -> dict[str, tuple[Edition, ...]]:
    """The published versions of policies, the oldest first."""
    found: dict[str, list[Edition]] = defaultdict(list)
    for row in await connection.fetch(
        f"SELECT code, {_EDITION} FROM policy_editions WHERE code = ANY($1) ORDER BY code, number", codes
    ):
        fields = dict(row)
        found[fields.pop("code")].append(Edition(**{**fields, "change_class": ChangeClass(row["change_class"])}))
    return {code: tuple(numbers) for code, numbers in found.items()}


async def by_codes(connection: Connection, codes: list[str]) -> dict[str, Policy]:
    """Policies by code."""
    rows = await connection.fetch("SELECT id, code, title, version FROM policies WHERE code = ANY($1)", codes)
    published = await editions(connection, [row["code"] for row in rows])
    return {row["code"]: Policy(**dict(row), editions=published[row["code"]]) for row in rows}


async def get(connection: Connection, id: UUID) -> Policy:
    """One policy. Raises NotFound."""
    code = await connection.fetchval("SELECT code FROM policies WHERE id = $1", id)
    return await named(connection, code or str(id))


async def named(connection: Connection, code: str) -> Policy:
    """The policy of this code. Raises NotFound."""
    found = (await by_codes(connection, [code])).get(code)
    if found is None:
        raise NotFound(what="policy", id=code)
    return found


async def lock(tx: Transaction, code: str) -> Policy | None:
    """The policy of this code, locked; None when there is none."""
    await tx.execute("SELECT FROM policies WHERE code = $1 FOR UPDATE", code)
    return (await by_codes(tx, [code])).get(code)


async def listing(connection: Connection, *, after: str | None, limit: int) -> list[Policy]:
    """A page of policies by code."""
    rows = await connection.fetch(
        "SELECT code FROM policies WHERE $1::text IS NULL OR code > $1 ORDER BY code LIMIT $2", after, limit
    )
    codes = [row["code"] for row in rows]
    found = await by_codes(connection, codes)
    return [found[code] for code in codes]


async def save(tx: Transaction, change: Change[Policy]) -> None:
    """Write a policy, its newest edition and its event."""
    policy = change.after
    await tx.execute(
        "INSERT INTO policies (id, code, title, version) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (id) DO UPDATE SET version = excluded.version",
        policy.id, policy.code, policy.title, policy.version,
    )  # fmt: skip
    newest = policy.current
    await tx.execute(
        f"INSERT INTO policy_editions (code, {_EDITION}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        policy.code, newest.number, newest.change_class, newest.content, newest.content_hash, newest.published_at,
        newest.published_by, newest.acknowledge_by,
    )  # fmt: skip
    await outbox.record(tx, change)


async def acknowledgement(connection: Connection, id: UUID) -> Acknowledgement:
    """One acknowledgement. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_ACKNOWLEDGEMENT} FROM acknowledgements WHERE id = $1", id)
    if row is None:
        raise NotFound(what="acknowledgement", id=str(id))
    return Acknowledgement(**row)


async def acknowledged(connection: Connection, employee_id: str, policy: str, number: int) -> Acknowledgement | None:
    """A person's acknowledgement of one edition."""
    row = await connection.fetchrow(
        f"SELECT {_ACKNOWLEDGEMENT} FROM acknowledgements WHERE (employee_id, policy, number) = ($1, $2, $3)",
        employee_id, policy, number,
    )  # fmt: skip
    return Acknowledgement(**row) if row else None


async def acknowledgements(connection: Connection, employees: list[str]) -> dict[str, tuple[Acknowledgement, ...]]:
    """What these people acknowledged, the latest first."""
    found: dict[str, list[Acknowledgement]] = defaultdict(list)
    for row in await connection.fetch(
        f"SELECT {_ACKNOWLEDGEMENT} FROM acknowledgements WHERE employee_id = ANY($1) ORDER BY at DESC, id", employees
    ):
        found[row["employee_id"]].append(Acknowledgement(**row))
    return {employee: tuple(given) for employee, given in found.items()}


async def add_acknowledgement(tx: Transaction, change: Change[Acknowledgement]) -> None:
    """Write an acknowledgement and its event."""
    given = change.after
    await tx.execute(
        f"INSERT INTO acknowledgements ({_ACKNOWLEDGEMENT}) VALUES ($1, $2, $3, $4, $5, $6)",
        given.id, given.employee_id, given.policy, given.number, given.at, given.version,
    )  # fmt: skip
    await outbox.record(tx, change)
