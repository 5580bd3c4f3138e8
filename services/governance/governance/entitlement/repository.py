"""What is known of people - credentials that training told of, and where they stand - and all that decides a case, in SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis import directory
from chassis.database import Connection, Transaction
from chassis.directory import Status
from governance.access import repository as access
from governance.departments import repository as departments
from governance.entitlement.domain import Case, Credential, Rival, Standing
from governance.policies import repository as policies
from governance.tools import repository as tools

_PERIOD = "period_id, credential_type, valid_from, valid_until, grace_until, grace_ended, revoked"
RIVAL = (
    "g.employee_id, CASE g.tool_id WHEN s.first_id THEN s.second_id ELSE s.first_id END, g.tool_id, t.name, g.id,"
    " g.valid_from, s.policy, s.reason"
)
# Each kind of fact is a branch with its own columns, so that one round trip brings them all.
# $1 = the day, $2 = the moment, $3 = people, $4 = tools.
_STANDINGS = f"""
    WITH person AS (
        SELECT id, department_id, manager_id, status FROM ({directory.AS_OF} WHERE e.id = ANY($3)) AS known
    )
    SELECT 'person' AS kind, ROW(id, department_id, manager_id, status) AS fact FROM person
    UNION ALL
    SELECT 'credential', ROW(employee_id, {_PERIOD}) FROM credential_periods WHERE employee_id = ANY($3)
    UNION ALL
    SELECT 'acknowledgement', ROW(a.employee_id, a.policy, a.number)
    FROM {policies.IN_FORCE.format(now="$2")} WHERE a.employee_id = ANY($3)
    UNION ALL
    SELECT 'restriction', ROW({departments.COLUMNS}) FROM department_restrictions
    WHERE department_id IN (SELECT department_id FROM person) AND status = 'active' AND review_by > $1
    UNION ALL
    SELECT 'exception', ROW(employee_id, policy, tool_id) FROM policy_exceptions
    WHERE employee_id = ANY($3) AND status = 'active' AND valid_until > $2
    UNION ALL
    SELECT 'rival', ROW({RIVAL})
    FROM access_grants g JOIN tool_separations s ON g.tool_id IN (s.first_id, s.second_id) JOIN tools t ON t.id = g.tool_id
    WHERE g.employee_id = ANY($3) AND g.revoked_at IS NULL AND (g.valid_until IS NULL OR g.valid_until > $2)
        AND s.ended_at IS NULL
"""
_CASES = f"""
    {_STANDINGS}
    UNION ALL
    SELECT 'tool', ROW({tools.COLUMNS}) FROM tools WHERE id = ANY($4)
    UNION ALL
    SELECT 'grant', ROW({access.GRANT}) FROM access_grants
    WHERE employee_id = ANY($3) AND tool_id = ANY($4) AND revoked_at IS NULL
    UNION ALL
    SELECT 'deadline', ROW({policies.DEADLINE}) FROM policy_editions
    WHERE code IN (SELECT unnest(policy_ids) FROM tools WHERE id = ANY($4))
    UNION ALL
    SELECT 'sponsor', ROW(employee_id) FROM sponsors WHERE ended_at IS NULL
"""
_Facts = dict[str, list[tuple[Any, ...]]]


async def lock(tx: Transaction, employee_ids: Sequence[str]) -> None:
    """Let one transaction at a time change what these people may do. The rows are the directory's, which locks them too."""
    await tx.execute("SELECT FROM employees WHERE id = ANY($1) ORDER BY id FOR UPDATE", list(employee_ids))


async def hold_departments_still(tx: Transaction, employee_ids: Sequence[str]) -> None:
    """What the departments of these people restrict does not change until the end of the transaction."""
    await departments.hold_still_of(tx, sorted(set(employee_ids)))


async def standing(connection: Connection, employee_ids: Iterable[str]) -> dict[str, Standing]:
    """Where people stand today; who is not known here stands outside."""
    ids = sorted(set(employee_ids))
    return _standings(ids, _by_kind(await connection.fetch(_STANDINGS, *directory.moment(connection), ids)))


async def cases(connection: Connection, asked: list[tuple[str, UUID]]) -> dict[tuple[str, UUID], Case]:
    """All that decides whether each of these people may use the tool asked about, in one statement for all."""
    ids, tool_ids = sorted({who for who, _ in asked}), sorted({tool_id for _, tool_id in asked})
    facts = _by_kind(await connection.fetch(_CASES, *directory.moment(connection), ids, tool_ids))
    people = _standings(ids, facts)
    known = {tool.id: tool for tool in (tools.tool_from(_named(tools.COLUMNS, each)) for each in facts["tool"])}
    grants = defaultdict(list)
    for grant in sorted(
        (access.grant_from(_named(access.GRANT, each)) for each in facts["grant"]), key=lambda grant: grant.id
    ):
        grants[grant.employee_id, grant.tool_id].append(grant)
    deadlines = policies.by_code(facts["deadline"])
    sponsor = facts["sponsor"]
    return {
        (who, tool_id): Case(
            people[who],
            known.get(tool_id),
            tuple(grants[who, tool_id]),
            deadlines,
            sponsor[0][0] if sponsor else None,
        )
        for who, tool_id in asked
    }


def _by_kind(rows: list[Record]) -> _Facts:
    found: _Facts = defaultdict(list)
    for kind, fact in rows:
        found[kind].append(fact)
    return found


def _named(columns: str, values: Iterable[Any]) -> dict[str, Any]:
    return dict(zip(columns.split(", "), values, strict=True))


def _standings(ids: list[str], facts: _Facts) -> dict[str, Standing]:
    """What these facts say of people."""
    people = {id: known for id, *known in facts["person"]}
    credentials, acknowledged, excepted, restrictions, rivals = (defaultdict[str, list[Any]](list) for _ in range(5))
    for employee_id, *period in facts["credential"]:
        credentials[employee_id].append(Credential(*period))
    for employee_id, policy, number in facts["acknowledgement"]:
        acknowledged[employee_id].append((policy, number))
    for employee_id, policy, tool_id in facts["exception"]:
        excepted[employee_id].append((policy, tool_id))
    for employee_id, *rival in sorted(facts["rival"], key=lambda fact: (fact[5], fact[4])):
        rivals[employee_id].append(Rival(*rival))
    for restriction in sorted(
        (departments.restriction_from(_named(departments.COLUMNS, each)) for each in facts["restriction"]),
        key=lambda restriction: restriction.id,
    ):
        restrictions[restriction.department_id].append(restriction)
    found: dict[str, Standing] = {}
    for id in ids:
        department_id, manager_id, status = people.get(id, (None, None, Status.PENDING))
        found[id] = Standing(
            employee_id=id,
            works_here=Status(status).works_here,
            department_id=department_id,
            manager_id=manager_id,
            credentials=tuple(credentials[id]),
            acknowledged=tuple(acknowledged[id]),
            restrictions=tuple(restrictions[department_id]) if department_id else (),
            excepted=tuple(excepted[id]),
            rivals=tuple(rivals[id]),
        )
    return found


async def learn(
    tx: Transaction,
    *,
    period_id: str,
    employee_id: str,
    credential_type: str,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    grace_until: datetime | None = None,
    grace_ended: bool = False,
    revoked: bool = False,
) -> None:
    """Add to what is known of a credential period. Facts only add up, so that their order does not matter."""
    await tx.execute(
        """
        INSERT INTO credential_periods AS known (employee_id, period_id, credential_type, valid_from, valid_until,
            grace_until, grace_ended, revoked, told_at, grace_ended_at, revoked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::timestamptz, CASE WHEN $7 THEN $9::timestamptz END,
            CASE WHEN $8 THEN $9::timestamptz END)
        ON CONFLICT (period_id) DO UPDATE SET
            valid_from = coalesce(excluded.valid_from, known.valid_from),
            valid_until = coalesce(excluded.valid_until, known.valid_until),
            grace_until = coalesce(excluded.grace_until, known.grace_until),
            grace_ended = known.grace_ended OR excluded.grace_ended,
            revoked = known.revoked OR excluded.revoked,
            grace_ended_at = CASE WHEN known.grace_ended THEN known.grace_ended_at ELSE excluded.grace_ended_at END,
            revoked_at = CASE WHEN known.revoked THEN known.revoked_at ELSE excluded.revoked_at END
        """,
        employee_id, period_id, credential_type, valid_from, valid_until, grace_until, grace_ended, revoked, tx.now,
    )  # fmt: skip
