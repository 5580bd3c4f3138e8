"""Access requests and grants in the graph."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from uuid import UUID

import strawberry

from chassis.graphql import Info, Payload, mutation, run, subscription, uuid_of
from governance.access import commands, consent, events, lists, repository, terms
from governance.access import domain as rules
from governance.access.events import GrantStatus, Kind, Reason, RequestStatus
from governance.approvals import domain as approvals
from governance.approvals.graphql import Approval
from governance.departments.domain import RestrictedHere
from governance.people.graphql import Employee
from governance.rights.domain import OfficerRole
from governance.scope.domain import DataClass, UsageContext
from governance.tools import repository as tools
from governance.tools.graphql import Tool

_KEY = "The same key changes nothing twice."


@strawberry.type(description="Something the person still has to do.")
class Prerequisite:
    kind: Kind = strawberry.field(description="What it is.")
    id: strawberry.ID = strawberry.field(description="The code of the credential or policy.")


@strawberry.type(description="Somebody's leave to use a tool for certain data in a certain context.")
class AccessGrant:
    id: strawberry.ID = strawberry.field(description="The grant's id.")
    employee: Employee = strawberry.field(description="Who may use the tool.")
    data_class: DataClass = strawberry.field(description="With these data.")
    context: UsageContext = strawberry.field(description="For this.")
    region: str | None = strawberry.field(description="In this region, where one was named.")
    status: GrantStatus = strawberry.field(description="Whether it can be used.")
    suspended_for: list[Reason] = strawberry.field(description="The reasons against it; usable only without any.")
    valid_from: datetime = strawberry.field(description="Since when.")
    valid_until: datetime | None = strawberry.field(description="Until when, where it is for a limited time.")
    extensions: int = strawberry.field(description="How many times it was extended.")
    handover_until: datetime | None = strawberry.field(
        description="When it ends, because after a transfer it is outside of what the department may do; null when inside."
    )
    revoked_at: datetime | None = strawberry.field(description="When it ended for good.")
    revoked_because: str | None = strawberry.field(description="Why it ended.")
    tool_id: strawberry.Private[UUID]

    @strawberry.field(description="The tool.")
    async def tool(self, info: Info) -> Tool | None:
        found = await info.context.load(tools.by_ids, self.tool_id)
        return Tool.of(found) if found else None

    @classmethod
    def of(cls, grant: rules.Grant) -> AccessGrant:
        """A grant."""
        return cls(
            id=strawberry.ID(str(grant.id)),
            employee=Employee(id=strawberry.ID(grant.employee_id)),
            data_class=grant.data_class,
            context=grant.context,
            region=grant.region,
            status=grant.status,
            suspended_for=sorted(grant.suspended_for),
            valid_from=grant.valid_from,
            valid_until=grant.valid_until,
            extensions=grant.extensions,
            handover_until=grant.handover_until,
            revoked_at=grant.revoked_at,
            revoked_because=grant.revoked_because,
            tool_id=grant.tool_id,
        )


@strawberry.type(description="Somebody's wish to use a tool for certain data in a certain context.")
class AccessRequest:
    id: strawberry.ID = strawberry.field(description="The request's id.")
    employee: Employee = strawberry.field(description="Who asks.")
    data_class: DataClass = strawberry.field(description="With these data.")
    context: UsageContext = strawberry.field(description="For this.")
    region: str | None = strawberry.field(description="In this region, where one was named.")
    justification: str = strawberry.field(description="What for.")
    status: RequestStatus = strawberry.field(description="Where it stands.")
    missing: list[Prerequisite] = strawberry.field(description="What the person still has to do.")
    requested_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime = strawberry.field(description="Until when it waits.")
    valid_until: datetime | None = strawberry.field(description="Until when access is wanted.")
    approved_by: Employee | None = strawberry.field(description="Who gave the last consent that was needed.")
    approval: Approval | None = strawberry.field(
        description="Who consents, stage by stage; null where nobody has to, where it was not asked for yet, or where only"
        " an AI steward can."
    )
    asked: list[Employee] = strawberry.field(description="Who is asked now; nobody while something else is missing.")
    explanation: str = strawberry.field(description="What it waits for or how it ended: who is asked, until when.")
    closed_at: datetime | None = strawberry.field(description="When it ended.")
    closed_because: str | None = strawberry.field(description="Why it ended without a grant.")
    tool_id: strawberry.Private[UUID]
    extended_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The tool.")
    async def tool(self, info: Info) -> Tool | None:
        found = await info.context.load(tools.by_ids, self.tool_id)
        return Tool.of(found) if found else None

    @strawberry.field(description="The access that it asks to make last longer; null where it asks for new access.")
    async def extends(self, info: Info) -> AccessGrant | None:
        found = await info.context.load(lists.grants_by_id, self.extended_id) if self.extended_id else None
        return AccessGrant.of(found) if found else None

    @strawberry.field(description="What it became, or made last longer.")
    async def grant(self, info: Info) -> AccessGrant | None:
        extended = self.status is RequestStatus.EXTENDED and self.extended_id
        found = (
            await info.context.load(lists.grants_by_id, extended)
            if extended
            else await info.context.load(lists.grants_by_request, UUID(self.id))
        )
        return AccessGrant.of(found) if found else None

    @classmethod
    def of(cls, request: rules.Request) -> AccessRequest:
        """A request."""
        return cls(
            id=strawberry.ID(str(request.id)),
            employee=Employee(id=strawberry.ID(request.employee_id)),
            data_class=request.data_class,
            context=request.context,
            region=request.region,
            justification=request.justification,
            status=request.status,
            missing=[Prerequisite(kind=each.kind, id=strawberry.ID(each.id)) for each in request.missing],
            requested_at=request.requested_at,
            expires_at=request.expires_at,
            valid_until=request.valid_until,
            approved_by=Employee(id=strawberry.ID(request.approved_by)) if request.approved_by else None,
            approval=Approval.of(request.chain) if request.chain else None,
            asked=[Employee(id=strawberry.ID(id)) for id in request.asked],
            explanation=request.explanation,
            closed_at=request.closed_at,
            closed_because=request.closed_because,
            extended_id=request.extends,
            tool_id=request.tool_id,
        )


@strawberry.type
class AccessQueries:
    @strawberry.field(
        description="The requests that wait for the consent of the person who asks, the oldest hundred; for AI stewards"
        " also those to which nobody else can consent."
    )
    async def access_requests_to_approve(self, info: Info) -> list[AccessRequest]:
        caller = info.context.require_caller()
        waiting = await info.context.load(lists.waiting_for, caller.employee_id) if caller.employee_id else None
        found = list(waiting or [])
        if caller.has(OfficerRole.AI_STEWARD.value):
            async with info.context.read() as connection:
                found += await lists.asking_nobody(connection)
        return [AccessRequest.of(request) for request in found]


@strawberry.input(description="What to use a tool for.")
class RequestAccessInput:
    tool_id: strawberry.ID = strawberry.field(description="The tool.")
    data_class: DataClass = strawberry.field(description="With these data.")
    context: UsageContext = strawberry.field(description="For this.")
    region: str | None = strawberry.field(
        default=None, description="In this region, where the tool's scope names regions."
    )
    justification: str = strawberry.field(default="", description="What for.")
    valid_until: datetime | None = strawberry.field(default=None, description="Until when, if for a limited time.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The request, or why there is none.")
class RequestAccessPayload(Payload):
    access_request: AccessRequest | None = strawberry.field(default=None, description="The request.")


@strawberry.input(description="Access that is to last longer.")
class ExtendAccessInput:
    grant_id: strawberry.ID = strawberry.field(description="The grant.")
    valid_until: datetime = strawberry.field(description="Until when it is wanted now.")
    justification: str = strawberry.field(default="", description="What for.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The request, or why there is none.")
class ExtendAccessPayload(Payload):
    access_request: AccessRequest | None = strawberry.field(default=None, description="The request.")


@strawberry.input(description="A request to consent to.")
class ApproveAccessRequestInput:
    request_id: strawberry.ID = strawberry.field(description="The request.")
    comment: str | None = strawberry.field(default=None, description="What to say with it.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The request, or why nothing changed.")
class ApproveAccessRequestPayload(Payload):
    access_request: AccessRequest | None = strawberry.field(default=None, description="The request.")


@strawberry.input(description="A request to refuse.")
class DenyAccessRequestInput:
    request_id: strawberry.ID = strawberry.field(description="The request.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The request, or why nothing changed.")
class DenyAccessRequestPayload(Payload):
    access_request: AccessRequest | None = strawberry.field(default=None, description="The request.")


@strawberry.input(description="A request to take back.")
class WithdrawAccessRequestInput:
    request_id: strawberry.ID = strawberry.field(description="The request.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The request, or why nothing changed.")
class WithdrawAccessRequestPayload(Payload):
    access_request: AccessRequest | None = strawberry.field(default=None, description="The request.")


@strawberry.input(description="A grant to end.")
class RevokeAccessInput:
    grant_id: strawberry.ID = strawberry.field(description="The grant.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The grant, or why nothing changed.")
class RevokeAccessPayload(Payload):
    access_grant: AccessGrant | None = strawberry.field(default=None, description="The grant.")


@strawberry.type
class AccessMutations:
    @mutation(
        refuses=(
            rules.ToolCannotBeRequested,
            rules.OutOfScope,
            rules.IncompatibleTools,
            RestrictedHere,
            rules.AlreadyRequested,
            rules.AlreadyGranted,
            rules.EndsInThePast,
        ),
        description="Ask to use a tool. What is complete is granted at once; everything else waits thirty days for"
        " credentials, acknowledgements, the tool's approval and the approver, and is then granted by itself.",
    )
    async def request_access(self, info: Info, input: RequestAccessInput) -> RequestAccessPayload:
        request = await run(
            info,
            commands.request_access,
            key=input.idempotency_key,
            again=repository.get_request,
            tool_id=uuid_of(input.tool_id, "tool"),
            data_class=input.data_class,
            context=input.context,
            region=input.region or None,
            justification=input.justification,
            valid_until=input.valid_until,
        )
        return RequestAccessPayload(access_request=AccessRequest.of(request))

    @mutation(
        refuses=(
            rules.GrantIsRevoked,
            rules.NothingToExtend,
            rules.NotYetExtendable,
            rules.NoLonger,
            rules.AlreadyRequested,
            rules.ToolCannotBeRequested,
        ),
        description="Ask for one's own access to last longer, in the thirty days before it ends. It needs the same"
        " prerequisites and consent as new access, and lasts on without a gap.",
    )
    async def extend_access(self, info: Info, input: ExtendAccessInput) -> ExtendAccessPayload:
        request = await run(
            info,
            terms.extend_access,
            key=input.idempotency_key,
            again=repository.get_request,
            grant_id=uuid_of(input.grant_id, "access grant"),
            valid_until=input.valid_until,
            justification=input.justification,
        )
        return ExtendAccessPayload(access_request=AccessRequest.of(request))

    @mutation(
        refuses=(
            rules.RequestIsClosed,
            rules.NotWaitingForApproval,
            rules.OwnRequest,
            approvals.NotAnApprover,
            approvals.AlreadyConsented,
        ),
        description="Consent to a request; those may who are asked: as the tool's conditions say the line manager, the"
        " tool's owner, or one after the other, and their alternates once they were silent for three days.",
    )
    async def approve_access_request(self, info: Info, input: ApproveAccessRequestInput) -> ApproveAccessRequestPayload:
        request = await run(
            info,
            consent.approve_access_request,
            key=input.idempotency_key,
            again=repository.get_request,
            request_id=uuid_of(input.request_id, "access request"),
            comment=input.comment,
        )
        return ApproveAccessRequestPayload(access_request=AccessRequest.of(request))

    @mutation(
        refuses=(rules.RequestIsClosed,),
        description="Refuse a request; who is asked, the line manager, the tool's owner and the AI steward may.",
    )
    async def deny_access_request(self, info: Info, input: DenyAccessRequestInput) -> DenyAccessRequestPayload:
        request = await run(
            info,
            consent.deny_access_request,
            key=input.idempotency_key,
            again=repository.get_request,
            request_id=uuid_of(input.request_id, "access request"),
            reason=input.reason,
        )
        return DenyAccessRequestPayload(access_request=AccessRequest.of(request))

    @mutation(refuses=(rules.RequestIsClosed,), description="Take one's own request back.")
    async def withdraw_access_request(
        self, info: Info, input: WithdrawAccessRequestInput
    ) -> WithdrawAccessRequestPayload:
        request = await run(
            info,
            consent.withdraw_access_request,
            key=input.idempotency_key,
            again=repository.get_request,
            request_id=uuid_of(input.request_id, "access request"),
        )
        return WithdrawAccessRequestPayload(access_request=AccessRequest.of(request))

    @mutation(
        refuses=(rules.GrantIsRevoked,),
        description="End a grant for good; its holder, the line manager, the tool's owner and the officers may.",
    )
    async def revoke_access(self, info: Info, input: RevokeAccessInput) -> RevokeAccessPayload:
        grant = await run(
            info,
            commands.revoke_access,
            key=input.idempotency_key,
            again=repository.get_grant,
            grant_id=uuid_of(input.grant_id, "access grant"),
            reason=input.reason,
        )
        return RevokeAccessPayload(access_grant=AccessGrant.of(grant))


CHANGES = (
    events.AccessRequested,
    events.AccessPrerequisitesChanged,
    events.AccessApprovalAsked,
    events.AccessRequestApproved,
    events.AccessRequestFulfilled,
    events.AccessRequestClosed,
    events.AccessGranted,
    events.AccessExtended,
    events.AccessHandoverBegan,
    events.AccessSuspended,
    events.AccessReasonLifted,
    events.AccessRestored,
    events.AccessRevoked,
)


@strawberry.type
class AccessSubscriptions:
    @subscription(
        service="governance",
        follows=CHANGES,
        of_caller=True,
        query="me",
        description="The person who asks: as things are, and again each time that a grant or request of theirs changes.",
    )
    async def my_access_changed(self, info: Info) -> AsyncGenerator[Employee | None, None]:
        id = info.context.require_caller().employee_id
        async with info.context.changes(*CHANGES, key=id or "") as changes:
            async for _ in changes:
                yield Employee(id=strawberry.ID(id)) if id else None
