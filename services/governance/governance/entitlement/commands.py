"""Answering "may this person use this tool for this?"."""

from __future__ import annotations

from uuid import UUID

from chassis.caller import Caller
from chassis.database import Connection
from chassis.domain import NotEntitled, Tier
from governance.access import repository as access
from governance.entitlement import repository
from governance.entitlement.domain import Entitlement, decide
from governance.policies import repository as policies
from governance.rights import commands as rights
from governance.rights.domain import Decider
from governance.scope.domain import DataClass, UsageContext, Use
from governance.tools import repository as tools

_MAY_ASK_FOR_ALL = (Decider.AI_STEWARD, Decider.COMPLIANCE_OFFICER, Decider.EXECUTIVE_SPONSOR)


async def can_use(
    connection: Connection,
    *,
    caller: Caller,
    employee_id: str,
    tool_id: UUID,
    data_class: DataClass,
    context: UsageContext,
    region: str | None,
) -> Entitlement:
    """Decide, with the whole chain of rules."""
    person = (await repository.standing(connection, [employee_id]))[employee_id]
    await require_may_ask(connection, caller, employee_id, person.manager_id)
    tool = await tools.get(connection, tool_id)
    return decide(
        tool=tool,
        person=person,
        use=Use(data_class, context, person.department_id, region),
        grants=await access.grants_for(connection, employee_id, tool.id),
        policies=await policies.editions(connection, list(tool.conditions.policy_ids)),
        now=connection.now,
    )


async def require_may_ask(connection: Connection, caller: Caller, employee_id: str, manager_id: str | None) -> None:
    """Let those through who may know what a person may use."""
    if not await _may_ask(connection, caller, employee_id, manager_id):
        raise NotEntitled(
            action="Asking what somebody else may use",
            tier=Tier.TEAM.value,
            deciders="the person, the line manager, the AI steward, the compliance officer or the executive sponsor",
        )


async def _may_ask(connection: Connection, caller: Caller, employee_id: str, manager_id: str | None) -> bool:
    if caller.employee_id in (employee_id, manager_id or employee_id) or caller.has("auditor"):
        return True
    return not (await rights.standing(connection, caller)).isdisjoint(_MAY_ASK_FOR_ALL)
