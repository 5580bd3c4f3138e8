"""What can be done about use that nobody had allowed, in the graph."""

from __future__ import annotations

import strawberry

from chassis.domain import Refused
from chassis.graphql import Info, Payload, mutation, run, uuid_of
from governance.access.domain import AlreadyGranted, AlreadyRequested, OutOfScope, ToolCannotBeRequested
from governance.departments.domain import RestrictedHere
from governance.incidents.domain import Harm
from governance.programme.domain import NotEmployed
from governance.risk.domain import Assessment
from governance.scope.domain import DataClass, UsageContext
from governance.tools.domain import LooksLikeAnother, ToolCodeTaken
from governance.tools.mutations import AssessmentInput
from governance.ungoverned import commands, repository
from governance.ungoverned import domain as rules
from governance.ungoverned.graphql import UngovernedCase

_KEY = "The same key changes nothing twice."
_CASE = "case of ungoverned use"
_MOST = 100


class TooManyPeople(Refused):
    """Request access for at most {most} people at once; these are {given}."""

    most: int
    given: int


@strawberry.input(description="A case to look into.")
class TakeUpUngovernedCaseInput:
    case_id: strawberry.ID = strawberry.field(description="The case.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="The tool that a name belongs to.")
class LinkUngovernedUseInput:
    case_id: strawberry.ID = strawberry.field(description="The case.")
    tool_id: strawberry.ID = strawberry.field(description="The registered tool.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A proposal out of a case; what is left out is filled from it.")
class ProposeUngovernedToolInput:
    case_id: strawberry.ID = strawberry.field(description="The case.")
    vendor: str = strawberry.field(description="Who makes it.")
    code: str | None = strawberry.field(default=None, description="A short name; made from the name when left out.")
    name: str | None = strawberry.field(default=None, description="Its name; as sources say it when left out.")
    purpose: str | None = strawberry.field(default=None, description="What it is for.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Who would be accountable for it.")
    assessment: AssessmentInput | None = strawberry.field(default=None, description="What is known of its risk.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="For whom to request access to the tool that they use without a grant.")
class RequestUngovernedAccessInput:
    case_id: strawberry.ID = strawberry.field(description="The case.")
    employee_ids: list[strawberry.ID] = strawberry.field(description="People of the case, at most 100.")
    data_class: DataClass = strawberry.field(description="With these data.")
    context: UsageContext = strawberry.field(description="For this.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A case to deal with as an incident.")
class RaiseUngovernedIncidentInput:
    case_id: strawberry.ID = strawberry.field(description="The case.")
    title: str | None = strawberry.field(
        default=None, description="What happened, in a line; said from the case if not."
    )
    harms: list[Harm] = strawberry.field(default_factory=list, description="What harm was done, or was near.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A case that is of no concern.")
class DismissUngovernedCaseInput:
    case_id: strawberry.ID = strawberry.field(description="The case.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The case, or why nothing changed.")
class TakeUpUngovernedCasePayload(Payload):
    case: UngovernedCase | None = strawberry.field(default=None, description="The case.")


@strawberry.type(description="The case, or why nothing changed.")
class LinkUngovernedUsePayload(Payload):
    case: UngovernedCase | None = strawberry.field(default=None, description="The case.")


@strawberry.type(description="The case with the proposed tool, or why nothing is proposed.")
class ProposeUngovernedToolPayload(Payload):
    case: UngovernedCase | None = strawberry.field(default=None, description="The case.")


@strawberry.type(description="The case, or why no access is requested.")
class RequestUngovernedAccessPayload(Payload):
    case: UngovernedCase | None = strawberry.field(default=None, description="The case.")


@strawberry.type(description="The case with its incident, or why there is none.")
class RaiseUngovernedIncidentPayload(Payload):
    case: UngovernedCase | None = strawberry.field(default=None, description="The case.")


@strawberry.type(description="The case, or why nothing changed.")
class DismissUngovernedCasePayload(Payload):
    case: UngovernedCase | None = strawberry.field(default=None, description="The case.")


@strawberry.type
class UngovernedMutations:
    @mutation(
        refuses=(rules.CaseSettled,), description="Look into a case of use that nobody had allowed. Officers may."
    )
    async def take_up_ungoverned_case(
        self, info: Info, input: TakeUpUngovernedCaseInput
    ) -> TakeUpUngovernedCasePayload:
        case = await run(
            info,
            commands.take_up,
            key=input.idempotency_key,
            again=repository.get,
            case_id=uuid_of(input.case_id, _CASE),
        )
        return TakeUpUngovernedCasePayload(case=UngovernedCase.of(case))

    @mutation(
        refuses=(rules.CaseSettled, rules.WrongForCase),
        description="Say that the name belongs to a registered tool: its use is the tool's, before and from now on.",
    )
    async def link_ungoverned_use(self, info: Info, input: LinkUngovernedUseInput) -> LinkUngovernedUsePayload:
        case = await run(
            info,
            commands.link,
            key=input.idempotency_key,
            again=repository.get,
            case_id=uuid_of(input.case_id, _CASE),
            tool_id=uuid_of(input.tool_id, "tool"),
        )
        return LinkUngovernedUsePayload(case=UngovernedCase.of(case))

    @mutation(
        refuses=(rules.CaseSettled, rules.WrongForCase, ToolCodeTaken, LooksLikeAnother, NotEmployed),
        description="Propose the tool of a case, so that it goes the way of every proposal.",
    )
    async def propose_ungoverned_tool(
        self, info: Info, input: ProposeUngovernedToolInput
    ) -> ProposeUngovernedToolPayload:
        answers = input.assessment.answers() if input.assessment else {}
        case = await run(
            info,
            commands.propose,
            key=input.idempotency_key,
            again=repository.get,
            case_id=uuid_of(input.case_id, _CASE),
            code=input.code,
            name=input.name,
            vendor=input.vendor,
            purpose=input.purpose,
            owner_id=str(input.owner_id) if input.owner_id else None,
            assessment=Assessment(**answers),
        )
        return ProposeUngovernedToolPayload(case=UngovernedCase.of(case))

    @mutation(
        refuses=(
            rules.CaseSettled, rules.WrongForCase, rules.NotInCase, TooManyPeople, ToolCannotBeRequested, OutOfScope,
            RestrictedHere, AlreadyRequested, AlreadyGranted,
        ),
        description="Request access for people who use a tool without a grant; each request goes the way of every other.",
    )  # fmt: skip
    async def request_ungoverned_access(
        self, info: Info, input: RequestUngovernedAccessInput
    ) -> RequestUngovernedAccessPayload:
        if len(input.employee_ids) > _MOST:
            raise TooManyPeople(most=_MOST, given=len(input.employee_ids))
        case = await run(
            info,
            commands.request_access,
            key=input.idempotency_key,
            again=repository.get,
            case_id=uuid_of(input.case_id, _CASE),
            employee_ids=[str(id) for id in input.employee_ids],
            data_class=input.data_class,
            context=input.context,
        )
        return RequestUngovernedAccessPayload(case=UngovernedCase.of(case))

    @mutation(refuses=(rules.CaseSettled,), description="Deal with a case as an incident.")
    async def raise_ungoverned_incident(
        self, info: Info, input: RaiseUngovernedIncidentInput
    ) -> RaiseUngovernedIncidentPayload:
        case = await run(
            info,
            commands.raise_incident,
            key=input.idempotency_key,
            again=repository.get,
            case_id=uuid_of(input.case_id, _CASE),
            title=input.title,
            harms=tuple(input.harms),
        )
        return RaiseUngovernedIncidentPayload(case=UngovernedCase.of(case))

    @mutation(
        refuses=(rules.CaseSettled, rules.DismissalUnexplained),
        description="Say that a case is of no concern: further use is counted and does not alert again.",
    )
    async def dismiss_ungoverned_case(
        self, info: Info, input: DismissUngovernedCaseInput
    ) -> DismissUngovernedCasePayload:
        case = await run(
            info,
            commands.dismiss,
            key=input.idempotency_key,
            again=repository.get,
            case_id=uuid_of(input.case_id, _CASE),
            reason=input.reason,
        )
        return DismissUngovernedCasePayload(case=UngovernedCase.of(case))
