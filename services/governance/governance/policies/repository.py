"""Policies, their editions and acknowledgements in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from governance.policies.domain import Acknowledgement, Campaign, ChangeClass, Deadline, Decline, Edition, Policy

_EDITION = "number, change_class, content, content_hash, published_at, published_by, acknowledge_by, valid_for_days"
_ACKNOWLEDGEMENT = "a.id, a.employee_id, a.policy, a.number, a.at, a.version"
IN_FORCE = (
    "acknowledgements a JOIN policy_editions e ON (e.code, e.number) = (a.policy, a.number)"
    " AND (e.valid_for_days IS NULL OR a.at + make_interval(days => e.valid_for_days) > {now})"
)
DEADLINE = "code, number, change_class, acknowledge_by"
AUDIENCE = "employments p WHERE p.from_date <= {today} AND (p.to_date IS NULL OR p.to_date > {today})"


async def editions(connection: Connection, codes: list[str]) -> dict[str, tuple[Edition, ...]]:
    """The published versions of policies, the oldest first."""
    found: dict[str, list[Edition]] = defaultdict(list)
    for row in await connection.fetch(
        f"SELECT code, {_EDITION} FROM policy_editions WHERE code = ANY($1) ORDER BY code, number", codes
    ):
        fields = dict(row)
        found[fields.pop("code")].append(Edition(**{**fields, "change_class": ChangeClass(row["change_class"])}))
    return {code: tuple(numbers) for code, numbers in found.items()}


async def deadlines(connection: Connection, codes: list[str]) -> dict[str, tuple[Deadline, ...]]:
    """What decides whether acknowledgements of these policies are enough."""
    return by_code(await connection.fetch(f"SELECT {DEADLINE} FROM policy_editions WHERE code = ANY($1)", codes))


def by_code(rows: Iterable[Iterable[Any]]) -> dict[str, tuple[Deadline, ...]]:
    """Deadlines of their policies, from rows of `DEADLINE`."""
    found: dict[str, list[Deadline]] = defaultdict(list)
    for code, number, change_class, acknowledge_by in rows:
        found[code].append(Deadline(number, ChangeClass(change_class), acknowledge_by))
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
        f"INSERT INTO policy_editions (code, {_EDITION}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        policy.code, newest.number, newest.change_class, newest.content, newest.content_hash, newest.published_at,
        newest.published_by, newest.acknowledge_by, newest.valid_for_days,
    )  # fmt: skip
    await outbox.record(tx, change)


async def acknowledgement(connection: Connection, id: UUID) -> Acknowledgement:
    """One acknowledgement. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_ACKNOWLEDGEMENT} FROM acknowledgements a WHERE id = $1", id)
    if row is None:
        raise NotFound(what="acknowledgement", id=str(id))
    return Acknowledgement(**row)


async def acknowledged(connection: Connection, employee_id: str, policy: str, number: int) -> Acknowledgement | None:
    """A person's acknowledgement of one edition that is in force."""
    row = await connection.fetchrow(
        f"SELECT {_ACKNOWLEDGEMENT} FROM {IN_FORCE.format(now='$4')}"
        " WHERE (a.employee_id, a.policy, a.number) = ($1, $2, $3) LIMIT 1",
        employee_id, policy, number, connection.now,
    )  # fmt: skip
    return Acknowledgement(**row) if row else None


async def acknowledgements(connection: Connection, employees: list[str]) -> dict[str, tuple[Acknowledgement, ...]]:
    """What these people acknowledged and is in force, the latest first."""
    found: dict[str, list[Acknowledgement]] = defaultdict(list)
    for row in await connection.fetch(
        f"SELECT {_ACKNOWLEDGEMENT} FROM {IN_FORCE.format(now='$2')} WHERE a.employee_id = ANY($1)"
        " ORDER BY a.at DESC, a.id",
        employees, connection.now,
    ):  # fmt: skip
        found[row["employee_id"]].append(Acknowledgement(**row))
    return {employee: tuple(given) for employee, given in found.items()}


async def add_acknowledgement(tx: Transaction, change: Change[Acknowledgement]) -> None:
    """Write an acknowledgement and its event."""
    given = change.after
    await tx.execute(
        "INSERT INTO acknowledgements (id, employee_id, policy, number, at, version) VALUES ($1, $2, $3, $4, $5, $6)",
        given.id, given.employee_id, given.policy, given.number, given.at, given.version,
    )  # fmt: skip
    await outbox.record(tx, change)


async def add_decline(tx: Transaction, change: Change[Decline]) -> None:
    """Write a decline and its event."""
    given = change.after
    await tx.execute(
        "INSERT INTO policy_declines (id, employee_id, policy, number, reason, at, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        given.id, given.employee_id, given.policy, given.number, given.reason, given.at, given.version,
    )  # fmt: skip
    await outbox.record(tx, change)


async def decline(connection: Connection, id: UUID) -> Decline:
    """One decline. Raises NotFound."""
    row = await connection.fetchrow(
        "SELECT id, employee_id, policy, number, reason, at, version FROM policy_declines WHERE id = $1", id
    )
    if row is None:
        raise NotFound(what="decline", id=str(id))
    return Decline(**row)


async def tell(tx: Transaction, change: Change[Policy]) -> None:
    """Write an event about a policy that publishes nothing."""
    await tx.execute("UPDATE policies SET version = $2 WHERE id = $1", change.after.id, change.after.version)
    await outbox.record(tx, change)


async def campaign(connection: Connection, policy: Policy) -> Campaign:
    """How far the acknowledgement of the newest major version is, among those who work here today."""
    asked, today = policy.asked, connection.now.date()
    row = await connection.fetchrow(
        f"""
        WITH audience AS (SELECT DISTINCT employee_id FROM {AUDIENCE.format(today="$4")}),
        given AS (
            SELECT DISTINCT a.employee_id FROM {IN_FORCE.format(now="$3")} WHERE a.policy = $1 AND a.number >= $2
        )
        SELECT count(*) AS audience, count(given.employee_id) AS acknowledged, count(*) FILTER (
            WHERE given.employee_id IS NULL AND EXISTS (
                SELECT FROM policy_declines d
                WHERE d.policy = $1 AND d.employee_id = audience.employee_id AND d.number >= $2
            )
        ) AS declined
        FROM audience LEFT JOIN given USING (employee_id)
        """,
        policy.code, asked.number, connection.now, today,
    )  # fmt: skip
    return Campaign(policy.code, asked.number, asked.acknowledge_by, **dict(row or {}))


async def outstanding(connection: Connection, policy: Policy, *, after: str | None, limit: int) -> list[str]:
    """A page of those who work here and have not acknowledged the newest major version, by id."""
    rows = await connection.fetch(
        f"""
        SELECT DISTINCT p.employee_id FROM {AUDIENCE.format(today="$4")} AND ($5::text IS NULL OR p.employee_id > $5)
            AND NOT EXISTS (
                SELECT FROM {IN_FORCE.format(now="$3")}
                WHERE a.policy = $1 AND a.number >= $2 AND a.employee_id = p.employee_id
            )
        ORDER BY p.employee_id LIMIT $6
        """,
        policy.code, policy.asked.number, connection.now, connection.now.date(), after, limit,
    )  # fmt: skip
    return [row["employee_id"] for row in rows]
