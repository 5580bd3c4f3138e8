"""What is known of people: credentials that training told of, and where they stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from chassis import directory
from chassis.database import Connection, Transaction
from governance.departments import repository as departments
from governance.entitlement.domain import Credential, Standing
from governance.exceptions import repository as exceptions
from governance.policies import repository as policies

_PERIOD = "period_id, credential_type, valid_from, valid_until, grace_until, grace_ended, revoked"


async def lock(tx: Transaction, employee_ids: Sequence[str]) -> None:
    """Let one transaction at a time change what these people may do. The rows are the directory's, which locks them too."""
    await tx.execute("SELECT FROM employees WHERE id = ANY($1) ORDER BY id FOR UPDATE", list(employee_ids))


async def hold_departments_still(tx: Transaction, employee_ids: Sequence[str]) -> None:
    """What the departments of these people restrict does not change until the end of the transaction."""
    people = await directory.people(tx, sorted(set(employee_ids)))
    await departments.hold_still(tx, [each.department_id for each in people.values() if each.department_id])


async def credentials(connection: Connection, employee_ids: list[str]) -> dict[str, tuple[Credential, ...]]:
    """The credentials of people."""
    found: dict[str, list[Credential]] = defaultdict(list)
    for row in await connection.fetch(
        f"SELECT employee_id, {_PERIOD} FROM credential_periods WHERE employee_id = ANY($1) ORDER BY period_id",
        employee_ids,
    ):
        fields = dict(row)
        found[fields.pop("employee_id")].append(Credential(**fields))
    return {employee: tuple(periods) for employee, periods in found.items()}


async def standing(connection: Connection, employee_ids: Iterable[str]) -> dict[str, Standing]:
    """Where people stand today; who is not known here stands outside."""
    ids = sorted(set(employee_ids))
    people = await directory.people(connection, ids)
    held = await credentials(connection, ids)
    given = await policies.acknowledgements(connection, ids)
    restricted = await departments.holding(
        connection, [person.department_id for person in people.values() if person.department_id]
    )
    excepted = await exceptions.holding(connection, ids)
    found: dict[str, Standing] = {}
    for id in ids:
        person = people.get(id)
        found[id] = Standing(
            employee_id=id,
            works_here=person is not None and person.works_here,
            department_id=person.department_id if person else None,
            manager_id=person.manager_id if person else None,
            credentials=held.get(id, ()),
            acknowledged=tuple((each.policy, each.number) for each in given.get(id, ())),
            restrictions=restricted.get(person.department_id or "", ()) if person else (),
            excepted=excepted.get(id, ()),
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
