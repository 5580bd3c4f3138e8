"""Proposing, reviewing, approving, suspending and retiring tools; what changes reaches every request and grant (G04-G06, G29)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import msgspec

from chassis import due
from chassis.caller import Caller
from chassis.database import Transaction, new_id
from chassis.domain import Change, NotFound
from governance.access import commands as access
from governance.decisions import commands as decisions
from governance.decisions import repository as records
from governance.decisions.domain import Decision
from governance.motions import commands as motions
from governance.motions import repository as motion_rows
from governance.ownership import commands as ownership
from governance.ownership.domain import Owned
from governance.policies import repository as policies
from governance.rights import commands as rights
from governance.rights.domain import DecisionType
from governance.risk.domain import Assessment, Risk
from governance.scope.domain import NO_CONDITIONS, Conditions, Scope, Terms
from governance.tools import repository
from governance.tools.domain import REVIEW_GRACE, LooksLikeAnother, SameVersion, Status, Tool, ToolCodeTaken

RATIFICATION = "tool-ratification"
REVIEW = "tool-review"
SUNSET = "tool-sunset"
DECIDE = "tool-decision"
_REVIEW_AFTER = timedelta(days=365)
_OLD_VERSION_ENDS = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Enacted:
    """A tool, locked, and the decision record of the motion that is carried out."""

    tool: Tool
    decision: Decision
    terms: Terms


async def propose_tool(
    tx: Transaction,
    *,
    caller: Caller,
    code: str,
    name: str,
    vendor: str,
    model_version: str,
    hosting: str,
    purpose: str,
    owner_id: str | None,
    assessment: Assessment,
) -> Tool:
    """Any employee may propose a tool."""
    by = await rights.require(tx, caller, DecisionType.PROPOSE_TOOL)
    if owner_id is not None:
        await rights.employed(tx, owner_id)
    change = Tool.propose(
        new_id(), code=code, name=name, vendor=vendor, model_version=model_version, hosting=hosting, purpose=purpose,
        owner_id=owner_id, proposed_by=by, assessment=assessment, now=tx.now,
    )  # fmt: skip
    return await _proposed(tx, change)


async def propose_tool_version(
    tx: Transaction, *, caller: Caller, tool_id: UUID, code: str, model_version: str, purpose: str | None,
    assessment: Assessment,
) -> Tool:  # fmt: skip
    """A new version is decided anew, with an assessment of its own; until then the one before goes on (G07)."""
    by = await rights.require(tx, caller, DecisionType.PROPOSE_TOOL)
    before = await repository.get(tx, tool_id)
    if before.model_version == model_version:
        raise SameVersion(tool=before.name, model_version=model_version)
    change = Tool.propose(
        new_id(), code=code, name=before.name, vendor=before.vendor, model_version=model_version,
        hosting=before.hosting, purpose=before.purpose if purpose is None else purpose, owner_id=before.owner_id,
        proposed_by=by, assessment=assessment, now=tx.now, replaces_id=before.id,
    )  # fmt: skip
    return await _proposed(tx, change)


async def mark_tool_duplicate(tx: Transaction, *, caller: Caller, tool_id: UUID, duplicate_of_id: UUID) -> Tool:
    """The steward finds that a proposal is about a tool that is registered already."""
    await rights.require(tx, caller, DecisionType.REVIEW_TOOL)
    tool = await repository.get_for_update(tx, tool_id)
    return await _save(tx, tool.is_duplicate_of(await repository.get(tx, duplicate_of_id)))


async def _proposed(tx: Transaction, change: Change[Tool]) -> Tool:
    tool = change.after
    await repository.lock_code(tx, "")
    if await repository.by_code(tx, tool.code) is not None:
        raise ToolCodeTaken(code=tool.code)
    same = await repository.same_as(tx, tool.name, tool.vendor, tool.model_version)
    if same is not None:
        raise LooksLikeAnother(name=same.name, model_version=same.model_version, vendor=same.vendor, code=same.code)
    await repository.save(tx, change)
    if tool.decide_by is not None:
        await due.at(tx, DECIDE, tool.id, tool.decide_by)
    return tool


async def start_tool_review(tx: Transaction, *, caller: Caller, tool_id: UUID) -> Tool:
    """The AI steward takes a proposal up; from now on access can be requested."""
    by = await rights.require(tx, caller, DecisionType.REVIEW_TOOL)
    tool = await repository.get_for_update(tx, tool_id)
    return await _save(tx, tool.start_review(by))


async def assess_tool(tx: Transaction, *, caller: Caller, tool_id: UUID, answers: dict[str, bool]) -> Tool:
    """Answer questions of the assessment. A tool that turns out to be prohibited is suspended at once."""
    by = await rights.require(tx, caller, DecisionType.REVIEW_TOOL)
    tool = await repository.get_for_update(tx, tool_id)
    assessment = Assessment(**{**msgspec.to_builtins(tool.assessment), **answers})
    assessed = await _save(tx, tool.assess(assessment))
    if assessed.status is Status.APPROVED and assessed.risk is Risk.PROHIBITED:
        return await _suspend(tx, assessed, "assessed as a prohibited practice", by)
    return assessed


async def name_tool_owner(tx: Transaction, *, caller: Caller, tool_id: UUID, owner_id: str) -> Tool:
    """Make somebody accountable, who from now on takes no part in motions about the tool."""
    await rights.require(tx, caller, DecisionType.REVIEW_TOOL)
    await rights.employed(tx, owner_id)
    tool = await repository.get_for_update(tx, tool_id)
    await ownership.settle(tx, Owned.TOOL, str(tool_id), owner_id)
    return await _owned_by(tx, tool, owner_id)


async def approve_tool(
    tx: Transaction,
    *,
    caller: Caller,
    tool_id: UUID,
    motion_id: UUID,
    scope: Sequence[Scope] | None,
    conditions: Conditions | None,
    review_by: date | None,
) -> Tool:
    """Carry out the committee's decision to let a tool be used, on the terms it voted on."""
    proposed = None if scope is None else Terms(tuple(dict.fromkeys(scope)), conditions or NO_CONDITIONS)
    enacted = await _enact(
        tx, caller, DecisionType.APPROVE_TOOL, tool_id, motion_id, outcome="approved", proposed=proposed
    )
    known = await policies.by_codes(tx, list(enacted.terms.conditions.policy_ids))
    for code in enacted.terms.conditions.policy_ids:
        if code not in known:
            raise NotFound(what="policy", id=code)
        known[code].must_bind()
    if enacted.terms.conditions.panel is not None:
        await rights.all_employed(tx, enacted.terms.conditions.panel.approvers)
    change = enacted.tool.approve(
        enacted.decision.id,
        scope=enacted.terms.scope,
        conditions=enacted.terms.conditions,
        review_by=review_by or tx.today + _REVIEW_AFTER,
        today=tx.today,
    )
    approved = await _with_review_date(tx, await _save(tx, change))
    if approved.replaces_id is not None:
        await _replace(tx, approved.replaces_id, approved, enacted.decision)
    return approved


async def reject_tool(tx: Transaction, *, caller: Caller, tool_id: UUID, motion_id: UUID) -> Tool:
    """Carry out the committee's decision not to let a tool be used."""
    enacted = await _enact(tx, caller, DecisionType.REJECT_TOOL, tool_id, motion_id, outcome="rejected")
    return await _save(tx, enacted.tool.reject(enacted.decision.id))


async def suspend_tool(tx: Transaction, *, caller: Caller, tool_id: UUID, reason: str) -> Tool:
    """An officer stops a tool at once; every grant is suspended with it."""
    by = await rights.require(tx, caller, DecisionType.SUSPEND_TOOL)
    return await _suspend(tx, await repository.get_for_update(tx, tool_id), reason, by)


async def ratify_suspension(tx: Transaction, *, caller: Caller, tool_id: UUID, motion_id: UUID) -> Tool:
    """Carry out the committee's decision to stand behind a suspension."""
    enacted = await _enact(tx, caller, DecisionType.RATIFY_SUSPENSION, tool_id, motion_id, outcome="ratified")
    await due.cancel(tx, RATIFICATION, tool_id)
    return await _save(tx, enacted.tool.ratify(enacted.decision.id))


async def reinstate_tool(
    tx: Transaction, *, caller: Caller, tool_id: UUID, motion_id: UUID, review_by: date | None
) -> Tool:
    """Carry out the committee's decision to let a suspended tool be used again; a reversal of what suspended it."""
    enacted = await _enact(tx, caller, DecisionType.REINSTATE_TOOL, tool_id, motion_id, outcome="reinstated")
    await due.cancel(tx, RATIFICATION, tool_id)
    change = enacted.tool.reinstate(enacted.decision.id, review_by=review_by, today=tx.today)
    return await _with_review_date(tx, await _save(tx, change))


async def change_tool_scope(
    tx: Transaction, *, caller: Caller, tool_id: UUID, motion_id: UUID, scope: Sequence[Scope] | None
) -> Tool:
    """Carry out the committee's decision to allow more or less; access outside is suspended, access inside comes back."""
    proposed = None if scope is None else Terms(tuple(dict.fromkeys(scope)), NO_CONDITIONS)
    enacted = await _enact(
        tx, caller, DecisionType.CHANGE_TOOL_SCOPE, tool_id, motion_id, outcome="scope changed", proposed=proposed
    )
    return await _save(tx, enacted.tool.change_scope(enacted.decision.id, enacted.terms.scope))


async def deprecate_tool(
    tx: Transaction,
    *,
    caller: Caller,
    tool_id: UUID,
    motion_id: UUID,
    sunset_at: datetime,
    successor_id: UUID | None,
) -> Tool:
    """Carry out the committee's decision to let a tool end on a date."""
    enacted = await _enact(tx, caller, DecisionType.DEPRECATE_TOOL, tool_id, motion_id, outcome="deprecated")
    await _must_follow(tx, successor_id, enacted.tool)
    change = enacted.tool.deprecate(
        enacted.decision.id, sunset_at=sunset_at, successor_id=successor_id, now=tx.now
    )  # fmt: skip
    return await _with_sunset(tx, await _save(tx, change))


async def retire_tool(
    tx: Transaction, *, caller: Caller, tool_id: UUID, motion_id: UUID, successor_id: UUID | None
) -> Tool:
    """Carry out the committee's decision to end a tool's life here."""
    enacted = await _enact(tx, caller, DecisionType.RETIRE_TOOL, tool_id, motion_id, outcome="retired")
    await due.cancel(tx, RATIFICATION, tool_id)
    await due.cancel(tx, REVIEW, tool_id)
    await due.cancel(tx, SUNSET, tool_id)
    await _must_follow(tx, successor_id, enacted.tool)
    return await _save(tx, enacted.tool.retire(enacted.decision.id, successor_id))


async def ratification_due(tx: Transaction, id: str, at: datetime) -> None:
    """Seven days passed since an emergency suspension."""
    change = (await repository.get_for_update(tx, UUID(id))).ratification_overdue(tx.now)
    if change is not None:
        await _save(tx, change)


async def review_due(tx: Transaction, id: str, at: datetime) -> None:
    """The date to look at a tool again came, or its thirty days of grace ended."""
    while change := (await repository.get_for_update(tx, UUID(id))).review_is_due(tx.now):
        await _save(tx, change)


async def decision_due(tx: Transaction, id: str, at: datetime) -> None:
    """A proposal was to be decided by now."""
    change = (await repository.get_for_update(tx, UUID(id))).decision_is_overdue(tx.now)
    if change is not None:
        await _save(tx, change)


async def sunset_due(tx: Transaction, id: str, at: datetime) -> None:
    """The date on which a tool ends came: it is retired, and access to it with it."""
    change = (await repository.get_for_update(tx, UUID(id))).sunset(tx.now)
    if change is not None:
        await due.cancel(tx, RATIFICATION, id)
        await due.cancel(tx, REVIEW, id)
        await _save(tx, change)


async def hand_over(tx: Transaction, tool_id: UUID, owner_id: str) -> None:
    """Nobody was named in time: this person answers (G27)."""
    await _owned_by(tx, await repository.get_for_update(tx, tool_id), owner_id)


async def owner_left(tx: Transaction, employee_id: str, successor_id: str | None) -> None:
    """No tool is left without an accountable person; the steward may name another one."""
    for tool_id in await repository.owned_by(tx, employee_id):
        tool = await repository.get_for_update(tx, tool_id)
        if tool.owner_id == employee_id:
            await _owned_by(tx, tool, successor_id)


async def _enact(
    tx: Transaction,
    caller: Caller,
    decision_type: DecisionType,
    tool_id: UUID,
    motion_id: UUID,
    *,
    outcome: str,
    proposed: Terms | None = None,
) -> Enacted:
    """Check that the committee passed a motion about exactly this, and record the decision."""
    by = await rights.require(tx, caller, decision_type)
    tool = await repository.get_for_update(tx, tool_id)
    motion = await motion_rows.get_for_update(tx, motion_id)
    motion.allows(decision_type, str(tool.id))
    terms = motion.agreed(proposed)
    reverses = None
    if decision_type is DecisionType.REINSTATE_TOOL:
        reverses = await records.last_about(tx, DecisionType.SUSPEND_TOOL, "tool", str(tool.id))
    decision = await decisions.record(
        tx,
        decision_type,
        subject=("tool", str(tool.id)),
        outcome=outcome,
        decided_by=str(motion.committee_id),
        motion=motion,
        rationale=motion.title,
        evidence=msgspec.to_builtins({"enacted_by": by, "count": motion.count, "terms": terms}),
        reverses=reverses.id if reverses else None,
    )
    return Enacted(tool, decision, terms or Terms((), NO_CONDITIONS))


async def _replace(tx: Transaction, old_id: UUID, new: Tool, decision: Decision) -> None:
    """The version before ends ninety days after its successor was approved, unless its end was decided already."""
    old = await repository.get_for_update(tx, old_id)
    if old.status in (Status.APPROVED, Status.SUSPENDED) and old.sunset_at is None:
        change = old.deprecate(decision.id, sunset_at=tx.now + _OLD_VERSION_ENDS, successor_id=new.id, now=tx.now)
        await _with_sunset(tx, await _save(tx, change))


async def _must_follow(tx: Transaction, successor_id: UUID | None, tool: Tool) -> None:
    if successor_id is not None:
        (await repository.get(tx, successor_id)).may_follow(tool)


async def _with_sunset(tx: Transaction, tool: Tool) -> Tool:
    """Only the latest date counts."""
    await due.cancel(tx, SUNSET, tool.id)
    if tool.sunset_at is not None:
        await due.at(tx, SUNSET, tool.id, tool.sunset_at)
    return tool


async def _suspend(tx: Transaction, tool: Tool, reason: str, by: str) -> Tool:
    change = tool.suspend(reason, by=by, now=tx.now)
    await decisions.record(
        tx, DecisionType.SUSPEND_TOOL, subject=("tool", str(tool.id)), outcome="suspended", decided_by=by,
        rationale=reason,
    )  # fmt: skip
    suspension = change.after.suspension
    if suspension is not None and suspension.ratify_by is not None:
        await due.at(tx, RATIFICATION, tool.id, suspension.ratify_by)
    return await _save(tx, change)


async def _owned_by(tx: Transaction, tool: Tool, owner_id: str | None) -> Tool:
    if tool.owner_id == owner_id:
        return tool
    owned = await _save(tx, tool.owned_by(owner_id))
    if owner_id is not None:
        await motions.owner_recused(tx, tool.id, owner_id)
    return owned


async def _with_review_date(tx: Transaction, tool: Tool) -> Tool:
    """Only the latest review date counts."""
    await due.cancel(tx, REVIEW, tool.id)
    if tool.review_by is not None:
        for day in (tool.review_by, tool.review_by + REVIEW_GRACE):
            await due.at(tx, REVIEW, tool.id, datetime.combine(day, time(), UTC))
    return tool


async def _save(tx: Transaction, change: Change[Tool]) -> Tool:
    """Write the tool, and let requests and grants follow in the same transaction."""
    await repository.save(tx, change)
    await access.tool_changed(tx, change.after)
    return change.after
