"""Drafts of policies and their review in the graph."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from chassis.domain import Tier
from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from chassis.graphql.description import describe
from governance.departments.domain import GuardrailViolation
from governance.drafts import commands, repository
from governance.drafts import domain as rules
from governance.drafts.domain import DraftStatus
from governance.people.graphql import Department, Employee
from governance.policies.domain import NothingChanged, PolicyIsWithdrawn
from governance.policies.terms import (
    Audience,
    BadAcknowledgementTime,
    BadPolicyCode,
    BadReviewDate,
    BadValidity,
    ChangeClass,
    PolicyKind,
    PolicyTextMissing,
    Terms,
)
from governance.programme.domain import NotEmployed
from governance.rights import commands as rights
from governance.rights.domain import Decider
from governance.vocabulary.arguments import After, First

_KEY = "The same key changes nothing twice."
_MAY_SEE_ALL = frozenset({Decider.COMPLIANCE_OFFICER, Decider.AI_STEWARD, Decider.EXECUTIVE_SPONSOR})
_TERMS = (
    PolicyTextMissing, BadAcknowledgementTime, BadValidity, BadReviewDate, GuardrailViolation, NothingChanged,
    PolicyIsWithdrawn, NotEmployed,
)  # fmt: skip

describe(
    DraftStatus,
    "PolicyDraftStatus",
    "Where a version of a policy is on its way to publication.",
    {
        DraftStatus.DRAFT: "It is being written, or a reviewer wants it changed.",
        DraftStatus.IN_REVIEW: "Reviewers are asked.",
        DraftStatus.APPROVED: "All reviewers approved; it may be published.",
        DraftStatus.PUBLISHED: "It is a version of its policy.",
        DraftStatus.WITHDRAWN: "It was given up.",
    },
)


@strawberry.type(description="Who is asked to acknowledge; everybody when both lists are empty.")
class PolicyAudience:
    departments: list[Department] = strawberry.field(description="Only who works in one of these.")
    job_functions: list[str] = strawberry.field(description="Only who has one of these job functions.")

    @classmethod
    def of(cls, audience: Audience) -> PolicyAudience:
        """An audience."""
        return cls(
            departments=[Department(id=strawberry.ID(id)) for id in audience.departments],
            job_functions=list(audience.job_functions),
        )


@strawberry.type(description="A version of a policy on its way to publication.")
class PolicyDraft:
    id: strawberry.ID = strawberry.field(description="The draft's id.")
    policy_id: strawberry.ID = strawberry.field(
        description="The policy's code; the policy exists once it is published."
    )
    kind: PolicyKind = strawberry.field(description="What it is about.")
    tier: Tier = strawberry.field(description="The tier that publishes it.")
    department: Department | None = strawberry.field(
        description="The department whose policy it is; null for everybody's."
    )
    owner: Employee = strawberry.field(description="Who is to answer for it.")
    author: Employee = strawberry.field(description="Who wrote it, or changed it last.")
    title: str = strawberry.field(description="Its title.")
    content: str = strawberry.field(description="The text.")
    content_hash: str = strawberry.field(description="SHA-256 of the text.")
    change_class: ChangeClass = strawberry.field(description="Whether it has to be acknowledged anew.")
    effective_from: datetime | None = strawberry.field(description="From when on it is to hold; at once when null.")
    acknowledge_within_days: int = strawberry.field(description="How many days people have to acknowledge it.")
    valid_for_days: int | None = strawberry.field(description="For how many days that is good; null for good.")
    audience: PolicyAudience = strawberry.field(description="Who is asked to acknowledge it.")
    review_by: date = strawberry.field(description="When it is to be looked at again.")
    status: DraftStatus = strawberry.field(description="Where it is.")
    reviewers: list[Employee] = strawberry.field(description="Who is asked to review it.")
    approved_by: list[Employee] = strawberry.field(description="Who approved it so far.")
    returned_because: str | None = strawberry.field(description="What a reviewer wants changed.")
    version: int | None = strawberry.field(description="As which version it was published.")

    @classmethod
    def of(cls, draft: rules.PolicyDraft) -> PolicyDraft:
        """A draft."""
        terms = draft.terms
        return cls(
            id=strawberry.ID(str(draft.id)),
            policy_id=strawberry.ID(draft.code),
            kind=draft.kind,
            tier=draft.tier,
            department=Department(id=strawberry.ID(draft.department_id)) if draft.department_id else None,
            owner=Employee(id=strawberry.ID(draft.owner_id)),
            author=Employee(id=strawberry.ID(draft.author_id)),
            title=terms.title,
            content=terms.content,
            content_hash=terms.content_hash,
            change_class=terms.change_class,
            effective_from=terms.effective_from,
            acknowledge_within_days=terms.acknowledge_within_days,
            valid_for_days=terms.valid_for_days,
            audience=PolicyAudience.of(terms.audience),
            review_by=terms.review_by,
            status=draft.status,
            reviewers=[Employee(id=strawberry.ID(id)) for id in draft.reviewers],
            approved_by=[Employee(id=strawberry.ID(id)) for id in draft.approved_by],
            returned_because=draft.returned_because,
            version=draft.number,
        )


@strawberry.type
class DraftQueries:
    @strawberry.field(
        description="Drafts of policies, the latest first. The officers, the sponsor and auditors see all, everybody else"
        " those that they wrote, own or review."
    )
    async def policy_drafts(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        status: Annotated[DraftStatus | None, strawberry.argument(description="Only drafts that are here.")] = None,
        asks_me: Annotated[
            bool, strawberry.argument(description="Only drafts that wait for the review of the person who asks.")
        ] = False,
    ) -> Connection[PolicyDraft]:
        caller = info.context.require_caller()
        async with info.context.read() as connection:
            sees_all = caller.has("auditor") or not (await rights.standing(connection, caller)).isdisjoint(_MAY_SEE_ALL)
            return await page(
                first,
                after,
                lambda after, limit: repository.listing(
                    connection,
                    status=status,
                    asked=caller.subject if asks_me else None,
                    concerning=None if sees_all else caller.subject,
                    after=after,
                    limit=limit,
                ),
                node=PolicyDraft.of,
                cursor=lambda draft: str(draft.id),
                place=UUID,
            )


@strawberry.input(description="What is reviewed and published together.")
class PolicyTermsInput:
    title: str = strawberry.field(description="Its title.")
    content: str = strawberry.field(description="The text.")
    change_class: ChangeClass = strawberry.field(
        default=ChangeClass.MAJOR, description="Whether it has to be acknowledged anew; a first version always."
    )
    effective_from: datetime | None = strawberry.field(
        default=None, description="From when on it holds; when left out from its publication on."
    )
    acknowledge_within_days: int = strawberry.field(
        default=14,
        description="How many days people have; for as long an acknowledgement of the version before is enough.",
    )
    valid_for_days: int | None = strawberry.field(
        default=None, description="For how many days an acknowledgement is good; for good when left out."
    )
    departments: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Only who works in one of these is asked."
    )
    job_functions: list[str] = strawberry.field(
        default_factory=list, description="Only who has one of these job functions is asked."
    )
    review_by: date | None = strawberry.field(
        default=None, description="When it is to be looked at again; in a year when left out."
    )

    def terms(self, now: datetime) -> Terms:
        """As the domain says it."""
        return Terms(
            title=self.title,
            content=self.content,
            change_class=self.change_class,
            review_by=self.review_by or (now + commands.REVIEW_AFTER).date(),
            effective_from=self.effective_from,
            acknowledge_within_days=self.acknowledge_within_days,
            valid_for_days=self.valid_for_days,
            audience=Audience(tuple(map(str, self.departments)), tuple(self.job_functions)),
        )


@strawberry.input(description="A policy's first or next version, to be reviewed.")
class DraftPolicyInput:
    code: str = strawberry.field(description="A short name of lower-case letters, digits and single hyphens.")
    kind: PolicyKind = strawberry.field(default=PolicyKind.ACCEPTABLE_USE, description="What it is about.")
    department_id: strawberry.ID | None = strawberry.field(
        default=None, description="The department whose own policy it is; left out for everybody's."
    )
    owner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who is to answer for it; when left out who did before, or the author."
    )
    terms: PolicyTermsInput = strawberry.field(description="What it says.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A draft as it is to be.")
class RevisePolicyDraftInput:
    draft_id: strawberry.ID = strawberry.field(description="The draft.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Who is to answer for it.")
    terms: PolicyTermsInput = strawberry.field(description="What it says.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A draft to have reviewed.")
class SubmitPolicyDraftInput:
    draft_id: strawberry.ID = strawberry.field(description="The draft.")
    reviewer_ids: list[strawberry.ID] = strawberry.field(description="Who is asked; none owns or wrote it.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A draft to approve.")
class ApprovePolicyDraftInput:
    draft_id: strawberry.ID = strawberry.field(description="The draft.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A draft that a reviewer wants changed.")
class ReturnPolicyDraftInput:
    draft_id: strawberry.ID = strawberry.field(description="The draft.")
    reason: str = strawberry.field(description="What is to be changed.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A draft to give up.")
class WithdrawPolicyDraftInput:
    draft_id: strawberry.ID = strawberry.field(description="The draft.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The draft, or why there is none.")
class DraftPolicyPayload(Payload):
    draft: PolicyDraft | None = strawberry.field(default=None, description="The draft.")


@strawberry.type(description="The draft, or why nothing changed.")
class RevisePolicyDraftPayload(Payload):
    draft: PolicyDraft | None = strawberry.field(default=None, description="The draft.")


@strawberry.type(description="The draft, or why nothing changed.")
class SubmitPolicyDraftPayload(Payload):
    draft: PolicyDraft | None = strawberry.field(default=None, description="The draft.")


@strawberry.type(description="The draft, or why nothing changed.")
class ApprovePolicyDraftPayload(Payload):
    draft: PolicyDraft | None = strawberry.field(default=None, description="The draft.")


@strawberry.type(description="The draft, or why nothing changed.")
class ReturnPolicyDraftPayload(Payload):
    draft: PolicyDraft | None = strawberry.field(default=None, description="The draft.")


@strawberry.type(description="The draft, or why nothing changed.")
class WithdrawPolicyDraftPayload(Payload):
    draft: PolicyDraft | None = strawberry.field(default=None, description="The draft.")


@strawberry.type
class DraftMutations:
    @mutation(
        refuses=(*_TERMS, BadPolicyCode, rules.AlreadyDrafted),
        description="Write a policy's first or next version, to be reviewed. A compliance officer or an AI steward may; for a"
        " department's own policy its leader.",
    )
    async def draft_policy(self, info: Info, input: DraftPolicyInput) -> DraftPolicyPayload:
        draft = await run(
            info,
            commands.draft_policy,
            key=input.idempotency_key,
            again=repository.get,
            code=input.code,
            kind=input.kind,
            terms=input.terms.terms(info.context.now),
            department_id=str(input.department_id) if input.department_id else None,
            owner_id=str(input.owner_id) if input.owner_id else None,
        )
        return DraftPolicyPayload(draft=PolicyDraft.of(draft))

    @mutation(
        refuses=(*_TERMS, rules.DraftInWrongState),
        description="Change a draft that is not published. Whoever approved it before is asked again.",
    )
    async def revise_policy_draft(self, info: Info, input: RevisePolicyDraftInput) -> RevisePolicyDraftPayload:
        draft = await run(
            info,
            commands.revise_policy_draft,
            key=input.idempotency_key,
            again=repository.get,
            draft_id=uuid_of(input.draft_id, "policy draft"),
            terms=input.terms.terms(info.context.now),
            owner_id=str(input.owner_id) if input.owner_id else None,
        )
        return RevisePolicyDraftPayload(draft=PolicyDraft.of(draft))

    @mutation(
        refuses=(rules.DraftInWrongState, rules.ReviewersMissing, rules.ReviewsOwnPolicy, NotEmployed),
        description="Ask people to review a draft. All of them have to approve.",
    )
    async def submit_policy_draft(self, info: Info, input: SubmitPolicyDraftInput) -> SubmitPolicyDraftPayload:
        draft = await run(
            info,
            commands.submit_policy_draft,
            key=input.idempotency_key,
            again=repository.get,
            draft_id=uuid_of(input.draft_id, "policy draft"),
            reviewers=[str(id) for id in input.reviewer_ids],
        )
        return SubmitPolicyDraftPayload(draft=PolicyDraft.of(draft))

    @mutation(refuses=(rules.DraftInWrongState,), description="Approve a draft, when one is asked to review it.")
    async def approve_policy_draft(self, info: Info, input: ApprovePolicyDraftInput) -> ApprovePolicyDraftPayload:
        draft = await run(
            info,
            commands.approve_policy_draft,
            key=input.idempotency_key,
            again=repository.get,
            draft_id=uuid_of(input.draft_id, "policy draft"),
        )
        return ApprovePolicyDraftPayload(draft=PolicyDraft.of(draft))

    @mutation(
        refuses=(rules.DraftInWrongState, rules.ReasonForReturnMissing),
        description="Want a draft changed, when one is asked to review it.",
    )
    async def return_policy_draft(self, info: Info, input: ReturnPolicyDraftInput) -> ReturnPolicyDraftPayload:
        draft = await run(
            info,
            commands.return_policy_draft,
            key=input.idempotency_key,
            again=repository.get,
            draft_id=uuid_of(input.draft_id, "policy draft"),
            reason=input.reason,
        )
        return ReturnPolicyDraftPayload(draft=PolicyDraft.of(draft))

    @mutation(refuses=(rules.DraftInWrongState,), description="Give a draft up. Whoever may write it may.")
    async def withdraw_policy_draft(self, info: Info, input: WithdrawPolicyDraftInput) -> WithdrawPolicyDraftPayload:
        draft = await run(
            info,
            commands.withdraw_policy_draft,
            key=input.idempotency_key,
            again=repository.get,
            draft_id=uuid_of(input.draft_id, "policy draft"),
            reason=input.reason,
        )
        return WithdrawPolicyDraftPayload(draft=PolicyDraft.of(draft))
