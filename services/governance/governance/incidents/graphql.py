"""Incidents, tickets and who answers, in the graph (G27, G28, C9)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from chassis.caller import Caller
from chassis.database import Connection as Reading
from chassis.graphql import Connection, Info, page, uuid_of
from chassis.graphql.description import describe
from governance.corrections import repository as actions
from governance.corrections.graphql import CorrectiveAction
from governance.incidents import commands, repository
from governance.incidents import domain as rules
from governance.incidents import tickets as inbox
from governance.incidents.domain import Basis, Harm, IncidentStatus, Severity, Source
from governance.people.graphql import Department, Employee
from governance.rights import commands as rights
from governance.rights.domain import Decider, DecisionType
from governance.tools import repository as tools
from governance.tools.graphql import Tool
from governance.vocabulary.arguments import After, First

_SEES_ALL = frozenset(
    {Decider.AI_STEWARD, Decider.COMPLIANCE_OFFICER, Decider.EXECUTIVE_SPONSOR, Decider.COMMITTEE}
)  # fmt: skip

describe(
    IncidentStatus,
    "IncidentStatus",
    "Where an incident stands.",
    {
        IncidentStatus.REPORTED: "Somebody told of it.",
        IncidentStatus.TRIAGED: "It is settled how bad it is and who answers for it.",
        IncidentStatus.CONTAINED: "It does no further harm.",
        IncidentStatus.CORRECTED: "It is settled what changes, or why nothing does.",
        IncidentStatus.CLOSED: "It is dealt with.",
    },
)
describe(
    Severity,
    "IncidentSeverity",
    "How bad an incident is.",
    {
        Severity.LOW: "A nuisance.",
        Severity.MEDIUM: "Work was lost or has to be done again.",
        Severity.HIGH: "People outside, or many inside, are harmed.",
        Severity.CRITICAL: "Harm that cannot be undone, or that goes on.",
    },
)
describe(
    Harm,
    "IncidentHarm",
    "What kind of harm was done, or was near.",
    {
        Harm.CONFIDENTIALITY: "Something secret was seen.",
        Harm.PRIVACY: "Personal data were misused.",
        Harm.WRONG_OUTPUT: "Something wrong was used.",
        Harm.UNFAIRNESS: "Some people were treated worse than others.",
        Harm.SAFETY: "Somebody could be hurt.",
        Harm.INTELLECTUAL_PROPERTY: "Somebody else's work was used without leave.",
        Harm.FINANCIAL: "Money was lost.",
        Harm.OTHER: "Something else.",
    },
)
describe(
    Source,
    "IncidentSource",
    "Who raised an incident.",
    {
        Source.EMPLOYEE: "Somebody who works here.",
        Source.ITSM: "The service desk.",
        Source.METRICS: "Figures: use where it is not allowed.",
    },
)
describe(
    Basis,
    "AccountabilityBasis",
    "On what basis somebody answers for what goes wrong, the nearest first.",
    {
        Basis.NAMED: "Named for this incident.",
        Basis.PROCESS_OWNER: "Owns the process.",
        Basis.TOOL_OWNER: "Owns the tool.",
        Basis.DEPARTMENT_LEADER: "Leads the department.",
        Basis.EXECUTIVE_SPONSOR: "Answers for the programme.",
    },
)


@strawberry.federation.type(
    keys=[Key(fields=FieldSet("id"), resolvable=False)],
    description="A business process, which the process service keeps.",
)
class Process:
    id: strawberry.ID = strawberry.field(description="The process's id.")


@strawberry.type(description="How things stood when an incident was opened.")
class IncidentCircumstances:
    tool_version: str | None = strawberry.field(description="The version of the tool.")
    tool_status: str | None = strawberry.field(description="The status of the tool.")
    sop_id: strawberry.ID | None = strawberry.field(description="The standard that held in the process.")
    sop_version: int | None = strawberry.field(description="Its version.")
    author: Employee | None = strawberry.field(description="Whose output it was.")
    author_had_access: bool | None = strawberry.field(description="Whether the author had active access to the tool.")
    author_lacked: list[str] = strawberry.field(description="Credentials and policies that the author lacked.")
    step: int | None = strawberry.field(description="The step of the procedure.")
    reviewer: Employee | None = strawberry.field(description="Who reviewed it.")
    reviewer_had_access: bool | None = strawberry.field(
        description="Whether the reviewer had active access to the tool."
    )
    reviewer_lacked: list[str] = strawberry.field(description="Credentials and policies that the reviewer lacked.")

    @classmethod
    def of(cls, known: rules.Circumstances) -> IncidentCircumstances:
        """Circumstances."""
        return cls(
            tool_version=known.tool_version,
            tool_status=known.tool_status,
            sop_id=strawberry.ID(str(known.sop_id)) if known.sop_id else None,
            sop_version=known.sop_version,
            author=Employee(id=strawberry.ID(known.author_id)) if known.author_id else None,
            author_had_access=known.author_had_access,
            author_lacked=list(known.author_lacked),
            step=known.step,
            reviewer=Employee(id=strawberry.ID(known.reviewer_id)) if known.reviewer_id else None,
            reviewer_had_access=known.reviewer_had_access,
            reviewer_lacked=list(known.reviewer_lacked),
        )


@strawberry.type(description="One thing that went wrong with AI.")
class Incident:
    id: strawberry.ID = strawberry.field(description="The incident's id.")
    title: str = strawberry.field(description="What happened, in a line.")
    description: str = strawberry.field(description="What happened.")
    source: Source = strawberry.field(description="Who raised it.")
    reported_by: Employee | None = strawberry.field(
        description="Who reported it; null for the service desk, and without a name."
    )
    anonymous: bool = strawberry.field(description="Whether who reported it is not named, and not kept.")
    reporter_department: Department | None = strawberry.field(
        description="Where somebody who is not named works; null where fewer than five people do."
    )
    ticket: str | None = strawberry.field(description="The service desk's number.")
    tool_id: strawberry.ID | None = strawberry.field(description="The tool's id.")
    process: Process | None = strawberry.field(description="The process in which it happened.")
    circumstances: IncidentCircumstances = strawberry.field(description="How things stood when it was opened.")
    status: IncidentStatus = strawberry.field(description="Where it stands.")
    severity: Severity | None = strawberry.field(description="How bad it is; null before triage.")
    harms: list[Harm] = strawberry.field(description="What harm was done, or was near.")
    accountable: Employee | None = strawberry.field(description="Who answers for it.")
    accountable_because: Basis | None = strawberry.field(description="On what basis.")
    opened_at: datetime = strawberry.field(description="When it was opened.")
    containment: str | None = strawberry.field(description="How the harm was stopped.")
    contained_at: datetime | None = strawberry.field(description="When.")
    corrective_actions: list[str] = strawberry.field(description="What changes so that it does not happen again.")
    no_action_because: str | None = strawberry.field(description="Why nothing changes.")
    open_actions_because: str | None = strawberry.field(
        description="Why it was closed although corrective actions were not done."
    )
    closed_at: datetime | None = strawberry.field(description="When it was closed.")
    times_reopened: int = strawberry.field(description="How often it was taken up again.")

    @strawberry.field(description="The tool.")
    async def tool(self, info: Info) -> Tool | None:
        found = await info.context.load(tools.by_ids, uuid_of(self.tool_id, "tool")) if self.tool_id else None
        return Tool.of(found) if found else None

    @strawberry.field(description="What somebody changes because of it, whether done or not.")
    async def corrections(self, info: Info) -> list[CorrectiveAction]:
        found = await info.context.load(actions.of_incidents, uuid_of(self.id, "incident"))
        return [CorrectiveAction.of(action) for action in found or ()]

    @classmethod
    def of(cls, incident: rules.Incident) -> Incident:
        """An incident."""
        return cls(
            id=strawberry.ID(str(incident.id)),
            title=incident.title,
            description=incident.description,
            source=incident.source,
            reported_by=Employee(id=strawberry.ID(incident.reported_by)) if incident.reported_by else None,
            anonymous=incident.anonymous,
            reporter_department=Department(id=strawberry.ID(incident.reporter_department_id))
            if incident.reporter_department_id
            else None,
            ticket=incident.ticket,
            tool_id=strawberry.ID(str(incident.tool_id)) if incident.tool_id else None,
            process=Process(id=strawberry.ID(str(incident.process_id))) if incident.process_id else None,
            circumstances=IncidentCircumstances.of(incident.circumstances),
            status=incident.status,
            severity=incident.severity,
            harms=list(incident.harms),
            accountable=Employee(id=strawberry.ID(incident.accountable_id)) if incident.accountable_id else None,
            accountable_because=incident.accountable_because,
            opened_at=incident.opened_at,
            containment=incident.containment,
            contained_at=incident.contained_at,
            corrective_actions=list(incident.actions),
            no_action_because=incident.no_action_because,
            open_actions_because=incident.open_actions_because,
            closed_at=incident.closed_at,
            times_reopened=incident.reopened,
        )


@strawberry.type(description="An incident of the service desk of which nobody has said whether it is about AI.")
class Ticket:
    number: str = strawberry.field(description="The service desk's number.")
    summary: str = strawberry.field(description="What happened, in a sentence.")
    configuration_item: str | None = strawberry.field(description="The affected system, as the service desk names it.")
    category: str | None = strawberry.field(description="The category.")
    priority: int | None = strawberry.field(description="1 (critical) to 5.")
    state: str = strawberry.field(description="The state in the service desk.")
    opened_at: datetime = strawberry.field(description="When it was opened.")
    dismissed_because: str | None = strawberry.field(description="Why it is no AI incident.")

    @classmethod
    def of(cls, ticket: inbox.Ticket) -> Ticket:
        """A ticket."""
        told = ticket.telling
        return cls(
            number=told.number,
            summary=told.summary,
            configuration_item=told.configuration_item,
            category=told.category,
            priority=told.priority,
            state=told.state,
            opened_at=told.opened_at,
            dismissed_because=ticket.dismissed_because,
        )


@strawberry.type(description="Somebody who answers for what goes wrong, and on what basis.")
class Accountability:
    basis: Basis = strawberry.field(description="On what basis.")
    employee: Employee = strawberry.field(description="Who.")
    works_here: bool = strawberry.field(description="Whether the person works here today.")
    answers: bool = strawberry.field(description="Whether it is this one who answers.")


async def _sees(connection: Reading, caller: Caller, incident: rules.Incident | None) -> bool:
    if caller.has("auditor") or not (await rights.standing(connection, caller)).isdisjoint(_SEES_ALL):
        return True
    return incident is not None and caller.employee_id in (
        incident.reported_by or "",
        incident.accountable_id or "",
        incident.circumstances.author_id or "",
        incident.circumstances.reviewer_id or "",
    )


@strawberry.type
class IncidentQueries:
    @strawberry.field(
        description="One incident; null for those whom it does not concern. It concerns who reported it, who answers"
        " for it, its author, the committee, the sponsor, the officers and auditors."
    )
    async def incident(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The incident's id.")]
    ) -> Incident | None:
        caller = info.context.require_caller()
        async with info.context.read() as connection:
            found = (await repository.by_ids(connection, [uuid_of(id, "incident")])).get(uuid_of(id, "incident"))
            return Incident.of(found) if found and await _sees(connection, caller, found) else None

    @strawberry.field(
        description="Incidents, the latest first: all of them for the committee, the sponsor, the officers and"
        " auditors, for others those that they reported or answer for. `totalCount` is exact up to 10,000, then null."
    )
    async def incidents(
        self,
        info: Info,
        first: First = 20,
        after: After = None,
        status: Annotated[IncidentStatus | None, strawberry.argument(description="Only of this status.")] = None,
        tool_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only with this tool.")] = None,
    ) -> Connection[Incident]:
        caller = info.context.require_caller()
        tool = uuid_of(tool_id, "tool") if tool_id else None
        async with info.context.read() as connection:
            concerning = None if await _sees(connection, caller, None) else caller.subject

        async def count() -> int | None:
            async with info.context.read() as connection:
                return await repository.count(connection, status=status, tool_id=tool, concerning=concerning)

        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.listing(
                    connection,
                    status=status,
                    tool_id=tool,
                    concerning=concerning,
                    after=after,
                    limit=limit,
                ),
                node=Incident.of,
                cursor=lambda incident: str(incident.id),
                place=UUID,
                count=count,
            )

    @strawberry.field(
        description="The service desk's incidents that name no tool, or several, and wait for an officer. Nothing is guessed."
    )
    async def tickets_to_match(self, info: Info, first: First = 20, after: After = None) -> Connection[Ticket]:
        async with info.context.read() as connection:
            await rights.require(connection, info.context.require_caller(), DecisionType.CLOSE_INCIDENT)
            return await page(
                first,
                after,
                lambda after, limit: repository.waiting(connection, after=after, limit=limit),
                node=Ticket.of,
                cursor=lambda ticket: ticket.telling.number,
            )

    @strawberry.field(
        description="Who answers when this tool fails, or when AI fails in this process? Everybody who could, the nearest first."
    )
    async def accountability(
        self,
        info: Info,
        tool_id: Annotated[strawberry.ID | None, strawberry.argument(description="The tool.")] = None,
        process_id: Annotated[strawberry.ID | None, strawberry.argument(description="The process.")] = None,
    ) -> list[Accountability]:
        async with info.context.read() as connection:
            found = await commands.candidates(
                connection,
                tool_id=uuid_of(tool_id, "tool") if tool_id else None,
                process_id=uuid_of(process_id, "process") if process_id else None,
            )
        who = rules.resolve(found)
        return [
            Accountability(
                basis=each.basis,
                employee=Employee(id=strawberry.ID(each.employee_id)),
                works_here=each.works_here,
                answers=each is who,
            )
            for each in found
        ]
