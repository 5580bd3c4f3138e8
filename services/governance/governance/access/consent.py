"""Answering requests for access: the people of the stage that is asked consent or refuse, in their time (G12, G13)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis import due
from chassis.caller import Caller
from chassis.database import Transaction
from governance.access import commands, repository
from governance.access.domain import Request
from governance.access.events import RequestStatus
from governance.approvals.domain import ChainOutcome
from governance.rights import commands as rights
from governance.rights.domain import Decider, DecisionType


async def approve_access_request(
    tx: Transaction, *, caller: Caller, request_id: UUID, comment: str | None = None
) -> Request:
    """Somebody who is asked consents. The last consent grants, unless a prerequisite lapsed meanwhile."""
    request, facts = await commands.locked_request(tx, request_id)
    may = {request.employee_id, *request.asked, *(request.chain.stage.asked if request.chain else ())}
    if request.status is not RequestStatus.PENDING_APPROVAL:
        may |= {facts.people[request.employee_id].manager_id or "", facts.tools[request.tool_id].owner_id or ""}
    stands_in = request.chain is None and Decider.AI_STEWARD in await rights.standing(tx, caller)
    if caller.subject not in may and not stands_in:
        await rights.refuse(tx, DecisionType.APPROVE_ACCESS, names=request.asked)
    change = request.approve(caller.subject, tx.now, comment)
    await repository.save_requests(tx, [change])
    after = change.after
    if after.chain is not None and after.chain.outcome is ChainOutcome.PENDING:
        await due.at(tx, commands.ANSWER_BY, after.id, after.chain.due_at)
    else:
        await commands.reconsider(tx, [after], facts)
    return await repository.get_request(tx, request_id)


async def deny_access_request(tx: Transaction, *, caller: Caller, request_id: UUID, reason: str) -> Request:
    """Somebody who is asked, the tool's owner or the AI steward says no; one no ends it."""
    request, facts = await commands.locked_request(tx, request_id)
    standing = await rights.standing(tx, caller)
    owner, manager = facts.tools[request.tool_id].owner_id, facts.people[request.employee_id].manager_id
    may = {*request.asked, owner, manager} - {request.employee_id}
    if caller.subject not in may and (Decider.AI_STEWARD not in standing or caller.subject == request.employee_id):
        await rights.refuse(tx, DecisionType.APPROVE_ACCESS, names=request.asked or [manager] if manager else [])
    return await commands.close(tx, request, RequestStatus.DENIED, reason)


async def withdraw_access_request(tx: Transaction, *, caller: Caller, request_id: UUID) -> Request:
    """Take one's own request back."""
    request, _ = await commands.locked_request(tx, request_id)
    if caller.subject != request.employee_id:
        await rights.refuse(tx, DecisionType.REQUEST_ACCESS, names=[request.employee_id])
    return await commands.close(tx, request, RequestStatus.WITHDRAWN, "withdrawn by the requester")


async def answer_due(tx: Transaction, id: str, at: datetime) -> None:
    """Nobody answered in time: the alternates are asked, once, and then nobody any more."""
    request, _ = await commands.locked_request(tx, UUID(id))
    change = request.time_passed(tx.now)
    if change is None:
        return
    await repository.save_requests(tx, [change])
    if change.after.is_open and change.after.chain is not None:
        await due.at(tx, commands.ANSWER_BY, request.id, change.after.chain.due_at)
    else:
        await due.cancel(tx, commands.EXPIRES, request.id)
