"""Policies and their versions in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.policies.domain import Deadline, Edition, Policy
from governance.policies.terms import Audience, ChangeClass, PolicyKind

_POLICY = "id, code, title, version, kind, department_id, owner_id, review_by, withdrawn_at, withdrawn_because"
_EDITION = (
    "number, change_class, content, content_hash, published_at, published_by, acknowledge_by, valid_for_days,"
    " effective_from, audience_departments, audience_functions, reviewed_by"
)
IN_FORCE = (
    "acknowledgements a JOIN policy_editions e ON (e.code, e.number) = (a.policy, a.number)"
    " AND (e.valid_for_days IS NULL OR a.at + make_interval(days => e.valid_for_days) > {now})"
)
_WITHDRAWN = "(SELECT p.withdrawn_at FROM policies p WHERE p.code = policy_editions.code)"
DEADLINE = f"code, number, change_class, acknowledge_by, {_WITHDRAWN}"


async def editions(connection: Connection, codes: list[str]) -> dict[str, tuple[Edition, ...]]:
    """The published versions of policies, the oldest first."""
    found: dict[str, list[Edition]] = defaultdict(list)
    for row in await connection.fetch(
        f"SELECT code, {_EDITION}, {_WITHDRAWN} AS withdrawn_at FROM policy_editions WHERE code = ANY($1)"
        " ORDER BY code, number",
        codes,
    ):
        fields = dict(row)
        code = fields.pop("code")
        audience = Audience(tuple(fields.pop("audience_departments")), tuple(fields.pop("audience_functions")))
        fields |= {
            "change_class": ChangeClass(row["change_class"]),
            "reviewed_by": tuple(row["reviewed_by"]),
            "audience": audience,
        }
        found[code].append(Edition(**fields))
    return {code: tuple(numbers) for code, numbers in found.items()}


async def deadlines(connection: Connection, codes: list[str]) -> dict[str, tuple[Deadline, ...]]:
    """What decides whether acknowledgements of these policies are enough."""
    return by_code(await connection.fetch(f"SELECT {DEADLINE} FROM policy_editions WHERE code = ANY($1)", codes))


def by_code(rows: Iterable[Iterable[Any]]) -> dict[str, tuple[Deadline, ...]]:
    """Deadlines of their policies, from rows of `DEADLINE`."""
    found: dict[str, list[Deadline]] = defaultdict(list)
    for code, number, change_class, acknowledge_by, withdrawn_at in rows:
        found[code].append(Deadline(number, ChangeClass(change_class), acknowledge_by, withdrawn_at))
    return {code: tuple(numbers) for code, numbers in found.items()}


async def by_codes(connection: Connection, codes: list[str]) -> dict[str, Policy]:
    """Policies by code."""
    rows = await connection.fetch(f"SELECT {_POLICY} FROM policies WHERE code = ANY($1)", codes)
    published = await editions(connection, [row["code"] for row in rows])
    return {
        row["code"]: Policy(**{**dict(row), "kind": PolicyKind(row["kind"])}, editions=published[row["code"]])
        for row in rows
    }


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


async def enterprise_of(connection: Connection, kind: PolicyKind) -> list[Policy]:
    """The policies of a kind that bind in every department: at most a hundred, by code."""
    rows = await connection.fetch(
        "SELECT code FROM policies WHERE kind = $1 AND department_id IS NULL AND withdrawn_at IS NULL"
        " ORDER BY code LIMIT 100",
        kind,
    )
    return list((await by_codes(connection, [row["code"] for row in rows])).values())


async def owned_by(connection: Connection, employee_id: str) -> list[str]:
    """The codes of the policies that a person answers for."""
    rows = await connection.fetch(
        "SELECT code FROM policies WHERE owner_id = $1 AND withdrawn_at IS NULL ORDER BY code", employee_id
    )
    return [row["code"] for row in rows]


async def save(tx: Transaction, change: Change[Policy]) -> None:
    """Write a policy and its event."""
    it = change.after
    await tx.execute(
        f"INSERT INTO policies ({_POLICY}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (id) DO UPDATE SET title = excluded.title, owner_id = excluded.owner_id,"
        " review_by = excluded.review_by, withdrawn_at = excluded.withdrawn_at,"
        " withdrawn_because = excluded.withdrawn_because, version = excluded.version",
        it.id, it.code, it.title, it.version, it.kind, it.department_id, it.owner_id, it.review_by, it.withdrawn_at,
        it.withdrawn_because,
    )  # fmt: skip
    await outbox.record(tx, change)


async def publish(tx: Transaction, change: Change[Policy]) -> None:
    """Write a policy with its newest version, and the event."""
    await save(tx, change)
    it = change.after.newest
    await tx.execute(
        f"INSERT INTO policy_editions (code, {_EDITION})"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        change.after.code, it.number, it.change_class, it.content, it.content_hash, it.published_at, it.published_by,
        it.acknowledge_by, it.valid_for_days, it.effective_from, list(it.audience.departments),
        list(it.audience.job_functions), list(it.reviewed_by),
    )  # fmt: skip
