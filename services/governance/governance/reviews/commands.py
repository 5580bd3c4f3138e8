"""Looking at access again, deciding, and what becomes of what nobody decided about (G21, C14)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis import due
from chassis.caller import Caller
from chassis.database import Transaction, new_id
from governance.access import commands as granting
from governance.access import repository as access
from governance.entitlement import repository as standings
from governance.reviews import repository
from governance.reviews.domain import IDLE_DAYS, MOST, Decision, Item, OnSilence, Review, Reviewers
from governance.rights import commands as rights
from governance.rights.domain import DecisionType

CLOSES = "access-review-closes"
_BATCH = 500


async def open_access_review(
    tx: Transaction,
    *,
    caller: Caller,
    tool_id: UUID | None,
    department_id: str | None,
    inactive_days: int | None,
    default_on_silence: OnSilence,
    reviewers: Reviewers,
    closes_at: datetime,
) -> Review:
    """Ask the line managers, or the owners of the tools, about every grant that fits now."""
    by = await rights.require(tx, caller, DecisionType.REVIEW_ACCESS)
    found = await repository.candidates(
        tx, tool_id=tool_id, department_id=department_id, inactive_days=inactive_days, limit=MOST + 1
    )
    change = Review.open(
        new_id(), tool_id=tool_id, department_id=department_id, inactive_days=inactive_days,
        default_on_silence=default_on_silence, by=by, closes_at=closes_at, items=len(found), now=tx.now,
        reviewers=reviewers,
    )  # fmt: skip
    review = change.after
    await repository.save(tx, change)
    await repository.add_items(
        tx, [Item.of(new_id(), review, each, tx.today, inactive_days or IDLE_DAYS) for each in found]
    )
    await due.at(tx, CLOSES, review.id, closes_at)
    return review


async def look_at_idle(tx: Transaction, grant_id: UUID) -> None:
    """Have an open review that it fits look at a grant that was told to be idle; where none is open the next one will."""
    review_id = await repository.open_for(tx, grant_id)
    if review_id is None or await repository.is_looked_at(tx, grant_id):
        return
    found = await repository.idle(tx, grant_id)
    if found is not None:
        review = await repository.get(tx, review_id)
        await repository.add_items(tx, [Item.of(new_id(), review, found, tx.today, IDLE_DAYS)])
        await repository.widen(tx, review_id)


async def decide_access(
    tx: Transaction, *, caller: Caller, item_id: UUID, decision: Decision, reason: str | None
) -> Item:
    """Keep a grant or revoke it, which happens at once. The reviewer decides; officers may for everybody."""
    known = await repository.item(tx, item_id)
    await standings.lock(tx, [known.employee_id])
    item = await repository.item(tx, item_id)
    if caller.employee_id not in (item.reviewer_id, item.employee_id):
        await rights.require(tx, caller, DecisionType.REVIEW_ACCESS)
    change = item.decide(decision, caller.subject, reason, tx.now)
    await repository.save_decisions(tx, [change])
    await _revoke(tx, [change.after])
    return change.after


async def take_recommendations(tx: Transaction, *, caller: Caller, review_id: UUID) -> Review:
    """Decide as recommended about up to five hundred of the grants that a reviewer is asked about; officers about anybody's."""
    review = await repository.get(tx, review_id)
    reviewer: str | None = caller.subject
    if not await repository.undecided(tx, review.id, limit=1, reviewer_id=reviewer):
        await rights.require(tx, caller, DecisionType.REVIEW_ACCESS)
        reviewer = None
    asked = await repository.undecided(tx, review.id, limit=_BATCH, reviewer_id=reviewer)
    await standings.lock(tx, [item.employee_id for item in asked])
    ids = {item.id for item in asked if item.employee_id != caller.employee_id}
    fresh = await repository.undecided(tx, review.id, limit=_BATCH, reviewer_id=reviewer)
    changes = [item.decide(item.recommendation, caller.subject, None, tx.now) for item in fresh if item.id in ids]
    await repository.save_decisions(tx, changes)
    await _revoke(tx, [change.after for change in changes])
    return review


async def close_at_date(tx: Transaction, id: str, at: datetime) -> None:
    """What nobody decided about is decided by the default; then the review is complete."""
    review = await repository.get_for_update(tx, UUID(id))
    if review.completed_at is not None:
        return
    while items := await repository.undecided(tx, review.id, limit=_BATCH):
        await standings.lock(tx, [item.employee_id for item in items])
        ids = {item.id for item in items}
        fresh = [item for item in await repository.undecided(tx, review.id, limit=_BATCH) if item.id in ids]
        changes = [item.default(review.default_on_silence, tx.now) for item in fresh]
        await repository.save_decisions(tx, changes)
        await _revoke(tx, [change.after for change in changes])
    await repository.save(tx, review.complete(**await repository.counts(tx, review.id), now=tx.now))


async def _revoke(tx: Transaction, items: Sequence[Item]) -> None:
    """End the grants that are not kept; their people are locked."""
    changes = []
    for item in items:
        if item.decision is Decision.REVOKE:
            grant = await access.lock_grant(tx, item.grant_id)
            if grant.revoked_at is None:
                changes.append(grant.revoke(f"access review: {item.reason or item.because}", tx.now))
    if changes:
        await granting.end_grants(tx, changes)
