"""Pilots and their gaps through the graph, against Postgres."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chassis.clock import FixedClock
from chassis.testing import Asks, Delivers, Published, a_caller

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
    from datetime import timedelta

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
