"""Writing and reviewing the next version of a policy (G13, G14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis import directory
from chassis.caller import Caller
from chassis.database import Connection, Transaction, new_id
from chassis.domain import NotFound
from governance.drafts import repository
from governance.drafts.domain import PolicyDraft
from governance.policies import repository as policies
from governance.policies.domain import Policy
from governance.policies.terms import Audience, ChangeClass, PolicyKind, Terms, only_adds
from governance.rights import commands as rights
from governance.rights.domain import Decider, DecisionType

REVIEW_AFTER = timedelta(days=365)


async def may_write(connection: Connection, caller: Caller, department_id: str | None) -> str:
    """Let those through who may write a policy of the enterprise, or of this department."""
    if department_id is None:
        return await rights.require(connection, caller, DecisionType.DRAFT_POLICY)
    return await rights.require(connection, caller, DecisionType.PUBLISH_DEPARTMENT_POLICY, department_id=department_id)


async def draft_policy(
    tx: Transaction,
    *,
    caller: Caller,
    code: str,
    kind: PolicyKind,
    terms: Terms,
    department_id: str | None,
    owner_id: str | None,
) -> PolicyDraft:
    """Begin the first version of a policy, or the next one: then its kind, tier and department are those of the policy."""
    by = await may_write(tx, caller, department_id)
    if department_id is not None and department_id not in await directory.departments(tx, [department_id]):
        raise NotFound(what="department", id=department_id)
    known = await policies.lock(tx, code)
    terms = await _checked(tx, kind, terms, known, department_id)
    owner = owner_id or (known.owner_id if known else None) or by
    await rights.employed(tx, owner)
    change = PolicyDraft.begin(
        new_id(), code, kind, terms, department_id=department_id, owner_id=owner, author_id=by, now=tx.now
    )
    await repository.save(tx, change)
    return change.after


async def revise_policy_draft(
    tx: Transaction, *, caller: Caller, draft_id: UUID, terms: Terms, owner_id: str | None
) -> PolicyDraft:
    """Change a draft that is not published."""
    draft = await repository.get_for_update(tx, draft_id)
    by = await may_write(tx, caller, draft.department_id)
    known = await policies.lock(tx, draft.code)
    terms = await _checked(tx, draft.kind, terms, known, draft.department_id)
    owner = owner_id or draft.owner_id
    await rights.employed(tx, owner)
    change = draft.revise(terms, by=by, owner_id=owner, today=tx.today)
    await repository.save(tx, change)
    return change.after


async def submit_policy_draft(
    tx: Transaction, *, caller: Caller, draft_id: UUID, reviewers: Sequence[str]
) -> PolicyDraft:
    """Ask people to review a draft."""
    draft = await repository.get_for_update(tx, draft_id)
    await may_write(tx, caller, draft.department_id)
    for reviewer in reviewers:
        await rights.employed(tx, reviewer)
    change = draft.submit(reviewers)
    await repository.save(tx, change)
    return change.after


async def approve_policy_draft(tx: Transaction, *, caller: Caller, draft_id: UUID) -> PolicyDraft:
    """A reviewer approves; saying so twice changes nothing."""
    draft = await repository.get_for_update(tx, draft_id)
    by = await _reviewer(tx, caller, draft)
    if by in draft.approved_by:
        return draft
    change = draft.approve(by)
    await repository.save(tx, change)
    return change.after


async def return_policy_draft(tx: Transaction, *, caller: Caller, draft_id: UUID, reason: str) -> PolicyDraft:
    """A reviewer wants it changed."""
    draft = await repository.get_for_update(tx, draft_id)
    change = draft.send_back(await _reviewer(tx, caller, draft), reason)
    await repository.save(tx, change)
    return change.after


async def withdraw_policy_draft(tx: Transaction, *, caller: Caller, draft_id: UUID, reason: str) -> PolicyDraft:
    """Give a draft up."""
    draft = await repository.get_for_update(tx, draft_id)
    await may_write(tx, caller, draft.department_id)
    change = draft.withdraw(reason)
    await repository.save(tx, change)
    return change.after


async def guard(connection: Connection, kind: PolicyKind, terms: Terms, department_id: str | None) -> None:
    """Raise GuardrailViolation when a department's policy is looser than what the enterprise says today."""
    if department_id is not None:
        above = await policies.enterprise_of(connection, kind)
        only_adds(terms, department_id, [(policy.code, policy.terms) for policy in above])


async def _reviewer(tx: Transaction, caller: Caller, draft: PolicyDraft) -> str:
    named = caller.employee_id is not None and caller.employee_id in draft.reviewers
    if not named:
        await rights.refuse(tx, DecisionType.REVIEW_POLICY, names=draft.reviewers)
    return await rights.require(tx, caller, DecisionType.REVIEW_POLICY, also=[Decider.REVIEWER])


async def _checked(
    tx: Transaction, kind: PolicyKind, terms: Terms, known: Policy | None, department_id: str | None
) -> Terms:
    """The terms, in the tier that they belong to and different from what holds."""
    if department_id is not None:
        audience = replace(terms.audience, departments=terms.audience.departments or (department_id,))
        terms = replace(terms, audience=audience)
        await guard(tx, kind, terms, department_id)
    await _known_audience(tx, terms.audience)
    if known is None:
        return replace(terms, change_class=ChangeClass.MAJOR)
    known.must_accept(kind, department_id, terms.content)
    return terms


async def _known_audience(tx: Transaction, audience: Audience) -> None:
    known = await directory.departments(tx, list(audience.departments))
    for id in audience.departments:
        if id not in known:
            raise NotFound(what="department", id=id)
