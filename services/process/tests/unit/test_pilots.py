"""The rules of pilots and of their go-live gate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from process.gates.domain import (
    Contact,
    Facts,
    FrozenBaseline,
    GateItem,
    Item,
    Needs,
    Permission,
    Procedure,
    Readiness,
    ScopeRow,
    UsageContext,
    look,
)
from process.pilots.domain import (
    NoEvidence,
    Outcome,
    Pilot,
    PilotGateClosed,
    PilotGatePassed,
    PilotInWrongState,
    PilotPaused,
    PilotResumed,
    State,
    TooManyPilots,
)
from process.plans.domain import Kpi, PilotPlanInvalid, Plan, WorkMetric
from process.processes.domain import DataClass, Direction
from process.tools.domain import Standing

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOOL, PILOT, PROCESS, PACK = (UUID(int=n) for n in (1, 2, 3, 4))
OPEN = tuple(GateItem(item, (f"event of {item}",)) for item in Item)
CLOSED = (*OPEN[1:], GateItem(Item.TOOL_APPROVED, (), "Drafter is suspended"))
PLAN = Plan(
    "Drafts", "Faster.", (Kpi(WorkMetric.CYCLE_TIME, Direction.DOWN, 0.2),), (), ("E1",), (), ("fluency",), (TOOL,),
    UsageContext.INTERNAL, "E9", NOW, NOW + timedelta(days=28),
)  # fmt: skip


def planned(plan: Plan = PLAN) -> Pilot:
    return Pilot.propose(PILOT, plan, process_id=PROCESS, code="x", department_id="support", by="E1", now=NOW).after


def running() -> Pilot:
    return planned().start(OPEN, 0, NOW).after


def measuring() -> Pilot:
    return running().close(NOW + timedelta(days=28)).after


def test_a_gate_without_a_gap_is_passed_and_one_with_a_gap_is_lost_C8():
    passed = planned().weigh(OPEN)
    assert passed is not None
    assert passed.after.state is State.GATED
    assert isinstance(passed.because, PilotGatePassed)
    assert [proof.event_ids for proof in passed.because.proof] == [item.proof for item in OPEN]
    assert passed.after.weigh(OPEN) is None
    lost = passed.after.weigh(CLOSED)
    assert lost is not None
    assert (lost.after.state, lost.because.reason) == (State.PLANNED, "Drafter is suspended")


def test_a_lost_condition_pauses_and_its_return_lets_it_run_again_C4():
    paused = running().weigh(CLOSED)
    assert paused is not None
    assert isinstance(paused.because, PilotPaused)
    assert (paused.after.state, paused.after.pause_reason) == (State.PAUSED, "Drafter is suspended")
    assert paused.after.weigh(CLOSED) is None
    resumed = paused.after.weigh(OPEN)
    assert resumed is not None
    assert isinstance(resumed.because, PilotResumed)
    assert (resumed.after.state, resumed.after.pause_reason) == (State.RUNNING, None)


def test_what_a_person_paused_only_a_person_resumes_and_not_past_the_gate_P14():
    paused = running().pause("E1", "complaints").after
    assert paused.weigh(OPEN) is None
    with pytest.raises(PilotGateClosed) as refused:
        paused.resume(CLOSED)
    assert refused.value.missing == ("Drafter is suspended",)
    assert paused.resume(OPEN).after.state is State.RUNNING


def test_five_pilots_run_at_most_P13():
    assert planned().start(OPEN, 4, NOW).after.state is State.RUNNING
    with pytest.raises(TooManyPilots):
        planned().start(OPEN, 5, NOW)


def test_a_plan_whose_window_is_over_does_not_start_P13():
    with pytest.raises(PilotPlanInvalid):
        planned().start(OPEN, 0, NOW + timedelta(days=28))


def test_scaling_needs_an_evidence_pack_with_a_verdict_P16_C15():
    with pytest.raises(NoEvidence):
        measuring().decide(Outcome.SCALE, "E4", "it works", NOW)
    with pytest.raises(NoEvidence):
        measuring().measured(PACK, "insufficient_data").after.decide(Outcome.SCALE, "E4", "it works", NOW)
    decided = measuring().measured(PACK, "improved").after.decide(Outcome.SCALE, "E4", "it works", NOW)
    assert (decided.after.state, decided.because.evidence_pack_id) == (State.DECIDED, PACK)
    assert measuring().decide(Outcome.STOP, "E4", "too early", NOW).after.outcome is Outcome.STOP
    with pytest.raises(PilotInWrongState):
        running().decide(Outcome.STOP, "E4", "too early", NOW)


@given(st.lists(st.sampled_from(["open", "close", "pause", "resume", "end", "abort"]), max_size=12))
def test_a_pilot_never_runs_behind_a_closed_gate_P14(steps: list[str]):
    pilot, gate = planned(), CLOSED
    for step in steps:
        gate = {"open": OPEN, "close": CLOSED}.get(step, gate)
        try:
            match step:
                case "open" | "close":
                    change = pilot.weigh(gate)
                case "pause":
                    change = pilot.pause("E1", "why")
                case "resume":
                    change = pilot.resume(gate) if pilot.state is State.PAUSED else pilot.start(gate, 0, NOW)
                case "end":
                    change = pilot.close(NOW)
                case _:
                    change = pilot.abort("E1", "why", NOW)
        except (PilotInWrongState, PilotGateClosed):
            continue
        if change is not None:
            assert change.after.version == pilot.version + 1
            pilot = change.after
        assert pilot.state is not State.RUNNING or gate is OPEN
        assert (pilot.state is State.PAUSED) == (pilot.pause_reason is not None)


NEEDS = Needs("support", UsageContext.INTERNAL, frozenset({DataClass.INTERNAL}), (TOOL,), ("cycle_time",), False)


def facts(**differently: object) -> Facts:
    row = ScopeRow(DataClass.INTERNAL, UsageContext.INTERNAL, "support")
    known: dict[str, object] = {
        "permissions": {TOOL: Permission("Drafter", Standing.APPROVED, (row,), ("a",))},
        "procedures": [Procedure("p", 1, frozenset({TOOL}), False, ("b",))],
        "contact": Contact("E9", True, True, ("c",)),
        "readiness": Readiness(True, 4, 4, "d"),
        "baselines": {"cycle_time": FrozenBaseline(PACK, True, 40, 12.0, "e")},
        **differently,
    }
    return Facts(**known)  # type: ignore[arg-type]


def test_every_item_that_holds_names_its_events_P14():
    assert [item.proof for item in look(NEEDS, facts())] == [("a",), ("b",), ("c",), ("d",), ("e",)]
    assert all(item.holds for item in look(NEEDS, facts()))


@pytest.mark.parametrize(
    ("item", "differently"),
    [
        (Item.TOOL_APPROVED, {"permissions": {}}),
        (Item.TOOL_APPROVED, {"permissions": {TOOL: Permission("Drafter", Standing.SUSPENDED, (), ("a",))}}),
        (
            Item.TOOL_APPROVED,
            {"permissions": {TOOL: Permission("Drafter", Standing.APPROVED, (
                ScopeRow(DataClass.INTERNAL, UsageContext.INTERNAL, "sales"),
                ScopeRow(DataClass.INTERNAL, UsageContext.CLIENT_WORK),
                ScopeRow(DataClass.INTERNAL, UsageContext.INTERNAL, None, "EU"),
                ScopeRow(DataClass.PUBLIC, UsageContext.INTERNAL),
            ), ("a",))}},
        ),
        (Item.SOP_EFFECTIVE, {"procedures": []}),
        (Item.SOP_EFFECTIVE, {"procedures": [Procedure("p", 1, frozenset({TOOL}), True, ("b",))]}),
        (Item.ESCALATION_CONTACT, {"contact": Contact("E9", True, False, ("c",))}),
        (Item.COHORT_TRAINED, {"readiness": None}),
        (Item.COHORT_TRAINED, {"readiness": Readiness(False, 3, 4, "d")}),
        (Item.BASELINE_FROZEN, {"baselines": {}}),
        (Item.BASELINE_FROZEN, {"baselines": {"cycle_time": FrozenBaseline(PACK, False, 40, None, "e")}}),
    ],
)  # fmt: skip
def test_an_item_that_does_not_hold_says_what_is_missing_P14(item: Item, differently: dict[str, object]):
    found = {one.item: one for one in look(NEEDS, facts(**differently))}
    assert not found[item].holds
    assert found[item].proof == ()
