"""What can be done about incidents, in the graph."""

from __future__ import annotations

import strawberry

from chassis.graphql import Info, Payload, mutation, run, uuid_of
from governance.corrections.domain import ActionDueInThePast, ActionUnexplained
from governance.corrections.graphql import CorrectiveActionInput
from governance.incidents import commands, repository
from governance.incidents import domain as rules
from governance.incidents.domain import Harm, Severity
from governance.incidents.graphql import Incident, Ticket
from governance.incidents.tickets import TicketSettled
from governance.processes.domain import StepUnknown
from governance.programme.domain import NotEmployed
from governance.tools.domain import ToolInWrongState

_KEY = "The same key changes nothing twice."
_STATES = (rules.IncidentInWrongState, rules.WordsMissing)


@strawberry.input(description="Something that went wrong with AI.")
class ReportIncidentInput:
    title: str = strawberry.field(description="What happened, in a line.")
    description: str = strawberry.field(default="", description="What happened.")
    tool_id: strawberry.ID | None = strawberry.field(default=None, description="The tool, where it is known.")
    process_id: strawberry.ID | None = strawberry.field(default=None, description="The process in which it happened.")
    author_id: strawberry.ID | None = strawberry.field(default=None, description="Whose output it was.")
    reviewer_id: strawberry.ID | None = strawberry.field(default=None, description="Who reviewed it.")
    step: int | None = strawberry.field(default=None, description="The number of the step of the procedure.")
    harms: list[Harm] = strawberry.field(default_factory=list, description="What harm was done, or was near.")
    anonymous: bool = strawberry.field(
        default=False, description="Whether who reports it is neither named nor kept; without an idempotency key."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="How bad an incident is, and who answers for it.")
class TriageIncidentInput:
    incident_id: strawberry.ID = strawberry.field(description="The incident.")
    severity: Severity = strawberry.field(description="How bad it is.")
    harms: list[Harm] | None = strawberry.field(default=None, description="What harm; as it was when left out.")
    accountable_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who answers for it; as it was when left out."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="Who answers for an incident from now on.")
class NameAccountableInput:
    incident_id: strawberry.ID = strawberry.field(description="The incident.")
    employee_id: strawberry.ID = strawberry.field(description="Who answers for it.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="How the harm of an incident was stopped.")
class ContainIncidentInput:
    incident_id: strawberry.ID = strawberry.field(description="The incident.")
    containment: str = strawberry.field(description="How.")
    suspend_tool: bool = strawberry.field(
        default=False, description="Whether to suspend the tool with it, which the right to suspend is needed for."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="What changes so that an incident does not happen again: actions, or why there are none.")
class CorrectIncidentInput:
    incident_id: strawberry.ID = strawberry.field(description="The incident.")
    actions: list[str] = strawberry.field(default_factory=list, description="What changes.")
    none_because: str | None = strawberry.field(default=None, description="Why nothing changes.")
    assigned: list[CorrectiveActionInput] = strawberry.field(
        default_factory=list, description="What changes, as tasks: who does it by when, in which pillar."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="An incident to close.")
class CloseIncidentInput:
    incident_id: strawberry.ID = strawberry.field(description="The incident.")
    open_actions_because: str | None = strawberry.field(
        default=None, description="Why it is closed although corrective actions are not done."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="An incident to take up again.")
class ReopenIncidentInput:
    incident_id: strawberry.ID = strawberry.field(description="The incident.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A ticket that is an AI incident.")
class MatchTicketInput:
    number: str = strawberry.field(description="The service desk's number.")
    tool_id: strawberry.ID | None = strawberry.field(default=None, description="The tool, where one is known.")
    process_id: strawberry.ID | None = strawberry.field(default=None, description="The process, where one is known.")
    author_id: strawberry.ID | None = strawberry.field(default=None, description="Whose output it was.")
    reviewer_id: strawberry.ID | None = strawberry.field(default=None, description="Who reviewed it.")
    step: int | None = strawberry.field(default=None, description="The number of the step of the procedure.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A ticket that is no AI incident.")
class DismissTicketInput:
    number: str = strawberry.field(description="The service desk's number.")
    reason: str = strawberry.field(description="Why it is none.")


def _involved(input: ReportIncidentInput | MatchTicketInput) -> rules.Involved:
    return rules.Involved(
        str(input.author_id) if input.author_id else None,
        str(input.reviewer_id) if input.reviewer_id else None,
        input.step,
    )


@strawberry.type(description="The incident, or why it was not reported.")
class ReportIncidentPayload(Payload):
    incident: Incident | None = strawberry.field(default=None, description="The incident.")


@strawberry.type(description="The incident, or why nothing changed.")
class TriageIncidentPayload(Payload):
    incident: Incident | None = strawberry.field(default=None, description="The incident.")


@strawberry.type(description="The incident, or why nothing changed.")
class NameAccountablePayload(Payload):
    incident: Incident | None = strawberry.field(default=None, description="The incident.")


@strawberry.type(description="The incident, or why it is not contained.")
class ContainIncidentPayload(Payload):
    incident: Incident | None = strawberry.field(default=None, description="The incident.")


@strawberry.type(description="The incident, or why it is not corrected.")
class CorrectIncidentPayload(Payload):
    incident: Incident | None = strawberry.field(default=None, description="The incident.")


@strawberry.type(description="The incident, or why it is not closed.")
class CloseIncidentPayload(Payload):
    incident: Incident | None = strawberry.field(default=None, description="The incident.")


@strawberry.type(description="The incident, or why nothing changed.")
class ReopenIncidentPayload(Payload):
    incident: Incident | None = strawberry.field(default=None, description="The incident.")


@strawberry.type(description="The incident that the ticket became, or why there is none.")
class MatchTicketPayload(Payload):
    incident: Incident | None = strawberry.field(default=None, description="The incident.")


@strawberry.type(description="The ticket, or why nothing changed.")
class DismissTicketPayload(Payload):
    ticket: Ticket | None = strawberry.field(default=None, description="The ticket.")


@strawberry.type
class IncidentMutations:
    @mutation(
        refuses=(rules.WordsMissing, rules.AnonymousWithKey, StepUnknown),
        description="Say that something went wrong with AI. Anybody may; the owner of the process or of the tool"
        " answers for it from this moment on.",
    )
    async def report_incident(self, info: Info, input: ReportIncidentInput) -> ReportIncidentPayload:
        if input.anonymous and input.idempotency_key:
            raise rules.AnonymousWithKey
        incident = await run(
            info,
            commands.report_incident,
            key=input.idempotency_key,
            again=repository.get,
            title=input.title,
            description=input.description,
            tool_id=uuid_of(input.tool_id, "tool") if input.tool_id else None,
            process_id=uuid_of(input.process_id, "process") if input.process_id else None,
            involved=_involved(input),
            harms=tuple(dict.fromkeys(input.harms)),
            anonymous=input.anonymous,
        )
        return ReportIncidentPayload(incident=Incident.of(incident))

    @mutation(
        refuses=(*_STATES, NotEmployed),
        description="Settle how bad an incident is and who answers for it. Officers and who answers for it may.",
    )
    async def triage_incident(self, info: Info, input: TriageIncidentInput) -> TriageIncidentPayload:
        incident = await run(
            info,
            commands.triage_incident,
            key=input.idempotency_key,
            again=repository.get,
            incident_id=uuid_of(input.incident_id, "incident"),
            severity=input.severity,
            harms=None if input.harms is None else tuple(dict.fromkeys(input.harms)),
            accountable_id=str(input.accountable_id) if input.accountable_id else None,
        )
        return TriageIncidentPayload(incident=Incident.of(incident))

    @mutation(refuses=(*_STATES, NotEmployed), description="Make somebody else answer for an incident. Officers may.")
    async def name_accountable(self, info: Info, input: NameAccountableInput) -> NameAccountablePayload:
        incident = await run(
            info,
            commands.name_accountable,
            key=input.idempotency_key,
            again=repository.get,
            incident_id=uuid_of(input.incident_id, "incident"),
            employee_id=str(input.employee_id),
        )
        return NameAccountablePayload(incident=Incident.of(incident))

    @mutation(
        refuses=(*_STATES, rules.NoToolToSuspend, ToolInWrongState),
        description="Say how the harm was stopped; officers may suspend the tool with it.",
    )
    async def contain_incident(self, info: Info, input: ContainIncidentInput) -> ContainIncidentPayload:
        incident = await run(
            info,
            commands.contain_incident,
            key=input.idempotency_key,
            again=repository.get,
            incident_id=uuid_of(input.incident_id, "incident"),
            containment=input.containment,
            suspend_tool=input.suspend_tool,
        )
        return ContainIncidentPayload(incident=Incident.of(incident))

    @mutation(
        refuses=(*_STATES, rules.CorrectionMissing, NotEmployed, ActionDueInThePast, ActionUnexplained),
        description="Say what changes so that it does not happen again, or why nothing does.",
    )
    async def correct_incident(self, info: Info, input: CorrectIncidentInput) -> CorrectIncidentPayload:
        incident = await run(
            info,
            commands.correct_incident,
            key=input.idempotency_key,
            again=repository.get,
            incident_id=uuid_of(input.incident_id, "incident"),
            actions=tuple(input.actions),
            none_because=input.none_because,
            assigned=tuple(each.wanted() for each in input.assigned),
        )
        return CorrectIncidentPayload(incident=Incident.of(incident))

    @mutation(
        refuses=(*_STATES, rules.NobodyAnswers, rules.OwnIncident, rules.CorrectiveActionsOpen),
        description="End an incident. Officers may, never who answers for it.",
    )
    async def close_incident(self, info: Info, input: CloseIncidentInput) -> CloseIncidentPayload:
        incident = await run(
            info,
            commands.close_incident,
            key=input.idempotency_key,
            again=repository.get,
            incident_id=uuid_of(input.incident_id, "incident"),
            open_actions_because=input.open_actions_because,
        )
        return CloseIncidentPayload(incident=Incident.of(incident))

    @mutation(refuses=_STATES, description="Take an incident up again.")
    async def reopen_incident(self, info: Info, input: ReopenIncidentInput) -> ReopenIncidentPayload:
        incident = await run(
            info,
            commands.reopen_incident,
            key=input.idempotency_key,
            again=repository.get,
            incident_id=uuid_of(input.incident_id, "incident"),
            reason=input.reason,
        )
        return ReopenIncidentPayload(incident=Incident.of(incident))

    @mutation(
        refuses=(TicketSettled, StepUnknown), description="Say that a ticket is an AI incident, and what it is about."
    )
    async def match_ticket(self, info: Info, input: MatchTicketInput) -> MatchTicketPayload:
        incident = await run(
            info,
            commands.match_ticket,
            key=input.idempotency_key,
            again=repository.get,
            number=input.number,
            tool_id=uuid_of(input.tool_id, "tool") if input.tool_id else None,
            process_id=uuid_of(input.process_id, "process") if input.process_id else None,
            involved=_involved(input),
        )
        return MatchTicketPayload(incident=Incident.of(incident))

    @mutation(refuses=(TicketSettled, rules.WordsMissing), description="Say that a ticket is no AI incident.")
    async def dismiss_ticket(self, info: Info, input: DismissTicketInput) -> DismissTicketPayload:
        ticket = await run(info, commands.dismiss_ticket, number=input.number, reason=input.reason)
        return DismissTicketPayload(ticket=Ticket.of(ticket))
