"""How long access lasts: extending it before it ends, and its end after a transfer (G18, C5b)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis import due
from chassis.caller import Caller
from chassis.database import Transaction, new_id
from governance.access import commands, repository
from governance.access.domain import AlreadyRequested, Request, ToolCannotBeRequested
from governance.entitlement import domain as entitlement
from governance.entitlement import repository as standings
from governance.rights import commands as rights
from governance.rights.domain import DecisionType
from governance.settings import settings_of
from governance.tools import repository as tools
from governance.tools.domain import Status

HANDED_OVER = "access-handed-over"
_MOST = 1000


async def extend_access(
    tx: Transaction, *, caller: Caller, grant_id: UUID, valid_until: datetime, justification: str
) -> Request:
    """Ask for one's own access to last longer: on the conditions and with the consent that it would need today."""
    known = await repository.get_grant(tx, grant_id)
    if await rights.require(tx, caller, DecisionType.REQUEST_ACCESS) != known.employee_id:
        await rights.refuse(tx, DecisionType.REQUEST_ACCESS, names=[known.employee_id])
    await standings.lock(tx, [known.employee_id])
    tool = (await tools.get_shared(tx, [known.tool_id]))[known.tool_id]
    if tool.status not in (Status.APPROVED, Status.SUSPENDED):
        raise ToolCannotBeRequested(tool=tool.name, status=tool.status.replace("_", " "))
    facts = await commands.facts_of(tx, {tool.id: tool}, [known.employee_id])
    grant = await repository.lock_grant(tx, grant_id)
    change = Request.extend(
        new_id(), grant, justification=justification, valid_until=valid_until,
        extendable_for=settings_of(tx).extendable_for, now=tx.now,
        missing=entitlement.missing(tool, facts.people[grant.employee_id], facts.policies, tx.now),
    )  # fmt: skip
    if await repository.is_requested(tx, change.after):
        raise AlreadyRequested
    await repository.save_requests(tx, [change])
    await due.at(tx, commands.EXPIRES, change.after.id, change.after.expires_at)
    await commands.reconsider(tx, [change.after], facts)
    return await repository.get_request(tx, change.after.id)


async def transferred(tx: Transaction, employee_id: str) -> None:
    """Somebody came to another department: what that may not do is suspended at once, and ends after the handover."""
    await commands.person_changed(tx, employee_id)
    grants = await repository.live_grants(tx, employee_id=employee_id, limit=_MOST)
    ends = tx.now + settings_of(tx).handover
    changes = [change for grant in grants if (change := grant.hand_over(ends)) is not None]
    if changes:
        await repository.save_grants(tx, changes)
    dates = [(change.after.id, change.after.handover_until) for change in changes if change.after.handover_until]
    await due.at_many(tx, HANDED_OVER, dates)


async def handover_due(tx: Transaction, id: str, at: datetime) -> None:
    """The handover is over: the access ends, unless it came back inside meanwhile."""
    known = await repository.get_grant(tx, UUID(id))
    await standings.lock(tx, [known.employee_id])
    await tools.get_shared(tx, [known.tool_id])
    grant = await repository.lock_grant(tx, known.id)
    if grant.revoked_at is None and grant.handover_until is not None and grant.handover_until <= tx.now:
        why = "transferred: the new department may not do this, and the handover is over"
        await commands.end_grants(tx, [grant.revoke(why, tx.now)])
