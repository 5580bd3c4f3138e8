"""Policies in the graph."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import strawberry

from chassis.domain import Tier
from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from chassis.graphql.description import describe
from governance.campaigns import repository as campaigns
from governance.departments.domain import GuardrailViolation
from governance.drafts.domain import DraftInWrongState
from governance.drafts.graphql import PolicyAudience
from governance.people.graphql import Department, Employee
from governance.policies import commands, repository
from governance.policies import domain as rules
from governance.policies.domain import EditionStatus
from governance.policies.terms import BadReviewDate, ChangeClass, PolicyKind
from governance.programme.domain import NotEmployed
from governance.vocabulary.arguments import After, First

_KEY = "The same key changes nothing twice."

describe(
    EditionStatus,
    "PolicyVersionStatus",
    "Where a published version is.",
    {
        EditionStatus.PUBLISHED: "It holds, or will from its date on.",
        EditionStatus.SUPERSEDED: "A later version took its place.",
        EditionStatus.WITHDRAWN: "The policy no longer binds anybody.",
    },
)


@strawberry.type(description="A published version of a policy. It never changes.")
class PolicyVersion:
    number: int = strawberry.field(description="1 for the first.")
    status: EditionStatus = strawberry.field(description="Where it is today.")
    change_class: ChangeClass = strawberry.field(description="Whether it has to be acknowledged anew.")
    content: str = strawberry.field(description="The text.")
    content_hash: str = strawberry.field(description="SHA-256 of the text.")
    published_at: datetime = strawberry.field(description="When it was published.")
    published_by: Employee = strawberry.field(description="Who published it.")
    reviewed_by: list[Employee] = strawberry.field(description="Who approved it before.")
    effective_from: datetime = strawberry.field(description="Since when, or from when on, it holds.")
    acknowledge_by: datetime = strawberry.field(description="Until when the version before is enough.")
    valid_for_days: int | None = strawberry.field(
        description="For how many days an acknowledgement is good; null for good."
    )
    audience: PolicyAudience = strawberry.field(description="Who is asked to acknowledge it.")

    @classmethod
    def of(cls, edition: rules.Edition, status: EditionStatus) -> PolicyVersion:
        """A version."""
        return cls(
            number=edition.number,
            status=status,
            change_class=edition.change_class,
            content=edition.content,
            content_hash=edition.content_hash,
            published_at=edition.published_at,
            published_by=Employee(id=strawberry.ID(edition.published_by)),
            reviewed_by=[Employee(id=strawberry.ID(id)) for id in edition.reviewed_by],
            effective_from=edition.holds_from,
            acknowledge_by=edition.acknowledge_by,
            valid_for_days=edition.valid_for_days,
            audience=PolicyAudience.of(edition.audience),
        )


@strawberry.type(description="What people have to follow. A department's policy adds to the enterprise's.")
class Policy:
    id: strawberry.ID = strawberry.field(description="Its code, which conditions name.")
    title: str = strawberry.field(description="Its title.")
    kind: PolicyKind = strawberry.field(description="What it is about.")
    tier: Tier = strawberry.field(description="The tier that decides about it.")
    department: Department | None = strawberry.field(
        description="The department whose policy it is; null for everybody's."
    )
    owner: Employee | None = strawberry.field(description="Who answers for it.")
    review_by: date | None = strawberry.field(description="When it is to be looked at again.")
    stale: bool = strawberry.field(description="Whether that day has come.")
    withdrawn_at: datetime | None = strawberry.field(description="Since when it binds nobody.")
    withdrawn_because: str | None = strawberry.field(description="Why.")
    current: PolicyVersion = strawberry.field(description="The version that holds; before the first does, the first.")
    versions: list[PolicyVersion] = strawberry.field(description="All versions, the oldest first.")

    @strawberry.field(description="Whether the person who asks acknowledged the version that holds.")
    async def acknowledged(self, info: Info) -> bool:
        id = info.context.require_caller().employee_id
        given = await info.context.load(campaigns.acknowledgements, id) if id else None
        return any((each.policy, each.number) == (self.id, self.current.number) for each in given or ())

    @classmethod
    def of(cls, policy: rules.Policy, now: datetime) -> Policy:
        """A policy as it is now."""
        versions = [PolicyVersion.of(each, policy.status_of(each.number, now)) for each in policy.editions]
        return cls(
            id=strawberry.ID(policy.code),
            title=policy.title,
            kind=policy.kind,
            tier=policy.tier,
            department=Department(id=strawberry.ID(policy.department_id)) if policy.department_id else None,
            owner=Employee(id=strawberry.ID(policy.owner_id)) if policy.owner_id else None,
            review_by=policy.review_by,
            stale=policy.is_stale(now.date()),
            withdrawn_at=policy.withdrawn_at,
            withdrawn_because=policy.withdrawn_because,
            current=versions[policy.holding(now).number - 1],
            versions=versions,
        )


@strawberry.type
class PolicyQueries:
    @strawberry.field(description="One policy, by its code.")
    async def policy(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The policy's code.")]
    ) -> Policy | None:
        found = await info.context.load(repository.by_codes, str(id))
        return Policy.of(found, info.context.now) if found else None

    @strawberry.field(description="Policies by code.")
    async def policies(self, info: Info, first: First = 20, after: After = None) -> Connection[Policy]:
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.listing(connection, after=after, limit=limit),
                node=lambda policy: Policy.of(policy, info.context.now),
                cursor=lambda policy: policy.code,
            )


@strawberry.input(description="A draft that all of its reviewers approved.")
class PublishPolicyInput:
    draft_id: strawberry.ID = strawberry.field(description="The draft.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A policy that is to bind nobody any more.")
class WithdrawPolicyInput:
    policy_code: str = strawberry.field(description="The policy's code.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A policy that stays as it is.")
class ConfirmPolicyInput:
    policy_code: str = strawberry.field(description="The policy's code.")
    review_by: date = strawberry.field(description="When it is to be looked at again.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="Who answers for a policy from now on.")
class NamePolicyOwnerInput:
    policy_code: str = strawberry.field(description="The policy's code.")
    owner_id: strawberry.ID = strawberry.field(description="Who.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The policy, or why it was not published.")
class PublishPolicyPayload(Payload):
    policy: Policy | None = strawberry.field(default=None, description="The policy.")


@strawberry.type(description="The policy, or why nothing changed.")
class WithdrawPolicyPayload(Payload):
    policy: Policy | None = strawberry.field(default=None, description="The policy.")


@strawberry.type(description="The policy, or why nothing changed.")
class ConfirmPolicyPayload(Payload):
    policy: Policy | None = strawberry.field(default=None, description="The policy.")


@strawberry.type(description="The policy, or why nothing changed.")
class NamePolicyOwnerPayload(Payload):
    policy: Policy | None = strawberry.field(default=None, description="The policy.")


@strawberry.type
class PolicyMutations:
    @mutation(
        refuses=(
            DraftInWrongState,
            GuardrailViolation,
            NotEmployed,
            rules.NothingChanged,
            rules.PolicyIsNew,
            rules.PolicyIsWithdrawn,
        ),
        description="Publish a draft that all of its reviewers approved. A compliance officer may; for a department's own"
        " policy its leader, within what the enterprise asks.",
    )
    async def publish_policy(self, info: Info, input: PublishPolicyInput) -> PublishPolicyPayload:
        policy = await run(
            info,
            commands.publish_policy,
            key=input.idempotency_key,
            again=repository.get,
            draft_id=uuid_of(input.draft_id, "policy draft"),
        )
        return PublishPolicyPayload(policy=Policy.of(policy, info.context.now))

    @mutation(
        refuses=(rules.PolicyIsWithdrawn, rules.PolicyWithdrawnWithoutReason),
        description="Let a policy bind nobody any more; access that only lacked its acknowledgement comes back. Whoever"
        " publishes it may.",
    )
    async def withdraw_policy(self, info: Info, input: WithdrawPolicyInput) -> WithdrawPolicyPayload:
        policy = await run(
            info,
            commands.withdraw_policy,
            key=input.idempotency_key,
            again=repository.get,
            code=input.policy_code,
            reason=input.reason,
        )
        return WithdrawPolicyPayload(policy=Policy.of(policy, info.context.now))

    @mutation(
        refuses=(rules.PolicyIsWithdrawn, BadReviewDate),
        description="Say that a policy was looked at and stays as it is, until the next date. Whoever publishes it may.",
    )
    async def confirm_policy(self, info: Info, input: ConfirmPolicyInput) -> ConfirmPolicyPayload:
        policy = await run(
            info,
            commands.confirm_policy,
            key=input.idempotency_key,
            again=repository.get,
            code=input.policy_code,
            review_by=input.review_by,
        )
        return ConfirmPolicyPayload(policy=Policy.of(policy, info.context.now))

    @mutation(
        refuses=(rules.PolicyIsWithdrawn, NotEmployed),
        description="Make somebody accountable for a policy. Whoever publishes it may.",
    )
    async def name_policy_owner(self, info: Info, input: NamePolicyOwnerInput) -> NamePolicyOwnerPayload:
        policy = await run(
            info,
            commands.name_policy_owner,
            key=input.idempotency_key,
            again=repository.get,
            code=input.policy_code,
            owner_id=str(input.owner_id),
        )
        return NamePolicyOwnerPayload(policy=Policy.of(policy, info.context.now))
