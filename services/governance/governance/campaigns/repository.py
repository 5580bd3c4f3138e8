"""Acknowledgements, and where everybody stands, in SQL. The rule is written once, in `_STANDINGS`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction, new_id
from chassis.domain import Change, NotFound
from governance.campaigns.domain import (
    Acknowledgement,
    AcknowledgementState,
    Asked,
    Campaign,
    Decline,
    GivenWord,
    Lateness,
)
from governance.exceptions.repository import HELD_AT
from governance.policies.domain import Policy
from governance.policies.repository import IN_FORCE

_ACKNOWLEDGEMENT = "a.id, a.employee_id, a.policy, a.number, a.at, a.version"
_DECLINE = "id, employee_id, policy, number, reason, at, exception_id, version"
_WANTED = (
    "(cardinality(asked.departments) = 0 OR {m}.department_id = ANY(asked.departments))"
    " AND (cardinality(asked.functions) = 0 OR {m}.job_function = ANY(asked.functions))"
)
_NEWEST_MAJOR = """
    SELECT DISTINCT ON (e.code) e.code AS policy, p.title, e.number, e.valid_for_days, e.acknowledge_by,
        coalesce(e.effective_from, e.published_at) AS holds_from,
        e.audience_departments AS departments, e.audience_functions AS functions
    FROM policy_editions e JOIN policies p USING (code)
    WHERE e.change_class = 'major' AND (p.withdrawn_at IS NULL OR p.withdrawn_at > $1)
        AND e.published_at <= $1 AND ($3::text IS NULL OR e.code = $3)
    ORDER BY e.code, e.number DESC
"""
_EXCEPTED = "array_agg(x.status)"
_HOLDS = "(x.status = 'requested' OR (x.status = 'active' AND x.valid_until > $1))"
# $1 now, $2 today, $3 a policy or null, $4 a person or null; a caller may narrow the audience further at "whose". A person
# is asked since the last day on which the person came into the audience: was hired, or moved into the department or job function.
_STANDINGS = f"""
    WITH asked AS MATERIALIZED ({_NEWEST_MAJOR}),
    audience AS (
        SELECT asked.*, p.employee_id, greatest(asked.acknowledge_by,
            CASE WHEN cardinality(asked.departments) = 0 AND cardinality(asked.functions) = 0 THEN p.from_date ELSE (
                SELECT greatest(p.from_date, max(since.from_date)) FROM memberships since
                WHERE since.employee_id = m.employee_id AND since.from_date <= m.from_date
                    AND {_WANTED.format(m="since")} AND NOT EXISTS (
                        SELECT FROM memberships before WHERE before.employee_id = since.employee_id
                        AND before.to_date = since.from_date AND {_WANTED.format(m="before")}
                    )
            ) END::timestamp AT TIME ZONE 'UTC' + (asked.acknowledge_by - asked.holds_from)) AS due_at
        FROM asked CROSS JOIN employments p LEFT JOIN memberships m ON m.employee_id = p.employee_id
            AND m.from_date <= $2 AND (m.to_date IS NULL OR m.to_date > $2)
        WHERE p.from_date <= $2 AND (p.to_date IS NULL OR p.to_date > $2) AND ($4::text IS NULL OR p.employee_id = $4)
            AND {_WANTED.format(m="m")} /* whose */
    ),
    standings AS (
        SELECT audience.policy, title, audience.number, audience.employee_id, acknowledge_by AS campaign_due_at, due_at,
            coalesce(given.at, declined.at) AS responded_at, given.valid_until,
            CASE WHEN given.at IS NOT NULL AND (given.valid_until IS NULL OR given.valid_until > $1) THEN 'accepted'
                WHEN 'active' = ANY(excepted.statuses) THEN 'excepted'
                WHEN 'requested' = ANY(excepted.statuses) THEN 'exception_requested'
                WHEN given.at IS NOT NULL THEN 'expired'
                WHEN declined.at IS NOT NULL THEN 'declined'
                WHEN due_at <= $1 THEN 'overdue'
                ELSE 'requested' END AS state
        FROM audience
        LEFT JOIN LATERAL (
            SELECT a.at, a.at + make_interval(days => e.valid_for_days) AS valid_until
            FROM acknowledgements a JOIN policy_editions e ON (e.code, e.number) = (a.policy, a.number)
            WHERE a.employee_id = audience.employee_id AND a.policy = audience.policy AND a.number >= audience.number
                AND a.at <= $1
            ORDER BY a.at + make_interval(days => e.valid_for_days) DESC NULLS FIRST LIMIT 1
        ) given ON true
        LEFT JOIN LATERAL (
            SELECT max(d.at) AS at FROM policy_declines d WHERE d.policy = audience.policy
            AND d.employee_id = audience.employee_id AND d.number >= audience.number AND d.at <= $1
        ) declined ON true
        LEFT JOIN LATERAL (
            SELECT {_EXCEPTED} AS statuses FROM policy_exceptions x WHERE x.policy = audience.policy
            AND x.employee_id = audience.employee_id AND x.tool_id IS NULL
            AND {_HOLDS}
        ) excepted ON true
    )
"""


def _asked(row: Record) -> Asked:
    return Asked(**{**dict(row), "state": AcknowledgementState(row["state"])})


async def standings(
    connection: Connection, policy: str, *, states: Collection[AcknowledgementState], after: str | None, limit: int
) -> list[Asked]:
    """A page of the people who are asked to acknowledge a policy and stand so, by id; no state is any."""
    rows = await connection.fetch(
        f"{_STANDINGS} SELECT * FROM standings WHERE ($5::text[] IS NULL OR state = ANY($5))"
        " AND ($6::text IS NULL OR employee_id > $6) ORDER BY employee_id LIMIT $7",
        connection.now, connection.now.date(), policy, None, list(states) or None, after, limit,
    )  # fmt: skip
    return [_asked(row) for row in rows]


async def asked_of(connection: Connection, employee_id: str) -> list[Asked]:
    """What a person is asked to acknowledge, the most urgent first; at most a hundred."""
    rows = await connection.fetch(
        f"{_STANDINGS} SELECT * FROM standings ORDER BY due_at, policy LIMIT 100",
        connection.now, connection.now.date(), None, employee_id,
    )  # fmt: skip
    return [_asked(row) for row in rows]


async def stands(connection: Connection, policy: str, employee_id: str) -> Asked | None:
    """Where one person stands with one policy; None when the person is not asked."""
    row = await connection.fetchrow(
        f"{_STANDINGS} SELECT * FROM standings",
        connection.now, connection.now.date(), policy, employee_id,
    )  # fmt: skip
    return _asked(row) if row else None


async def campaign(connection: Connection, policy: Policy) -> Campaign:
    """How far the acknowledgement of the newest major version is, among those who are asked today."""
    rows = await connection.fetch(
        f"{_STANDINGS} SELECT state, count(*) AS people FROM standings GROUP BY state",
        connection.now, connection.now.date(), policy.code, None,
    )  # fmt: skip
    states = {AcknowledgementState(row["state"]): row["people"] for row in rows}
    return Campaign(policy.code, policy.asked.number, policy.asked.acknowledge_by, states)


async def campaigns(connection: Connection, policies: list[Policy]) -> dict[Policy, Campaign]:
    """The same for some policies: a statement each, and who asks is about one."""
    return {policy: await campaign(connection, policy) for policy in policies}


# The same at a moment that has passed, when exceptions had another status.
_STANDINGS_THEN = _STANDINGS.replace(_EXCEPTED, "array_agg('active'::text)").replace(_HOLDS, HELD_AT.format(at="$1"))


async def coverage(connection: Connection, at: datetime) -> tuple[int, int]:
    """Over all policies and everybody who is asked at a moment: how many are asked, and how many accepted or are excepted."""
    standings = _STANDINGS if at >= connection.now else _STANDINGS_THEN
    row = await connection.fetchrow(
        f"{standings} SELECT count(*) AS asked, count(*) FILTER (WHERE state IN ('accepted', 'excepted')) AS settled"
        " FROM standings",
        at, at.date(), None, None,
    )  # fmt: skip
    assert row is not None
    return row["asked"], row["settled"]


async def coverage_of(connection: Connection, department_ids: list[str]) -> dict[str, tuple[int, int]]:
    """The same for the people of departments."""
    rows = await connection.fetch(
        f"""
        {_STANDINGS.replace("/* whose */", "AND m.department_id = ANY($5)")}
        SELECT m.department_id, count(*) AS asked, count(*) FILTER (WHERE state IN ('accepted', 'excepted')) AS settled
        FROM standings JOIN memberships m ON m.employee_id = standings.employee_id AND m.from_date <= $2
            AND (m.to_date IS NULL OR m.to_date > $2)
        GROUP BY m.department_id
        """,
        connection.now, connection.now.date(), None, None, department_ids,
    )  # fmt: skip
    return {row["department_id"]: (row["asked"], row["settled"]) for row in rows}


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


async def words_of(connection: Connection, employee_id: str, *, after: UUID | None, limit: int) -> list[GivenWord]:
    """A page of what a person ever acknowledged, the latest first, each with what it is worth today."""
    rows = await connection.fetch(
        f"""
        SELECT {_ACKNOWLEDGEMENT}, a.at + make_interval(days => e.valid_for_days) AS valid_until,
            CASE WHEN EXISTS (
                SELECT FROM policy_editions later WHERE later.code = a.policy AND later.number > a.number
                    AND later.change_class = 'major' AND coalesce(later.effective_from, later.published_at) <= $2
            ) THEN 'superseded'
            WHEN a.at + make_interval(days => e.valid_for_days) <= $2 THEN 'expired' ELSE 'accepted' END AS state
        FROM acknowledgements a JOIN policy_editions e ON (e.code, e.number) = (a.policy, a.number)
        WHERE a.employee_id = $1 AND ($3::uuid IS NULL OR a.id < $3) ORDER BY a.id DESC LIMIT $4
        """,
        employee_id, connection.now, after, limit,
    )  # fmt: skip
    found = []
    for row in rows:
        fields = dict(row)
        state, valid_until = AcknowledgementState(fields.pop("state")), fields.pop("valid_until")
        found.append(GivenWord(Acknowledgement(**fields), state, valid_until))
    return found


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
        f"INSERT INTO policy_declines ({_DECLINE}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        given.id, given.employee_id, given.policy, given.number, given.reason, given.at, given.exception_id,
        given.version,
    )  # fmt: skip
    await outbox.record(tx, change)


async def decline(connection: Connection, id: UUID) -> Decline:
    """One decline. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_DECLINE} FROM policy_declines WHERE id = $1", id)
    if row is None:
        raise NotFound(what="decline", id=str(id))
    return Decline(**row)


async def tell_late(tx: Transaction, late: Collection[Asked]) -> None:
    """Tell that these people are late, each once for a version."""
    told = [Lateness(new_id(), each.employee_id, each.policy, each.number, each.due_at) for each in late]
    rows = await tx.fetch(
        """
        INSERT INTO late_acknowledgements (id, employee_id, policy, number, due_at, told_at)
        SELECT id, employee_id, policy, number, due_at, $6
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::timestamptz[])
            AS late (id, employee_id, policy, number, due_at)
        ON CONFLICT (policy, number, employee_id) DO NOTHING RETURNING id
        """,
        [each.id for each in told], [each.employee_id for each in told], [each.policy for each in told],
        [each.number for each in told], [each.due_at for each in told], tx.now,
    )  # fmt: skip
    new = {row["id"] for row in rows}
    await outbox.record_many(tx, [each.told() for each in told if each.id in new])
