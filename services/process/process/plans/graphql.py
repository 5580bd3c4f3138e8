"""Changes of pilots in the graph."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import strawberry

from chassis.graphql import Info, Payload, mutation, run, uuid_of
from process.gates.domain import UsageContext
from process.pilots import commands, domain, repository
from process.pilots.domain import Outcome
from process.pilots.graphql import Pilot
from process.plans.domain import Guardrail, Kpi, PilotPlanInvalid, Plan, QualityRate, WorkMetric
from process.processes.domain import Direction, ProcessIsRetired


@strawberry.input(description="What a pilot shall change.")
class PilotKpiInput:
    metric: WorkMetric = strawberry.field(description="What is measured.")
    direction: Direction = strawberry.field(description="Which way it should go.")
    min_effect: float = strawberry.field(description="By which share of the baseline's median at least; 0.2 is 20 %.")


@strawberry.input(description="What a pilot must not make worse.")
class PilotGuardrailInput:
    rate: QualityRate = strawberry.field(description="The share of units that is watched.")
    limit: float = strawberry.field(description="The highest share that is accepted, 0 to 1.")


@strawberry.input(description="The plan of a pilot.")
class PlanPilotInput:
    process_id: strawberry.ID = strawberry.field(description="The process; it has a rank on its department's list.")
    name: str = strawberry.field(description="What the pilot is called.")
    hypothesis: str = strawberry.field(description="What it is to show.")
    kpis: list[PilotKpiInput] = strawberry.field(description="What it shall change; the first is what it is judged by.")
    cohort: list[strawberry.ID] = strawberry.field(description="Who works with AI.")
    tool_ids: list[strawberry.ID] = strawberry.field(description="The tools that it needs.")
    escalation_contact_id: strawberry.ID = strawberry.field(description="Who is called when something goes wrong.")
    starts_at: datetime = strawberry.field(description="When it is planned to start.")
    ends_at: datetime = strawberry.field(description="When its window closes.")
    credential_types: list[str] = strawberry.field(default_factory=list, description="What the cohort needs to hold.")
    comparison_cohort: list[strawberry.ID] = strawberry.field(default_factory=list, description="Who works as before.")
    guardrails: list[PilotGuardrailInput] = strawberry.field(
        default_factory=list, description="What it must not make worse."
    )
    context: UsageContext = strawberry.field(default=UsageContext.INTERNAL, description="What the output is used for.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")

    def read(self) -> Plan:
        """The plan as the domain knows it."""
        return Plan(
            self.name,
            self.hypothesis,
            tuple(Kpi(kpi.metric, kpi.direction, kpi.min_effect) for kpi in self.kpis),
            tuple(Guardrail(one.rate, one.limit) for one in self.guardrails),
            tuple(map(str, self.cohort)),
            tuple(map(str, self.comparison_cohort)),
            tuple(dict.fromkeys(self.credential_types)),
            tuple(uuid_of(id, "tool") for id in self.tool_ids),
            self.context,
            str(self.escalation_contact_id),
            self.starts_at,
            self.ends_at,
        )


@strawberry.input(description="A pilot.")
class PilotInput:
    pilot_id: strawberry.ID = strawberry.field(description="The pilot.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.input(description="A pilot, and why something is done with it.")
class PilotReasonInput:
    pilot_id: strawberry.ID = strawberry.field(description="The pilot.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.input(description="Who is called from now on when something goes wrong.")
class NameEscalationContactInput:
    pilot_id: strawberry.ID = strawberry.field(description="The pilot.")
    contact_id: strawberry.ID = strawberry.field(description="The person.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.input(description="What comes after a pilot.")
class DecidePilotInput:
    pilot_id: strawberry.ID = strawberry.field(description="The pilot.")
    outcome: Outcome = strawberry.field(description="What comes after it.")
    reason: str = strawberry.field(description="Why.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key has effect once.")


@strawberry.type(description="The pilot as it is now, or why it was not changed.")
class PilotPayload(Payload):
    pilot: Pilot | None = strawberry.field(default=None, description="The pilot; null when it was refused.")


Command = Callable[..., Awaitable[domain.Pilot]]


async def _change(info: Info, command: Command, id: str, key: str | None, **arguments: Any) -> PilotPayload:
    pilot = await run(
        info, command, key=key, again=repository.get, pilot_id=uuid_of(id, "pilot"), **arguments
    )  # fmt: skip
    return PilotPayload(pilot=Pilot.of(pilot))


@strawberry.type
class PilotMutations:
    @mutation(
        refuses=(PilotPlanInvalid, domain.PilotOpen, domain.ProcessNotPrioritised, ProcessIsRetired),
        description="Plan a pilot of a process. For its owner, the department's leader and AI stewards.",
    )
    async def plan_pilot(self, info: Info, input: PlanPilotInput) -> PilotPayload:
        pilot = await run(
            info,
            commands.plan_pilot,
            key=input.idempotency_key,
            again=repository.get,
            process_id=uuid_of(input.process_id, "process"),
            plan=input.read(),
        )
        return PilotPayload(pilot=Pilot.of(pilot))

    @mutation(
        refuses=(domain.PilotGateClosed, domain.TooManyPilots, domain.PilotInWrongState, PilotPlanInvalid),
        description="Begin a pilot; refused with everything that its gate misses. For the owner, the leader, AI stewards.",
    )
    async def start_pilot(self, info: Info, input: PilotInput) -> PilotPayload:
        return await _change(info, commands.start_pilot, input.pilot_id, input.idempotency_key)

    @mutation(
        refuses=(domain.PilotInWrongState, PilotPlanInvalid),
        description="Have somebody else be called when something goes wrong. For the owner, the leader, AI stewards.",
    )
    async def name_escalation_contact(self, info: Info, input: NameEscalationContactInput) -> PilotPayload:
        contact = str(input.contact_id)
        return await _change(info, commands.name_contact, input.pilot_id, input.idempotency_key, contact_id=contact)

    @mutation(
        refuses=(domain.PilotInWrongState, domain.PilotReasonMissing),
        description="Have a pilot stand still until somebody resumes it. For the owner, the leader, AI stewards.",
    )
    async def pause_pilot(self, info: Info, input: PilotReasonInput) -> PilotPayload:
        return await _change(info, commands.pause_pilot, input.pilot_id, input.idempotency_key, reason=input.reason)

    @mutation(
        refuses=(domain.PilotInWrongState, domain.PilotGateClosed),
        description="Let a paused pilot run again; refused while its gate misses something.",
    )
    async def resume_pilot(self, info: Info, input: PilotInput) -> PilotPayload:
        return await _change(info, commands.resume_pilot, input.pilot_id, input.idempotency_key)

    @mutation(
        refuses=(domain.PilotInWrongState,),
        description="Close a pilot's window before its time, and measure. For the owner, the leader, AI stewards.",
    )
    async def close_pilot_window(self, info: Info, input: PilotInput) -> PilotPayload:
        return await _change(info, commands.close_pilot_window, input.pilot_id, input.idempotency_key)

    @mutation(
        refuses=(domain.PilotInWrongState, domain.NoEvidence, domain.PilotReasonMissing),
        description="Decide what comes after a pilot; to scale needs an evidence pack. For the department's leader alone.",
    )
    async def decide_pilot(self, info: Info, input: DecidePilotInput) -> PilotPayload:
        outcome = {"outcome": input.outcome, "reason": input.reason}
        return await _change(info, commands.decide_pilot, input.pilot_id, input.idempotency_key, **outcome)

    @mutation(
        refuses=(domain.PilotInWrongState, domain.PilotReasonMissing),
        description="Give a pilot up. For the owner, the leader and AI stewards.",
    )
    async def abort_pilot(self, info: Info, input: PilotReasonInput) -> PilotPayload:
        return await _change(info, commands.abort_pilot, input.pilot_id, input.idempotency_key, reason=input.reason)
