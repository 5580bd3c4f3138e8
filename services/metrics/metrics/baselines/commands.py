"""What is done with baselines."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from chassis.caller import Caller, require
from chassis.database import Transaction, new_id
from chassis.domain import NotFound
from metrics.baselines import repository
from metrics.baselines.domain import Baseline, Comparison, Study
from metrics.work_items import repository as work_items
from metrics.work_items.domain import WorkMetric

OWNERS = ("metrics_owner", "ai_steward")
LOOKS_BACK = timedelta(days=90)


async def begin(tx: Transaction, study: Study) -> None:
    """Collect a baseline for each KPI of a planned pilot, from what its cohort completed in the 90 days before."""
    if await repository.add_study(tx, study):
        since = study.planned_at - LOOKS_BACK
        await repository.save(tx, [Baseline.begin(new_id(), study, kpi.metric, since) for kpi in study.kpis])


async def freeze_baseline(tx: Transaction, *, caller: Caller, pilot_id: UUID, metric: WorkMetric) -> Baseline:
    """Settle what a pilot will be compared with (M07)."""
    require(caller, *OWNERS, action="Freezing a baseline")
    baseline = await repository.get_for_update(tx, pilot_id, metric)
    study = await repository.study(tx, pilot_id)
    if study is None:
        raise NotFound(what="pilot", id=str(pilot_id))
    items = await work_items.completed_by(tx, study.processes, study.employee_ids, baseline.from_time, tx.now)
    change = baseline.freeze(items, tx.now)
    await repository.save(tx, [change])
    return change.after


async def void_baseline(
    tx: Transaction, *, caller: Caller, pilot_id: UUID, metric: WorkMetric, reason: str
) -> Baseline:
    """Declare that a baseline does not hold; its pilot pauses and cannot be compared."""
    require(caller, *OWNERS, action="Declaring a baseline void")
    change = (await repository.get_for_update(tx, pilot_id, metric)).void(reason)
    await repository.save(tx, [change])
    return change.after


async def compare(tx: Transaction, pilot_id: UUID, started_at: datetime, closed_at: datetime) -> None:
    """Compare what the cohort completed while the pilot ran with its baseline; what it completed in pauses does not count."""
    study = await repository.study(tx, pilot_id)
    if study is None:
        raise NotFound(what="pilot", id=str(pilot_id))
    baselines = {one.metric: one for one in (await repository.of_pilots(tx, [pilot_id]))[pilot_id]}
    items = await work_items.completed_by(tx, study.processes, study.employee_ids, started_at, closed_at)
    still = await repository.pauses(tx, pilot_id)
    counted = [
        item for item in items if not any(start <= item.completed_at < (end or closed_at) for start, end in still)
    ]
    baseline = baselines.get(study.kpis[0].metric)
    await repository.add_comparison(tx, Comparison.make(new_id(), study, baseline, counted, tx.now))
