"""Policies and acknowledgements in the graph."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation, page, run
from governance.people.graphql import Employee
from governance.policies import commands, repository
from governance.policies import domain as rules
from governance.policies.domain import ChangeClass
from governance.vocabulary.arguments import After, First

_KEY = "The same key changes nothing twice."


@strawberry.type(description="A published version of a policy. It never changes.")
class PolicyVersion:
    number: int = strawberry.field(description="1 for the first.")
    change_class: ChangeClass = strawberry.field(description="Whether it has to be acknowledged anew.")
    content: str = strawberry.field(description="The text.")
    content_hash: str = strawberry.field(description="SHA-256 of the text.")
    published_at: datetime = strawberry.field(description="Since when it holds.")
    published_by: Employee = strawberry.field(description="Who published it.")
    acknowledge_by: datetime = strawberry.field(description="Until when the version before is enough.")
    valid_for_days: int | None = strawberry.field(
        description="For how many days an acknowledgement is good; null for good."
    )

    @classmethod
    def of(cls, edition: rules.Edition) -> PolicyVersion:
        """A version."""
        return cls(
            number=edition.number,
            change_class=edition.change_class,
            content=edition.content,
            content_hash=edition.content_hash,
            published_at=edition.published_at,
            published_by=Employee(id=strawberry.ID(edition.published_by)),
            acknowledge_by=edition.acknowledge_by,
            valid_for_days=edition.valid_for_days,
        )


@strawberry.type(description="What everybody has to follow.")
class Policy:
    id: strawberry.ID = strawberry.field(description="Its code, which conditions name.")
    title: str = strawberry.field(description="Its title.")
    current: PolicyVersion = strawberry.field(description="The version that holds.")
    versions: list[PolicyVersion] = strawberry.field(description="All versions, the oldest first.")

    @strawberry.field(description="Whether the person who asks acknowledged the version that holds.")
    async def acknowledged(self, info: Info) -> bool:
        id = info.context.require_caller().employee_id
        given = await info.context.load(repository.acknowledgements, id) if id else None
        return any((each.policy, each.number) == (self.id, self.current.number) for each in given or ())

    @classmethod
    def of(cls, policy: rules.Policy) -> Policy:
        """A policy."""
        versions = [PolicyVersion.of(edition) for edition in policy.editions]
        return cls(id=strawberry.ID(policy.code), title=policy.title, current=versions[-1], versions=versions)


@strawberry.type(description="An employee's word to have read and to follow a policy.")
class PolicyAcknowledgement:
    id: strawberry.ID = strawberry.field(description="The acknowledgement's id.")
    employee: Employee = strawberry.field(description="Who gave it.")
    policy_id: strawberry.ID = strawberry.field(description="The policy's code.")
    version: int = strawberry.field(description="The version.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, given: rules.Acknowledgement) -> PolicyAcknowledgement:
        """An acknowledgement."""
        return cls(
            id=strawberry.ID(str(given.id)),
            employee=Employee(id=strawberry.ID(given.employee_id)),
            policy_id=strawberry.ID(given.policy),
            version=given.number,
            at=given.at,
        )


@strawberry.type
class PolicyQueries:
    @strawberry.field(description="One policy, by its code.")
    async def policy(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The policy's code.")]
    ) -> Policy | None:
        found = await info.context.load(repository.by_codes, str(id))
        return Policy.of(found) if found else None

    @strawberry.field(description="Policies by code.")
    async def policies(self, info: Info, first: First = 20, after: After = None) -> Connection[Policy]:
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.listing(connection, after=after, limit=limit),
                node=Policy.of,
                cursor=lambda policy: policy.code,
            )


@strawberry.input(description="A policy's first or next version.")
class PublishPolicyInput:
    code: str = strawberry.field(description="A short name of lower-case letters, digits and single hyphens.")
    title: str = strawberry.field(description="Its title.")
    content: str = strawberry.field(description="The text.")
    change_class: ChangeClass = strawberry.field(
        default=ChangeClass.MAJOR, description="Whether it has to be acknowledged anew."
    )
    acknowledge_within_days: int = strawberry.field(
        default=14, description="For how long an acknowledgement of the version before is enough."
    )
    valid_for_days: int | None = strawberry.field(
        default=None, description="For how many days an acknowledgement is good; for good when left out."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The policy, or why it was not published.")
class PublishPolicyPayload(Payload):
    policy: Policy | None = strawberry.field(default=None, description="The policy.")


@strawberry.input(description="A policy to acknowledge.")
class AcknowledgePolicyInput:
    policy_code: str = strawberry.field(description="The policy's code.")
    version: int | None = strawberry.field(
        default=None, description="The version that was read; the one that holds when left out."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The acknowledgement, or why it does not count.")
class AcknowledgePolicyPayload(Payload):
    acknowledgement: PolicyAcknowledgement | None = strawberry.field(default=None, description="The acknowledgement.")


@strawberry.type
class PolicyMutations:
    @mutation(
        refuses=(
            rules.BadPolicyCode,
            rules.NothingChanged,
            rules.PolicyIsNew,
            rules.BadAcknowledgementTime,
            rules.BadValidity,
        ),
        description="Publish a policy's first or next version; the compliance officer may.",
    )
    async def publish_policy(self, info: Info, input: PublishPolicyInput) -> PublishPolicyPayload:
        if not 0 <= input.acknowledge_within_days <= 366:
            raise rules.BadAcknowledgementTime(days=str(input.acknowledge_within_days))
        policy = await run(
            info,
            commands.publish_policy,
            key=input.idempotency_key,
            again=repository.get,
            code=input.code,
            title=input.title,
            content=input.content,
            change_class=input.change_class,
            acknowledge_within=timedelta(days=input.acknowledge_within_days),
            valid_for_days=input.valid_for_days,
        )
        return PublishPolicyPayload(policy=Policy.of(policy))

    @mutation(
        refuses=(rules.NoSuchVersion,),
        description="Acknowledge a policy for oneself. Requests that only waited for this are granted.",
    )
    async def acknowledge_policy(self, info: Info, input: AcknowledgePolicyInput) -> AcknowledgePolicyPayload:
        given = await run(
            info,
            commands.acknowledge_policy,
            key=input.idempotency_key,
            again=repository.acknowledgement,
            code=input.policy_code,
            number=input.version,
        )
        return AcknowledgePolicyPayload(acknowledgement=PolicyAcknowledgement.of(given))
