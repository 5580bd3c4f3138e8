"""Requesting, approving, granting, suspending and revoking access (G18-G20, G22).

Whoever changes what a person may do first locks the person, then holds the tools and what the department restricts
still, then locks requests and grants. So
two prerequisites that complete at the same moment grant once, and no grant slips past a tool's suspension.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from chassis import due
from chassis.caller import Caller
from chassis.database import Transaction, new_id
from chassis.domain import Change
from governance.access import repository
from governance.access.approvers import approvers_of, chain_of, stages
from governance.access.domain import (
    EMPLOYMENT_ENDED,
    AlreadyGranted,
    AlreadyRequested,
    Grant,
    IncompatibleTools,
    OutOfScope,
    Request,
    ToolCannotBeRequested,
)
from governance.access.events import RequestStatus
from governance.access.repository import Rows
from governance.departments.domain import RestrictedHere, against
from governance.entitlement import domain as entitlement
from governance.entitlement import repository as standings
from governance.entitlement.domain import Policies, Standing, Step
from governance.policies import repository as policies
from governance.rights import commands as rights
from governance.rights.domain import Decider, DecisionType
from governance.scope.domain import DataClass, UsageContext, Use, covers
from governance.tools import repository as tools
from governance.tools.domain import Status, Tool

EXPIRES = "access-request-expires"
ANSWER_BY = "access-request-answer"
ENDS = "access-grant-ends"
SWEEP = "access-sweep"
LOOK_AGAIN = "access-look-again"
_BATCH = 1000
_REQUESTABLE = (Status.UNDER_REVIEW, Status.APPROVED, Status.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that decides about requests and grants, read at once for many people."""

    tools: dict[UUID, Tool]
    people: dict[str, Standing]
    policies: Policies


async def request_access(
    tx: Transaction,
    *,
    caller: Caller,
    tool_id: UUID,
    data_class: DataClass,
    context: UsageContext,
    region: str | None,
    justification: str,
    valid_until: datetime | None,
) -> Request:
    """Ask to use a tool. What is complete is granted at once, everything else waits thirty days."""
    employee_id = await rights.require(tx, caller, DecisionType.REQUEST_ACCESS)
    return await request_access_for(
        tx, employee_id, tool_id=tool_id, data_class=data_class, context=context, region=region,
        justification=justification, valid_until=valid_until,
    )  # fmt: skip


async def request_access_for(
    tx: Transaction,
    employee_id: str,
    *,
    tool_id: UUID,
    data_class: DataClass,
    context: UsageContext,
    region: str | None,
    justification: str,
    valid_until: datetime | None,
) -> Request:
    """Request access for somebody; whether the caller may is checked before."""
    await standings.lock(tx, [employee_id])
    tool = (await tools.get_shared(tx, [tool_id])).get(tool_id) or await tools.get(tx, tool_id)
    if tool.status not in _REQUESTABLE:
        raise ToolCannotBeRequested(tool=tool.name, status=tool.status.replace("_", " "))
    facts = await facts_of(tx, {tool.id: tool}, [employee_id])
    person = facts.people[employee_id]
    use = Use(data_class, context, person.department_id, region)
    if tool.status is not Status.UNDER_REVIEW and not covers(tool.scope, use):
        raise OutOfScope(tool=tool.name, allowed=entitlement.describe(tool.scope))
    restricted = against(person.restrictions, tool.id, use, tx.now.date())
    if restricted is not None:
        raise RestrictedHere(
            department=restricted.department_id,
            tool=tool.name,
            review_by=restricted.review_by.isoformat(),
            reason=restricted.reason,
        )
    rival = person.rival_of(tool.id)
    if rival is not None:
        raise IncompatibleTools(tool=tool.name, other=rival.tool, reason=rival.reason, policy=rival.policy)
    change = Request.make(
        new_id(),
        employee_id=employee_id,
        tool_id=tool.id,
        data_class=data_class,
        context=context,
        region=region,
        justification=justification,
        missing=entitlement.missing(tool, person, facts.policies, tx.now),
        valid_until=valid_until,
        now=tx.now,
    )
    if await repository.is_requested(tx, change.after):
        raise AlreadyRequested
    if await repository.is_granted(tx, change.after):
        raise AlreadyGranted
    await repository.save_requests(tx, [change])
    await due.at(tx, EXPIRES, change.after.id, change.after.expires_at)
    await reconsider(tx, [change.after], facts)
    return await repository.get_request(tx, change.after.id)


async def revoke_access(tx: Transaction, *, caller: Caller, grant_id: UUID, reason: str) -> Grant:
    """End a grant for good; its holder may always give it up."""
    employee_id = (await repository.get_grant(tx, grant_id)).employee_id
    await standings.lock(tx, [employee_id])
    grant = await repository.lock_grant(tx, grant_id)
    tool = await tools.get(tx, grant.tool_id)
    person = (await standings.standing(tx, [employee_id]))[employee_id]
    what = [
        decider
        for decider, id in ((Decider.LINE_MANAGER, person.manager_id), (Decider.TOOL_OWNER, tool.owner_id))
        if id == caller.employee_id and id is not None
    ]
    if caller.employee_id != employee_id:
        await rights.require(tx, caller, DecisionType.REVOKE_ACCESS, also=what, employee_id=employee_id)
    change = grant.revoke(reason, tx.now)
    await end_grants(tx, [change])
    return change.after


async def lock_person(tx: Transaction, employee_id: str) -> None:
    """Let one transaction at a time change what a person may do."""
    await standings.lock(tx, [employee_id])


async def person_changed(tx: Transaction, employee_id: str) -> None:
    """Something about a person changed - a credential, an acknowledgement, the department: look at all they have."""
    await standings.lock(tx, [employee_id])
    held_still = await tools.get_shared(tx, await repository.tools_of(tx, employee_id))
    facts = await facts_of(tx, held_still, [employee_id])
    await reconsider(tx, await repository.open_requests(tx, employee_id=employee_id, limit=_BATCH), facts)
    await reassess(tx, await repository.live_grants(tx, employee_id=employee_id, limit=_BATCH), facts)


async def tool_changed(tx: Transaction, tool: Tool) -> None:
    """A tool changed, and is locked: look at every request and grant for it, at once or, where they are many, in steps."""
    if await repository.are_many(tx, tool.id, more_than=_BATCH):
        await sweep_later(tx, tool.id, Rows.GRANTS)
        return
    if tool.status is Status.RETIRED:
        await _end_everything(tx, tool, "tool retired")
        return
    if tool.status is Status.REJECTED:
        await _cancel_requests(tx, tool, "tool rejected")
        return
    grants = await repository.live_grants(tx, tool_id=tool.id, limit=_BATCH)
    await reassess(tx, grants, await facts_of(tx, {tool.id: tool}, [each.employee_id for each in grants]))
    requests = await repository.open_requests(tx, tool_id=tool.id, limit=_BATCH)
    await reconsider(tx, requests, await facts_of(tx, {tool.id: tool}, [each.employee_id for each in requests]))


async def department_changed(tx: Transaction, department_id: str, held_still: dict[UUID, Tool]) -> None:
    """A department, locked, restricts these tools, held still, differently: look at its people's requests and grants."""
    for tool_id in await repository.wanted_in(tx, department_id, list(held_still)):
        tool = held_still[tool_id]
        if await repository.are_many(tx, tool_id, department_id=department_id, more_than=_BATCH):
            await sweep_later(tx, tool_id, Rows.GRANTS, department_id=department_id)
            continue
        grants = await repository.live_grants(tx, tool_id=tool_id, department_id=department_id, limit=_BATCH)
        await reassess(tx, grants, await facts_of(tx, {tool_id: tool}, [each.employee_id for each in grants]))
        requests = await repository.open_requests(tx, tool_id=tool_id, department_id=department_id, limit=_BATCH)
        await reconsider(tx, requests, await facts_of(tx, {tool_id: tool}, [each.employee_id for each in requests]))


async def sweep_later(
    tx: Transaction, tool_id: UUID, rows: Rows, *, department_id: str | None = None, after: UUID | None = None
) -> None:
    """Have the requests or grants after this one looked at in steps (`sweeps.step`), beginning at once."""
    await due.at(tx, SWEEP, f"{tool_id} {new_id()} {rows} {after or '-'} {department_id or ''}", tx.now)


async def employment_ended(tx: Transaction, employee_id: str) -> None:
    """Whoever leaves keeps nothing and waits for nothing; a return starts anew (C5c)."""
    await standings.lock(tx, [employee_id])
    await tools.get_shared(tx, await repository.tools_of(tx, employee_id))
    while requests := await repository.open_requests(tx, employee_id=employee_id, limit=_BATCH):
        await repository.save_requests(
            tx, [each.close(RequestStatus.CANCELLED, EMPLOYMENT_ENDED, tx.now) for each in requests]
        )
    while grants := await repository.live_grants(tx, employee_id=employee_id, limit=_BATCH):
        await repository.save_grants(tx, [each.revoke(EMPLOYMENT_ENDED, tx.now) for each in grants])


async def expire_request(tx: Transaction, id: str, at: datetime) -> None:
    """A request that waited in vain ends."""
    request, _ = await locked_request(tx, UUID(id))
    if request.is_open and request.expires_at <= tx.now:
        await close(tx, request, RequestStatus.EXPIRED, "not complete in time")


async def end_grant(tx: Transaction, id: str, at: datetime) -> None:
    """A grant for a limited time ends with it."""
    employee_id = (await repository.get_grant(tx, UUID(id))).employee_id
    await standings.lock(tx, [employee_id])
    grant = await repository.lock_grant(tx, UUID(id))
    if grant.revoked_at is None and grant.valid_until is not None and grant.valid_until <= tx.now:
        await end_grants(tx, [grant.revoke("expired", tx.now)])


async def end_grants(tx: Transaction, changes: Sequence[Change[Grant]]) -> None:
    """Write grants that ended, and have those looked at again who have something that stood back for them."""
    await repository.save_grants(tx, changes)
    waiting = await repository.standing_back(tx, sorted({change.after.employee_id for change in changes}))
    await due.at_many(tx, LOOK_AGAIN, [(employee_id, tx.now) for employee_id in waiting])


async def reconsider(tx: Transaction, requests: Sequence[Request], facts: Facts) -> None:
    """Decide anew about open requests, locked."""
    changes: list[Change[Request]] = []
    granted: list[Change[Grant]] = []
    to_ask: list[Request] = []
    given: set[str] = set()
    deferred: list[Request] = []
    to_extend: list[Request] = []
    for request in requests:
        tool, person = facts.tools[request.tool_id], facts.people[request.employee_id]
        step, lacking = entitlement.next_step(request, tool, person, facts.policies, tx.now)
        if step is Step.DENY:
            why = entitlement.denial(request, tool, person) or ""
            changes.append(request.close(RequestStatus.DENIED, why, tx.now))
        elif step is Step.GRANT and request.extends is not None:
            to_extend.append(request)
        elif step is Step.GRANT and request.employee_id in given:
            deferred.append(request)
        elif step is Step.GRANT:
            given.add(request.employee_id)
            fulfilled, grant = request.fulfil(new_id(), tx.now)
            changes.append(fulfilled)
            granted.append(grant)
        elif step is Step.ASK_APPROVER:
            to_ask.append(request)
        else:
            waiting = request.waits(lacking, RequestStatus.PENDING_PREREQUISITES)
            if waiting is not None:
                changes.append(waiting)
    for done, extended in await _extended(tx, to_extend):
        changes.append(done)
        granted += [extended] if extended else []
    asked = await _ask(tx, to_ask, facts) if to_ask else []
    changes += asked
    await repository.save_requests(tx, changes)
    await repository.save_grants(tx, granted)
    await due.at_many(tx, ENDS, [(each.after.id, each.after.valid_until) for each in granted if each.after.valid_until])
    last = {change.after.id: change.after for change in asked}.values()
    await due.at_many(tx, ANSWER_BY, [(each.id, each.chain.due_at) for each in last if each.asked and each.chain])
    if complete := [each for each in last if each.approved_by is not None]:
        await reconsider(tx, complete, facts)
    if deferred:
        # What somebody was just granted may stand against what they get next.
        fresh = await standings.standing(tx, [each.employee_id for each in deferred])
        await reconsider(tx, deferred, replace(facts, people={**facts.people, **fresh}))


async def _extended(tx: Transaction, requests: Sequence[Request]) -> list[tuple[Change[Request], Change[Grant] | None]]:
    """What becomes of requests for longer access that lack nothing; there is none for access that ended meanwhile."""
    ids = [request.extends for request in requests if request.extends is not None]
    living = {grant.id: grant for grant in await repository.lock_grants(tx, ids)} if ids else {}
    return [
        request.prolong(living[request.extends], tx.now)
        if request.extends in living
        else (request.close(RequestStatus.CANCELLED, "the access ended meanwhile", tx.now), None)
        for request in requests
    ]


async def _ask(tx: Transaction, requests: Sequence[Request], facts: Facts) -> list[Change[Request]]:
    """Have those asked who consent today to these requests, which lack nothing else."""
    people = [facts.people[request.employee_id] for request in requests]
    approvers = await approvers_of(tx, people, [facts.tools[request.tool_id] for request in requests])
    changes = []
    for request in requests:
        resumes = request.status is not RequestStatus.PENDING_APPROVAL
        if (waiting := request.waits((), RequestStatus.PENDING_APPROVAL)) is not None:
            changes.append(waiting)
        asking = request if waiting is None else waiting.after
        wanted = stages(facts.tools[request.tool_id], facts.people[request.employee_id], approvers)
        chain = chain_of(asking, wanted, resumes=resumes, now=tx.now)
        if chain is not None and chain != request.chain:
            changes.append(asking.asks(chain))
    return changes


async def reassess(tx: Transaction, grants: Sequence[Grant], facts: Facts) -> None:
    """Bring the reasons of grants, locked, to what holds now."""
    changes = [
        change
        for grant in grants
        for change in grant.reassess(
            entitlement.reasons_against(
                grant, facts.tools[grant.tool_id], facts.people[grant.employee_id], facts.policies, tx.now
            )
        )
    ]
    await repository.save_grants(tx, changes)


async def _end_everything(tx: Transaction, tool: Tool, why: str) -> None:
    await _cancel_requests(tx, tool, why)
    while grants := await repository.live_grants(tx, tool_id=tool.id, limit=_BATCH):
        await end_grants(tx, [each.revoke(why, tx.now) for each in grants])


async def _cancel_requests(tx: Transaction, tool: Tool, why: str) -> None:
    while requests := await repository.open_requests(tx, tool_id=tool.id, limit=_BATCH):
        await repository.save_requests(tx, [each.close(RequestStatus.CANCELLED, why, tx.now) for each in requests])


async def close(tx: Transaction, request: Request, outcome: RequestStatus, because: str) -> Request:
    """End a request, locked, without a grant."""
    change = request.close(outcome, because, tx.now)
    await repository.save_requests(tx, [change])
    await due.cancel(tx, EXPIRES, request.id)
    return change.after


async def locked_request(tx: Transaction, request_id: UUID) -> tuple[Request, Facts]:
    """A request with all that decides about it, its person and its tool held still."""
    known = await repository.get_request(tx, request_id)
    await standings.lock(tx, [known.employee_id])
    held_still = await tools.get_shared(tx, [known.tool_id])
    facts = await facts_of(tx, held_still, [known.employee_id])
    return await repository.lock_request(tx, request_id), facts


async def facts_of(tx: Transaction, known: dict[UUID, Tool], employee_ids: list[str]) -> Facts:
    """All that decides about what these people asked for or hold, with their departments held still."""
    codes = sorted({code for tool in known.values() for code in tool.conditions.policy_ids})
    await standings.hold_departments_still(tx, employee_ids)
    return Facts(known, await standings.standing(tx, employee_ids), await policies.deadlines(tx, codes))
