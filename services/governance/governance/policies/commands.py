"""Publishing and acknowledging policies (G14, G15)."""

from __future__ import annotations

from datetime import datetime, timedelta

from asyncpg import UniqueViolationError

from chassis import due
from chassis.caller import Caller
from chassis.database import Transaction, new_id
from governance.access import commands as access
from governance.policies import repository
from governance.policies.domain import Acknowledgement, ChangeClass, Decline, Policy, PolicyIsNew
from governance.rights import commands as rights
from governance.rights.domain import DecisionType
from governance.tools import repository as tools

ACKNOWLEDGE_BY = "policy-acknowledgement"
REMIND = "policy-reminder"
EXPIRES = "acknowledgement-expires"
_REMINDERS = (timedelta(days=7), timedelta(days=1))


async def publish_policy(
    tx: Transaction,
    *,
    caller: Caller,
    code: str,
    title: str,
    content: str,
    change_class: ChangeClass,
    acknowledge_within: timedelta,
    valid_for_days: int | None = None,
) -> Policy:
    """Publish a policy's first version, or the next one."""
    by = await rights.require(tx, caller, DecisionType.PUBLISH_POLICY)
    known = await repository.lock(tx, code)
    if known is None:
        change = Policy.publish(
            new_id(), code, title, content, by=by, acknowledge_within=acknowledge_within, now=tx.now,
            valid_for_days=valid_for_days,
        )  # fmt: skip
    else:
        change = known.revise(
            content,
            change_class,
            by=by,
            acknowledge_within=acknowledge_within,
            now=tx.now,
            valid_for_days=valid_for_days,
        )
    try:
        async with tx.savepoint():
            await repository.save(tx, change)
    except UniqueViolationError:
        raise PolicyIsNew(policy=code) from None
    current = change.after.current
    await due.at(tx, ACKNOWLEDGE_BY, code, current.acknowledge_by)
    if current.change_class is ChangeClass.MAJOR:
        for ahead in _REMINDERS:
            if tx.now < current.acknowledge_by - ahead:
                await due.at(tx, REMIND, code, current.acknowledge_by - ahead)
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
    days = policy.edition(wanted).valid_for_days
    if days is not None:
        await due.at(tx, EXPIRES, employee_id, tx.now + timedelta(days=days))
    await access.person_changed(tx, employee_id)
    return change.after


async def acknowledgement_due(tx: Transaction, code: str, at: datetime) -> None:
    """From now on only the new version counts: whoever did not acknowledge it loses the use of what needs it (C6)."""
    policy = await repository.lock(tx, code)
    if policy is not None and policy.asked.acknowledge_by <= tx.now and policy.asked.acknowledge_by == at:
        await repository.tell(tx, policy.overdue((await repository.campaign(tx, policy)).outstanding))
    for tool_id in await tools.needing_policy(tx, code):
        await access.tool_changed(tx, await tools.get_for_update(tx, tool_id))


async def reminder_due(tx: Transaction, code: str, at: datetime) -> None:
    """A version is to be acknowledged soon; nothing when a later one took its place or everybody did."""
    policy = await repository.lock(tx, code)
    if policy is not None and at in {policy.asked.acknowledge_by - ahead for ahead in _REMINDERS}:
        outstanding = (await repository.campaign(tx, policy)).outstanding
        if outstanding:
            await repository.tell(tx, policy.reminded(outstanding))


async def acknowledgement_expired(tx: Transaction, employee_id: str, at: datetime) -> None:
    """An acknowledgement that was good for some days is no longer."""
    await access.person_changed(tx, employee_id)


async def decline_policy(tx: Transaction, *, caller: Caller, code: str, number: int | None, reason: str) -> Decline:
    """Say that one does not acknowledge a version, and why. It takes no acknowledgement back."""
    employee_id = await rights.require(tx, caller, DecisionType.ACKNOWLEDGE_POLICY)
    policy = await repository.named(tx, code)
    wanted = policy.current.number if number is None else policy.edition(number).number
    change = Decline(new_id(), employee_id, code, wanted, reason.strip(), tx.now).given()
    await repository.add_decline(tx, change)
    return change.after
