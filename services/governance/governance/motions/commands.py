"""Putting questions to the committee, voting and closing (G11, G13)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from chassis import due
from chassis.caller import Caller
from chassis.database import Transaction, new_id
from governance.committee import repository as committees
from governance.motions import repository
from governance.motions.domain import Choice, Motion, Outcome, Recusal
from governance.rights import commands as rights
from governance.rights.domain import DecisionType
from governance.scope.domain import Terms
from governance.tools import repository as tools

CLOSES = "motion-closes"
_OPEN_FOR = timedelta(days=5)
_OWNER = "owner of the tool"


async def open_motion(
    tx: Transaction,
    *,
    caller: Caller,
    committee_id: UUID,
    decision_type: DecisionType,
    tool_id: UUID,
    title: str,
    terms: Terms | None,
    closes_at: datetime | None,
) -> Motion:
    """Ask the committee to decide about a tool. The tool's owner takes no part."""
    proposer = await rights.require(tx, caller, DecisionType.OPEN_MOTION)
    committee = await committees.get(tx, committee_id)
    tool = (await tools.get_shared(tx, [tool_id])).get(tool_id) or await tools.get(tx, tool_id)
    change = Motion.open(
        new_id(),
        committee,
        decision_type=decision_type,
        subject_kind="tool",
        subject_id=str(tool.id),
        title=title,
        terms=terms,
        proposer_id=proposer,
        closes_at=closes_at or tx.now + _OPEN_FOR,
        recusals=(Recusal(tool.owner_id, _OWNER),) if tool.owner_id else (),
        now=tx.now,
    )
    await repository.save(tx, change)
    await due.at(tx, CLOSES, change.after.id, change.after.closes_at)
    return change.after


async def cast_vote(tx: Transaction, *, caller: Caller, motion_id: UUID, choice: Choice, comment: str | None) -> Motion:
    """Vote, or change one's vote. Who may vote is what the committee's seats say, whatever the token says."""
    voter = await rights.require(tx, caller, DecisionType.CAST_VOTE)
    motion = await repository.get_for_update(tx, motion_id)
    committee = await committees.get(tx, motion.committee_id)
    change = motion.vote(committee, voter, choice, comment=comment, now=tx.now)
    await repository.save(tx, change)
    return change.after


async def recuse(tx: Transaction, *, caller: Caller, motion_id: UUID, reason: str) -> Motion:
    """Take no part in a motion."""
    member = await rights.require(tx, caller, DecisionType.CAST_VOTE)
    motion = await repository.get_for_update(tx, motion_id)
    change = motion.recuse(member, reason, tx.now)
    await repository.save(tx, change)
    return change.after


async def close_motion(tx: Transaction, *, caller: Caller, motion_id: UUID) -> Motion:
    """Count and end a motion before its date, when everybody who may vote has voted."""
    await rights.require(tx, caller, DecisionType.CLOSE_MOTION)
    return await _close(tx, await repository.get_for_update(tx, motion_id))


async def withdraw_motion(tx: Transaction, *, caller: Caller, motion_id: UUID) -> Motion:
    """Take a question back."""
    await rights.require(tx, caller, DecisionType.OPEN_MOTION)
    motion = await repository.get_for_update(tx, motion_id)
    change = motion.withdraw(tx.now)
    await repository.save(tx, change)
    await due.cancel(tx, CLOSES, motion.id)
    return change.after


async def close_at_date(tx: Transaction, id: str, at: datetime) -> None:
    """A motion ends at its date, whoever voted."""
    motion = await repository.get_for_update(tx, UUID(id))
    if motion.outcome is Outcome.OPEN and motion.closes_at <= tx.now:
        await _close(tx, motion)


async def owner_recused(tx: Transaction, tool_id: UUID, owner_id: str) -> None:
    """Who becomes a tool's owner takes no part in what is open about it."""
    for motion_id in await repository.open_about(tx, str(tool_id)):
        motion = await repository.get_for_update(tx, motion_id)
        recused = any(recusal.employee_id == owner_id for recusal in motion.recusals)
        if motion.outcome is Outcome.OPEN and tx.now < motion.closes_at and not recused:
            await repository.save(tx, motion.recuse(owner_id, _OWNER, tx.now))


async def _close(tx: Transaction, motion: Motion) -> Motion:
    committee = await committees.get(tx, motion.committee_id)
    change = motion.close(committee, tx.now)
    await repository.save(tx, change)
    await due.cancel(tx, CLOSES, motion.id)
    return change.after
