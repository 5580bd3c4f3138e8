"""Access reviews and idle grants in the graph (G21, C14)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from chassis.graphql.description import describe
from chassis.pages import PageOf
from governance.people.graphql import Department, Employee
from governance.reviews import commands, repository
from governance.reviews import domain as rules
from governance.reviews.domain import IDLE_DAYS, Decision, OnSilence, Reviewers
from governance.rights import commands as rights
from governance.rights.domain import DecisionType
from governance.tools import repository as tools
from governance.tools.graphql import Tool
from governance.vocabulary.arguments import After, First

_KEY = "The same key changes nothing twice."

describe(
    Decision,
    "AccessReviewDecision",
    "What becomes of a grant that is looked at.",
    {Decision.KEEP: "It stays.", Decision.REVOKE: "It ends."},
)
describe(
    OnSilence,
    "AccessReviewDefault",
    "What becomes of a grant that nobody decided about.",
    {
        OnSilence.KEEP: "It stays.",
        OnSilence.REVOKE: "It ends.",
        OnSilence.RECOMMENDATION: "What is recommended happens.",
    },
)
describe(
    Reviewers,
    "AccessReviewers",
    "Who is asked first about a grant; where there is no such person, or it is their own, the other one is.",
    {Reviewers.LINE_MANAGER: "The line manager.", Reviewers.TOOL_OWNER: "The tool's owner."},
)


@strawberry.type(description="A grant that is looked at.")
class AccessReviewItem:
    id: strawberry.ID = strawberry.field(description="The item's id.")
    review_id: strawberry.ID = strawberry.field(description="The review.")
    grant_id: strawberry.ID = strawberry.field(description="The grant.")
    employee: Employee = strawberry.field(description="Whose it is.")
    reviewer: Employee | None = strawberry.field(description="Who is asked; null where only officers can.")
    last_used_on: date | None = strawberry.field(description="When the tool was last used; null for never.")
    recommendation: Decision = strawberry.field(description="What the use recommends.")
    because: str = strawberry.field(description="Why.")
    decision: Decision | None = strawberry.field(description="What was decided.")
    decided_by: Employee | None = strawberry.field(description="Who decided; null when nobody did.")
    silent: bool = strawberry.field(description="Whether the default decided.")
    reason: str | None = strawberry.field(description="What the reviewer said.")
    tool_id: strawberry.Private[UUID]

    @strawberry.field(description="The tool.")
    async def tool(self, info: Info) -> Tool | None:
        found = await info.context.load(tools.by_ids, self.tool_id)
        return Tool.of(found) if found else None

    @classmethod
    def of(cls, item: rules.Item) -> AccessReviewItem:
        """An item."""
        return cls(
            id=strawberry.ID(str(item.id)),
            review_id=strawberry.ID(str(item.review_id)),
            grant_id=strawberry.ID(str(item.grant_id)),
            employee=Employee(id=strawberry.ID(item.employee_id)),
            reviewer=Employee(id=strawberry.ID(item.reviewer_id)) if item.reviewer_id else None,
            last_used_on=item.last_used_on,
            recommendation=item.recommendation,
            because=item.because,
            decision=item.decision,
            decided_by=Employee(id=strawberry.ID(item.decided_by)) if item.decided_by else None,
            silent=item.silent,
            reason=item.reason,
            tool_id=item.tool_id,
        )


@strawberry.type(description="One time at which access is looked at again.")
class AccessReview:
    id: strawberry.ID = strawberry.field(description="The review's id.")
    department: Department | None = strawberry.field(description="Only access of this department.")
    inactive_days: int | None = strawberry.field(description="Only access that was not used for so many days.")
    default_on_silence: OnSilence = strawberry.field(description="What becomes of what nobody decides about.")
    reviewers: Reviewers = strawberry.field(description="Who is asked first.")
    opened_by: Employee = strawberry.field(description="Who opened it.")
    opened_at: datetime = strawberry.field(description="When.")
    closes_at: datetime = strawberry.field(description="When the default decides about the rest.")
    item_count: int = strawberry.field(description="How many grants it looks at.")
    completed_at: datetime | None = strawberry.field(description="When everything was decided about.")
    review_id: strawberry.Private[UUID]
    tool_id: strawberry.Private[UUID | None]

    @strawberry.field(description="Only access to this tool.")
    async def tool(self, info: Info) -> Tool | None:
        found = await info.context.load(tools.by_ids, self.tool_id) if self.tool_id else None
        return Tool.of(found) if found else None

    @strawberry.field(description="What it looks at, the oldest first.")
    async def items(self, info: Info, first: First = 20, after: After = None) -> Connection[AccessReviewItem]:
        async def fetch(after: UUID | None, limit: int) -> list[rules.Item]:
            return await info.context.load(repository.items_of, PageOf(self.review_id, after, limit)) or []

        return await page(first, after, fetch, node=AccessReviewItem.of, cursor=lambda item: str(item.id), place=UUID)

    @classmethod
    def of(cls, review: rules.Review) -> AccessReview:
        """A review."""
        return cls(
            id=strawberry.ID(str(review.id)),
            department=Department(id=strawberry.ID(review.department_id)) if review.department_id else None,
            inactive_days=review.inactive_days,
            default_on_silence=review.default_on_silence,
            reviewers=review.reviewers,
            opened_by=Employee(id=strawberry.ID(review.opened_by)),
            opened_at=review.opened_at,
            closes_at=review.closes_at,
            item_count=review.items,
            completed_at=review.completed_at,
            review_id=review.id,
            tool_id=review.tool_id,
        )


@strawberry.type(description="Access that is not used.")
class IdleGrant:
    grant_id: strawberry.ID = strawberry.field(description="The grant.")
    employee: Employee = strawberry.field(description="Whose it is.")
    granted_at: datetime = strawberry.field(description="Since when.")
    last_used_on: date | None = strawberry.field(description="When the tool was last used; null for never.")
    tool_name: str = strawberry.field(description="The tool's name.")


async def _require(info: Info) -> None:
    caller = info.context.require_caller()
    if not caller.has("auditor"):
        async with info.context.read() as connection:
            await rights.require(connection, caller, DecisionType.REVIEW_ACCESS)


@strawberry.type
class ReviewQueries:
    @strawberry.field(description="Access reviews, the latest first. Officers and auditors may ask.")
    async def access_reviews(self, info: Info, first: First = 20, after: After = None) -> Connection[AccessReview]:
        await _require(info)
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.listing(connection, after=after, limit=limit),
                node=AccessReview.of,
                cursor=lambda review: str(review.id),
                place=UUID,
            )

    @strawberry.field(description="The access that the person who asks is to decide about, the oldest first.")
    async def access_to_review(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[AccessReviewItem]:
        reviewer_id = info.context.require_caller().subject
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.waiting(connection, reviewer_id, after=after, limit=limit),
                node=AccessReviewItem.of,
                cursor=lambda item: str(item.id),
                place=UUID,
            )

    @strawberry.field(
        description="Access of at least thirty days, of people who are at work, that was not used for some days. Officers"
        " and auditors may ask."
    )
    async def idle_grants(
        self,
        info: Info,
        *,
        days: Annotated[int, strawberry.argument(description="For how many days at least.")] = IDLE_DAYS,
        tool_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only for this tool.")] = None,
        department_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only in this department.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[IdleGrant]:
        await _require(info)
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.candidates(
                    connection,
                    tool_id=uuid_of(tool_id, "tool") if tool_id else None,
                    department_id=department_id,
                    inactive_days=max(days, 1),
                    after=after,
                    limit=limit,
                ),
                node=lambda found: IdleGrant(
                    grant_id=strawberry.ID(str(found.grant_id)),
                    employee=Employee(id=strawberry.ID(found.employee_id)),
                    granted_at=found.granted_at,
                    last_used_on=found.last_used_on,
                    tool_name=found.tool_name,
                ),
                cursor=lambda found: str(found.grant_id),
                place=UUID,
            )


@strawberry.input(description="Which access to look at, until when, and what becomes of what nobody decides about.")
class OpenAccessReviewInput:
    tool_id: strawberry.ID | None = strawberry.field(default=None, description="Only access to this tool.")
    department_id: strawberry.ID | None = strawberry.field(default=None, description="Only in this department.")
    inactive_days: int | None = strawberry.field(default=None, description="Only what was not used for so many days.")
    default_on_silence: OnSilence = strawberry.field(
        default=OnSilence.RECOMMENDATION, description="What becomes of what nobody decides about."
    )
    reviewers: Reviewers = strawberry.field(default=Reviewers.LINE_MANAGER, description="Who is asked first.")
    closes_at: datetime = strawberry.field(description="When the default decides about the rest: in 1 to 90 days.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The review, or why there is none.")
class OpenAccessReviewPayload(Payload):
    review: AccessReview | None = strawberry.field(default=None, description="The review.")


@strawberry.input(description="What becomes of a grant that is looked at.")
class DecideAccessInput:
    item_id: strawberry.ID = strawberry.field(description="The item of the review.")
    decision: Decision = strawberry.field(description="What becomes of it.")
    reason: str | None = strawberry.field(default=None, description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The item, or why nothing changed.")
class DecideAccessPayload(Payload):
    item: AccessReviewItem | None = strawberry.field(default=None, description="The item.")


@strawberry.input(description="The review whose recommendations are to be followed.")
class TakeRecommendationsInput:
    access_review_id: strawberry.ID = strawberry.field(description="The review.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The review, or why nothing changed.")
class TakeRecommendationsPayload(Payload):
    review: AccessReview | None = strawberry.field(default=None, description="The review.")


@strawberry.type
class ReviewMutations:
    @mutation(
        refuses=(rules.NothingToReview, rules.ReviewTooWide, rules.ClosesTooSoon),
        description="Look at access again. Line managers are asked, else the owners of the tools; new grants and people"
        " on leave are left out.",
    )
    async def open_access_review(self, info: Info, input: OpenAccessReviewInput) -> OpenAccessReviewPayload:
        review = await run(
            info,
            commands.open_access_review,
            key=input.idempotency_key,
            again=repository.get,
            tool_id=uuid_of(input.tool_id, "tool") if input.tool_id else None,
            department_id=str(input.department_id) if input.department_id else None,
            inactive_days=None if input.inactive_days is None else max(input.inactive_days, 1),
            default_on_silence=input.default_on_silence,
            reviewers=input.reviewers,
            closes_at=input.closes_at,
        )
        return OpenAccessReviewPayload(review=AccessReview.of(review))

    @mutation(
        refuses=(rules.DecidedBefore, rules.OwnAccess),
        description="Keep access or revoke it, which happens at once. The reviewer decides; officers may for everybody.",
    )
    async def decide_access(self, info: Info, input: DecideAccessInput) -> DecideAccessPayload:
        item = await run(
            info,
            commands.decide_access,
            key=input.idempotency_key,
            again=repository.item,
            item_id=uuid_of(input.item_id, "item"),
            decision=input.decision,
            reason=input.reason,
        )
        return DecideAccessPayload(item=AccessReviewItem.of(item))

    @mutation(
        refuses=(),
        description="Decide as recommended about up to five hundred of the grants that the person who asks is asked about, and"
        " has not decided about. Officers follow everybody's.",
    )
    async def take_recommendations(self, info: Info, input: TakeRecommendationsInput) -> TakeRecommendationsPayload:
        review = await run(
            info,
            commands.take_recommendations,
            key=input.idempotency_key,
            again=repository.get,
            review_id=uuid_of(input.access_review_id, "access review"),
        )
        return TakeRecommendationsPayload(review=AccessReview.of(review))
