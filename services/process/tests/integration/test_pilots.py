"""Pilots and their gaps through the graph, against Postgres."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from chassis.clock import FixedClock
from chassis.testing import Asks, Delivers, Published, a_caller
from process.evidence.domain import hash_of

from .conftest import LEADER, OWNER, STEWARD, Mutates
from .test_sops import TOOL_A, new

SCOPE = [{"data_class": "INTERNAL", "context": "INTERNAL", "department_id": None, "region": None}]
PILOT = """pilot { id name state startedAt closedAt pauseReason pausedBy { id } outcome verdict escalationContact { id }
    gate { condition holds proof missing } } errors { message code ... on PilotGateClosed { missing } }"""
GAP = (
    "gap { id pillar severity routedTo resolvedAt refinement { kind ref note } pilot { name } } errors { message code }"
)


async def change(graph: Asks, name: str, input: dict[str, Any], by: Any) -> dict[str, Any]:
    kinds = {
        "planPilot": "PlanPilotInput", "pausePilot": "PilotReasonInput", "abortPilot": "PilotReasonInput",
        "decidePilot": "DecidePilotInput", "nameEscalationContact": "NameEscalationContactInput",
        "logGap": "LogGapInput", "resolveGap": "ResolveGapInput",
    }  # fmt: skip
    fields = GAP if name.endswith("Gap") else PILOT
    query = f"mutation ($input: {kinds.get(name, 'PilotInput')}!) {{ {name}(input: $input) {{ {fields} }} }}"
    answer = await graph(query, {"input": input}, caller=by)
    assert answer["errors"] is None, answer["errors"]
    payload: dict[str, Any] = answer["data"][name]
    return payload


def a_plan(process_id: str, clock: FixedClock, **differently: Any) -> dict[str, Any]:
    return {
        "processId": process_id, "name": "Drafted answers", "hypothesis": "Answers take half the time.",
        "kpis": [{"metric": "CYCLE_TIME", "direction": "DOWN", "minEffect": 0.2}],
        "guardrails": [{"rate": "REWORK_RATE", "limit": 0.1}], "cohort": ["E0001", "E0002"],
        "credentialTypes": ["universal-fluency"], "toolIds": [TOOL_A], "escalationContactId": "E0003",
        "startsAt": clock.now.isoformat(), "endsAt": (clock.now + timedelta(days=28)).isoformat(), **differently,
    }  # fmt: skip


Approves = Callable[..., Awaitable[None]]


@pytest.fixture
def tells(deliver: Delivers) -> Approves:
    """`await tells("approved", 1)`: governance says so of TOOL_A, with its scope."""

    async def tell(what: str, version: int, scope: list[dict[str, Any]] = SCOPE) -> None:
        data = {"tool_id": TOOL_A, "code": "drafter", "name": "Drafter", "reason": "risk", "scope": scope}
        await deliver(f"governance.tool-{what}.v1", data, subject=TOOL_A, sequence=version)

    return tell


@pytest.fixture
async def listed(process_id: str, mutate: Mutates) -> str:
    """A process with a rank on its department's list."""
    assert (await mutate("prioritiseProcess", {"processId": process_id, "priority": 1}, by=LEADER))["errors"] == []
    return process_id


@pytest.fixture
async def pilot_id(listed: str, graph: Asks, clock: FixedClock) -> str:
    """A planned pilot."""
    payload = await change(graph, "planPilot", a_plan(listed, clock), OWNER)
    assert payload["errors"] == []
    return str(payload["pilot"]["id"])


def missing(payload: dict[str, Any]) -> set[str]:
    return {one["condition"] for one in payload["pilot"]["gate"] if not one["holds"]}


async def asked(graph: Asks, pilot_id: str) -> dict[str, Any]:
    answer = await graph(f"query ($id: ID!) {{ {PILOT.split(' errors', maxsplit=1)[0].replace('pilot {', 'pilot(id: $id) {')} }}",
                         {"id": pilot_id}, caller=OWNER)  # fmt: skip
    assert answer["errors"] is None, answer["errors"]
    found: dict[str, Any] = answer["data"]
    return found


async def test_pilots_are_chosen_from_the_departments_list_P05(
    graph: Asks, process_id: str, mutate: Mutates, clock: FixedClock, published: Published
) -> None:
    refused = await change(graph, "planPilot", a_plan(process_id, clock), OWNER)
    assert [error["code"] for error in refused["errors"]] == ["PROCESS_NOT_PRIORITISED"]
    await mutate("prioritiseProcess", {"processId": process_id, "priority": 1}, by=LEADER)
    stranger = await change(graph, "planPilot", a_plan(process_id, clock), a_caller("E0002"))
    assert [error["code"] for error in stranger["errors"]] == ["NOT_ENTITLED"]
    wrong = await change(graph, "planPilot", a_plan(process_id, clock, cohort=["E0001", "E0001"], kpis=[]), OWNER)
    assert wrong["errors"][0]["code"] == "PILOT_PLAN_INVALID"
    assert "at least one KPI; nobody is named twice" in wrong["errors"][0]["message"]
    gone = await change(graph, "planPilot", a_plan(process_id, clock, cohort=["E0777"]), OWNER)
    assert "E0777" in gone["errors"][0]["message"]
    planned = await change(graph, "planPilot", a_plan(process_id, clock, idempotencyKey="once"), OWNER)
    assert planned == await change(graph, "planPilot", a_plan(process_id, clock, idempotencyKey="once"), OWNER)
    event = (await published())[-1]
    assert event["type"] == "process.pilot-planned.v1"
    data = event["data"]
    assert (data["employee_ids"], data["credential_types"], data["tool_ids"], data["department_id"]) == (
        ["E0001", "E0002"], ["universal-fluency"], [TOOL_A], "support",
    )  # fmt: skip
    second = await change(graph, "planPilot", a_plan(process_id, clock), OWNER)
    assert [error["code"] for error in second["errors"]] == ["PILOT_OPEN"]


async def test_a_pilot_may_not_start_while_its_gate_misses_something_P14_C8(
    graph: Asks, pilot_id: str, tells: Approves, approved, mutate: Mutates, steps, listed: str
) -> None:
    refused = await change(graph, "startPilot", {"pilotId": pilot_id}, OWNER)
    assert [error["code"] for error in refused["errors"]] == ["PILOT_GATE_CLOSED"]
    assert len(refused["errors"][0]["missing"]) == 4
    assert refused["pilot"] is None
    client_only = [{**SCOPE[0], "data_class": "CLIENT"}]
    await tells("approved", 1, client_only)
    tool = (await asked(graph, pilot_id))["pilot"]["gate"][0]
    assert tool["missing"] == "Drafter is not approved for INTERNAL data in INTERNAL use of department support"
    await tells("scope-changed", 2)
    assert missing(await asked(graph, pilot_id)) == {"SOP_EFFECTIVE", "COHORT_TRAINED", "BASELINE_FROZEN"}
    sop = await approved(new(listed, steps(TOOL_A)))
    assert (await mutate("makeSopVersionEffective", {"sopId": sop, "version": 1}, by=OWNER))["errors"] == []
    found = await asked(graph, pilot_id)
    assert missing(found) == {"COHORT_TRAINED", "BASELINE_FROZEN"}
    assert all(one["proof"] for one in found["pilot"]["gate"] if one["holds"])
    still = await change(graph, "startPilot", {"pilotId": pilot_id}, OWNER)
    assert "training has not told that the cohort is ready" in still["errors"][0]["missing"]


async def test_a_contact_on_leave_or_gone_keeps_a_pilot_from_starting_P14(
    graph: Asks, pilot_id: str, deliver: Delivers, today
) -> None:
    leave = {"employee_id": "E0003", "effective_date": today.isoformat()}
    await deliver("hris.employee-leave-started.v1", leave)
    assert "ESCALATION_CONTACT" in missing(await asked(graph, pilot_id))
    named = await change(graph, "nameEscalationContact", {"pilotId": pilot_id, "contactId": "E0004"}, LEADER)
    assert named["errors"] == []
    assert "ESCALATION_CONTACT" not in missing(named)
    nobody = await change(graph, "nameEscalationContact", {"pilotId": pilot_id, "contactId": "E0888"}, LEADER)
    assert [error["code"] for error in nobody["errors"]] == ["PILOT_PLAN_INVALID"]


async def test_a_pilot_is_aborted_with_a_reason_and_another_may_follow_P13(
    graph: Asks, pilot_id: str, listed: str, clock: FixedClock, published: Published
) -> None:
    silent = await change(graph, "abortPilot", {"pilotId": pilot_id, "reason": " "}, OWNER)
    assert [error["code"] for error in silent["errors"]] == ["PILOT_REASON_MISSING"]
    aborted = await change(graph, "abortPilot", {"pilotId": pilot_id, "reason": "no data"}, OWNER)
    assert aborted["pilot"]["state"] == "ABORTED"
    assert (await published())[-1]["data"]["reason"] == "no data"
    again = await change(graph, "abortPilot", {"pilotId": pilot_id, "reason": "no data"}, OWNER)
    assert [error["code"] for error in again["errors"]] == ["PILOT_IN_WRONG_STATE"]
    assert (await change(graph, "planPilot", a_plan(listed, clock), OWNER))["errors"] == []
    answer = await graph(
        "query($p: ID!) { pilots(processId: $p, first: 1) { edges { node { state process { code } } } pageInfo { hasNextPage } }"
        " process(id: $p) { pilots { edges { node { state } } } } }",
        {"p": listed}, caller=OWNER,
    )  # fmt: skip
    assert answer["errors"] is None
    assert answer["data"]["pilots"]["pageInfo"]["hasNextPage"] is True
    states = [edge["node"]["state"] for edge in answer["data"]["process"]["pilots"]["edges"]]
    assert states == ["PLANNED", "ABORTED"]


async def test_gaps_go_to_the_pillar_that_closes_them_and_lead_to_the_refinement_P15_L11(
    graph: Asks, pilot_id: str, published: Published
) -> None:
    gap = {"pilotId": pilot_id, "pillar": "GOVERNANCE", "severity": "HIGH", "description": "Nobody decides on letters."}
    stranger = await change(graph, "logGap", gap, a_caller("E0555"))
    assert [error["code"] for error in stranger["errors"]] == ["NOT_ENTITLED"]
    logged = await change(graph, "logGap", gap, a_caller("E0002"))
    assert (logged["gap"]["routedTo"], logged["gap"]["pilot"]["name"]) == ("ai_steward", "Drafted answers")
    event = (await published())[-1]
    assert event["type"] == "process.gap-logged.v1"
    assert {"gap_id", "pilot_id", "process_id", "pillar", "severity", "description"} <= set(event["data"])
    refinement = {"gapId": logged["gap"]["id"], "kind": "DECISION", "ref": "letters", "note": "The team lead decides."}
    early = await change(graph, "resolveGap", refinement, OWNER)
    assert [error["code"] for error in early["errors"]] == ["NOT_ENTITLED"]
    resolved = await change(graph, "resolveGap", refinement, STEWARD)
    assert resolved["gap"]["refinement"]["ref"] == "letters"
    assert (await published())[-1]["data"]["refinement"]["note"] == "The team lead decides."
    twice = await change(graph, "resolveGap", refinement, STEWARD)
    assert [error["code"] for error in twice["errors"]] == ["GAP_RESOLVED_ALREADY"]
    answer = await graph(
        "query($p: ID!) { pilotGaps(pilotId: $p, resolved: true) { edges { node { pillar } } }"
        " pilot(id: $p) { gaps { edges { node { description } } } } }",
        {"p": pilot_id}, caller=OWNER,
    )  # fmt: skip
    assert answer["data"]["pilotGaps"]["edges"] == [{"node": {"pillar": "GOVERNANCE"}}]
    assert len(answer["data"]["pilot"]["gaps"]["edges"]) == 1


@pytest.fixture
async def running(graph: Asks, pilot_id: str, tells: Approves, approved, mutate: Mutates, steps, listed: str, deliver):
    """A pilot that runs because every service said what its gate asks for."""
    await tells("approved", 1)
    sop = await approved(new(listed, steps(TOOL_A)))
    assert (await mutate("makeSopVersionEffective", {"sopId": sop, "version": 1}, by=OWNER))["errors"] == []
    counted = {"pilot_id": pilot_id, "trained": 2, "required": 2}
    await deliver("training.cohort-ready.v1", counted, subject=pilot_id, sequence=1)
    await deliver("metrics.baseline-frozen.v1", a_baseline(pilot_id), subject="b", sequence=1)
    assert (await asked(graph, pilot_id))["pilot"]["state"] == "GATED"
    started = await change(graph, "startPilot", {"pilotId": pilot_id}, OWNER)
    assert (started["errors"], started["pilot"]["state"]) == ([], "RUNNING")
    return pilot_id


def a_baseline(pilot_id: str) -> dict[str, Any]:
    return {
        "baseline_id": "0190f5fe-7d1e-7b5a-9c55-0000000000b1", "pilot_id": pilot_id, "metric": "cycle_time", "n": 40,
        "median": 60.0, "reason": "the clock was wrong",
    }  # fmt: skip


async def state(graph: Asks, pilot_id: str) -> tuple[str, str | None]:
    found = (await asked(graph, pilot_id))["pilot"]
    return found["state"], found["pauseReason"]


async def test_a_suspended_tool_pauses_a_pilot_until_it_is_reinstated_C4_C8(
    graph: Asks, running: str, tells: Approves, published: Published
) -> None:
    started = next(event for event in await published() if event["type"] == "process.pilot-started.v1")
    assert all(proof["event_ids"] for proof in started["data"]["proof"])
    await tells("suspended", 2)
    now, reason = await state(graph, running)
    assert (now, "Drafter is suspended" in str(reason)) == ("PAUSED", True)
    refused = await change(graph, "resumePilot", {"pilotId": running}, OWNER)
    assert [error["code"] for error in refused["errors"]] == ["PILOT_GATE_CLOSED"]
    await tells("reinstated", 3)
    assert await state(graph, running) == ("RUNNING", None)
    told = [event["type"] for event in await published() if ".pilot-" in event["type"]]
    assert told[-2:] == ["process.pilot-paused.v1", "process.pilot-resumed.v1"]


async def test_a_contact_who_leaves_a_cohort_that_falls_short_and_a_void_baseline_pause_a_pilot_C8(
    graph: Asks, running: str, deliver: Delivers
) -> None:
    counted = {"pilot_id": running, "trained": 1, "required": 2}
    await deliver("training.cohort-fell-short.v1", counted, subject=running, sequence=2)
    assert await state(graph, running) == ("PAUSED", "1 of the cohort are trained, 2 have to be")
    await deliver("training.cohort-ready.v1", {**counted, "trained": 2}, subject=running, sequence=3)
    assert (await state(graph, running))[0] == "RUNNING"
    await deliver("metrics.baseline-voided.v1", a_baseline(running), subject="b", sequence=2)
    assert await state(graph, running) == ("PAUSED", "the baseline of cycle_time is not frozen")
    await deliver("metrics.baseline-frozen.v1", a_baseline(running), subject="b", sequence=3)
    await deliver("hris.employee-terminated.v1", {"employee_id": "E0003", "last_day": "2026-03-01"})
    now, reason = await state(graph, running)
    assert (now, "E0003 is not at work" in str(reason)) == ("PAUSED", True)
    named = await change(graph, "nameEscalationContact", {"pilotId": running, "contactId": "E0004"}, LEADER)
    assert named["pilot"]["state"] == "RUNNING"


async def test_a_pilot_is_scaled_on_an_evidence_pack_that_never_changes_P16_C15(
    graph: Asks, running: str, deliver: Delivers, clock: FixedClock, run_due, database, published: Published
) -> None:
    clock.advance(timedelta(days=29))
    await run_due()
    assert (await state(graph, running))[0] == "MEASURING"
    scale = {"pilotId": running, "outcome": "SCALE", "reason": "It works."}
    early = await change(graph, "decidePilot", scale, LEADER)
    assert [error["code"] for error in early["errors"]] == ["NO_EVIDENCE"]
    compared = {
        "comparison_id": "0190f5fe-7d1e-7b5a-9c55-0000000000f1", "pilot_id": running, "verdict": "improved",
        "effect": -0.4, "ci_low": -0.5, "ci_high": -0.3, "n_before": 40, "n_after": 44, "rework_rate": 0.25,
        "reopen_rate": 0.0, "sla_miss_rate": None, "caveats": ["before and after"],
    }  # fmt: skip
    await deliver("metrics.comparison-completed.v1", compared, subject="c", sequence=1)
    assert (await published())[-1]["type"] == "process.pilot-measured.v1"
    owner = await change(graph, "decidePilot", scale, OWNER)
    assert [error["code"] for error in owner["errors"]] == ["NOT_ENTITLED"]
    decided = await change(graph, "decidePilot", scale, LEADER)
    assert (decided["pilot"]["state"], decided["pilot"]["outcome"]) == ("DECIDED", "SCALE")
    answer = await graph(
        "query($p: ID!) { pilot(id: $p) { evidencePack { id verdict guardrailsBreached content contentHash } } }",
        {"p": running}, caller=OWNER,
    )  # fmt: skip
    pack = answer["data"]["pilot"]["evidencePack"]
    assert (await published())[-1]["data"]["evidence_pack_id"] == pack["id"]
    assert pack["guardrailsBreached"] == ["rework_rate"]
    assert hash_of(json.loads(pack["content"])) == pack["contentHash"]
    async with database.transaction() as tx:
        with pytest.raises(asyncpg.RaiseError):
            async with tx.savepoint():
                await tx.execute("UPDATE evidence_packs SET verdict = 'worse'")
