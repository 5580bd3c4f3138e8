"""Meetings: an agenda built from what is due, attendance and minutes before the end (G11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from chassis.domain import Change, Refused
from governance.committee.domain import Committee


class MeetingKind(StrEnum):
    """What a meeting is for."""

    REGULAR = "regular"
    EMERGENCY = "emergency"
    QUARTERLY_REVIEW = "quarterly_review"


class MeetingStatus(StrEnum):
    """Where a meeting stands."""

    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Topic(StrEnum):
    """Why something is on the agenda."""

    RATIFY_SUSPENSION = "ratify_suspension"
    VOTE = "vote"
    INCIDENT = "incident"
    DECIDE_TOOL = "decide_tool"
    REVIEW_TOOL = "review_tool"
    RESTRICTION_ENDS = "restriction_ends"
    REVIEW_POLICY = "review_policy"


class MeetingInWrongState(Refused):
    """The meeting is {status}; this needs one that is {needed}."""

    status: str
    needed: str


class AnotherMeetingGoesOn(Refused):
    """The committee is in a meeting already. End that one first."""


class ScheduledInThePast(Refused):
    """A meeting cannot be at {scheduled_at}, which has passed."""

    scheduled_at: str


class MinutesMissing(Refused):
    """A meeting ends with minutes, and with at least one person who attended it."""


class NotOfTheCommittee(Refused):
    """{employees} cannot have attended: they do not sit in the committee {committee}."""

    employees: str
    committee: str


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """Something that is due."""

    topic: Topic
    subject_id: str
    title: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class MeetingScheduled:
    """The committee is going to meet."""

    meeting_id: UUID
    committee_id: UUID
    kind: MeetingKind
    scheduled_at: datetime


@dataclass(frozen=True, slots=True)
class MeetingStarted:
    """The committee meets; the agenda is what is due now."""

    meeting_id: UUID
    committee_id: UUID
    kind: MeetingKind
    agenda: tuple[AgendaItem, ...]


@dataclass(frozen=True, slots=True)
class MeetingCompleted:
    """The committee met: who was there, whether the chair was, and whether they made a quorum."""

    meeting_id: UUID
    committee_id: UUID
    kind: MeetingKind
    attendance: tuple[str, ...]
    chaired: bool
    quorate: bool
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class MeetingCancelled:
    """The committee does not meet."""

    meeting_id: UUID
    committee_id: UUID
    kind: MeetingKind


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting of the committee."""

    id: UUID
    committee_id: UUID
    kind: MeetingKind
    scheduled_at: datetime
    status: MeetingStatus = MeetingStatus.SCHEDULED
    agenda: tuple[AgendaItem, ...] = ()
    attendance: tuple[str, ...] = ()
    chaired: bool = False
    quorate: bool = False
    minutes: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1

    @classmethod
    def schedule(
        cls, id: UUID, committee: Committee, kind: MeetingKind, scheduled_at: datetime, now: datetime
    ) -> Change[Meeting]:
        """Call the committee together."""
        if scheduled_at < now:
            raise ScheduledInThePast(scheduled_at=scheduled_at.isoformat())
        return Change(cls(id, committee.id, kind, scheduled_at), MeetingScheduled(id, committee.id, kind, scheduled_at))

    def start(self, agenda: tuple[AgendaItem, ...], now: datetime) -> Change[Self]:
        """Begin; what is due now is the agenda, and stays it."""
        self._must_be(MeetingStatus.SCHEDULED)
        event = MeetingStarted(self.id, self.committee_id, self.kind, agenda)
        return self._becomes(MeetingStatus.IN_PROGRESS, agenda=agenda, started_at=now, because=event)

    def complete(self, committee: Committee, attended: Iterable[str], minutes: str, now: datetime) -> Change[Self]:
        """End with minutes and who was there."""
        self._must_be(MeetingStatus.IN_PROGRESS)
        attendance = tuple(sorted(set(attended)))
        if not minutes.strip() or not attendance:
            raise MinutesMissing
        strangers = [id for id in attendance if not committee.includes(id)]
        if strangers:
            raise NotOfTheCommittee(employees=", ".join(strangers), committee=committee.name)
        voters = committee.voters()
        chaired = committee.chair_id in attendance
        quorate = len(voters.intersection(attendance)) >= committee.quorum.needs(len(voters))
        event = MeetingCompleted(
            self.id, self.committee_id, self.kind, attendance, chaired, quorate, self.started_at or now, now
        )
        return self._becomes(
            MeetingStatus.COMPLETED,
            attendance=attendance,
            chaired=chaired,
            quorate=quorate,
            minutes=minutes.strip(),
            ended_at=now,
            because=event,
        )

    def cancel(self, now: datetime) -> Change[Self]:
        """Do not meet after all."""
        self._must_be(MeetingStatus.SCHEDULED)
        event = MeetingCancelled(self.id, self.committee_id, self.kind)
        return self._becomes(MeetingStatus.CANCELLED, ended_at=now, because=event)

    def _must_be(self, status: MeetingStatus) -> None:
        if self.status is not status:
            raise MeetingInWrongState(status=self.status.replace("_", " "), needed=status.replace("_", " "))

    def _becomes(self, status: MeetingStatus, *, because: object, **changed: Any) -> Change[Self]:
        return Change(replace(self, status=status, version=self.version + 1, **changed), because)
