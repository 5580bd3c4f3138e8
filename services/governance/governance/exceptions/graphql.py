"""Exceptions from policies in the graph (G16)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from chassis.graphql.description import describe
from governance.approvals import domain as approvals
from governance.approvals.graphql import Approval
from governance.exceptions import commands, repository
from governance.exceptions import domain as rules
from governance.exceptions.domain import ExceptionStatus
from governance.people.graphql import Employee
from governance.rights import commands as rights
from governance.rights.domain import Decider
from governance.tools import repository as tools
from governance.tools.graphql import Tool
from governance.vocabulary.arguments import After, First

_KEY = "The same key changes nothing twice."
_SEES_ALL = frozenset({Decider.COMPLIANCE_OFFICER, Decider.AI_STEWARD, Decider.EXECUTIVE_SPONSOR})
_ANSWERS = (
    rules.ExceptionInWrongState, approvals.NotAnApprover, approvals.AlreadyConsented, approvals.ChainHasEnded,
)  # fmt: skip

describe(
    ExceptionStatus,
    "PolicyExceptionStatus",
    "Where an exception stands.",
    {
        ExceptionStatus.REQUESTED: "Somebody is asked to consent.",
        ExceptionStatus.ACTIVE: "It holds.",
        ExceptionStatus.REJECTED: "There is none.",
        ExceptionStatus.EXPIRED: "Its date came.",
        ExceptionStatus.REVOKED: "It was ended before its date.",
    },
)


@strawberry.type(description="One person's exception from one policy, for one tool or for all.")
class PolicyException:
    id: strawberry.ID = strawberry.field(description="The exception's id.")
    employee: Employee = strawberry.field(description="Whose it is.")
    policy_id: strawberry.ID = strawberry.field(description="The policy's code.")
    tool_id: strawberry.ID | None = strawberry.field(description="The tool's id; null for every tool.")
    justification: str = strawberry.field(description="Why it is needed.")
    compensating_control: str = strawberry.field(description="What takes the policy's place meanwhile.")
    approval: Approval = strawberry.field(description="Who consents.")
    status: ExceptionStatus = strawberry.field(description="Where it stands.")
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    valid_until: datetime = strawberry.field(description="When it ends by itself.")
    extended: bool = strawberry.field(description="Whether it was extended, which it can be once.")
    ended_because: str | None = strawberry.field(description="Why it ended, or why there is none.")

    @strawberry.field(description="The tool; null for every tool.")
    async def tool(self, info: Info) -> Tool | None:
        found = await info.context.load(tools.by_ids, UUID(self.tool_id)) if self.tool_id else None
        return Tool.of(found) if found else None

    @classmethod
    def of(cls, exception: rules.PolicyException) -> PolicyException:
        """An exception."""
        return cls(
            id=strawberry.ID(str(exception.id)),
            employee=Employee(id=strawberry.ID(exception.employee_id)),
            policy_id=strawberry.ID(exception.policy),
            tool_id=strawberry.ID(str(exception.tool_id)) if exception.tool_id else None,
            justification=exception.justification,
            compensating_control=exception.compensating_control,
            approval=Approval.of(exception.chain),
            status=exception.status,
            requested_at=exception.requested_at,
            valid_until=exception.valid_until,
            extended=exception.extended,
            ended_because=exception.ended_because,
        )


@strawberry.type
class ExceptionQueries:
    @strawberry.field(
        description="Exceptions from policies, the latest first: all of them for the officers, the sponsor and auditors,"
        " for others their own; with `asksMe` those that wait for the answer of the person who asks."
    )
    async def policy_exceptions(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        status: Annotated[ExceptionStatus | None, strawberry.argument(description="Only of this status.")] = None,
        asks_me: Annotated[bool, strawberry.argument(description="Only those that wait for me.")] = False,
    ) -> Connection[PolicyException]:
        caller = info.context.require_caller()
        async with info.context.read() as connection:
            sees_all = caller.has("auditor") or not (await rights.standing(connection, caller)).isdisjoint(_SEES_ALL)
            return await page(
                first,
                after,
                lambda after, limit: repository.listing(
                    connection,
                    status=status,
                    asked=caller.subject if asks_me else None,
                    concerning=None if sees_all or asks_me else caller.subject,
                    after=after,
                    limit=limit,
                ),
                node=PolicyException.of,
                cursor=lambda exception: str(exception.id),
                place=UUID,
            )


@strawberry.input(description="A policy that somebody asks not to have to follow for a time.")
class RequestExceptionInput:
    policy_code: str = strawberry.field(description="The policy's code.")
    tool_id: strawberry.ID | None = strawberry.field(default=None, description="Only for this tool.")
    justification: str = strawberry.field(description="Why it is needed.")
    compensating_control: str = strawberry.field(description="What takes the policy's place meanwhile.")
    valid_until: datetime = strawberry.field(description="When it ends: within 180 days.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="An exception to consent to.")
class ConsentToExceptionInput:
    exception_id: strawberry.ID = strawberry.field(description="The exception.")
    comment: str | None = strawberry.field(default=None, description="What to say with it.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="An exception to say no to.")
class RefuseExceptionInput:
    exception_id: strawberry.ID = strawberry.field(description="The exception.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="An exception that one asked for and takes back.")
class WithdrawExceptionInput:
    exception_id: strawberry.ID = strawberry.field(description="The exception.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="An exception that is to last longer.")
class ExtendExceptionInput:
    exception_id: strawberry.ID = strawberry.field(description="The exception.")
    valid_until: datetime = strawberry.field(description="When it ends: within 180 days.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="An exception to end before its date.")
class RevokeExceptionInput:
    exception_id: strawberry.ID = strawberry.field(description="The exception.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The exception, or why none was asked for.")
class RequestExceptionPayload(Payload):
    exception: PolicyException | None = strawberry.field(default=None, description="The exception.")


@strawberry.type(description="The exception, or why the consent does not count.")
class ConsentToExceptionPayload(Payload):
    exception: PolicyException | None = strawberry.field(default=None, description="The exception.")


@strawberry.type(description="The exception, or why nothing changed.")
class RefuseExceptionPayload(Payload):
    exception: PolicyException | None = strawberry.field(default=None, description="The exception.")


@strawberry.type(description="The exception, or why nothing changed.")
class WithdrawExceptionPayload(Payload):
    exception: PolicyException | None = strawberry.field(default=None, description="The exception.")


@strawberry.type(description="The exception, or why nothing changed.")
class ExtendExceptionPayload(Payload):
    exception: PolicyException | None = strawberry.field(default=None, description="The exception.")


@strawberry.type(description="The exception, or why nothing changed.")
class RevokeExceptionPayload(Payload):
    exception: PolicyException | None = strawberry.field(default=None, description="The exception.")


@strawberry.type
class ExceptionMutations:
    @mutation(
        refuses=(rules.ControlMissing, rules.ExceptionTooLong, rules.AlreadyExcepted, approvals.NobodyToApprove),
        description="Ask for an exception from a policy, with what compensates for it. The line manager consents, then"
        " a compliance officer; who does not answer in time is stood in for once.",
    )
    async def request_exception(self, info: Info, input: RequestExceptionInput) -> RequestExceptionPayload:
        exception = await run(
            info,
            commands.request_exception,
            key=input.idempotency_key,
            again=repository.get,
            policy=input.policy_code,
            tool_id=uuid_of(input.tool_id, "tool") if input.tool_id else None,
            justification=input.justification,
            compensating_control=input.compensating_control,
            valid_until=input.valid_until,
        )
        return RequestExceptionPayload(exception=PolicyException.of(exception))

    @mutation(refuses=(*_ANSWERS, rules.ExceptionTooLong), description="Consent to an exception, when one is asked.")
    async def consent_to_exception(self, info: Info, input: ConsentToExceptionInput) -> ConsentToExceptionPayload:
        exception = await run(
            info,
            commands.consent_to_exception,
            key=input.idempotency_key,
            again=repository.get,
            exception_id=uuid_of(input.exception_id, "exception"),
            comment=input.comment,
        )
        return ConsentToExceptionPayload(exception=PolicyException.of(exception))

    @mutation(refuses=_ANSWERS, description="Say no to an exception, when one is asked.")
    async def refuse_exception(self, info: Info, input: RefuseExceptionInput) -> RefuseExceptionPayload:
        exception = await run(
            info,
            commands.refuse_exception,
            key=input.idempotency_key,
            again=repository.get,
            exception_id=uuid_of(input.exception_id, "exception"),
            reason=input.reason,
        )
        return RefuseExceptionPayload(exception=PolicyException.of(exception))

    @mutation(refuses=(rules.ExceptionInWrongState,), description="Take back an exception that one asked for.")
    async def withdraw_exception(self, info: Info, input: WithdrawExceptionInput) -> WithdrawExceptionPayload:
        exception = await run(
            info,
            commands.withdraw_exception,
            key=input.idempotency_key,
            again=repository.get,
            exception_id=uuid_of(input.exception_id, "exception"),
        )
        return WithdrawExceptionPayload(exception=PolicyException.of(exception))

    @mutation(
        refuses=(rules.ExceptionInWrongState, rules.ExtendedBefore, rules.ExceptionTooLong),
        description="Let an exception last longer, once. A compliance officer may.",
    )
    async def extend_exception(self, info: Info, input: ExtendExceptionInput) -> ExtendExceptionPayload:
        exception = await run(
            info,
            commands.extend_exception,
            key=input.idempotency_key,
            again=repository.get,
            exception_id=uuid_of(input.exception_id, "exception"),
            valid_until=input.valid_until,
        )
        return ExtendExceptionPayload(exception=PolicyException.of(exception))

    @mutation(
        refuses=(rules.ExceptionInWrongState,),
        description="End an exception before its date. A compliance officer may.",
    )
    async def revoke_exception(self, info: Info, input: RevokeExceptionInput) -> RevokeExceptionPayload:
        exception = await run(
            info,
            commands.revoke_exception,
            key=input.idempotency_key,
            again=repository.get,
            exception_id=uuid_of(input.exception_id, "exception"),
            reason=input.reason,
        )
        return RevokeExceptionPayload(exception=PolicyException.of(exception))
