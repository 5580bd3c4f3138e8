"""What happens to cohorts. Rules are held and learners locked before cohorts, so that a credential earned meanwhile counts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis import directory
from chassis.database import Transaction
from training.assignments import commands as assignments
from training.assignments import repository as learners
from training.cohorts import repository
from training.cohorts.domain import Cohort
from training.credentials import repository as credentials
from training.credentials.domain import held
from training.requirements import repository as requirements


async def form(
    tx: Transaction,
    *,
    pilot_id: UUID,
    name: str,
    employee_ids: tuple[str, ...],
    credential_types: tuple[str, ...],
    starts_at: datetime,
) -> None:
    """Assign the cohort of a planned pilot what it needs, and tell whether it holds that already (T21)."""
    if await repository.get_for_update(tx, pilot_id) is not None:
        return
    await requirements.hold_rules(tx)
    await learners.lock_learners(tx, employee_ids)
    change = Cohort.form(pilot_id, name, employee_ids, credential_types, starts_at)
    await repository.save(tx, change)
    await assignments.reconcile(tx, employee_ids)
    await _weigh(tx, change.after)


async def dissolve(tx: Transaction, pilot_id: UUID) -> None:
    """The pilot is over: what was to be learnt only for it need not be learnt any more."""
    known = (await repository.by_ids(tx, [pilot_id])).get(pilot_id)
    if known is None:
        return
    await requirements.hold_rules(tx)
    await learners.lock_learners(tx, known.employee_ids)
    cohort = await repository.get_for_update(tx, pilot_id)
    change = cohort.dissolve(tx.now) if cohort else None
    if change is not None:
        await repository.save(tx, change)
        await assignments.reconcile(tx, known.employee_ids)


async def member_changed(tx: Transaction, employee_id: str) -> None:
    """Somebody earned or lost a credential, came or left: their cohorts are counted anew. The learner is locked already."""
    for cohort in await repository.with_member_for_update(tx, employee_id):
        await _weigh(tx, cohort)


async def _weigh(tx: Transaction, cohort: Cohort) -> None:
    people = await directory.people(tx, cohort.employee_ids)
    here = [id for id, person in people.items() if person.works_here]
    periods = await credentials.of_employees(tx, here)
    trained = sum(
        all(
            held([one for one in periods.get(id, []) if one.credential_type == code], tx.now)
            for code in cohort.credential_types
        )
        for id in here
    )
    change = cohort.weigh(len(here), trained)
    if change is not None:
        await repository.save(tx, change)
    else:
        await repository.keep(tx, cohort.count(len(here), trained))
