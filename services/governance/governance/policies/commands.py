"""Publishing, confirming and withdrawing policies, and who answers for them (G14, G27)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from uuid import UUID

from asyncpg import UniqueViolationError

from chassis import due
from chassis.caller import Caller
from chassis.database import Transaction, new_id
from governance.campaigns import commands as campaigns
from governance.decisions import commands as decisions
from governance.decisions import repository as records
from governance.drafts import commands as drafting
from governance.drafts import repository as drafts
from governance.drafts.domain import DraftStatus
from governance.ownership import commands as ownership
from governance.ownership.domain import Owned
from governance.policies import repository
from governance.policies.domain import Policy, PolicyIsNew
from governance.rights import commands as rights
from governance.rights.domain import DecisionType

REVIEW = "policy-review"


async def publish_policy(tx: Transaction, *, caller: Caller, draft_id: UUID) -> Policy:
    """Publish a draft that all of its reviewers approved, as the first version of its policy or the next one."""
    draft = await drafts.get_for_update(tx, draft_id)
    by, decision_type = await _may_publish(tx, caller, draft.department_id)
    draft.must_be(DraftStatus.APPROVED)
    await rights.employed(tx, draft.owner_id)
    await drafting.guard(tx, draft.kind, draft.terms, draft.department_id)
    known = await repository.lock(tx, draft.code)
    if known is None:
        change = Policy.publish(
            new_id(), draft.code, draft.kind, draft.terms, department_id=draft.department_id, owner_id=draft.owner_id,
            by=by, reviewed_by=draft.approved_by, now=tx.now,
        )  # fmt: skip
    else:
        change = known.revise(draft.terms, owner_id=draft.owner_id, by=by, reviewed_by=draft.approved_by, now=tx.now)
    try:
        async with tx.savepoint():
            await repository.publish(tx, change)
    except UniqueViolationError:
        raise PolicyIsNew(policy=draft.code) from None
    policy = change.after
    await drafts.save(tx, draft.published_as(policy.newest.number))
    await decisions.record(
        tx, decision_type, subject=("policy", policy.code), outcome="published", decided_by=by,
        rationale=f"version {policy.newest.number}, {policy.newest.change_class}",
        evidence={
            "draft": str(draft.id), "version": policy.newest.number, "content_hash": policy.newest.content_hash,
            "reviewed_by": list(draft.approved_by),
        },
    )  # fmt: skip
    if known is not None and known.owner_id != policy.owner_id:
        await ownership.settle(tx, Owned.POLICY, policy.code, policy.owner_id)
    await campaigns.ask(tx, policy)
    await _with_review(tx, policy)
    return policy


async def withdraw_policy(tx: Transaction, *, caller: Caller, code: str, reason: str) -> Policy:
    """Let a policy bind nobody any more: a new decision that reverses its publication. What needed it does no longer."""
    policy = await repository.lock(tx, code) or await repository.named(tx, code)
    by, decision_type = await _may_publish(tx, caller, policy.department_id)
    change = policy.withdraw(reason, tx.now)
    await repository.save(tx, change)
    published = await records.last_about(tx, decision_type, "policy", code)
    await decisions.record(
        tx, decision_type, subject=("policy", code), outcome="withdrawn", decided_by=by, rationale=reason.strip(),
        reverses=published.id if published else None,
    )  # fmt: skip
    await due.cancel(tx, REVIEW, code)
    await campaigns.policy_changed(tx, code)
    return change.after


async def confirm_policy(tx: Transaction, *, caller: Caller, code: str, review_by: date) -> Policy:
    """Somebody looked at it again and it stays as it is."""
    policy = await repository.lock(tx, code) or await repository.named(tx, code)
    await _may_publish(tx, caller, policy.department_id)
    change = policy.confirm(review_by, tx.today)
    await repository.save(tx, change)
    await _with_review(tx, change.after)
    return change.after


async def name_policy_owner(tx: Transaction, *, caller: Caller, code: str, owner_id: str) -> Policy:
    """Make somebody accountable for a policy."""
    policy = await repository.lock(tx, code) or await repository.named(tx, code)
    await _may_publish(tx, caller, policy.department_id)
    policy.must_bind()
    await rights.employed(tx, owner_id)
    await ownership.settle(tx, Owned.POLICY, code, owner_id)
    if policy.owner_id == owner_id:
        return policy
    change = policy.owned_by(owner_id)
    await repository.save(tx, change)
    return change.after


async def review_due(tx: Transaction, code: str, at: datetime) -> None:
    """The date to look at a policy again came."""
    policy = await repository.lock(tx, code)
    change = policy.review_came(tx.today) if policy else None
    if change is not None:
        await repository.save(tx, change)


async def hand_over(tx: Transaction, code: str, owner_id: str) -> None:
    """Nobody was named in time: this person answers (G27)."""
    policy = await repository.lock(tx, code) or await repository.named(tx, code)
    await repository.save(tx, policy.owned_by(owner_id))


async def owner_left(tx: Transaction, employee_id: str, successor_id: str | None) -> None:
    """No policy is left without an accountable person (G27)."""
    for code in await repository.owned_by(tx, employee_id):
        policy = await repository.lock(tx, code)
        if policy is not None and policy.owner_id == employee_id:
            await repository.save(tx, policy.owned_by(successor_id))


async def _may_publish(tx: Transaction, caller: Caller, department_id: str | None) -> tuple[str, DecisionType]:
    if department_id is None:
        return await rights.require(tx, caller, DecisionType.PUBLISH_POLICY), DecisionType.PUBLISH_POLICY
    right = DecisionType.PUBLISH_DEPARTMENT_POLICY
    return await rights.require(tx, caller, right, department_id=department_id), right


async def _with_review(tx: Transaction, policy: Policy) -> None:
    """Only the latest date counts."""
    await due.cancel(tx, REVIEW, policy.code)
    if policy.review_by is not None:
        await due.at(tx, REVIEW, policy.code, datetime.combine(policy.review_by, time(), UTC))
