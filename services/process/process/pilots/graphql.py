"""Pilots in the graph."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from chassis.graphql import Connection, Info, page, uuid_of
from chassis.pages import PageOf
from process.evidence.graphql import EvidencePack, pack_of
from process.gaps.graphql import PilotGap, gaps_of_pilot
from process.gates.domain import GateItem, Item, UsageContext
from process.pilots import domain, repository
from process.pilots.domain import Outcome, State
from process.plans.domain import QualityRate, WorkMetric
from process.processes.domain import Direction
from process.processes.graphql import Department, Employee, Process
from process.sops.graphql import Tool


@strawberry.type(description="What a pilot shall change.")
class PilotKpi:
    metric: WorkMetric = strawberry.field(description="What is measured.")
    direction: Direction = strawberry.field(description="Which way it should go.")
    min_effect: float = strawberry.field(description="By which share of the baseline's median at least; 0.2 is 20 %.")


@strawberry.type(description="What a pilot must not make worse.")
class PilotGuardrail:
    rate: QualityRate = strawberry.field(description="The share of units that is watched.")
    limit: float = strawberry.field(description="The highest share that is accepted, 0 to 1.")


@strawberry.type(description="One thing that must hold before a pilot may run; it follows from events.")
class PilotGateItem:
    condition: Item = strawberry.field(description="What must hold.")
    holds: bool = strawberry.field(description="Whether it does.")
    proof: list[strawberry.ID] = strawberry.field(description="The events that prove it; empty while it does not hold.")
    missing: str | None = strawberry.field(description="What is missing; null when it holds.")

    @classmethod
    def of(cls, item: GateItem) -> Self:
        """The item as the graph shows it."""
        proof = [strawberry.ID(id) for id in item.proof] if item.holds else []
        return cls(condition=item.item, holds=item.holds, proof=proof, missing=item.missing)


@strawberry.federation.type(keys=["id"], description="Work done with AI for a while, to see what it brings.")
class Pilot:
    id: strawberry.ID = strawberry.field(description="The pilot's id, a UUID.")
    name: str = strawberry.field(description="What it is called.")
    hypothesis: str = strawberry.field(description="What it is to show.")
    department: Department = strawberry.field(description="The department whose work it is.")
    state: State = strawberry.field(description="Where it stands.")
    kpis: list[PilotKpi] = strawberry.field(description="What it shall change.")
    guardrails: list[PilotGuardrail] = strawberry.field(description="What it must not make worse.")
    cohort: list[Employee] = strawberry.field(description="Who works with AI; 500 people at most with the comparison.")
    comparison_cohort: list[Employee] = strawberry.field(description="Who works as before, to compare with.")
    credential_types: list[str] = strawberry.field(description="The credentials that the cohort needs.")
    tools: list[Tool] = strawberry.field(description="The tools that it needs.")
    context: UsageContext = strawberry.field(description="What the output is used for.")
    escalation_contact: Employee = strawberry.field(description="Who is called when something goes wrong.")
    starts_at: datetime = strawberry.field(description="When it is planned to start.")
    ends_at: datetime = strawberry.field(description="When its window closes.")
    planned_by: Employee = strawberry.field(description="Who planned it.")
    planned_at: datetime = strawberry.field(description="When it was planned.")
    started_at: datetime | None = strawberry.field(description="When it started; null before.")
    closed_at: datetime | None = strawberry.field(description="When its window was closed; null before.")
    pause_reason: str | None = strawberry.field(description="Why it is paused; null unless it is.")
    paused_by: Employee | None = strawberry.field(description="Who paused it; null when a lost condition did.")
    verdict: str | None = strawberry.field(description="What the comparison with the baseline says; null before.")
    outcome: Outcome | None = strawberry.field(description="What comes after it; null before it is decided.")
    end_reason: str | None = strawberry.field(description="Why it was decided so or aborted; null before.")
    ended_by: Employee | None = strawberry.field(description="Who decided or aborted it; null before.")
    ended_at: datetime | None = strawberry.field(description="When it was decided or aborted; null before.")
    of_pilot: strawberry.Private[domain.Pilot]

    @strawberry.field(description="The process that it is about.")
    async def process(self, info: Info) -> Process | None:
        return await Process.resolve_reference(info, strawberry.ID(str(self.of_pilot.process_id)))

    @strawberry.field(description="What must hold for it to run, as things stand now, with proof.")
    async def gate(self, info: Info) -> list[PilotGateItem]:
        found = await info.context.load(repository.gates_by_id, self.of_pilot.id) or ()
        return [PilotGateItem.of(item) for item in found]

    @strawberry.field(description="What it showed, as the decision cites it; null before it is measured.")
    async def evidence_pack(self, info: Info) -> EvidencePack | None:
        return await pack_of(info, self.of_pilot.evidence_pack_id)

    @strawberry.field(description="What it showed to be missing, the latest first.")
    async def gaps(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[PilotGap]:
        return await gaps_of_pilot(info, self.of_pilot.id, first, after)

    @classmethod
    def of(cls, pilot: domain.Pilot) -> Self:
        """The pilot as the graph shows it."""
        plan = pilot.plan
        return cls(
            id=strawberry.ID(str(pilot.id)),
            name=plan.name,
            hypothesis=plan.hypothesis,
            department=Department(id=strawberry.ID(pilot.department_id)),
            state=pilot.state,
            kpis=[PilotKpi(metric=k.metric, direction=k.direction, min_effect=k.min_effect) for k in plan.kpis],
            guardrails=[PilotGuardrail(rate=one.rate, limit=one.limit) for one in plan.guardrails],
            cohort=[_employee(id) for id in plan.employee_ids],
            comparison_cohort=[_employee(id) for id in plan.comparison_ids],
            credential_types=list(plan.credential_types),
            tools=[Tool(id=strawberry.ID(str(id))) for id in plan.tool_ids],
            context=plan.context,
            escalation_contact=_employee(plan.contact_id),
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
            planned_by=_employee(pilot.planned_by),
            planned_at=pilot.planned_at,
            started_at=pilot.started_at,
            closed_at=pilot.closed_at,
            pause_reason=pilot.pause_reason,
            paused_by=_employee(pilot.paused_by) if pilot.paused_by else None,
            verdict=pilot.verdict,
            outcome=pilot.outcome,
            end_reason=pilot.end_reason,
            ended_by=_employee(pilot.ended_by) if pilot.ended_by else None,
            ended_at=pilot.ended_at,
            of_pilot=pilot,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        """The pilot that another service refers to."""
        found = await info.context.load(repository.by_id, uuid_of(id, "pilot"))
        return cls.of(found) if found else None


def _employee(id: str) -> Employee:
    return Employee(id=strawberry.ID(id))


async def pilots_of_process(info: Info, id: str, first: int | None, after: str | None) -> Connection[Pilot]:
    """The pilots of a process, the latest first."""

    async def fetch(after: UUID | None, limit: int) -> list[domain.Pilot]:
        return await info.context.load(repository.of_processes, PageOf(UUID(id), after, limit)) or []

    return await page(first, after, fetch, node=Pilot.of, cursor=lambda pilot: str(pilot.id), place=UUID)


@strawberry.type
class PilotQueries:
    @strawberry.field(description="One pilot; null when there is none of that id.")
    async def pilot(self, info: Info, id: strawberry.ID) -> Pilot | None:
        return await Pilot.resolve_reference(info, id)

    @strawberry.field(description="The pilots, the latest planned first.")
    async def pilots(
        self,
        info: Info,
        *,
        first: int | None = None,
        after: str | None = None,
        department_id: strawberry.ID | None = None,
        process_id: strawberry.ID | None = None,
        state: State | None = None,
    ) -> Connection[Pilot]:
        of = uuid_of(process_id, "process") if process_id else None

        async def fetch(after: UUID | None, limit: int) -> list[domain.Pilot]:
            async with info.context.read() as connection:
                return await repository.listing(
                    connection, department_id=department_id, process_id=of, state=state, after=after, limit=limit
                )

        return await page(first, after, fetch, node=Pilot.of, cursor=lambda pilot: str(pilot.id), place=UUID)
