"""A pilot over the four services, through the gateway and the bus only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from chassis.testing import eventually
from tests.e2e.organisation import (
    OFFICER,
    STEWARD,
    a_credential,
    a_proposed_tool,
    an_effective_sop,
    approve,
    complete,
    hire,
    is_assigned,
    numbers,
)

PLAN = "mutation($input: PlanPilotInput!) { planPilot(input: $input) { pilot { id } errors { code message } } }"
START = "mutation($input: PilotInput!) { startPilot(input: $input) { pilot { state } errors { code message } } }"


async def test_a_pilot_starts_when_four_services_say_so_and_pauses_when_one_takes_it_back_C8_P14(
    act, ask, publish, committee
):
    await hire(publish, ask, "E801")
    await a_credential(act, "c8-pilot")
    tool = await a_proposed_tool(act)
    await approve(act, committee, tool)
    sop = await an_effective_sop(act, tool)
    found = await ask("query($s: ID!) { sop(id: $s) { process { id code } } }", {"s": sop}, **STEWARD)
    process = found["data"]["sop"]["process"]
    leader = {"who": "department-leader", "sub": "D1", "roles": ["department_leader"], "department_id": "sales"}
    await act("prioritiseProcess", {"processId": process["id"], "priority": next(numbers)}, **leader)
    now = datetime.now(UTC)
    plan = {
        "processId": process["id"], "name": "C8", "hypothesis": "Faster.", "cohort": ["E801"], "toolIds": [tool],
        "kpis": [{"metric": "CYCLE_TIME", "direction": "DOWN", "minEffect": 0.2}], "context": "CLIENT_WORK",
        "credentialTypes": ["c8-pilot"], "escalationContactId": "L1", "startsAt": (now + timedelta(days=1)).isoformat(),
        "endsAt": (now + timedelta(days=28)).isoformat(),
    }  # fmt: skip
    answer = await ask(PLAN, {"input": plan}, **STEWARD)
    assert answer["data"]["planPilot"]["errors"] == [], answer
    pilot = answer["data"]["planPilot"]["pilot"]["id"]
    refused = await ask(START, {"input": {"pilotId": pilot}}, **STEWARD)
    assert refused["data"]["startPilot"]["errors"][0]["code"] == "PILOT_GATE_CLOSED"

    await eventually(is_assigned(ask, "E801", "c8-pilot", "ASSIGNED"), within=20)
    await complete(act, "E801", "c8-pilot")
    for n in range(30):
        done = now - timedelta(days=1, minutes=n)
        item = {
            "number": f"C8-{n}", "process": process["code"], "opened_at": (done - timedelta(hours=1)).isoformat(),
            "started_at": (done - timedelta(minutes=30)).isoformat(), "completed_at": done.isoformat(),
            "touched_minutes": 20, "path": "manual", "employee_id": "E801",
        }  # fmt: skip
        await publish("itsm.work-item-completed.v1", item, subject=item["number"])

    async def frozen() -> None:
        freeze = {"input": {"pilotId": pilot, "metric": "CYCLE_TIME"}}
        query = "mutation($input: FreezeBaselineInput!) { freezeBaseline(input: $input) { baseline { n } errors { message } } }"
        payload = (await ask(query, freeze, **STEWARD))["data"]["freezeBaseline"]
        assert payload["errors"] == [], payload
        assert payload["baseline"]["n"] == 30

    await eventually(frozen, within=20)

    async def seen() -> dict[str, Any]:
        query = """query($p: ID!) { pilot(id: $p) { state pauseReason gate { condition holds proof missing }
            cohortTraining { ready } baselines { state } } }"""
        answer = await ask(query, {"p": pilot}, **STEWARD)
        assert not answer.get("errors"), answer
        pilot_now: dict[str, Any] = answer["data"]["pilot"]
        return pilot_now

    async def gated() -> None:
        pilot_now = await seen()
        assert pilot_now["state"] == "GATED", pilot_now
        assert all(item["holds"] and item["proof"] for item in pilot_now["gate"])
        assert pilot_now["cohortTraining"]["ready"]
        assert [one["state"] for one in pilot_now["baselines"]] == ["FROZEN"]

    await eventually(gated, within=20)
    started = await ask(START, {"input": {"pilotId": pilot}}, **STEWARD)
    assert started["data"]["startPilot"]["pilot"]["state"] == "RUNNING", started
    await act("suspendTool", {"toolId": tool, "reason": "it leaked a prompt"}, **OFFICER)

    async def paused() -> None:
        pilot_now = await seen()
        assert pilot_now["state"] == "PAUSED"
        assert "is suspended" in pilot_now["pauseReason"]

    await eventually(paused, within=20)
