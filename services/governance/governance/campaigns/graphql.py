"""Who has acknowledged a policy and who has not, in the graph (G15)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation, page, run
from governance.people.graphql import Employee
from governance.policies import commands, repository
from governance.policies import domain as rules
from governance.rights import commands as rights
from governance.rights.domain import DecisionType
from governance.vocabulary.arguments import After, First

_KEY = "The same key changes nothing twice."


@strawberry.type(description="How far the acknowledgement of a policy's newest major version is.")
class PolicyCampaign:
    policy: strawberry.Private[rules.Policy]
    policy_id: strawberry.ID = strawberry.field(description="The policy's code.")
    version: int = strawberry.field(description="The version that is to be acknowledged.")
    acknowledge_by: datetime = strawberry.field(description="Until when.")
    audience: int = strawberry.field(description="Everybody who works here today.")
    acknowledged: int = strawberry.field(description="How many of them did.")
    declined: int = strawberry.field(description="How many said that they do not.")
    outstanding: int = strawberry.field(description="How many have not acknowledged, those who declined among them.")
    overdue: bool = strawberry.field(description="Whether the date has passed and somebody has not.")

    @strawberry.field(description="Those who have not acknowledged, by id.")
    async def outstanding_employees(self, info: Info, first: First = 20, after: After = None) -> Connection[Employee]:
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.outstanding(connection, self.policy, after=after, limit=limit),
                node=lambda member: Employee(id=strawberry.ID(member)),
                cursor=str,
            )


@strawberry.type(description="A policy that the person who asks has to acknowledge.")
class PolicyToAcknowledge:
    policy_id: strawberry.ID = strawberry.field(description="The policy's code.")
    title: str = strawberry.field(description="Its title.")
    version: int = strawberry.field(description="The version that holds.")
    acknowledge_by: datetime = strawberry.field(description="Until when.")
    overdue: bool = strawberry.field(description="Whether that has passed.")


@strawberry.type(description="An employee's word not to acknowledge a policy.")
class PolicyDecline:
    id: strawberry.ID = strawberry.field(description="The decline's id.")
    employee: Employee = strawberry.field(description="Who.")
    policy_id: strawberry.ID = strawberry.field(description="The policy's code.")
    version: int = strawberry.field(description="The version.")
    reason: str = strawberry.field(description="Why.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, decline: rules.Decline) -> PolicyDecline:
        """A decline."""
        return cls(
            id=strawberry.ID(str(decline.id)),
            employee=Employee(id=strawberry.ID(decline.employee_id)),
            policy_id=strawberry.ID(decline.policy),
            version=decline.number,
            reason=decline.reason,
            at=decline.at,
        )


@strawberry.type
class CampaignQueries:
    @strawberry.field(
        description="How far the acknowledgement of a policy is. Those who publish policies and auditors may ask."
    )
    async def policy_campaign(
        self, info: Info, policy_code: Annotated[str, strawberry.argument(description="The policy's code.")]
    ) -> PolicyCampaign:
        caller = info.context.require_caller()
        async with info.context.read() as connection:
            if not caller.has("auditor"):
                await rights.require(connection, caller, DecisionType.PUBLISH_POLICY)
            policy = await repository.named(connection, policy_code)
            found = await repository.campaign(connection, policy)
            now = connection.now
        return PolicyCampaign(
            policy=policy,
            policy_id=strawberry.ID(policy.code),
            version=found.number,
            acknowledge_by=found.acknowledge_by,
            audience=found.audience,
            acknowledged=found.acknowledged,
            declined=found.declined,
            outstanding=found.outstanding,
            overdue=bool(found.outstanding) and found.acknowledge_by <= now,
        )

    @strawberry.field(description="What the person who asks has to acknowledge, the most urgent first.")
    async def policies_to_acknowledge(self, info: Info) -> list[PolicyToAcknowledge]:
        id = info.context.require_caller().employee_id
        if id is None:
            return []
        async with info.context.read() as connection:
            given = (await repository.acknowledgements(connection, [id])).get(id, ())
            policies = await repository.listing(connection, after=None, limit=100)
            now = connection.now
        open_ = [
            policy
            for policy in policies
            if not any(each.policy == policy.code and each.number >= policy.asked.number for each in given)
        ]
        return [
            PolicyToAcknowledge(
                policy_id=strawberry.ID(policy.code),
                title=policy.title,
                version=policy.current.number,
                acknowledge_by=policy.asked.acknowledge_by,
                overdue=policy.asked.acknowledge_by <= now,
            )
            for policy in sorted(open_, key=lambda policy: policy.asked.acknowledge_by)
        ]


@strawberry.input(description="A policy that one does not acknowledge.")
class DeclinePolicyInput:
    policy_code: str = strawberry.field(description="The policy's code.")
    version: int | None = strawberry.field(
        default=None, description="The version that was read; the one that holds when left out."
    )
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The decline, or why there is none.")
class DeclinePolicyPayload(Payload):
    decline: PolicyDecline | None = strawberry.field(default=None, description="The decline.")


@strawberry.type
class CampaignMutations:
    @mutation(
        refuses=(rules.NoSuchVersion, rules.ReasonForDeclineMissing),
        description="Say that one does not acknowledge a policy, and why. Whoever changes their mind acknowledges it.",
    )
    async def decline_policy(self, info: Info, input: DeclinePolicyInput) -> DeclinePolicyPayload:
        decline = await run(
            info,
            commands.decline_policy,
            key=input.idempotency_key,
            again=repository.decline,
            code=input.policy_code,
            number=input.version,
            reason=input.reason,
        )
        return DeclinePolicyPayload(decline=PolicyDecline.of(decline))
