"""What was recorded up to a moment, in SQL. The events are the chassis' own table, which only grows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from chassis.database import Connection
from governance.access import repository as access
from governance.access.domain import Grant
from governance.departments import repository as departments
from governance.departments.domain import Restriction, RestrictionStatus
from governance.entitlement.domain import Credential, Rival
from governance.entitlement.repository import RIVAL
from governance.exceptions.repository import HELD_AT
from governance.history.domain import Event, Period


async def events(connection: Connection, subjects: Sequence[str], until: datetime) -> dict[str, list[Event]]:
    """The events of these aggregates up to a moment, in their order."""
    rows = await connection.fetch(
        "SELECT id, type, subject, time, data FROM events WHERE subject = ANY($1) AND time <= $2 ORDER BY subject, sequence",
        list(subjects), until,
    )  # fmt: skip
    found: dict[str, list[Event]] = defaultdict(list)
    for row in rows:
        data = row["data"] if isinstance(row["data"], dict) else msgspec.json.decode(row["data"])
        found[row["subject"]].append(Event(row["id"], row["type"], row["subject"], row["time"], data))
    return found


async def grants(connection: Connection, employee_id: str, tool_id: UUID, until: datetime) -> list[Grant]:
    """The grants that a person was given for a tool up to a moment, whatever became of them."""
    return await access.grants_given(connection, employee_id, tool_id, until)


async def periods(connection: Connection, employee_id: str) -> list[Period]:
    """A person's credential periods, with when things were told of them."""
    rows = await connection.fetch(
        "SELECT period_id, credential_type, valid_from, valid_until, grace_until, grace_ended, revoked, told_at,"
        " grace_ended_at, revoked_at FROM credential_periods WHERE employee_id = $1 ORDER BY period_id",
        employee_id,
    )
    return [
        Period(
            Credential(
                row["period_id"], row["credential_type"], row["valid_from"], row["valid_until"], row["grace_until"],
                row["grace_ended"], row["revoked"],
            ),
            row["told_at"], row["grace_ended_at"], row["revoked_at"],
        )
        for row in rows
    ]  # fmt: skip


async def acknowledgements(connection: Connection, employee_id: str, at: datetime) -> tuple[tuple[str, int], ...]:
    """What a person had acknowledged, and was in force, at a moment."""
    rows = await connection.fetch(
        "SELECT a.policy, a.number FROM acknowledgements a"
        " JOIN policy_editions e ON (e.code, e.number) = (a.policy, a.number)"
        " WHERE a.employee_id = $1 AND a.at <= $2"
        " AND (e.valid_for_days IS NULL OR a.at + make_interval(days => e.valid_for_days) > $2)",
        employee_id, at,
    )  # fmt: skip
    return tuple((row["policy"], row["number"]) for row in rows)


async def exceptions(connection: Connection, employee_id: str, at: datetime) -> tuple[tuple[str, UUID | None], ...]:
    """The policies from which a person was excepted at a moment: granted before it, not ended before it."""
    rows = await connection.fetch(
        f"""
        SELECT x.policy, x.tool_id FROM policy_exceptions x
        WHERE x.employee_id = $1 AND {HELD_AT.format(at="$2")}
        """,
        employee_id, at,
    )  # fmt: skip
    return tuple((row["policy"], row["tool_id"]) for row in rows)


async def rivals(connection: Connection, employee_id: str, tool_id: UUID, at: datetime) -> tuple[Rival, ...]:
    """What a person had at a moment that was never together with a tool by the rules of then."""
    rows = await connection.fetch(
        f"""
        SELECT {RIVAL} FROM access_grants g
        JOIN tool_separations s ON (s.first_id, s.second_id) IN ((g.tool_id, $2), ($2, g.tool_id))
        JOIN tools t ON t.id = g.tool_id
        WHERE g.employee_id = $1 AND g.valid_from <= $3 AND (g.revoked_at IS NULL OR g.revoked_at > $3)
            AND s.decided_at <= $3 AND (s.ended_at IS NULL OR s.ended_at > $3)
        ORDER BY g.valid_from, g.id LIMIT 100
        """,
        employee_id, tool_id, at,
    )  # fmt: skip
    return tuple(Rival(*tuple(row)[1:]) for row in rows)


async def restrictions(connection: Connection, department_id: str, at: datetime) -> tuple[Restriction, ...]:
    """What a department restricted at a moment."""
    known = [each for each in await departments.every_of(connection, department_id) if each.imposed_on <= at.date()]
    told = await events(connection, [str(each.id) for each in known], at)
    return tuple(
        Restriction(
            each.id, each.department_id, each.tool_id, each.removed, each.remaining, each.reason, each.review_by,
            each.imposed_by, each.imposed_on, RestrictionStatus.ACTIVE,
        )
        for each in known
        if told.get(str(each.id)) and all(e.name != "department-restriction-lifted" for e in told[str(each.id)])
    )  # fmt: skip
