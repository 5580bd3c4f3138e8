"""Acknowledgements of policies in the graph: what is asked of whom, what people said, and who stands where (G15)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from chassis.caller import Caller
from chassis.database import Connection as DatabaseConnection
from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from chassis.graphql.description import describe
from governance.approvals.domain import NobodyToApprove
from governance.campaigns import commands, repository
from governance.campaigns import domain as rules
from governance.campaigns.domain import AcknowledgementState
from governance.exceptions import domain as exceptions
from governance.people.graphql import Employee
from governance.policies import domain as policy_rules
from governance.policies import repository as policies
from governance.rights import commands as rights
from governance.rights.domain import DecisionType
from governance.vocabulary.arguments import After, First

_KEY = "The same key changes nothing twice."

describe(
    AcknowledgementState,
    "AcknowledgementState",
    "Where a person stands with a version of a policy, or what an acknowledgement is worth.",
    {
        AcknowledgementState.REQUESTED: "It is to be acknowledged.",
        AcknowledgementState.ACCEPTED: "It was acknowledged.",
        AcknowledgementState.DECLINED: "The person said no.",
        AcknowledgementState.EXCEPTION_REQUESTED: "The person asked for an exception.",
        AcknowledgementState.EXCEPTED: "The person is excepted for a time.",
        AcknowledgementState.OVERDUE: "The person's date passed without a word.",
        AcknowledgementState.EXPIRED: "The acknowledgement was good for some days, which are over.",
        AcknowledgementState.SUPERSEDED: "A major version took the place of what was acknowledged.",
    },
)


@strawberry.type(description="A person who is asked to acknowledge a policy's newest major version.")
class PolicyAsked:
    employee: Employee = strawberry.field(description="Who.")
    policy_id: strawberry.ID = strawberry.field(description="The policy's code.")
    version: int = strawberry.field(description="The version.")
    state: AcknowledgementState = strawberry.field(description="Where the person stands.")
    due_at: datetime = strawberry.field(
        description="The person's own date: whoever came later has the same days from that day on."
    )
    responded_at: datetime | None = strawberry.field(description="When the person said something.")
    valid_until: datetime | None = strawberry.field(
        description="Until when the acknowledgement is good; null for good."
    )

    @classmethod
    def of(cls, asked: rules.Asked) -> PolicyAsked:
        """A person who is asked."""
        return cls(
            employee=Employee(id=strawberry.ID(asked.employee_id)),
            policy_id=strawberry.ID(asked.policy),
            version=asked.number,
            state=asked.state,
            due_at=asked.due_at,
            responded_at=asked.responded_at,
            valid_until=asked.valid_until,
        )


@strawberry.type(description="How many people stand somewhere.")
class AcknowledgementCount:
    state: AcknowledgementState = strawberry.field(description="Where.")
    people: int = strawberry.field(description="How many.")


@strawberry.type(description="How far the acknowledgement of a policy's newest major version is.")
class PolicyCampaign:
    policy_id: strawberry.ID = strawberry.field(description="The policy's code.")
    version: int = strawberry.field(description="The version that is to be acknowledged.")
    acknowledge_by: datetime = strawberry.field(description="Until when, for those who worked here at its publication.")
    asked: strawberry.Private[policy_rules.Policy]

    async def _counted(self, info: Info) -> rules.Campaign:
        """Counting looks at everybody, so it waits until a number is asked for."""
        found = await info.context.load(repository.campaigns, self.asked)
        assert found is not None
        return found

    @strawberry.field(description="Everybody who is asked today.")
    async def audience(self, info: Info) -> int:
        return (await self._counted(info)).audience

    @strawberry.field(description="How many of them did.")
    async def acknowledged(self, info: Info) -> int:
        return (await self._counted(info)).acknowledged

    @strawberry.field(description="How many said that they do not.")
    async def declined(self, info: Info) -> int:
        return (await self._counted(info)).states.get(AcknowledgementState.DECLINED, 0)

    @strawberry.field(description="How many neither acknowledged nor are excepted, those who declined among them.")
    async def outstanding(self, info: Info) -> int:
        return (await self._counted(info)).outstanding

    @strawberry.field(description="Whether the date has passed and somebody has not.")
    async def overdue(self, info: Info) -> bool:
        return self.acknowledge_by <= info.context.now and bool((await self._counted(info)).outstanding)

    @strawberry.field(description="How many stand where.")
    async def states(self, info: Info) -> list[AcknowledgementCount]:
        counted = await self._counted(info)
        return [AcknowledgementCount(state=state, people=people) for state, people in sorted(counted.states.items())]

    @strawberry.field(description="Those who have not acknowledged, by id.")
    async def outstanding_employees(self, info: Info, first: First = 20, after: After = None) -> Connection[Employee]:
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.standings(
                    connection, str(self.policy_id), states=rules.OUTSTANDING, after=after, limit=limit
                ),
                node=lambda asked: Employee(id=strawberry.ID(asked.employee_id)),
                cursor=lambda asked: asked.employee_id,
            )

    @strawberry.field(description="Everybody who is asked, by id, with where they stand.")
    async def people(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        state: Annotated[
            AcknowledgementState | None, strawberry.argument(description="Only those who stand here.")
        ] = None,
    ) -> Connection[PolicyAsked]:
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.standings(
                    connection, str(self.policy_id), states=[state] if state else [], after=after, limit=limit
                ),
                node=PolicyAsked.of,
                cursor=lambda asked: asked.employee_id,
            )


@strawberry.type(description="A policy that the person who asks has to acknowledge.")
class PolicyToAcknowledge:
    policy_id: strawberry.ID = strawberry.field(description="The policy's code.")
    title: str = strawberry.field(description="Its title.")
    version: int = strawberry.field(description="The version that is to be acknowledged, or a later one.")
    state: AcknowledgementState = strawberry.field(description="Where the person stands.")
    acknowledge_by: datetime = strawberry.field(description="Until when: the person's own date.")
    overdue: bool = strawberry.field(description="Whether that has passed.")


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


@strawberry.type(description="An employee's word not to acknowledge a policy.")
class PolicyDecline:
    id: strawberry.ID = strawberry.field(description="The decline's id.")
    employee: Employee = strawberry.field(description="Who.")
    policy_id: strawberry.ID = strawberry.field(description="The policy's code.")
    version: int = strawberry.field(description="The version.")
    reason: str = strawberry.field(description="Why.")
    at: datetime = strawberry.field(description="When.")
    exception_id: strawberry.ID | None = strawberry.field(description="The exception that was asked for with it.")

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
            exception_id=strawberry.ID(str(decline.exception_id)) if decline.exception_id else None,
        )


@strawberry.type(description="What somebody once acknowledged, and what it is worth today.")
class GivenAcknowledgement:
    acknowledgement: PolicyAcknowledgement = strawberry.field(description="The word.")
    state: AcknowledgementState = strawberry.field(description="ACCEPTED, EXPIRED or SUPERSEDED.")
    valid_until: datetime | None = strawberry.field(description="Until when it is good; null for good.")


@strawberry.type
class CampaignQueries:
    @strawberry.field(
        description="How far the acknowledgement of a policy is. Those who publish policies and auditors may ask; about a"
        " department's policy its leader."
    )
    async def policy_campaign(
        self, info: Info, policy_code: Annotated[str, strawberry.argument(description="The policy's code.")]
    ) -> PolicyCampaign:
        caller = info.context.require_caller()
        async with info.context.read() as connection:
            policy = await _may_see(connection, caller, policy_code)
        return PolicyCampaign(
            policy_id=strawberry.ID(policy.code),
            version=policy.asked.number,
            acknowledge_by=policy.asked.acknowledge_by,
            asked=policy,
        )

    @strawberry.field(
        description="What the person who asks has to acknowledge, the most urgent first; at most a hundred."
    )
    async def policies_to_acknowledge(self, info: Info) -> list[PolicyToAcknowledge]:
        id = info.context.require_caller().employee_id
        if id is None:
            return []
        async with info.context.read() as connection:
            asked = await repository.asked_of(connection, id)
            now = connection.now
        return [
            PolicyToAcknowledge(
                policy_id=strawberry.ID(each.policy),
                title=each.title,
                version=each.number,
                state=each.state,
                acknowledge_by=each.due_at,
                overdue=each.due_at <= now,
            )
            for each in asked
            if each.state in rules.OUTSTANDING
        ]

    @strawberry.field(description="What the person who asks ever acknowledged, the latest first.")
    async def my_acknowledgements(
        self, info: Info, first: First = 20, after: After = None
    ) -> Connection[GivenAcknowledgement]:
        id = info.context.require_caller().subject
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.words_of(connection, id, after=after, limit=limit),
                node=lambda word: GivenAcknowledgement(
                    acknowledgement=PolicyAcknowledgement.of(word.acknowledgement),
                    state=word.state,
                    valid_until=word.valid_until,
                ),
                cursor=lambda word: str(word.acknowledgement.id),
                place=UUID,
            )


async def _may_see(connection: DatabaseConnection, caller: Caller, code: str) -> policy_rules.Policy:
    """The policy, for those who may know who acknowledged it."""
    if caller.has("auditor", "compliance_officer"):
        return await policies.named(connection, code)
    policy = (await policies.by_codes(connection, [code])).get(code)
    if policy is None or policy.department_id is None:
        await rights.require(connection, caller, DecisionType.PUBLISH_POLICY)
        return await policies.named(connection, code)
    await rights.require(connection, caller, DecisionType.PUBLISH_DEPARTMENT_POLICY, department_id=policy.department_id)
    return policy


@strawberry.input(
    description="An exception that one asks for instead of acknowledging; the reason is that of the decline."
)
class ExceptionWishInput:
    compensating_control: str = strawberry.field(description="What is done instead.")
    valid_until: datetime = strawberry.field(description="Until when, at most 180 days from now.")
    tool_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only for this tool; for all when left out."
    )


@strawberry.input(description="A policy that one does not acknowledge.")
class DeclinePolicyInput:
    policy_code: str = strawberry.field(description="The policy's code.")
    version: int | None = strawberry.field(
        default=None, description="The version that was read; the one that holds when left out."
    )
    reason: str = strawberry.field(description="Why.")
    exception: ExceptionWishInput | None = strawberry.field(
        default=None, description="The exception that one asks for instead."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The decline, or why there is none.")
class DeclinePolicyPayload(Payload):
    decline: PolicyDecline | None = strawberry.field(default=None, description="The decline.")


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
class CampaignMutations:
    @mutation(
        refuses=(policy_rules.NoSuchVersion, policy_rules.PolicyIsWithdrawn),
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

    @mutation(
        refuses=(
            policy_rules.NoSuchVersion,
            policy_rules.PolicyIsWithdrawn,
            rules.ReasonForDeclineMissing,
            exceptions.ControlMissing,
            exceptions.ExceptionTooLong,
            exceptions.AlreadyExcepted,
            NobodyToApprove,
        ),
        description="Say that one does not acknowledge a policy, and why; an exception may be asked for in the same word."
        " Whoever changes their mind acknowledges it.",
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
            wish=commands.ExceptionWish(
                input.exception.compensating_control,
                input.exception.valid_until,
                uuid_of(input.exception.tool_id, "tool") if input.exception.tool_id else None,
            )
            if input.exception
            else None,
        )
        return DeclinePolicyPayload(decline=PolicyDecline.of(decline))
