"""Reviews fall due, are held or missed (L06, L09, C11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis import due
from chassis.caller import Caller
from chassis.database import Transaction, new_id
from governance.cadences import repository
from governance.cadences.domain import CadenceKind, Occurrence, PlannedAction, next_due, period
from governance.committee import repository as committees
from governance.programme import repository as programme
from governance.rights import commands as rights
from governance.rights.domain import Decider, DecisionType

COMES = "cadence-comes"
MISSED = "cadence-missed"


async def begin(tx: Transaction) -> None:
    """The calendar runs from the first sponsor on; once begun it never stops."""
    for kind in CadenceKind:
        await due.at(tx, COMES, kind.value, next_due(kind, tx.now))


async def comes(tx: Transaction, id: str, at: datetime) -> None:
    """The first day of a month or quarter: a review is due, and the next one is dated."""
    kind = CadenceKind(id)
    await due.at(tx, COMES, kind.value, next_due(kind, at))
    if await repository.is_known(tx, kind, period(kind, at)):
        return
    sponsor = await programme.active(tx)
    change = Occurrence.falls_due(
        new_id(),
        kind,
        at,
        agenda=await repository.what_to_look_at(tx) if kind is CadenceKind.QUARTERLY_REVIEW else (),
        sponsor_id=sponsor.employee_id if sponsor else None,
    )
    await repository.save(tx, change)
    await due.at(tx, MISSED, change.after.id, change.after.missed_from)


async def hold_review(
    tx: Transaction,
    *,
    caller: Caller,
    occurrence_id: UUID,
    findings: Sequence[str],
    actions: Sequence[PlannedAction],
) -> Occurrence:
    """The sponsor ends a review with findings, and with actions that somebody who works here owns."""
    by = await rights.require(tx, caller, DecisionType.HOLD_REVIEW)
    for owner_id in {action.owner_id for action in actions}:
        await rights.employed(tx, owner_id)
    occurrence = await repository.get_for_update(tx, occurrence_id)
    change = occurrence.hold(by=by, findings=findings, actions=actions, now=tx.now)
    await repository.save(tx, change)
    return change.after


async def close_review_action(
    tx: Transaction, *, caller: Caller, occurrence_id: UUID, number: int, outcome: str
) -> Occurrence:
    """The owner of an action, or the sponsor, says what came of it."""
    occurrence = await repository.get_for_update(tx, occurrence_id)
    owns = any(each.number == number and each.owner_id == caller.employee_id for each in occurrence.actions)
    by = await rights.require(tx, caller, DecisionType.CLOSE_REVIEW_ACTION, also=[Decider.ACCOUNTABLE] if owns else [])
    change = occurrence.close_action(number, outcome=outcome, by=by, now=tx.now)
    await repository.save(tx, change)
    return change.after


async def miss(tx: Transaction, id: str, at: datetime) -> None:
    """A review was not held in time: that is a fact, and everybody who votes in a committee is told."""
    sponsor = await programme.active(tx)
    voters = sorted({voter for committee in await committees.every(tx) for voter in committee.voters()})
    change = (await repository.get_for_update(tx, UUID(id))).miss(
        tx.now, sponsor_id=sponsor.employee_id if sponsor else None, escalated_to=tuple(voters)
    )
    if change is not None:
        await repository.save(tx, change)
