"""What happens when a credential's dates come (C3). Each date is handled once, however late, and in order."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis import due
from chassis.database import Transaction
from training.assignments import repository as learners
from training.cohorts import commands as cohorts
from training.credentials import repository
from training.credentials.commands import GRACE_ENDS
from training.credentials.domain import Period, covered_until, held


async def expiring(tx: Transaction, id: str, at: datetime) -> None:
    """The end of a period comes near: told unless it was renewed or revoked, or the end itself has come meanwhile (T11)."""
    period, history = await _with_history(tx, id)
    if period is None or period.valid_until is None or not period.holds(tx.now):
        return
    if covered_until(history, tx.now) == (True, period.valid_until):
        await repository.save_many(tx, [period.remind((period.valid_until - at).days)])


async def expires(tx: Transaction, id: str, at: datetime) -> None:
    """The end of a period: told unless it was revoked or renewed; then the grace begins to run."""
    period = await _lapsed(tx, id)
    if period is None:
        return
    change = period.expire()
    await repository.save_many(tx, [change])
    await due.at(tx, GRACE_ENDS, period.id, change.because.grace_until)
    await cohorts.member_changed(tx, period.employee_id)


async def grace_ends(tx: Transaction, id: str, at: datetime) -> None:
    """The end of the grace: told unless it was revoked or renewed meanwhile."""
    period = await _lapsed(tx, id)
    if period is not None:
        await repository.save_many(tx, [period.end_grace()])


async def _lapsed(tx: Transaction, id: str) -> Period | None:
    """The period, if its holder is without the credential now."""
    period, history = await _with_history(tx, id)
    return None if period is None or period.revoked_at is not None or held(history, tx.now) else period


async def _with_history(tx: Transaction, id: str) -> tuple[Period | None, list[Period]]:
    """The period and all of its holder's periods of that credential, as they stand once the learner is locked."""
    period = await repository.get(tx, UUID(id))
    if period is None:
        return None, []
    await learners.lock_learners(tx, [period.employee_id])
    history = await repository.of_employee(tx, period.employee_id, period.credential_type)
    return next(one for one in history if one.id == period.id), history
