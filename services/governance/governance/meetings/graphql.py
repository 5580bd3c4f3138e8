"""Meetings of the committee in the graph (G11)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from chassis.graphql.description import describe
from governance.meetings import commands, repository
from governance.meetings import domain as rules
from governance.meetings.domain import MeetingKind, MeetingStatus, Topic
from governance.people.graphql import Employee
from governance.vocabulary.arguments import After, First

_KEY = "The same key changes nothing twice."

describe(
    MeetingKind,
    "MeetingKind",
    "What a meeting is for.",
    {
        MeetingKind.REGULAR: "What is due within a month.",
        MeetingKind.EMERGENCY: "What is broken.",
        MeetingKind.QUARTERLY_REVIEW: "What is due within a quarter.",
    },
)
describe(
    MeetingStatus,
    "MeetingStatus",
    "Where a meeting stands.",
    {
        MeetingStatus.SCHEDULED: "It is going to be.",
        MeetingStatus.IN_PROGRESS: "It goes on.",
        MeetingStatus.COMPLETED: "It was; there are minutes.",
        MeetingStatus.CANCELLED: "It is not going to be.",
    },
)
describe(
    Topic,
    "AgendaTopic",
    "Why something is on an agenda, the most urgent first.",
    {
        Topic.RATIFY_SUSPENSION: "An officer suspended a tool; the committee is to ratify it.",
        Topic.INCIDENT: "A grave incident is open.",
        Topic.VOTE: "A motion is open.",
        Topic.DECIDE_TOOL: "A tool is under review and somebody is accountable for it.",
        Topic.REVIEW_TOOL: "The date to look at a tool again comes.",
        Topic.RESTRICTION_ENDS: "A department's restriction lapses.",
        Topic.REVIEW_POLICY: "The date to look at a policy again comes, or has passed.",
    },
)


@strawberry.type(description="Something that is due.")
class AgendaItem:
    topic: Topic = strawberry.field(description="Why it is on the agenda.")
    subject_id: strawberry.ID = strawberry.field(description="The tool, motion, incident or restriction.")
    title: str = strawberry.field(description="What it is.")
    due_at: datetime | None = strawberry.field(description="Since when, or until when, it is due.")

    @classmethod
    def of(cls, item: rules.AgendaItem) -> AgendaItem:
        """An item."""
        return cls(
            topic=item.topic, subject_id=strawberry.ID(item.subject_id), title=item.title, due_at=item.due_at
        )  # fmt: skip


@strawberry.type(description="One meeting of the committee.")
class Meeting:
    id: strawberry.ID = strawberry.field(description="The meeting's id.")
    committee_id: strawberry.ID = strawberry.field(description="The committee.")
    kind: MeetingKind = strawberry.field(description="What it is for.")
    scheduled_at: datetime = strawberry.field(description="When it is called for.")
    status: MeetingStatus = strawberry.field(description="Where it stands.")
    frozen: strawberry.Private[tuple[rules.AgendaItem, ...]]
    attendance: list[Employee] = strawberry.field(description="Who was there.")
    chaired: bool = strawberry.field(description="Whether the chair was there.")
    quorate: bool = strawberry.field(description="Whether those who were there and may vote made a quorum.")
    minutes: str = strawberry.field(description="The minutes.")
    started_at: datetime | None = strawberry.field(description="When it began.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")

    @strawberry.field(description="What is due now, before it begins; what was due when it began, from then on.")
    async def agenda(self, info: Info) -> list[AgendaItem]:
        if self.status is not MeetingStatus.SCHEDULED:
            return [AgendaItem.of(item) for item in self.frozen]
        async with info.context.read() as connection:
            due = await repository.what_is_due(connection, UUID(self.committee_id), self.kind)
        return [AgendaItem.of(item) for item in due]

    @classmethod
    def of(cls, meeting: rules.Meeting) -> Meeting:
        """A meeting."""
        return cls(
            id=strawberry.ID(str(meeting.id)),
            committee_id=strawberry.ID(str(meeting.committee_id)),
            kind=meeting.kind,
            scheduled_at=meeting.scheduled_at,
            status=meeting.status,
            frozen=meeting.agenda,
            attendance=[Employee(id=strawberry.ID(id)) for id in meeting.attendance],
            chaired=meeting.chaired,
            quorate=meeting.quorate,
            minutes=meeting.minutes,
            started_at=meeting.started_at,
            ended_at=meeting.ended_at,
        )


@strawberry.type
class MeetingQueries:
    @strawberry.field(description="Meetings of the committee, the one that was called last first.")
    async def meetings(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        status: Annotated[MeetingStatus | None, strawberry.argument(description="Only of this status.")] = None,
    ) -> Connection[Meeting]:
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.listing(connection, status=status, after=after, limit=limit),
                node=Meeting.of,
                cursor=lambda meeting: str(meeting.id),
                place=UUID,
            )


@strawberry.input(description="When the committee is to meet, and what for.")
class ScheduleMeetingInput:
    committee_id: strawberry.ID = strawberry.field(description="The committee.")
    kind: MeetingKind = strawberry.field(default=MeetingKind.REGULAR, description="What it is for.")
    scheduled_at: datetime = strawberry.field(description="When.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="The meeting that begins.")
class StartMeetingInput:
    meeting_id: strawberry.ID = strawberry.field(description="The meeting.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="Who was there, and the minutes.")
class CompleteMeetingInput:
    meeting_id: strawberry.ID = strawberry.field(description="The meeting.")
    attendance: list[strawberry.ID] = strawberry.field(description="Who was there.")
    minutes: str = strawberry.field(description="The minutes.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="The meeting that is not going to be.")
class CancelMeetingInput:
    meeting_id: strawberry.ID = strawberry.field(description="The meeting.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The meeting, or why there is none.")
class ScheduleMeetingPayload(Payload):
    meeting: Meeting | None = strawberry.field(default=None, description="The meeting.")


@strawberry.type(description="The meeting, or why it does not begin.")
class StartMeetingPayload(Payload):
    meeting: Meeting | None = strawberry.field(default=None, description="The meeting.")


@strawberry.type(description="The meeting, or why it does not end.")
class CompleteMeetingPayload(Payload):
    meeting: Meeting | None = strawberry.field(default=None, description="The meeting.")


@strawberry.type(description="The meeting, or why nothing changed.")
class CancelMeetingPayload(Payload):
    meeting: Meeting | None = strawberry.field(default=None, description="The meeting.")


@strawberry.type
class MeetingMutations:
    @mutation(
        refuses=(rules.ScheduledInThePast,),
        description="Call the committee together. The sponsor and the AI steward may.",
    )
    async def schedule_meeting(self, info: Info, input: ScheduleMeetingInput) -> ScheduleMeetingPayload:
        meeting = await run(
            info,
            commands.schedule_meeting,
            key=input.idempotency_key,
            again=repository.get,
            committee_id=uuid_of(input.committee_id, "committee"),
            kind=input.kind,
            scheduled_at=input.scheduled_at,
        )
        return ScheduleMeetingPayload(meeting=Meeting.of(meeting))

    @mutation(
        refuses=(rules.MeetingInWrongState, rules.AnotherMeetingGoesOn),
        description="Begin a meeting. Its agenda is what is due in this moment.",
    )
    async def start_meeting(self, info: Info, input: StartMeetingInput) -> StartMeetingPayload:
        meeting = await run(
            info,
            commands.start_meeting,
            key=input.idempotency_key,
            again=repository.get,
            meeting_id=uuid_of(input.meeting_id, "meeting"),
        )
        return StartMeetingPayload(meeting=Meeting.of(meeting))

    @mutation(
        refuses=(rules.MeetingInWrongState, rules.MinutesMissing, rules.NotOfTheCommittee),
        description="End a meeting with minutes and who was there.",
    )
    async def complete_meeting(self, info: Info, input: CompleteMeetingInput) -> CompleteMeetingPayload:
        meeting = await run(
            info,
            commands.complete_meeting,
            key=input.idempotency_key,
            again=repository.get,
            meeting_id=uuid_of(input.meeting_id, "meeting"),
            attendance=[str(id) for id in input.attendance],
            minutes=input.minutes,
        )
        return CompleteMeetingPayload(meeting=Meeting.of(meeting))

    @mutation(refuses=(rules.MeetingInWrongState,), description="Do not meet after all.")
    async def cancel_meeting(self, info: Info, input: CancelMeetingInput) -> CancelMeetingPayload:
        meeting = await run(
            info,
            commands.cancel_meeting,
            key=input.idempotency_key,
            again=repository.get,
            meeting_id=uuid_of(input.meeting_id, "meeting"),
        )
        return CancelMeetingPayload(meeting=Meeting.of(meeting))
