"""Publishing and acknowledging policies (G14, G15)."""

from __future__ import annotations

from datetime import datetime, timedelta

from asyncpg import UniqueViolationError

from chassis import due
from chassis.caller import Caller
from chassis.database import Transaction, new_id
from governance.access import commands as access
from governance.policies import repository
from governance.policies.domain import Acknowledgement, ChangeClass, Policy, PolicyIsNew
from governance.rights import commands as rights
from governance.rights.domain import DecisionType
from governance.tools import repository as tools

ACKNOWLEDGE_BY = "policy-acknowledgement"


async def publish_policy(
    tx: Transaction,
    *,
    caller: Caller,
    code: str,
    title: str,
    content: str,
    change_class: ChangeClass,
    acknowledge_within: timedelta,
) -> Policy:
    """Publish a policy's first version, or the next one."""
    by = await rights.require(tx, caller, DecisionType.PUBLISH_POLICY)
    known = await repository.lock(tx, code)
    if known is None:
        change = Policy.publish(
            new_id(), code, title, content, by=by, acknowledge_within=acknowledge_within, now=tx.now
        )
    else:
        change = known.revise(content, change_class, by=by, acknowledge_within=acknowledge_within, now=tx.now)
    try:
        async with tx.savepoint():
            await repository.save(tx, change)
    except UniqueViolationError:
        raise PolicyIsNew(policy=code) from None
    await due.at(tx, ACKNOWLEDGE_BY, code, change.after.current.acknowledge_by)
    return change.after


async def acknowledge_policy(tx: Transaction, *, caller: Caller, code: str, number: int | None) -> Acknowledgement:
    """Acknowledge the current version (or the one that was read); doing so again changes nothing."""
    employee_id = await rights.require(tx, caller, DecisionType.ACKNOWLEDGE_POLICY)
    policy = await repository.named(tx, code)
    wanted = policy.current.number if number is None else policy.edition(number).number
    await access.lock_person(tx, employee_id)
    before = await repository.acknowledged(tx, employee_id, code, wanted)
    if before is not None:
        return before
    change = Acknowledgement(new_id(), employee_id, code, wanted, tx.now).given()
    await repository.add_acknowledgement(tx, change)
    await access.person_changed(tx, employee_id)
    return change.after


async def acknowledgement_due(tx: Transaction, code: str, at: datetime) -> None:
    """From now on only the new version counts: whoever did not acknowledge it loses the use of what needs it (C6)."""
    for tool_id in await tools.needing_policy(tx, code):
        await access.tool_changed(tx, await tools.get_for_update(tx, tool_id))
