"""Answering "may this person use this tool for this?"."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis.caller import Caller
from chassis.domain import NotEntitled, NotFound, Tier
from governance.entitlement.domain import Case, Entitlement, decide
from governance.rights.domain import Decider
from governance.scope.domain import DataClass, UsageContext, Use

_MAY_ASK_FOR_ALL = (Decider.AI_STEWARD.value, Decider.COMPLIANCE_OFFICER.value, "auditor")


def can_use(
    case: Case,
    *,
    caller: Caller,
    tool_id: UUID,
    data_class: DataClass,
    context: UsageContext,
    region: str | None,
    now: datetime,
) -> Entitlement:
    """Decide, with the whole chain of rules. Raises NotEntitled or NotFound."""
    person = case.person
    require_may_ask(caller, person.employee_id, person.manager_id, case.sponsor_id)
    if case.tool is None:
        raise NotFound(what="tool", id=str(tool_id))
    return decide(
        tool=case.tool,
        person=person,
        use=Use(data_class, context, person.department_id, region),
        grants=case.grants,
        policies=case.policies,
        now=now,
    )


def require_may_ask(caller: Caller, employee_id: str, manager_id: str | None, sponsor_id: str | None) -> None:
    """Let those through who may know what a person may use."""
    close = {employee_id, manager_id, sponsor_id} - {None}
    if caller.employee_id not in close and not caller.has(*_MAY_ASK_FOR_ALL):
        raise NotEntitled(
            action="Asking what somebody else may use",
            tier=Tier.TEAM.value,
            deciders="the person, the line manager, the AI steward, the compliance officer or the executive sponsor",
        )
