"""Asking for an exception from a policy, consenting to it, and its end (G12, G16)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis import due
from chassis.caller import Caller
from chassis.database import Transaction, new_id
from chassis.domain import Change
from governance.access import commands as access
from governance.approvals.domain import Chain, Stage
from governance.exceptions import repository
from governance.exceptions.domain import AlreadyExcepted, ExceptionStatus, PolicyException
from governance.policies import repository as policies
from governance.rights import commands as rights
from governance.rights.domain import Decider, DecisionType
from governance.tools import repository as tools

ANSWER_BY = "exception-answer"
ENDS = "exception-ends"
_MANAGER_HOURS = 72
_COMPLIANCE_HOURS = 120


async def request_exception(
    tx: Transaction,
    *,
    caller: Caller,
    policy: str,
    tool_id: UUID | None,
    justification: str,
    compensating_control: str,
    valid_until: datetime,
) -> PolicyException:
    """Ask the line manager, then compliance; whoever does not answer is stood in for once."""
    employee_id = await rights.require(tx, caller, DecisionType.REQUEST_EXCEPTION)
    await policies.named(tx, policy)
    if tool_id is not None:
        await tools.get(tx, tool_id)
    await access.lock_person(tx, employee_id)
    if await repository.holds_or_asked(tx, employee_id, policy, tool_id):
        raise AlreadyExcepted(policy=policy)
    change = PolicyException.request(
        new_id(), employee_id, policy, tool_id=tool_id, justification=justification,
        compensating_control=compensating_control,
        chain=Chain.start(employee_id, await _stages(tx, employee_id), tx.now), valid_until=valid_until, now=tx.now,
    )  # fmt: skip
    await repository.save(tx, change)
    await due.at(tx, ANSWER_BY, change.after.id, change.after.chain.due_at)
    return change.after


async def consent_to_exception(
    tx: Transaction, *, caller: Caller, exception_id: UUID, comment: str | None
) -> PolicyException:
    """Say yes; the last yes that is needed makes the exception hold."""
    exception = await _locked(tx, exception_id)
    return await _follow(tx, exception.consented(caller.subject, tx.now, comment))


async def refuse_exception(tx: Transaction, *, caller: Caller, exception_id: UUID, reason: str) -> PolicyException:
    """Say no."""
    exception = await _locked(tx, exception_id)
    return await _follow(tx, exception.refused(caller.subject, reason))


async def withdraw_exception(tx: Transaction, *, caller: Caller, exception_id: UUID) -> PolicyException:
    """Take one's own wish back."""
    exception = await _locked(tx, exception_id)
    if caller.subject != exception.employee_id:
        await rights.refuse(tx, DecisionType.REQUEST_EXCEPTION, names=[exception.employee_id])
    return await _follow(tx, exception.withdrawn())


async def extend_exception(
    tx: Transaction, *, caller: Caller, exception_id: UUID, valid_until: datetime
) -> PolicyException:
    """Compliance lets it last longer, once."""
    await rights.require(tx, caller, DecisionType.GRANT_EXCEPTION)
    return await _follow(tx, (await _locked(tx, exception_id)).extend(valid_until, tx.now))


async def revoke_exception(tx: Transaction, *, caller: Caller, exception_id: UUID, reason: str) -> PolicyException:
    """Compliance ends it before its date."""
    await rights.require(tx, caller, DecisionType.GRANT_EXCEPTION)
    return await _follow(tx, (await _locked(tx, exception_id)).revoke(reason))


async def answer_due(tx: Transaction, id: str, at: datetime) -> None:
    """Nobody answered in time."""
    change = (await _locked(tx, UUID(id))).time_passed(tx.now)
    if change is not None:
        await _follow(tx, change)


async def end_due(tx: Transaction, id: str, at: datetime) -> None:
    """The date of an exception came."""
    change = (await _locked(tx, UUID(id))).expire(tx.now)
    if change is not None:
        await _follow(tx, change)


async def employment_ended(tx: Transaction, employee_id: str) -> None:
    """Whoever leaves is excepted from nothing."""
    for id in await repository.open_of(tx, employee_id):
        exception = await _locked(tx, id)
        if exception.status is ExceptionStatus.REQUESTED:
            await _follow(tx, exception.withdrawn())
        elif exception.status is ExceptionStatus.ACTIVE:
            await _follow(tx, exception.revoke("employment ended"))


async def _stages(tx: Transaction, employee_id: str) -> list[Stage]:
    person = await rights.employed(tx, employee_id)
    leaders = await rights.leaders(tx, person.department_id) if person.department_id else ()
    officers = (await rights.holders(tx, DecisionType.GRANT_EXCEPTION)).people
    sponsor = officers.get(Decider.EXECUTIVE_SPONSOR, ())
    stages = [
        Stage("compliance", officers.get(Decider.COMPLIANCE_OFFICER, ()), hours=_COMPLIANCE_HOURS, alternates=sponsor)
    ]
    if person.manager_id:
        stages.insert(0, Stage("line manager", (person.manager_id,), hours=_MANAGER_HOURS, alternates=leaders))
    return stages


async def _locked(tx: Transaction, id: UUID) -> PolicyException:
    """An exception with its person locked, so that one transaction at a time changes it."""
    await access.lock_person(tx, (await repository.get(tx, id)).employee_id)
    return await repository.get(tx, id)


async def _follow(tx: Transaction, change: Change[PolicyException]) -> PolicyException:
    """Write it, keep its dates, and let access follow."""
    after = change.after
    await repository.save(tx, change)
    await due.cancel(tx, ANSWER_BY, after.id)
    await due.cancel(tx, ENDS, after.id)
    if after.status is ExceptionStatus.REQUESTED:
        await due.at(tx, ANSWER_BY, after.id, after.chain.due_at)
    elif after.status is ExceptionStatus.ACTIVE:
        await due.at(tx, ENDS, after.id, after.valid_until)
    if after.status not in (ExceptionStatus.REQUESTED, ExceptionStatus.REJECTED):
        await access.person_changed(tx, after.employee_id)
    return after
