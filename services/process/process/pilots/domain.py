"""Pilots: planned with a hypothesis, let in by a gate, paused when a condition is lost, measured, decided (P13, P14, C8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.domain import Change, Refused
from process.gates.domain import GateItem, Item, Needs
from process.plans.domain import Guardrail, Kpi, PilotPlanInvalid, Plan
from process.processes.domain import DataClass

MOST_RUNNING = 5


class State(StrEnum):
    """Where a pilot stands."""

    PLANNED = "planned"
    GATED = "gated"
    RUNNING = "running"
    PAUSED = "paused"
    MEASURING = "measuring"
    DECIDED = "decided"
    ABORTED = "aborted"

    @property
    def ended(self) -> bool:
        return self in {State.DECIDED, State.ABORTED}


class Outcome(StrEnum):
    """What comes after a pilot."""

    SCALE = "scale"
    ITERATE = "iterate"
    STOP = "stop"


class PilotOpen(Refused):
    """{process} already has a pilot that is not decided. Decide or abort it first."""

    process: str


class ProcessNotPrioritised(Refused):
    """{process} has no rank on its department's list: pilots are chosen from that list. Its leader prioritises it first."""

    process: str


class PilotGateClosed(Refused):
    """{pilot} may not run yet: {problem}."""

    pilot: str
    problem: str
    missing: tuple[str, ...]


class TooManyPilots(Refused):
    """There are {running} pilots running and no more than {most} may at a time. Decide or abort one first."""

    running: int
    most: int


class PilotInWrongState(Refused):
    """{pilot} is {state}; {action} needs it to be {needed}."""

    pilot: str
    state: str
    action: str
    needed: str


class NoEvidence(Refused):
    """{pilot} cannot be scaled: {problem}. Wait for the comparison, or decide to iterate or stop."""

    pilot: str
    problem: str


class PilotReasonMissing(Refused):
    """Say why, in words for those who take part."""


@dataclass(frozen=True, slots=True)
class PilotPlanned:
    """A pilot was planned; training prepares its cohort and metrics collects its baselines."""

    pilot_id: UUID
    process_id: UUID
    process_code: str
    name: str
    department_id: str
    employee_ids: tuple[str, ...]
    comparison_employee_ids: tuple[str, ...]
    credential_types: tuple[str, ...]
    tool_ids: tuple[UUID, ...]
    kpis: tuple[Kpi, ...]
    guardrails: tuple[Guardrail, ...]
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """The events that prove an item of the gate."""

    item: Item
    event_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PilotGatePassed:
    """Everything that the go-live gate asks for holds; the pilot may start."""

    pilot_id: UUID
    process_id: UUID
    proof: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class PilotGateLost:
    """Before the pilot started, something that the gate asks for ceased to hold."""

    pilot_id: UUID
    process_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class PilotStarted:
    """The work is done with AI from now on, by the cohort."""

    pilot_id: UUID
    process_id: UUID
    proof: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class PilotContactNamed:
    """Somebody else is called when something goes wrong."""

    pilot_id: UUID
    process_id: UUID
    contact_id: str


@dataclass(frozen=True, slots=True)
class PilotPaused:
    """The work is not done with AI until further notice."""

    pilot_id: UUID
    process_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class PilotResumed:
    """The pilot runs again."""

    pilot_id: UUID
    process_id: UUID


@dataclass(frozen=True, slots=True)
class PilotWindowClosed:
    """Nothing more is collected; what was measured is compared with the baseline."""

    pilot_id: UUID
    process_id: UUID
    started_at: datetime
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class PilotMeasured:
    """The comparison with the baseline is there, kept in an evidence pack."""

    pilot_id: UUID
    process_id: UUID
    evidence_pack_id: UUID
    verdict: str


@dataclass(frozen=True, slots=True)
class PilotDecided:
    """It was decided what comes after the pilot, and on which evidence."""

    pilot_id: UUID
    process_id: UUID
    outcome: Outcome
    reason: str
    decided_by: str
    evidence_pack_id: UUID | None


@dataclass(frozen=True, slots=True)
class PilotAborted:
    """The pilot was given up without a measurement."""

    pilot_id: UUID
    process_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Pilot:
    """A pilot of one process."""

    id: UUID
    process_id: UUID
    department_id: str
    plan: Plan
    state: State
    planned_by: str
    planned_at: datetime
    version: int
    started_at: datetime | None = None
    pause_reason: str | None = None
    paused_by: str | None = None
    closed_at: datetime | None = None
    evidence_pack_id: UUID | None = None
    verdict: str | None = None
    outcome: Outcome | None = None
    end_reason: str | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None

    @classmethod
    def propose(
        cls, id: UUID, plan: Plan, *, process_id: UUID, code: str, department_id: str, by: str, now: datetime
    ) -> Change[Pilot]:
        """Plan a pilot of a process."""
        plan.check()
        if plan.ends_at <= now:
            raise PilotPlanInvalid(problem="its window ends in the future")
        event = PilotPlanned(
            id, process_id, code, plan.name, department_id, plan.employee_ids, plan.comparison_ids,
            plan.credential_types, plan.tool_ids, plan.kpis, plan.guardrails, plan.starts_at, plan.ends_at,
        )  # fmt: skip
        return Change(cls(id, process_id, department_id, plan, State.PLANNED, by, now, 1), event)

    def needs(self, data_classes: Sequence[DataClass]) -> Needs:
        """What the gate asks for this pilot, of a process that handles such data."""
        metrics = tuple(kpi.metric.value for kpi in self.plan.kpis)
        under_way = self.state in {State.RUNNING, State.PAUSED}
        plan = self.plan
        return Needs(self.department_id, plan.context, frozenset(data_classes), plan.tool_ids, metrics, under_way)

    def weigh(self, gate: Sequence[GateItem]) -> Change[Pilot] | None:
        """Follow the gate: pass it, lose it, pause while a condition is lost and run again when it is back (C4, C8)."""
        reason = "; ".join(missing(gate))
        if self.state is State.PLANNED and not reason:
            return self._becomes(PilotGatePassed(self.id, self.process_id, _proof(gate)), state=State.GATED)
        if self.state is State.GATED and reason:
            return self._becomes(PilotGateLost(self.id, self.process_id, reason), state=State.PLANNED)
        if self.state is State.RUNNING and reason:
            return self._pause(reason, None)
        if self.state is State.PAUSED and self.paused_by is None and not reason:
            return self._resume()
        return None

    def start(self, gate: Sequence[GateItem], running: int, now: datetime) -> Change[Pilot]:
        """Begin. `running`: how many pilots run or are paused, this one not among them."""
        self._must_be("starting it", State.PLANNED, State.GATED)
        if self.plan.ends_at <= now:
            raise PilotPlanInvalid(problem="its window has ended; plan another")
        self._must_pass(gate)
        if running >= MOST_RUNNING:
            raise TooManyPilots(running=running, most=MOST_RUNNING)
        event = PilotStarted(self.id, self.process_id, _proof(gate))
        return self._becomes(event, state=State.RUNNING, started_at=now)

    def name_contact(self, contact_id: str) -> Change[Pilot]:
        """Have somebody else be called when something goes wrong."""
        self._must_be("naming another contact", State.PLANNED, State.GATED, State.RUNNING, State.PAUSED)
        event = PilotContactNamed(self.id, self.process_id, contact_id)
        return self._becomes(event, plan=replace(self.plan, contact_id=contact_id))

    def pause(self, by: str, reason: str) -> Change[Pilot]:
        """Stop for a while; only a person makes it run again."""
        self._must_be("pausing it", State.RUNNING)
        return self._pause(_given(reason), by)

    def resume(self, gate: Sequence[GateItem]) -> Change[Pilot]:
        """Run again; refused while the gate misses something."""
        self._must_be("resuming it", State.PAUSED)
        self._must_pass(gate)
        return self._resume()

    def close(self, now: datetime) -> Change[Pilot]:
        """End the window: from now on it is measured."""
        self._must_be("closing its window", State.RUNNING, State.PAUSED)
        assert self.started_at is not None
        event = PilotWindowClosed(self.id, self.process_id, self.started_at, now)
        return self._becomes(event, state=State.MEASURING, closed_at=now, pause_reason=None, paused_by=None)

    def measured(self, evidence_pack_id: UUID, verdict: str) -> Change[Pilot]:
        """The comparison is there."""
        self._must_be("measuring it", State.MEASURING)
        event = PilotMeasured(self.id, self.process_id, evidence_pack_id, verdict)
        return self._becomes(event, evidence_pack_id=evidence_pack_id, verdict=verdict)

    def decide(self, outcome: Outcome, by: str, reason: str, now: datetime) -> Change[Pilot]:
        """Scale, iterate or stop; to scale needs an evidence pack with a verdict (P16, C15)."""
        self._must_be("deciding it", State.MEASURING)
        if outcome is Outcome.SCALE and self.evidence_pack_id is None:
            raise NoEvidence(pilot=self.plan.name, problem="there is no evidence pack yet")
        if outcome is Outcome.SCALE and self.verdict == "insufficient_data":
            raise NoEvidence(pilot=self.plan.name, problem="its evidence pack has too little data for a verdict")
        event = PilotDecided(self.id, self.process_id, outcome, _given(reason), by, self.evidence_pack_id)
        return self._becomes(event, state=State.DECIDED, outcome=outcome, end_reason=reason, ended_by=by, ended_at=now)

    def abort(self, by: str, reason: str, now: datetime) -> Change[Pilot]:
        """Give it up."""
        if self.state.ended:
            self._must_be("aborting it", *(state for state in State if not state.ended))
        event = PilotAborted(self.id, self.process_id, _given(reason))
        ended = {"end_reason": reason, "ended_by": by, "ended_at": now, "pause_reason": None, "paused_by": None}
        return self._becomes(event, state=State.ABORTED, **ended)

    def _pause(self, reason: str, by: str | None) -> Change[Pilot]:
        event = PilotPaused(self.id, self.process_id, reason)
        return self._becomes(event, state=State.PAUSED, pause_reason=reason, paused_by=by)

    def _resume(self) -> Change[Pilot]:
        event = PilotResumed(self.id, self.process_id)
        return self._becomes(event, state=State.RUNNING, pause_reason=None, paused_by=None)

    def _must_pass(self, gate: Sequence[GateItem]) -> None:
        if lacking := missing(gate):
            raise PilotGateClosed(pilot=self.plan.name, problem="; ".join(lacking), missing=lacking)

    def _must_be(self, action: str, *states: State) -> None:
        if self.state not in states:
            needed = " or ".join(state.value for state in states)
            raise PilotInWrongState(pilot=self.plan.name, state=self.state.value, action=action, needed=needed)

    def _becomes(self, because: object, **differently: Any) -> Change[Pilot]:
        return Change(replace(self, version=self.version + 1, **differently), because)


def missing(gate: Sequence[GateItem]) -> tuple[str, ...]:
    """What the gate misses."""
    return tuple(one.missing for one in gate if one.missing is not None)


def _proof(gate: Sequence[GateItem]) -> tuple[Proof, ...]:
    return tuple(Proof(one.item, one.proof) for one in gate)


def _given(reason: str) -> str:
    if not reason.strip():
        raise PilotReasonMissing
    return reason
