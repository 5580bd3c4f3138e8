"""What can be done with a candidate."""

from __future__ import annotations

from uuid import UUID

from chassis.caller import Caller
from chassis.database import Transaction, new_id
from process.candidates import repository
from process.candidates.domain import Assessment, Findings, Measured, NotAssessed
from process.processes import repository as processes
from process.processes.domain import ProcessIsRetired
from process.rights import domain as rights
from process.rights.repository import asker


async def assess_process(tx: Transaction, *, caller: Caller, process_id: UUID, findings: Findings) -> Assessment:
    """Score a process with its figures of today and what the assessor found (P04)."""
    process = await processes.get_for_update(tx, process_id)
    assessor = await asker(tx, caller)
    rights.must_change(assessor, process.department_id, process.owner_id, "Assessing a process")
    if process.retired_at is not None:
        raise ProcessIsRetired(process=process.name)
    measured = Measured.of(process.profile)
    known = await repository.of_process_for_update(tx, process_id)
    if known is None:
        change = Assessment.begin(new_id(), process_id, process.department_id, measured, findings, assessor.id, tx.now)
    else:
        change = known.assess(measured, findings, assessor.id, tx.now)
    return await repository.save(tx, change)


async def decide_candidate(
    tx: Transaction, *, caller: Caller, process_id: UUID, accepted: bool, reason: str
) -> Assessment:
    """Take a candidate on or put it aside (P05)."""
    process = await processes.get_for_update(tx, process_id)
    rights.must_lead(await asker(tx, caller), process.department_id, "Which candidates are taken on")
    known = await repository.of_process_for_update(tx, process_id)
    if known is None:
        raise NotAssessed(process=process.name)
    return await repository.save(tx, known.accept(process.name, reason) if accepted else known.park(reason))
