"""Reviews in the graph (L06, L09)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from chassis.graphql.description import describe
from governance.cadences import commands, repository
from governance.cadences import domain as rules
from governance.cadences.domain import CadenceKind, Pillar, ReviewStatus, ReviewTopic
from governance.people.graphql import Employee
from governance.vocabulary.arguments import After, First

_KEY = "The same key changes nothing twice."

describe(
    CadenceKind,
    "CadenceKind",
    "The reviews that come by the calendar.",
    {
        CadenceKind.MONTHLY_METRICS_REVIEW: "The sponsor looks at the figures of a month.",
        CadenceKind.QUARTERLY_REVIEW: "The operating model is looked at and changed.",
    },
)
describe(
    ReviewStatus,
    "ReviewStatus",
    "Where a review stands.",
    {
        ReviewStatus.DUE: "It can be held in time.",
        ReviewStatus.HELD: "It was held in time.",
        ReviewStatus.MISSED: "It was not held within seven days.",
        ReviewStatus.HELD_LATE: "It was missed, and held afterwards.",
    },
)
describe(
    Pillar,
    "Pillar",
    "A part of the operating model.",
    {
        Pillar.GOVERNANCE: "Who decides what.",
        Pillar.TRAINING: "What people can do.",
        Pillar.PROCESS: "How work is done.",
        Pillar.METRICS: "What is measured.",
    },
)
describe(
    ReviewTopic,
    "ReviewTopic",
    "Why something is on the agenda of a review.",
    {
        ReviewTopic.MISSED_REVIEW: "A review of the last quarter was missed.",
        ReviewTopic.OPEN_ACTION: "An action of a review is open.",
        ReviewTopic.OPEN_INCIDENT: "A grave incident is open.",
        ReviewTopic.TOOL_OUT_OF_REVIEW: "The approval of a tool ends within a quarter.",
        ReviewTopic.POLICY_OUT_OF_REVIEW: "A policy should have been looked at again, or is to be within a quarter.",
        ReviewTopic.RESTRICTION: "A department restricts something.",
        ReviewTopic.EXCEPTION_ENDING: "An exception from a policy ends within a quarter.",
        ReviewTopic.PILOT_GAP: "A pilot showed something to be missing, and nothing was refined yet.",
        ReviewTopic.UNGOVERNED_USE: "A case of use that nobody had allowed is open.",
        ReviewTopic.FINDING: "Something has nobody or nothing behind it; see governanceFindings.",
        ReviewTopic.NEW_CAPABILITY: "A tool was approved in the last quarter.",
    },
)


@strawberry.federation.type(keys=["id"], description="Figures as of a day, pinned for a review.")
class MetricsSnapshot:
    id: strawberry.ID = strawberry.federation.field(description="The snapshot's id.")

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> MetricsSnapshot:
        """Another service's mention of a snapshot."""
        return cls(id=id)


@strawberry.type(description="Something that a review looks at.")
class ReviewItem:
    topic: ReviewTopic = strawberry.field(description="Why.")
    subject_id: strawberry.ID = strawberry.field(
        description="The thing: a review, tool, incident, restriction, exception or finding."
    )
    title: str = strawberry.field(description="Its title.")


@strawberry.type(description="What somebody changes because of a review.")
class ReviewAction:
    number: int = strawberry.field(description="Its number in the review.")
    title: str = strawberry.field(description="What to do.")
    pillar: Pillar = strawberry.field(description="Which part of the operating model it changes.")
    owner: Employee = strawberry.field(description="Who does it.")
    due_on: date = strawberry.field(description="Until when.")
    closed_at: datetime | None = strawberry.field(description="When it was closed.")
    outcome: str | None = strawberry.field(description="What came of it.")


@strawberry.type(description="One review of one month or quarter.")
class Review:
    id: strawberry.ID = strawberry.field(description="The review's id.")
    kind: CadenceKind = strawberry.field(description="Which review.")
    period: str = strawberry.field(description="What it is about: 2026-03, or 2026-Q1.")
    due_at: datetime = strawberry.field(description="When it was due; it is missed seven days later.")
    status: ReviewStatus = strawberry.field(description="Where it stands.")
    agenda: list[ReviewItem] = strawberry.field(description="What there is to look at, as of the date it was due.")
    snapshot: MetricsSnapshot | None = strawberry.field(description="The pinned figures.")
    snapshot_hash: str | None = strawberry.field(description="The hash of the pinned figures.")
    missed_at: datetime | None = strawberry.field(description="When it was missed; this never goes away.")
    held_at: datetime | None = strawberry.field(description="When it was held.")
    held_by: Employee | None = strawberry.field(description="Who held it.")
    findings: list[str] = strawberry.field(description="What was found.")
    actions: list[ReviewAction] = strawberry.field(description="What is to change.")

    @classmethod
    def of(cls, it: rules.Occurrence) -> Review:
        """A review."""
        return cls(
            id=strawberry.ID(str(it.id)),
            kind=it.kind,
            period=it.period,
            due_at=it.due_at,
            status=it.status,
            agenda=[
                ReviewItem(topic=item.topic, subject_id=strawberry.ID(item.subject_id), title=item.title)
                for item in it.agenda
            ],
            snapshot=MetricsSnapshot(id=strawberry.ID(str(it.snapshot.id))) if it.snapshot else None,
            snapshot_hash=it.snapshot.content_hash if it.snapshot else None,
            missed_at=it.missed_at,
            held_at=it.held_at,
            held_by=Employee(id=strawberry.ID(it.held_by)) if it.held_by else None,
            findings=list(it.findings),
            actions=[
                ReviewAction(
                    number=each.number,
                    title=each.title,
                    pillar=each.pillar,
                    owner=Employee(id=strawberry.ID(each.owner_id)),
                    due_on=each.due_on,
                    closed_at=each.closed_at,
                    outcome=each.outcome,
                )
                for each in it.actions
            ],
        )


@strawberry.type
class CadenceQueries:
    @strawberry.field(description="The reviews that came due, the latest first; missed ones stay.")
    async def reviews(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        kind: Annotated[CadenceKind | None, strawberry.argument(description="Only reviews of this kind.")] = None,
    ) -> Connection[Review]:
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.listing(connection, kind=kind, after=after, limit=limit),
                node=Review.of,
                cursor=lambda it: str(it.id),
                place=UUID,
            )


@strawberry.input(description="An action that somebody takes on.")
class ReviewActionInput:
    title: str = strawberry.field(description="What to do.")
    pillar: Pillar = strawberry.field(description="Which part of the operating model it changes.")
    owner_id: strawberry.ID = strawberry.field(description="Who does it.")
    due_on: date = strawberry.field(description="Until when.")


@strawberry.input(description="What a review found, and what is to change.")
class HoldReviewInput:
    review_id: strawberry.ID = strawberry.field(description="The review.")
    findings: list[str] = strawberry.field(description="What was found: at least one.")
    actions: list[ReviewActionInput] = strawberry.field(default_factory=list, description="What is to change.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The held review, or why it is not.")
class HoldReviewPayload(Payload):
    review: Review | None = strawberry.field(default=None, description="The review.")


@strawberry.input(description="The action that is done, or not done after all.")
class CloseReviewActionInput:
    review_id: strawberry.ID = strawberry.field(description="The review.")
    number: int = strawberry.field(description="The action's number.")
    outcome: str = strawberry.field(description="What came of it.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The review with the closed action, or why it is not.")
class CloseReviewActionPayload(Payload):
    review: Review | None = strawberry.field(default=None, description="The review.")


@strawberry.type
class CadenceMutations:
    @mutation(
        refuses=(rules.AlreadyHeld, rules.FiguresMissing, rules.FindingsMissing, rules.ActionWithoutFuture),
        description="The sponsor holds a review on its pinned figures; a missed one can be held late and stays missed.",
    )
    async def hold_review(self, info: Info, input: HoldReviewInput) -> HoldReviewPayload:
        held = await run(
            info,
            commands.hold_review,
            key=input.idempotency_key,
            again=repository.get,
            occurrence_id=uuid_of(input.review_id, "review"),
            findings=input.findings,
            actions=[
                rules.PlannedAction(each.title, each.pillar, str(each.owner_id), each.due_on) for each in input.actions
            ],
        )
        return HoldReviewPayload(review=Review.of(held))

    @mutation(refuses=(rules.NoSuchAction, rules.OutcomeMissing), description="Say what came of an action of a review.")
    async def close_review_action(self, info: Info, input: CloseReviewActionInput) -> CloseReviewActionPayload:
        review = await run(
            info,
            commands.close_review_action,
            key=input.idempotency_key,
            again=repository.get,
            occurrence_id=uuid_of(input.review_id, "review"),
            number=input.number,
            outcome=input.outcome,
        )
        return CloseReviewActionPayload(review=Review.of(review))
