"""What can be done with a pilot. The pilot is locked first and the facts of its gate are read then: who changes such a fact
writes it first and locks the pilot after, so that one of the two always sees the other."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from chassis import directory, due
from chassis.caller import Caller
from chassis.database import Transaction, new_id
from chassis.domain import Change
from process.pilots import repository
from process.pilots.domain import Outcome, Pilot, ProcessNotPrioritised, State
from process.plans.domain import PilotPlanInvalid, Plan
from process.processes import repository as processes
from process.processes.domain import ProcessIsRetired
from process.rights import domain as rights
from process.rights.repository import asker

WINDOW_ENDS = "pilot-window-ends"


async def plan_pilot(tx: Transaction, *, caller: Caller, process_id: UUID, plan: Plan) -> Pilot:
    """Plan a pilot of a process that its department put on its list (P05, P13)."""
    await processes.hold_people(tx, [plan.contact_id])
    process = await processes.get_for_update(tx, process_id)
    by = await asker(tx, caller)
    rights.must_change(by, process.department_id, process.owner_id, "Planning a pilot")
    if process.retired_at is not None:
        raise ProcessIsRetired(process=process.name)
    if process.priority is None:
        raise ProcessNotPrioritised(process=process.name)
    await _must_work_here(tx, (plan.contact_id, *plan.employee_ids, *plan.comparison_ids))
    change = Pilot.propose(
        new_id(),
        plan,
        process_id=process.id,
        code=process.code,
        department_id=process.department_id,
        by=by.id,
        now=tx.now,
    )
    return await _save_and_weigh(tx, change)


async def start_pilot(tx: Transaction, *, caller: Caller, pilot_id: UUID) -> Pilot:
    """Begin; refused with everything that the gate misses (P14, C8)."""
    pilot = await _changed_by(tx, caller, pilot_id, "Starting a pilot")
    gate = (await repository.gates_of(tx, [pilot]))[pilot.id]
    change = pilot.start(gate, await repository.running(tx), tx.now)
    await repository.save(tx, [change])
    await due.at(tx, WINDOW_ENDS, pilot.id, pilot.plan.ends_at)
    return change.after


async def name_contact(tx: Transaction, *, caller: Caller, pilot_id: UUID, contact_id: str) -> Pilot:
    """Have somebody else be called when something goes wrong."""
    await processes.hold_people(tx, [contact_id])
    pilot = await _changed_by(tx, caller, pilot_id, "Naming an escalation contact")
    await _must_work_here(tx, [contact_id])
    return await _save_and_weigh(tx, pilot.name_contact(contact_id))


async def pause_pilot(tx: Transaction, *, caller: Caller, pilot_id: UUID, reason: str) -> Pilot:
    """Stop for a while."""
    pilot = await _changed_by(tx, caller, pilot_id, "Pausing a pilot")
    return await _save(tx, pilot.pause(caller.subject, reason))


async def resume_pilot(tx: Transaction, *, caller: Caller, pilot_id: UUID) -> Pilot:
    """Run again; refused with everything that the gate misses."""
    pilot = await _changed_by(tx, caller, pilot_id, "Resuming a pilot")
    gate = (await repository.gates_of(tx, [pilot]))[pilot.id]
    return await _save(tx, pilot.resume(gate))


async def close_pilot_window(tx: Transaction, *, caller: Caller, pilot_id: UUID) -> Pilot:
    """End the window before its time and measure."""
    pilot = await _changed_by(tx, caller, pilot_id, "Closing a pilot's window")
    await due.cancel(tx, WINDOW_ENDS, pilot.id)
    return await _save(tx, pilot.close(tx.now))


async def decide_pilot(tx: Transaction, *, caller: Caller, pilot_id: UUID, outcome: Outcome, reason: str) -> Pilot:
    """Scale, iterate or stop: for the department's leader alone (P13, P16)."""
    pilot = await repository.get_for_update(tx, pilot_id)
    by = await asker(tx, caller)
    rights.must_lead(by, pilot.department_id, "What comes after a pilot")
    return await _save(tx, pilot.decide(outcome, by.id, reason, tx.now))


async def abort_pilot(tx: Transaction, *, caller: Caller, pilot_id: UUID, reason: str) -> Pilot:
    """Give a pilot up."""
    pilot = await _changed_by(tx, caller, pilot_id, "Aborting a pilot")
    await due.cancel(tx, WINDOW_ENDS, pilot.id)
    return await _save(tx, pilot.abort(caller.subject, reason, tx.now))


async def window_ends(tx: Transaction, pilot_id: UUID) -> None:
    """The end of the window has come: what still runs is measured from now on."""
    pilot = await repository.get_for_update(tx, pilot_id)
    if pilot.state in {State.RUNNING, State.PAUSED} and pilot.plan.ends_at <= tx.now:
        await _save(tx, pilot.close(tx.now))


async def weigh(tx: Transaction, pilots: Sequence[Pilot]) -> None:
    """Something that gates ask for changed: pilots pass or lose their gate, pause or run again. They are locked already."""
    gates = await repository.gates_of(tx, pilots)
    changes = [change for pilot in pilots if (change := pilot.weigh(gates[pilot.id])) is not None]
    if changes:
        await repository.save(tx, changes)


async def weigh_processes(tx: Transaction, process_ids: Sequence[UUID]) -> None:
    """What procedures of these processes may be followed changed."""
    await weigh(tx, await repository.of_processes_for_update(tx, process_ids))


async def _changed_by(tx: Transaction, caller: Caller, pilot_id: UUID, action: str) -> Pilot:
    pilot = await repository.get_for_update(tx, pilot_id)
    process = await processes.get(tx, pilot.process_id)
    owner = process.owner_id if process else None
    rights.must_change(await asker(tx, caller), pilot.department_id, owner, action)
    return pilot


async def _must_work_here(tx: Transaction, ids: Sequence[str]) -> None:
    known = await directory.people(tx, ids)
    gone = [id for id in ids if id not in known or not known[id].works_here]
    if gone:
        raise PilotPlanInvalid(problem=f"nobody with the id {', '.join(gone)} works here")


async def _save(tx: Transaction, change: Change[Pilot]) -> Pilot:
    await repository.save(tx, [change])
    return change.after


async def _save_and_weigh(tx: Transaction, change: Change[Pilot]) -> Pilot:
    gate = (await repository.gates_of(tx, [change.after]))[change.after.id]
    then = change.after.weigh(gate)
    changes = [change] if then is None else [change, then]
    await repository.save(tx, changes)
    return changes[-1].after
