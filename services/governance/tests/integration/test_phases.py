"""The programme against Postgres: four events end the first phase, in any order (L01, L02, C16)."""

from __future__ import annotations

from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest

from governance.testing import DANA, SPONSOR, STEWARD, Organisation

PHASES = "{ programmePhases { code status criteria { criterion satisfied evidence { eventId eventType subject } } } }"
COMPLETE = "phase { code status completedBy { id } }"


async def phases(o: Organisation) -> dict[str, dict[str, Any]]:
    return {phase["code"]: phase for phase in (await o.ask(DANA, PHASES))["programmePhases"]}


async def training_is_launched(o: Organisation) -> None:
    await o.deliver(
        "training.requirement-activated.v1",
        {"requirement_id": str(uuid4()), "credential_type": "universal-fluency", "origin_kind": "universal",
         "origin_ref": "everybody"},
        id="launched",
    )  # fmt: skip


async def test_foundation_is_ready_by_events_alone_and_the_sponsor_goes_on_L01_L02(organisation: Organisation) -> None:
    o = organisation
    assert {code: phase["status"] for code, phase in (await phases(o)).items()} == dict.fromkeys(
        ("FOUNDATION", "PILOT", "SCALE", "EVOLVE"), "NOT_STARTED"
    )
    await o.heard()
    assert (await phases(o))["FOUNDATION"]["status"] == "ACTIVE"
    await o.publish()
    await o.approve(await o.propose())
    await o.heard()
    refused = await o.refusal(SPONSOR, "completePhase", COMPLETE, phase="FOUNDATION")
    assert (refused["code"], "Training for everybody" in refused["message"]) == ("CRITERIA_OPEN", True)
    await training_is_launched(o)
    found = (await phases(o))["FOUNDATION"]
    assert found["status"] == "EXIT_READY"
    assert [each["evidence"][0]["eventType"] for each in found["criteria"]] == [
        "governance.committee-established.v1", "governance.tool-approved.v1", "governance.policy-published.v1",
        "training.requirement-activated.v1",
    ]  # fmt: skip
    assert found["criteria"][3]["evidence"][0]["eventId"] == "launched"

    refused = await o.refusal(STEWARD, "completePhase", COMPLETE, phase="FOUNDATION")
    assert (refused["code"], "Person E0001" in refused["message"]) == ("NOT_ENTITLED", True)
    done = await o.do(SPONSOR, "completePhase", COMPLETE, phase="FOUNDATION")
    assert (done["status"], done["completedBy"]["id"]) == ("COMPLETED", SPONSOR)
    assert (await phases(o))["PILOT"]["status"] == "ACTIVE"
    assert (await o.refusal(SPONSOR, "completePhase", COMPLETE, phase="SCALE"))["code"] == "PHASE_NOT_ACTIVE"
    told = await o.events("phase-entered", "phase-exit-ready", "phase-completed")
    assert [(kind, data["phase"]) for kind, data in told] == [
        ("phase-entered", "foundation"), ("phase-exit-ready", "foundation"), ("phase-completed", "foundation"),
        ("phase-entered", "pilot"),
    ]  # fmt: skip


@pytest.mark.parametrize("order", list(permutations(range(5)))[::17])
async def test_replays_in_any_order_give_the_same_phase_C16(organisation: Organisation, order: tuple[int, ...]) -> None:
    o = organisation
    found = [
        ("governance.sponsor-appointed.v1", {"employee_id": SPONSOR}),
        ("governance.committee-established.v1", {"committee_id": str(uuid4())}),
        ("governance.tool-approved.v1", {"tool_id": str(uuid4())}),
        ("governance.policy-published.v1", {"policy_id": "acceptable-use"}),
        (
            "training.requirement-activated.v1",
            {"requirement_id": str(uuid4()), "credential_type": "universal-fluency", "origin_kind": "universal"},
        ),
    ]
    for n in (*order, *reversed(order)):
        await o.deliver(*found[n], id=f"event-{n}")
    foundation = (await phases(o))["FOUNDATION"]
    assert foundation["status"] == "EXIT_READY"
    assert [each["evidence"][0]["eventId"] for each in foundation["criteria"]] == [f"event-{n}" for n in range(1, 5)]
    assert len(await o.events("phase-exit-ready")) == 1


async def test_procedures_count_for_their_departments_whichever_is_told_first_L01(organisation: Organisation) -> None:
    o = organisation
    processes = [str(uuid4()) for _ in range(3)]

    async def registered(n: int) -> None:
        await o.deliver(
            "process.process-registered.v1",
            {"process_id": processes[n], "code": f"p{n}", "name": f"P{n}", "department_id": f"department-{n}"},
        )

    async def effective(n: int) -> None:
        await o.deliver(
            "process.sop-effective.v1",
            {"sop_id": str(uuid4()), "process_id": processes[n], "version": 1, "tools": [str(uuid4())]},
        )

    await registered(0)
    for n in range(3):
        await effective(n)
    await registered(2)
    await registered(1)
    criteria = {each["criterion"]: each for each in (await phases(o))["SCALE"]["criteria"]}
    assert criteria["DEPARTMENTS_REACHED"]["satisfied"]
    assert {e["subject"] for e in criteria["DEPARTMENTS_REACHED"]["evidence"]} == {f"department-{n}" for n in range(3)}


async def test_pilots_that_were_decided_let_the_second_phase_end_L01(organisation: Organisation) -> None:
    o = organisation
    pilots = [str(uuid4()) for _ in range(3)]

    async def decided(pilot: str, outcome: str) -> dict[str, Any]:
        await o.deliver("process.pilot-decided.v1", {"pilot_id": pilot, "process_id": str(uuid4()), "outcome": outcome})
        criteria = (await phases(o))["PILOT"]["criteria"]
        found: dict[str, Any] = next(each for each in criteria if each["criterion"] == "PILOTS_DECIDED")
        return found

    await decided(pilots[0], "scale")
    await decided(pilots[0], "scale")
    assert not (await decided(pilots[1], "stop"))["satisfied"]
    assert (await decided(pilots[2], "iterate"))["satisfied"]
