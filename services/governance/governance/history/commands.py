"""Answering what held at a moment."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis import directory
from chassis.caller import Caller
from chassis.database import Connection
from chassis.domain import NotFound
from governance.entitlement.commands import require_may_ask
from governance.entitlement.domain import Standing, decide
from governance.history import repository
from governance.history.domain import NotYetHistory, Past, grant_then, tool_then
from governance.policies import repository as policies
from governance.programme import repository as programme
from governance.scope.domain import DataClass, UsageContext, Use
from governance.tools import repository as tools


async def could_use(
    connection: Connection,
    *,
    caller: Caller,
    employee_id: str,
    tool_id: UUID,
    data_class: DataClass,
    context: UsageContext,
    region: str | None,
    at: datetime,
) -> Past:
    """Decide as it would have been decided at a moment, with the whole chain of rules and the events behind it."""
    if at > connection.now:
        raise NotYetHistory(at=at.isoformat())
    today = await directory.person(connection, employee_id)
    sponsor = await programme.active(connection)
    require_may_ask(caller, employee_id, today.manager_id if today else None, sponsor.employee_id if sponsor else None)
    known = await tools.get(connection, tool_id)
    told = (await repository.events(connection, [str(tool_id)], at)).get(str(tool_id), [])
    tool = tool_then(known, told)
    if tool is None:
        raise NotFound(what="tool at that moment", id=str(tool_id))
    person = await directory.person(connection, employee_id, on=at.date())
    given = await repository.grants(connection, employee_id, tool_id, at)
    of_grants = await repository.events(connection, [str(grant.id) for grant in given], at)
    department_id = person.department_id if person else None
    periods = [period.then(at) for period in await repository.periods(connection, employee_id)]
    editions = await policies.editions(connection, list(tool.conditions.policy_ids))
    standing = Standing(
        employee_id=employee_id,
        works_here=person is not None and person.works_here,
        department_id=department_id,
        manager_id=person.manager_id if person else None,
        credentials=tuple(period for period in periods if period is not None),
        acknowledged=await repository.acknowledgements(connection, employee_id, at),
        restrictions=await repository.restrictions(connection, department_id, at) if department_id else (),
        excepted=await repository.exceptions(connection, employee_id, at),
        rivals=await repository.rivals(connection, employee_id, tool_id, at),
    )
    entitlement = decide(
        tool=tool,
        person=standing,
        use=Use(data_class, context, department_id, region),
        grants=[grant_then(grant, of_grants.get(str(grant.id), [])) for grant in given],
        policies={
            code: tuple(edition for edition in known_ if edition.published_at <= at)
            for code, known_ in editions.items()
        },
        now=at,
    )
    evidence = sorted((*told, *(event for each in of_grants.values() for event in each)), key=lambda event: event.time)
    return Past(at, entitlement, tool.model_version, tuple(evidence))
