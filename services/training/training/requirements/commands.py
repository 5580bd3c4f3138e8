"""What may be done to requirements."""

from __future__ import annotations

from uuid import UUID

from chassis import directory
from chassis.caller import Caller, require, scope_of
from chassis.database import Transaction, new_id
from chassis.domain import Change, NotEntitled, NotFound, Refused, Tier
from training.assignments import commands as assignments
from training.courses.commands import OWNERS
from training.credential_types import repository as credential_types
from training.requirements import repository
from training.requirements.domain import Requirement, Selector
from training.tools import repository as tools

TOOL_DUE_DAYS = 14


class RequiredAlready(Refused):
    """{credential_type} is required of {selector} already. Withdraw that requirement first to change its terms."""

    credential_type: str
    selector: str


async def declare_requirement(
    tx: Transaction, *, caller: Caller, credential_type: str, selector: Selector, due_days: int
) -> Requirement:
    """Require a credential of those the selector finds, now and later; they are assigned in this transaction.

    Curriculum owners and the AI steward decide for the enterprise; a department leader for the own department.
    """
    require(caller, *OWNERS, "department_leader", action="Declaring a training requirement", tier=Tier.DEPARTMENT)
    await repository.lock_rules(tx)
    kind = await credential_types.get(tx, credential_type)
    if kind is None:
        raise NotFound(what="credential type", id=credential_type)
    tier = Tier.ENTERPRISE
    if not caller.has(*OWNERS):
        tier, selector = Tier.DEPARTMENT, await _own_department(tx, caller, selector)
    elif selector.department_id is not None and not await directory.departments(tx, [selector.department_id]):
        raise NotFound(what="department", id=selector.department_id)
    change = Requirement.declare(new_id(), kind, selector, due_days, by=caller.subject, tier=tier, now=tx.now)
    if await repository.same_as(tx, change.after):
        raise RequiredAlready(credential_type=credential_type, selector=str(selector))
    await repository.save_many(tx, [change])
    people = await directory.members(tx, department_id=selector.department_id)
    await assignments.reconcile(tx, [person.id for person in people if selector.selects(assignments.who(person))])
    return change.after


async def _own_department(tx: Transaction, caller: Caller, selector: Selector) -> Selector:
    """The selector, kept within the caller's department."""
    own = (await scope_of(tx, caller)).department_id
    if own is None or selector.department_id not in (None, own):
        raise NotEntitled(
            action=f"Requiring training in {selector.department_id or 'a department'}", tier=Tier.DEPARTMENT.value,
            deciders=f"the leader of {selector.department_id or 'that department'}",
        )  # fmt: skip
    return Selector(own, selector.job_function, selector.people_managers)


async def withdraw_requirement(tx: Transaction, *, caller: Caller, requirement_id: UUID) -> Requirement:
    """End a rule; whom nothing else requires it of is released."""
    require(caller, *OWNERS, "department_leader", action="Withdrawing a training requirement", tier=Tier.DEPARTMENT)
    await repository.lock_rules(tx)
    requirement = await repository.lock(tx, requirement_id)
    if requirement is None:
        raise NotFound(what="requirement", id=str(requirement_id))
    enterprise = caller.has(*OWNERS)
    department_id = None if enterprise else (await scope_of(tx, caller)).department_id
    change = requirement.withdraw(enterprise=enterprise, department_id=department_id, now=tx.now)
    holders = await repository.holders_of(tx, [(requirement.origin_kind, str(requirement.id))])
    await repository.save_many(tx, [change])
    await assignments.reconcile(tx, holders)
    return change.after


async def follow_tool(tx: Transaction, tool_id: UUID) -> None:
    """Bring the rules in line with a tool's conditions, and everybody who asked for it or has it (C1)."""
    tool = await tools.get(tx, tool_id)
    demanded = set(tool.credential_types) if tool else set()
    rules = {rule.credential_type: rule for rule in await repository.active_of_tool(tx, tool_id)}
    changes: list[Change[Requirement]] = [rule.end(tx.now) for code, rule in rules.items() if code not in demanded]
    changes += [
        Requirement.of_tool(new_id(), code, tool_id, TOOL_DUE_DAYS, tx.now) for code in sorted(demanded - rules.keys())
    ]
    await repository.save_many(tx, changes)
    await assignments.reconcile(tx, await tools.in_need(tx, tool_id))
