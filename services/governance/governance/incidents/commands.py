"""Reporting, triaging, containing, correcting and closing incidents (G28, C9)."""

from __future__ import annotations

from uuid import UUID

from chassis import directory, outbox
from chassis.caller import Caller
from chassis.database import Connection, Transaction, new_id
from chassis.directory import Status
from chassis.domain import Change, NotFound
from governance.access import repository as access
from governance.access.events import GrantStatus
from governance.corrections import commands as corrections
from governance.corrections import repository as open_corrections
from governance.corrections.domain import Wanted
from governance.entitlement import repository as standings
from governance.entitlement.domain import missing
from governance.incidents import repository
from governance.incidents.domain import (
    NOBODY_NAMED,
    Basis,
    Candidate,
    Circumstances,
    Harm,
    Incident,
    IncidentStatus,
    Involved,
    NoToolToSuspend,
    Severity,
    Source,
    Standing,
    WordsMissing,
    resolve,
)
from governance.incidents.reporter import MIN_GROUP, NOT_A_PERSON, Reporter
from governance.incidents.tickets import Telling, Ticket, names, the_one
from governance.ownership import commands as ownership
from governance.ownership.domain import Owned
from governance.policies import repository as policies
from governance.processes import repository as processes
from governance.programme import repository as programme
from governance.rights import commands as rights
from governance.rights.domain import Decider, DecisionType
from governance.tools import commands as tools
from governance.tools import repository as tool_rows
from governance.tools.domain import Tool


async def report_incident(
    tx: Transaction,
    *,
    caller: Caller,
    title: str,
    description: str,
    tool_id: UUID | None,
    process_id: UUID | None,
    involved: Involved,
    harms: tuple[Harm, ...],
    anonymous: bool = False,
) -> Incident:
    """Any employee may say that something went wrong, without being named if they wish."""
    by = await rights.require(tx, caller, DecisionType.REPORT_INCIDENT)
    reporter = Reporter(by)
    if anonymous:
        reporter = await _unnamed(tx, by)
        tx.caller = None  # or the event would name its actor
    return await _open(
        tx, title=title, description=description, tool_id=tool_id, process_id=process_id, involved=involved,
        harms=harms, reporter=reporter,
    )  # fmt: skip


async def open_from_use(tx: Transaction, *, title: str, tool_id: UUID | None, harms: tuple[Harm, ...]) -> Incident:
    """Use that nobody had allowed is dealt with as an incident (C12)."""
    return await _open(tx, title=title, tool_id=tool_id, process_id=None, harms=harms, source=Source.METRICS)


async def candidates(
    connection: Connection, *, tool_id: UUID | None, process_id: UUID | None, author_id: str | None = None
) -> list[Candidate]:
    """Everybody who could answer for what goes wrong with a tool or in a process, the nearest first (C9)."""
    process = (await processes.by_ids(connection, [process_id])).get(process_id) if process_id else None
    tool = await tool_rows.get(connection, tool_id) if tool_id else None
    author = await directory.person(connection, author_id) if author_id else None
    department_id = process.department_id if process else author.department_id if author else None
    sponsor = await programme.active(connection)
    found = [
        (Basis.PROCESS_OWNER, process.owner_id if process else None),
        (Basis.TOOL_OWNER, tool.owner_id if tool else None),
        *((Basis.DEPARTMENT_LEADER, id) for id in (await rights.leaders(connection, department_id) if department_id else ())),
        (Basis.EXECUTIVE_SPONSOR, sponsor.employee_id if sponsor else None),
    ]  # fmt: skip
    people = await directory.people(connection, [id for _, id in found if id])
    return [Candidate(basis, id, id in people and people[id].works_here) for basis, id in found if id]


async def triage_incident(
    tx: Transaction,
    *,
    caller: Caller,
    incident_id: UUID,
    severity: Severity,
    harms: tuple[Harm, ...] | None,
    accountable_id: str | None,
) -> Incident:
    """Settle how bad it is and who answers for it."""
    incident = await _handled(tx, caller, incident_id)
    if accountable_id is not None:
        await rights.employed(tx, accountable_id)
    kept = incident.harms if harms is None else harms
    return await _save(tx, incident.triage(severity, kept, accountable_id=accountable_id))


async def name_accountable(tx: Transaction, *, caller: Caller, incident_id: UUID, employee_id: str) -> Incident:
    """Make somebody else accountable."""
    await rights.require(tx, caller, DecisionType.CLOSE_INCIDENT)
    await rights.employed(tx, employee_id)
    incident = await repository.get_for_update(tx, incident_id)
    await ownership.settle(tx, Owned.INCIDENT, str(incident_id), employee_id)
    if incident.accountable_id == employee_id:
        return incident
    return await _save(tx, incident.answered_for_by(employee_id))


async def contain_incident(
    tx: Transaction, *, caller: Caller, incident_id: UUID, containment: str, suspend_tool: bool
) -> Incident:
    """Stop the harm. Suspending the tool needs the right to suspend, and suspends every grant with it."""
    seen = await repository.get(tx, incident_id)
    if suspend_tool:
        if seen.tool_id is None:
            raise NoToolToSuspend(incident=seen.title)
        # Before the incident is locked: whoever changes a tool locks it first.
        await tools.suspend_tool(tx, caller=caller, tool_id=seen.tool_id, reason=f"incident: {seen.title}")
    incident = await _handled(tx, caller, incident_id)
    return await _save(tx, incident.contain(containment, tool_suspended=suspend_tool, now=tx.now))


async def correct_incident(
    tx: Transaction,
    *,
    caller: Caller,
    incident_id: UUID,
    actions: tuple[str, ...],
    none_because: str | None,
    assigned: tuple[Wanted, ...] = (),
) -> Incident:
    """Say what changes, or why nothing does; what is assigned to somebody becomes a task of its pillar (C9)."""
    incident = await _handled(tx, caller, incident_id)
    every = (*actions, *(each.description for each in assigned))
    corrected = await _save(tx, incident.correct(every, none_because=none_because))
    await corrections.assign(tx, incident_id, assigned)
    return corrected


async def close_incident(
    tx: Transaction, *, caller: Caller, incident_id: UUID, open_actions_because: str | None = None
) -> Incident:
    """End it. Who answers for it cannot; what is still to be done needs a reason."""
    by = await rights.require(tx, caller, DecisionType.CLOSE_INCIDENT)
    incident = await repository.get_for_update(tx, incident_id)
    waiting = await open_corrections.open_of(tx, incident_id)
    return await _save(tx, incident.close(by, tx.now, open_actions=waiting, open_because=open_actions_because))


async def reopen_incident(tx: Transaction, *, caller: Caller, incident_id: UUID, reason: str) -> Incident:
    """Take it up again."""
    incident = await _handled(tx, caller, incident_id)
    return await _save(tx, incident.reopen(reason))


async def match_ticket(
    tx: Transaction,
    *,
    caller: Caller,
    number: str,
    tool_id: UUID | None,
    process_id: UUID | None,
    involved: Involved = NOBODY_NAMED,
) -> Incident:
    """A person says which tool a ticket is about; without one it is an AI incident all the same."""
    await rights.require(tx, caller, DecisionType.CLOSE_INCIDENT)
    ticket = await repository.lock_ticket(tx, number)
    if ticket is None:
        raise NotFound(what="ticket", id=number)
    return await _match(tx, ticket, tool_id, process_id, involved)


async def dismiss_ticket(tx: Transaction, *, caller: Caller, number: str, reason: str) -> Ticket:
    """A person says that a ticket is no AI incident."""
    by = await rights.require(tx, caller, DecisionType.CLOSE_INCIDENT)
    ticket = await repository.lock_ticket(tx, number)
    if ticket is None:
        raise NotFound(what="ticket", id=number)
    if not reason.strip():
        raise WordsMissing(what="why it is no AI incident")
    dismissed, change = ticket.dismiss(by, reason.strip())
    await repository.save_ticket(tx, dismissed)
    await outbox.record(tx, change)
    return dismissed


async def ticket_told(tx: Transaction, telling: Telling) -> None:
    """The service desk told of a ticket: it opens an incident when it names one tool, else it waits for a person."""
    known = await repository.lock_ticket(tx, telling.number)
    ticket = known.told(telling) if known else Ticket(telling)
    await repository.save_ticket(tx, ticket)
    if ticket.waits:
        named = names(ticket.telling)
        tool_id = the_one(await repository.tools_named(tx, named))
        if tool_id is not None:
            await _match(tx, ticket, tool_id, the_one(await processes.named(tx, named)))
    elif known and ticket.incident_id and ticket.telling.reopen_count > known.telling.reopen_count:
        incident = await repository.get_for_update(tx, ticket.incident_id)
        if incident.status in (IncidentStatus.CORRECTED, IncidentStatus.CLOSED):
            await _save(tx, incident.reopen("the service desk opened the ticket again"))


async def hand_over(tx: Transaction, incident_id: UUID, employee_id: str) -> None:
    """Nobody was named in time: this person answers (G27)."""
    await _save(tx, (await repository.get_for_update(tx, incident_id)).answered_for_by(employee_id))


async def accountable_left(tx: Transaction, employee_id: str) -> None:
    """No open incident is left without somebody who answers for it, as long as anybody can (G27)."""
    for incident_id in await repository.open_of(tx, employee_id):
        incident = await repository.get_for_update(tx, incident_id)
        if incident.status is not IncidentStatus.CLOSED and incident.accountable_id == employee_id:
            who = resolve(
                each
                for each in await candidates(tx, tool_id=incident.tool_id, process_id=incident.process_id)
                if each.employee_id != employee_id
            )
            await _save(
                tx, incident.answered_for_by(who.employee_id, who.basis) if who else incident.answered_for_by(None)
            )


async def _handled(tx: Transaction, caller: Caller, incident_id: UUID) -> Incident:
    """An incident, locked, for somebody who may handle it: the officers, and who answers for it."""
    incident = await repository.get_for_update(tx, incident_id)
    answers = incident.accountable_id is not None and caller.employee_id == incident.accountable_id
    await rights.require(tx, caller, DecisionType.HANDLE_INCIDENT, also=[Decider.ACCOUNTABLE] if answers else [])
    return incident


async def _match(
    tx: Transaction, ticket: Ticket, tool_id: UUID | None, process_id: UUID | None, involved: Involved = NOBODY_NAMED
) -> Incident:
    told = ticket.telling
    id = new_id()
    ticket = ticket.matched(id)
    incident = await _open(
        tx,
        id=id,
        title=told.summary or told.number,
        tool_id=tool_id,
        process_id=process_id,
        ticket=told.number,
        involved=involved,
    )
    await repository.save_ticket(tx, ticket)
    return incident


async def _open(
    tx: Transaction,
    *,
    title: str,
    tool_id: UUID | None,
    process_id: UUID | None,
    id: UUID | None = None,
    description: str = "",
    harms: tuple[Harm, ...] = (),
    involved: Involved = NOBODY_NAMED,
    reporter: Reporter = NOT_A_PERSON,
    ticket: str | None = None,
    source: Source = Source.EMPLOYEE,
) -> Incident:
    """Somebody answers for it from the first moment, and how things stood is kept."""
    if process_id is not None and process_id not in await processes.by_ids(tx, [process_id]):
        raise NotFound(what="process", id=str(process_id))
    change = Incident.open(
        id or new_id(), title=title, description=description, source=Source.ITSM if ticket else source,
        reporter=reporter, ticket=ticket, tool_id=tool_id, process_id=process_id,
        circumstances=await _circumstances(tx, tool_id, process_id, involved), harms=harms,
        answers=resolve(
            await candidates(tx, tool_id=tool_id, process_id=process_id, author_id=involved.author_id)
        ), now=tx.now,
    )  # fmt: skip
    return await _save(tx, change)


async def _unnamed(tx: Transaction, employee_id: str) -> Reporter:
    person = await rights.known(tx, employee_id)
    department_id = person.department_id
    people = await directory.count(tx, department_id=department_id, status=Status.ACTIVE) if department_id else 0
    return Reporter.unnamed(department_id, MIN_GROUP if people is None else people)


async def _circumstances(
    tx: Transaction, tool_id: UUID | None, process_id: UUID | None, involved: Involved
) -> Circumstances:
    """Which versions are in force, and what author and reviewer have and lack for this tool (C9)."""
    tool = await tool_rows.get(tx, tool_id) if tool_id else None
    standard = await processes.standard_of(tx, process_id) if process_id else None
    if standard and involved.step is not None:
        standard.must_have(involved.step)
    author = await _standing(tx, tool, involved.author_id)
    reviewer = await _standing(tx, tool, involved.reviewer_id)
    return Circumstances(
        tool_version=tool.model_version if tool else None,
        tool_status=tool.status.value if tool else None,
        sop_id=standard.sop_id if standard else None,
        sop_version=standard.version if standard else None,
        author_id=involved.author_id,
        author_had_access=author.had_access,
        author_lacked=author.lacked,
        step=involved.step,
        reviewer_id=involved.reviewer_id,
        reviewer_had_access=reviewer.had_access,
        reviewer_lacked=reviewer.lacked,
    )


async def _standing(tx: Transaction, tool: Tool | None, employee_id: str | None) -> Standing:
    if employee_id is None:
        return Standing()
    await rights.known(tx, employee_id)
    if tool is None:
        return Standing()
    person = (await standings.standing(tx, [employee_id]))[employee_id]
    editions = await policies.editions(tx, list(tool.conditions.policy_ids))
    lacked = tuple(each.id for each in missing(tool, person, editions, tx.now))
    grants = await access.grants_for(tx, employee_id, tool.id)
    return Standing(any(grant.status is GrantStatus.ACTIVE for grant in grants), lacked)


async def _save(tx: Transaction, change: Change[Incident]) -> Incident:
    await repository.save(tx, change)
    return change.after
