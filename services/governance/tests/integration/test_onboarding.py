"""Waves of departments against Postgres: readiness is computed, going live follows it (L12)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.clock import FixedClock
from governance.testing import BOSS, CLIENT_WORK, OFFICER, SPONSOR, STEWARD, Organisation

ONE = "onboarding { id status wave department { id } readiness { score parts { part value enough } } haltedBecause }"
WAVE = "onboardings { id status wave department { id } }"
LIST = "{ departmentOnboardings { nodes { status wave department { id } readiness { parts { part value } } } } }"
REQUIREMENT, PROCESS = str(UUID(int=7)), str(UUID(int=8))


def parts(onboarding: dict[str, Any]) -> dict[str, float | None]:
    return {each["part"]: each["value"] for each in onboarding["readiness"]["parts"]}


async def test_a_department_goes_live_when_facts_say_that_it_is_ready_L12(
    organisation: Organisation, clock: FixedClock
) -> None:
    o = organisation
    o.roles[BOSS] = "department_leader"
    for role, who in (("COMPLIANCE_OFFICER", OFFICER),):
        await o.do(SPONSOR, "appointOfficer", "officer { id }", role=role, employeeId=who)
    people = [f"E01{n:02}" for n in range(6)]
    await o.hire(people[0], department="support", is_people_manager=True, manager_id=SPONSOR)
    await o.hire(*people[1:], department="support", manager_id=people[0])
    o.roles[people[0]] = "department_leader"
    await o.publish()
    starts = (clock.now.date() + timedelta(days=30)).isoformat()
    refused = await o.refusal(BOSS, "planOnboardingWave", WAVE, departmentIds=["support"], startsOn=starts)
    assert (refused["code"], "enterprise" in refused["message"]) == ("NOT_ENTITLED", True)
    (planned,) = await o.do(
        STEWARD, "planOnboardingWave", WAVE, departmentIds=["support"], startsOn=starts, idempotencyKey="wave-1"
    )
    again = await o.do(
        STEWARD, "planOnboardingWave", WAVE, departmentIds=["support"], startsOn=starts, idempotencyKey="wave-1"
    )
    assert again == [planned]
    assert (planned["status"], planned["wave"]) == ("PLANNED", 1)
    twice = await o.refusal(STEWARD, "planOnboardingWave", WAVE, departmentIds=["support"], startsOn=starts)
    assert twice["code"] == "ALREADY_PLANNED"
    id = planned["id"]
    refused = await o.refusal(SPONSOR, "takeDepartmentLive", ONE, onboardingId=id)
    assert (refused["code"], starts in refused["message"]) == ("WAVE_NOT_BEGUN", True)
    clock.advance(timedelta(days=30))
    refused = await o.refusal(SPONSOR, "takeDepartmentLive", ONE, onboardingId=id)
    assert refused["code"] == "NOT_READY"
    assert "leader named" not in refused["message"]
    assert "tools usable, use cases registered, workflows prioritised" in refused["message"]

    tool = await o.propose()
    await o.approve(tool)
    await o.do(
        people[0], "registerUseCase", "useCase { id }", departmentId="support", title="Replies", toolIds=[tool],
        ownerId=people[0], **CLIENT_WORK,
    )  # fmt: skip
    await o.deliver(
        "process.process-prioritised.v1",
        {"process_id": PROCESS, "code": "replies", "department_id": "support", "priority": 1},
    )
    await o.deliver(
        "training.requirement-activated.v1",
        {
            "requirement_id": REQUIREMENT,
            "credential_type": "universal-fluency",
            "origin_kind": "universal",
            "origin_ref": "all",
        },
    )
    for who in people[:3]:
        await o.do(who, "acknowledgePolicy", "acknowledgement { id }", policyCode="acceptable-use")
    for who in people[:2]:
        await o.award("universal-fluency", who)
    (listed,) = (await o.ask(STEWARD, LIST))["departmentOnboardings"]["nodes"]
    assert parts(listed) == {
        "LEADER_NAMED": 1, "POLICIES_ACKNOWLEDGED": 0.5, "PEOPLE_TRAINED": 2 / 6, "TOOLS_USABLE": 1,
        "USE_CASES_REGISTERED": 1, "WORKFLOWS_PRIORITISED": 1,
    }  # fmt: skip
    assert listed["status"] == "PLANNED"
    await o.award("universal-fluency", people[2])
    (listed,) = (await o.ask(STEWARD, LIST))["departmentOnboardings"]["nodes"]
    assert listed["status"] == "READY"
    live = await o.do(SPONSOR, "takeDepartmentLive", ONE, onboardingId=id)
    assert live["status"] == "LIVE"
    ((_, told),) = await o.events("department-went-live")
    assert (told["department_id"], told["readiness"]) == ("support", 0.833)

    assert (await o.refusal(SPONSOR, "stabiliseDepartment", ONE, onboardingId=id))["code"] == "NOT_STABLE"
    clock.advance(timedelta(days=29))
    assert (await o.refusal(SPONSOR, "stabiliseDepartment", ONE, onboardingId=id))["code"] == "NOT_STABLE"
    for who in people[:2]:
        await o.deliver(
            "usage.day-recorded.v1",
            {"employee_id": who, "tool": tool, "day": clock.now.date().isoformat(), "actions": 3}, subject=who,
        )  # fmt: skip
    assert (await o.do(SPONSOR, "stabiliseDepartment", ONE, onboardingId=id))["status"] == "STABILISED"


async def test_a_restricted_small_or_halted_department_L12(organisation: Organisation, clock: FixedClock) -> None:
    o = organisation
    o.roles[BOSS] = "department_leader"
    tool = await o.propose()
    await o.approve(tool)
    await o.hire("E0098", department="support", is_people_manager=False)
    starts = clock.now.date().isoformat()
    await o.do(STEWARD, "planOnboardingWave", WAVE, departmentIds=["support", "sales"], startsOn=starts)
    everything = [{"dataClass": d, "context": c} for d in ("CLIENT", "INTERNAL") for c in ("CLIENT_WORK", "INTERNAL")]
    await o.do(
        BOSS, "restrictTool", "restriction { id }", departmentId="sales", reason="client audit", removed=everything,
        reviewBy=(clock.now.date() + timedelta(days=30)).isoformat(),
    )  # fmt: skip
    found = {each["department"]["id"]: each for each in (await o.ask(STEWARD, LIST))["departmentOnboardings"]["nodes"]}
    assert parts(found["sales"])["TOOLS_USABLE"] == 0
    assert parts(found["support"])["TOOLS_USABLE"] == 1
    assert parts(found["support"])["POLICIES_ACKNOWLEDGED"] is None
    await o.deliver(
        "training.requirement-withdrawn.v1",
        {"requirement_id": REQUIREMENT, "credential_type": "x", "origin_kind": "universal", "origin_ref": "all"},
    )
    await o.deliver(
        "training.requirement-activated.v1",
        {"requirement_id": REQUIREMENT, "credential_type": "x", "origin_kind": "universal", "origin_ref": "all"},
    )
    found = {each["department"]["id"]: each for each in (await o.ask(STEWARD, LIST))["departmentOnboardings"]["nodes"]}
    assert parts(found["sales"])["PEOPLE_TRAINED"] is None
    nodes = await o.ask(STEWARD, "{ departmentOnboardings(wave: 1) { nodes { id department { id } } } }")
    sales = next(
        each["id"] for each in nodes["departmentOnboardings"]["nodes"] if each["department"]["id"] == "sales"
    )  # fmt: skip
    halted = await o.do(SPONSOR, "haltOnboarding", ONE, onboardingId=sales, reason="audit")
    assert (halted["status"], halted["haltedBecause"]) == ("HALTED", "audit")
    (again,) = await o.do(STEWARD, "planOnboardingWave", WAVE, departmentIds=["sales"], startsOn=starts)
    assert (again["id"], again["wave"], again["status"]) == (sales, 2, "PLANNED")
