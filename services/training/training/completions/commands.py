"""What records attempts, and what follows from a pass."""

from __future__ import annotations

from datetime import datetime

from chassis import directory
from chassis.caller import Caller, require
from chassis.database import Transaction, new_id
from chassis.domain import Change, NotFound
from training.assignments import commands as assignments
from training.assignments import repository as learners
from training.completions import repository
from training.completions.domain import MAY_RECORD, Attempt, NotYetCompleted, OwnCompletion, Source
from training.courses import repository as courses
from training.credential_types import repository as credential_types
from training.credentials import commands as credentials
from training.requirements import repository as rules


async def record_completion(
    tx: Transaction, *, caller: Caller, employee_id: str, course: str, passed: bool, score: float | None,
    completed_at: datetime | None,
) -> Attempt:  # fmt: skip
    """Record an attempt on behalf of the learning system or by hand; never one's own."""
    require(caller, *MAY_RECORD, action="Recording a completion")
    if caller.employee_id == employee_id:
        raise OwnCompletion
    if completed_at is not None and completed_at > tx.now:
        raise NotYetCompleted(completed_at=completed_at.isoformat())
    if await directory.person(tx, employee_id) is None:
        raise NotFound(what="employee", id=employee_id)
    taken = (await courses.by_codes(tx, [course])).get(course)
    if taken is None:
        raise NotFound(what="course", id=course)
    change = Attempt.record(
        new_id(), employee_id, taken, source=Source.RECORDED, statement_id=None, claimed=passed, score=score,
        completed_at=completed_at or tx.now, by=caller.subject,
    )  # fmt: skip
    await take(tx, change)
    return change.after


async def take(tx: Transaction, change: Change[Attempt]) -> None:
    """Keep an attempt, and award what it completes."""
    attempt = change.after
    await rules.hold_rules(tx)
    await learners.lock_learners(tx, [attempt.employee_id])
    await repository.save(tx, change)
    kinds = await credential_types.reached_by(tx, attempt.course)
    await assignments.attempted(tx, attempt.employee_id, [kind.id for kind in kinds], attempt.completed_at)
    if attempt.passed:
        for kind in kinds:
            await credentials.award(tx, attempt.employee_id, kind)


async def void(tx: Transaction, statement_id: str) -> None:
    """Take a statement back, now or when it comes; credentials that rest on it alone fall."""
    await repository.lock_statement(tx, statement_id)
    await repository.save_voided(tx, statement_id)
    attempt = await repository.of_statement(tx, statement_id)
    if attempt is None:
        return
    await learners.lock_learners(tx, [attempt.employee_id])
    change = attempt.void(tx.now)
    if change is not None:
        await repository.save(tx, change)
        await credentials.evidence_voided(tx, attempt.employee_id, attempt.id)
