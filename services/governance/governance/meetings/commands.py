"""Calling the committee together, meeting and ending with minutes (G11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import UniqueViolationError

from chassis.caller import Caller
from chassis.database import Transaction, new_id
from governance.committee import repository as committees
from governance.meetings import repository
from governance.meetings.domain import AnotherMeetingGoesOn, Meeting, MeetingKind
from governance.rights import commands as rights
from governance.rights.domain import DecisionType


async def schedule_meeting(
    tx: Transaction, *, caller: Caller, committee_id: UUID, kind: MeetingKind, scheduled_at: datetime
) -> Meeting:
    """Call the committee together."""
    await rights.require(tx, caller, DecisionType.HOLD_MEETING)
    committee = await committees.get(tx, committee_id)
    change = Meeting.schedule(new_id(), committee, kind, scheduled_at, tx.now)
    await repository.save(tx, change)
    return change.after


async def start_meeting(tx: Transaction, *, caller: Caller, meeting_id: UUID) -> Meeting:
    """Begin a meeting with what is due now."""
    await rights.require(tx, caller, DecisionType.HOLD_MEETING)
    meeting = await repository.get_for_update(tx, meeting_id)
    agenda = await repository.what_is_due(tx, meeting.committee_id, meeting.kind)
    change = meeting.start(agenda, tx.now)
    try:
        async with tx.savepoint():
            await repository.save(tx, change)
    except UniqueViolationError:
        raise AnotherMeetingGoesOn from None
    return change.after


async def complete_meeting(
    tx: Transaction, *, caller: Caller, meeting_id: UUID, attendance: Sequence[str], minutes: str
) -> Meeting:
    """End a meeting with minutes and who was there."""
    await rights.require(tx, caller, DecisionType.HOLD_MEETING)
    meeting = await repository.get_for_update(tx, meeting_id)
    committee = await committees.get(tx, meeting.committee_id)
    change = meeting.complete(committee, attendance, minutes, tx.now)
    await repository.save(tx, change)
    return change.after


async def cancel_meeting(tx: Transaction, *, caller: Caller, meeting_id: UUID) -> Meeting:
    """Do not meet after all."""
    await rights.require(tx, caller, DecisionType.HOLD_MEETING)
    change = (await repository.get_for_update(tx, meeting_id)).cancel(tx.now)
    await repository.save(tx, change)
    return change.after
