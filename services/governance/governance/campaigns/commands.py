"""Asking people to acknowledge policies, what they say, and what happens when they say nothing (G15, C6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis import due
from chassis.caller import Caller
from chassis.database import Transaction, new_id
from governance.access import commands as access
from governance.campaigns import repository
from governance.campaigns.domain import (
    Acknowledgement,
    AcknowledgementState,
    Decline,
    PolicyAcknowledgementOverdue,
    PolicyAcknowledgementReminded,
)
from governance.exceptions import commands as exceptions
from governance.policies import repository as policies
from governance.policies.domain import Policy
from governance.policies.terms import ChangeClass
from governance.rights import commands as rights
from governance.rights.domain import DecisionType
from governance.tools import repository as tools

ACKNOWLEDGE_BY = "policy-acknowledgement"
REMIND = "policy-reminder"
EXPIRES = "acknowledgement-expires"
LATE = "acknowledgement-late"
SWEEP = "acknowledgement-sweep"
_REMINDERS = (timedelta(days=7), timedelta(days=1))
_BATCH = 500


@dataclass(frozen=True, slots=True)
class ExceptionWish:
    """What somebody asks for who cannot follow a policy."""

    compensating_control: str
    valid_until: datetime
    tool_id: UUID | None = None


async def ask(tx: Transaction, policy: Policy) -> None:
    """Keep the dates of a version that was just published."""
    newest = policy.newest
    await due.at(tx, ACKNOWLEDGE_BY, policy.code, newest.acknowledge_by)
    if newest.change_class is ChangeClass.MAJOR:
        for ahead in _REMINDERS:
            if tx.now < newest.acknowledge_by - ahead:
                await due.at(tx, REMIND, policy.code, newest.acknowledge_by - ahead)


async def acknowledge_policy(tx: Transaction, *, caller: Caller, code: str, number: int | None) -> Acknowledgement:
    """Acknowledge the newest version (or the one that was read); doing so again changes nothing."""
    employee_id = await rights.require(tx, caller, DecisionType.ACKNOWLEDGE_POLICY)
    policy = await policies.named(tx, code)
    policy.must_bind()
    wanted = policy.newest.number if number is None else policy.edition(number).number
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


async def decline_policy(
    tx: Transaction, *, caller: Caller, code: str, number: int | None, reason: str, wish: ExceptionWish | None = None
) -> Decline:
    """Say that one does not acknowledge a version, and why; an exception may be asked for in the same word (G16).

    It takes no acknowledgement back.
    """
    employee_id = await rights.require(tx, caller, DecisionType.ACKNOWLEDGE_POLICY)
    policy = await policies.named(tx, code)
    policy.must_bind()
    wanted = policy.newest.number if number is None else policy.edition(number).number
    exception = None
    if wish is not None:
        exception = await exceptions.request_exception(
            tx, caller=caller, policy=code, tool_id=wish.tool_id, justification=reason,
            compensating_control=wish.compensating_control, valid_until=wish.valid_until,
        )  # fmt: skip
    change = Decline(
        new_id(), employee_id, code, wanted, reason.strip(), tx.now, exception.id if exception else None
    ).given()
    await repository.add_decline(tx, change)
    return change.after


async def person_came(tx: Transaction, employee_id: str) -> None:
    """Somebody was hired, or moved: what is asked of them anew is due as many days later as it was of everybody."""
    for asked in await repository.asked_of(tx, employee_id):
        if asked.due_at != asked.campaign_due_at or asked.due_at <= tx.now:
            await due.at(tx, LATE, f"{asked.policy} {employee_id}", asked.due_at)


async def acknowledgement_due(tx: Transaction, code: str, at: datetime) -> None:
    """From now on only the new version counts: whoever did not acknowledge it loses the use of what needs it (C6)."""
    policy = await policies.lock(tx, code)
    if policy is None or policy.withdrawn_at is not None:
        return
    if policy.asked.acknowledge_by <= tx.now and policy.asked.acknowledge_by == at:
        outstanding = (await repository.campaign(tx, policy)).outstanding
        event = PolicyAcknowledgementOverdue(code, policy.asked.number, outstanding)
        await policies.save(tx, policy.tells(event))
        await due.at(tx, SWEEP, f"{code} {policy.asked.number} ", tx.now)
    await policy_changed(tx, code)


async def sweep(tx: Transaction, id: str, at: datetime) -> None:
    """Tell of the next five hundred people who are late, and come back for those after them."""
    code, number, after = id.split(" ", 2)
    late = await repository.standings(
        tx, code, states=[AcknowledgementState.OVERDUE], after=after or None, limit=_BATCH
    )
    if not late or str(late[0].number) != number:
        return
    await repository.tell_late(tx, late)
    if len(late) == _BATCH:
        await due.at(tx, SWEEP, f"{code} {number} {late[-1].employee_id}", tx.now)


async def late_due(tx: Transaction, id: str, at: datetime) -> None:
    """The own date of somebody who came later than the version."""
    code, employee_id = id.split(" ", 1)
    asked = await repository.stands(tx, code, employee_id)
    if asked is not None and asked.state is AcknowledgementState.OVERDUE:
        await repository.tell_late(tx, [asked])


async def reminder_due(tx: Transaction, code: str, at: datetime) -> None:
    """A version is to be acknowledged soon; nothing when a later one took its place or everybody did."""
    policy = await policies.lock(tx, code)
    if policy is None or policy.withdrawn_at is not None:
        return
    if at in {policy.asked.acknowledge_by - ahead for ahead in _REMINDERS}:
        outstanding = (await repository.campaign(tx, policy)).outstanding
        if outstanding:
            asked = policy.asked
            event = PolicyAcknowledgementReminded(code, asked.number, asked.acknowledge_by, outstanding)
            await policies.save(tx, policy.tells(event))


async def acknowledgement_expired(tx: Transaction, employee_id: str, at: datetime) -> None:
    """An acknowledgement that was good for some days is no longer."""
    await access.person_changed(tx, employee_id)


async def policy_changed(tx: Transaction, code: str) -> None:
    """Access to the tools that need a policy follows what it asks for now."""
    for tool_id in await tools.needing_policy(tx, code):
        await access.tool_changed(tx, await tools.get_for_update(tx, tool_id))
