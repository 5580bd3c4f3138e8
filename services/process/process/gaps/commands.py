"""What can be done with a gap."""

from __future__ import annotations

from uuid import UUID

from chassis.caller import Caller
from chassis.database import Transaction, new_id
from process.gaps import repository
from process.gaps.domain import Gap, Pillar, Refinement, Severity
from process.pilots import repository as pilots
from process.processes import repository as processes
from process.rights import domain as rights
from process.rights.repository import asker


async def log_gap(
    tx: Transaction, *, caller: Caller, pilot_id: UUID, pillar: Pillar, severity: Severity, description: str
) -> Gap:
    """Note what a pilot shows to be missing: for its cohort, everybody in its department, the owner, AI stewards (P15)."""
    pilot = await pilots.get_for_update(tx, pilot_id)
    by = await asker(tx, caller)
    if by.id not in {*pilot.plan.employee_ids, pilot.plan.contact_id}:
        process = await processes.get(tx, pilot.process_id)
        rights.must_work_in(by, pilot.department_id, process.owner_id if process else None, "Logging a gap")
    change = Gap.log(new_id(), pilot.id, pilot.process_id, pillar, severity, description, by.id, tx.now)
    return await repository.save(tx, change)


async def resolve_gap(tx: Transaction, *, caller: Caller, gap_id: UUID, refinement: Refinement) -> Gap:
    """Name the refinement that closes a gap (L11)."""
    gap = await repository.get_for_update(tx, gap_id)
    return await repository.save(tx, gap.resolve(refinement, caller.subject, caller.roles, tx.now))
