"""Does the operating model run? The choreographies, through the gateway and the bus only."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from chassis.testing import eventually

Act = Callable[..., Awaitable[dict[str, Any]]]
_numbers = itertools.count(1)
_committee: dict[str, str] = {}
STEWARD = {"who": "ai-steward", "sub": "A1", "roles": ["ai_steward", "employee"]}
SPONSOR = {"who": "executive-sponsor", "sub": "S1", "roles": ["executive_sponsor", "employee"]}
OFFICER = {"who": "compliance-officer", "sub": "C1", "roles": ["compliance_officer", "employee"]}
OWNER = {"who": "curriculum-owner", "sub": "K1", "roles": ["curriculum_owner", "employee"]}
SAFE = dict.fromkeys(
    [
        "manipulatesOrScoresPeople",
        "decidesAboutPeople",
        "actsWithoutReview",
        "processesPersonalData",
        "speaksToThePublic",
    ],
    False,
)
EVERYBODY = {"dataClass": "CLIENT", "context": "CLIENT_WORK"}


def a_hire(employee_id: str, **differently: Any) -> dict[str, Any]:
    return {
        "employee_id": employee_id, "effective_date": "2025-03-03", "name": f"Person {employee_id}",
        "email": f"{employee_id.lower()}@example.com", "department": {"id": "sales", "name": "Sales"},
        "team": {"id": "sales-one", "name": "Sales One"}, "manager_id": "L1", "job_function": "seller", "level": "3",
        "is_people_manager": False, **differently,
    }  # fmt: skip


@pytest.fixture
def act(ask) -> Act:
    """Do something that must succeed: `await act("proposeTool", {...}, "tool { id }", **STEWARD)`."""

    async def do(mutation: str, input: dict[str, Any], select: str = "__typename", **caller: Any) -> dict[str, Any]:
        kind = mutation[0].upper() + mutation[1:] + "Input"
        query = f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {select} errors {{ code message }} }} }}"
        answer = await ask(query, {"input": input}, **caller)
        assert not answer.get("errors"), answer
        payload: dict[str, Any] = answer["data"][mutation]
        assert payload["errors"] == [], payload["errors"]
        return payload

    return do


@pytest_asyncio.fixture(loop_scope="session")
async def committee(act: Act, ask, publish) -> str:
    """People, a sponsor, a committee and what is taught, made once as anybody would make them; the committee's id."""
    if "id" in _committee:
        return _committee["id"]
    office = {"department": {"id": "operations", "name": "Operations"}, "team": None, "is_people_manager": True}
    for id in ("S1", "A1", "C1", "M1", "M2", "K1"):
        await publish("hris.employee-hired.v1", a_hire(id, manager_id=None, **office))
    await publish("hris.employee-hired.v1", a_hire("L1", manager_id=None, is_people_manager=True))

    async def known() -> None:
        for id in ("S1", "A1", "C1", "M1", "M2", "K1", "L1"):
            answer = await ask(f'{{ employee(id: "{id}") {{ status reportingGroup {{ counted }} }} }}', **STEWARD)
            assert answer["data"]["employee"] == {"status": "ACTIVE", "reportingGroup": {"counted": True}}, answer

    await eventually(known, within=20)
    await act("appointSponsor", {"employeeId": "S1"}, **STEWARD)
    for role, id in (("AI_STEWARD", "A1"), ("COMPLIANCE_OFFICER", "C1")):
        await act("appointOfficer", {"role": role, "employeeId": id}, **SPONSOR)
    seats = {"name": "AI governance", "members": [{"employeeId": "M1"}, {"employeeId": "M2"}]}
    made = await act("establishCommittee", seats, "committee { id chair { id } }", **SPONSOR)
    assert made["committee"]["chair"]["id"] == "S1"
    await a_credential(act, "universal-fluency", "UNIVERSAL")
    await act("declareRequirement", {"credentialType": "universal-fluency", "dueDays": 30}, **OWNER)
    _committee["id"] = made["committee"]["id"]
    return _committee["id"]


async def a_credential(act: Act, code: str, tier: str = "ROLE") -> None:
    await act("defineCourse", {"code": f"{code}-course", "title": code, "tier": tier}, **OWNER)
    await act("publishCourse", {"code": f"{code}-course"}, **OWNER)
    path = {"code": f"{code}-path", "name": code, "tier": tier, "steps": [{"course": f"{code}-course"}]}
    await act("defineCurriculum", path, **OWNER)
    terms = {"code": code, "name": code, "tier": tier, "curriculum": f"{code}-path", "validityDays": 365}
    await act("defineCredentialType", terms, **OWNER)


async def a_proposed_tool(act: Act) -> str:
    n = next(_numbers)
    proposal = {"code": f"tool-{n}", "name": f"Tool {n}", "vendor": "Vendor", "ownerId": "L1", "assessment": SAFE}
    tool = (await act("proposeTool", proposal, "tool { id status }", **STEWARD))["tool"]
    assert tool["status"] == "PROPOSED"
    await act("startToolReview", {"toolId": tool["id"]}, **STEWARD)
    return str(tool["id"])


async def a_passed_motion(act: Act, committee: str, tool: str, decision: str) -> str:
    question = {"committeeId": committee, "decisionType": decision, "toolId": tool, "title": decision}
    motion = (await act("openMotion", question, "motion { id }", **STEWARD))["motion"]["id"]
    for voter in ("S1", "M1", "M2"):
        await act("castVote", {"motionId": motion, "choice": "YES"}, who="employee", sub=voter, roles=["employee"])
    closed = await act("closeMotion", {"motionId": motion}, "motion { outcome }", **STEWARD)
    assert closed["motion"]["outcome"] == "PASSED"
    return str(motion)


async def approve(act: Act, committee: str, tool: str, *credentials: str) -> None:
    motion = await a_passed_motion(act, committee, tool, "APPROVE_TOOL")
    approval = {
        "toolId": tool, "motionId": motion, "scope": [EVERYBODY], "conditions": {"credentialTypes": list(credentials)},
    }  # fmt: skip
    await act("approveTool", approval, **STEWARD)


def me(employee: str) -> dict[str, Any]:
    return {"who": "employee", "sub": employee, "roles": ["employee"]}


async def hire(publish, ask, employee: str, **differently: Any) -> None:
    await publish("hris.employee-hired.v1", a_hire(employee, **differently))

    async def known() -> None:
        answer = await ask("{ me { status trainingAssignments { state } reportingGroup { counted } } }", **me(employee))
        person = answer["data"]["me"]
        assert person, answer
        assert person["status"] == "ACTIVE", answer
        assert person["reportingGroup"] == {"counted": True}, answer
        assert person["trainingAssignments"], answer

    await eventually(known, within=20)


async def request(act: Act, employee: str, tool: str) -> str:
    made = await act("requestAccess", {"toolId": tool, **EVERYBODY}, "accessRequest { id }", **me(employee))
    return str(made["accessRequest"]["id"])


async def complete(act: Act, employee: str, credential: str) -> None:
    await act("recordCompletion", {"employeeId": employee, "course": f"{credential}-course"}, who="lms")


async def grants(ask, employee: str, tool: str) -> list[dict[str, Any]]:
    answer = await ask("{ me { accessGrants { status suspendedFor tool { id } } } }", **me(employee))
    assert answer["data"]["me"], answer
    return [grant for grant in answer["data"]["me"]["accessGrants"] if grant["tool"]["id"] == tool]


def has_grants(ask, employee: str, tool: str, *statuses: str) -> Callable[[], Awaitable[None]]:
    async def check() -> None:
        assert [grant["status"] for grant in await grants(ask, employee, tool)] == list(statuses)

    return check


async def assignments(ask, employee: str) -> dict[str, str]:
    answer = await ask("{ me { trainingAssignments { state credentialType { id } } } }", **me(employee))
    found = answer["data"]["me"]["trainingAssignments"]
    return {one["credentialType"]["id"]: one["state"] for one in found}


def is_assigned(ask, employee: str, credential: str, state: str) -> Callable[[], Awaitable[None]]:
    async def check() -> None:
        assert (await assignments(ask, employee)).get(credential) == state

    return check


async def test_the_last_prerequisite_grants_by_itself_and_once_C1_G19(act, ask, publish, committee):
    for code in ("c1-first", "c1-second"):
        await a_credential(act, code)
    await hire(publish, ask, "E101")
    tool = await a_proposed_tool(act)
    await request(act, "E101", tool)
    await approve(act, committee, tool, "c1-first", "c1-second")
    for code in ("c1-first", "c1-second"):
        await eventually(is_assigned(ask, "E101", code, "ASSIGNED"), within=10)
    assert await grants(ask, "E101", tool) == []
    await asyncio.gather(complete(act, "E101", "c1-first"), complete(act, "E101", "c1-second"))
    await eventually(has_grants(ask, "E101", tool, "ACTIVE"), within=10)
    answer = await ask(
        'query($t: ID!) { canUse(employeeId: "E101", toolId: $t, dataClass: CLIENT, context: CLIENT_WORK) '
        "{ allowed reasons { rule satisfied } } }",
        {"t": tool},
        **me("E101"),
    )
    assert answer["data"]["canUse"]["allowed"] is True

    async def in_the_denominator() -> None:
        seats = await ask(
            "query($t: ID!) { tool(id: $t) { grantCount adoption { licensed { value suppressed } } } }",
            {"t": tool},
            **STEWARD,
        )
        assert seats["data"]["tool"]["grantCount"] == 1, seats
        assert seats["data"]["tool"]["adoption"]["licensed"]["suppressed"], "one person is too few to be counted alone"

    await eventually(in_the_denominator, within=10)


async def test_a_credential_awarded_before_the_approval_counts_C1_T14(act, ask, publish, committee):
    await a_credential(act, "c1-early")
    await hire(publish, ask, "E102")
    await complete(act, "E102", "c1-early")
    tool = await a_proposed_tool(act)
    await approve(act, committee, tool, "c1-early")

    async def certified() -> None:
        answer = await ask(
            'query($t: ID!) { canUse(employeeId: "E102", toolId: $t, dataClass: CLIENT, context: CLIENT_WORK) '
            "{ reasons { rule satisfied } } }",
            {"t": tool},
            **me("E102"),
        )
        reasons = {reason["rule"]: reason["satisfied"] for reason in answer["data"]["canUse"]["reasons"]}
        assert reasons["CREDENTIALS_VALID"]

    await eventually(certified, within=10)
    await request(act, "E102", tool)
    await eventually(has_grants(ask, "E102", tool, "ACTIVE"), within=10)


async def test_a_missing_prerequisite_is_assigned_and_then_granted_without_a_second_request_C2_G19(
    act, ask, publish, committee
):
    await a_credential(act, "c2-needed")
    await hire(publish, ask, "E201")
    tool = await a_proposed_tool(act)
    await approve(act, committee, tool, "c2-needed")
    await request(act, "E201", tool)
    await eventually(is_assigned(ask, "E201", "c2-needed", "ASSIGNED"), within=10)
    await complete(act, "E201", "c2-needed")
    await eventually(has_grants(ask, "E201", tool, "ACTIVE"), within=10)
    await eventually(is_assigned(ask, "E201", "c2-needed", "SATISFIED"), within=10)


async def test_a_withdrawn_request_takes_its_assignment_along_but_not_another_reasons_C2_T05(
    act, ask, publish, committee
):
    await a_credential(act, "c2-withdrawn")
    await hire(publish, ask, "E202")
    tool = await a_proposed_tool(act)
    await approve(act, committee, tool, "c2-withdrawn", "universal-fluency")
    made = await request(act, "E202", tool)
    await eventually(is_assigned(ask, "E202", "c2-withdrawn", "ASSIGNED"), within=10)
    await act("withdrawAccessRequest", {"requestId": made}, **me("E202"))

    async def only_the_universal_one() -> None:
        found = await assignments(ask, "E202")
        assert found.get("c2-withdrawn", "CANCELLED") == "CANCELLED"
        assert found["universal-fluency"] == "ASSIGNED"

    await eventually(only_the_universal_one, within=10)


async def an_effective_sop(act: Act, tool: str) -> str:
    code = f"process-{next(_numbers)}"
    process = (
        await act(
            "registerProcess",
            {
                "code": code,
                "name": code,
                "departmentId": "sales",
                "ownerId": "L1",
                "volumePerMonth": 100,
                "minutesPerUnit": 10,
            },
            "process { id }",
            **STEWARD,
        )
    )["process"]["id"]
    draft = {"processId": process, "code": f"sop-{code}", "title": code, **a_procedure(tool)}
    leader = {"who": "department-leader", "sub": "D1", "roles": ["department_leader"], "department_id": "sales"}
    sop = (await act("draftSopVersion", draft, "sop { id }", **leader))["sop"]["id"]
    version = {"sopId": sop, "version": 1}
    await act("submitSopVersion", version, **leader)
    await act("approveSopVersion", version, **me("L1"))
    await act("approveSopVersion", version, **OFFICER)
    return str(sop)


def a_procedure(tool: str) -> dict[str, Any]:
    return {
        "effectiveFrom": "2025-01-06T08:00:00Z",
        "steps": [
            {"n": 1, "title": "Collect", "actor": "HUMAN", "role": "seller"},
            {"n": 2, "title": "Draft", "actor": "AI", "aiRole": "DRAFT", "toolId": tool, "dataClass": "CLIENT"},
        ],
        "handoffs": [
            {"step": 2, "from": "HUMAN", "to": "AI", "trigger": "collected"},
            {"step": 2, "from": "AI", "to": "HUMAN", "trigger": "drafted", "acceptanceRule": "read in full"},
        ],
        "qualityGates": [
            {"step": 2, "verifierRole": "seller", "method": "CHECKLIST", "checklist": ["True?"], "passRule": "all yes"}
        ],
        "escalationPaths": [{"step": 2, "trigger": "wrong", "levels": [{"role": "team_lead", "withinMinutes": 60}]}],
    }  # fmt: skip


async def test_a_suspension_reaches_grants_procedures_and_figures_and_is_undone_in_all_of_them_C4_G29_P18(
    act, ask, publish, committee
):
    await hire(publish, ask, "E401")
    tool = await a_proposed_tool(act)
    await approve(act, committee, tool)
    await request(act, "E401", tool)
    await eventually(has_grants(ask, "E401", tool, "ACTIVE"), within=10)
    sop = await an_effective_sop(act, tool)
    state = """query($t: ID!, $s: ID!) {
        tool(id: $t) { status suspension { emergency ratifyBy } annotations { kind from to } }
        sop(id: $s) { blockedDependencies { id } effectiveVersion { number } } }"""

    async def effective() -> None:
        answer = await ask(state, {"t": tool, "s": sop}, **STEWARD)
        assert answer["data"]["sop"]["effectiveVersion"], answer

    await eventually(effective, within=10)
    await act("suspendTool", {"toolId": tool, "reason": "it leaked a prompt"}, **OFFICER)

    async def suspended_everywhere() -> None:
        answer = (await ask(state, {"t": tool, "s": sop}, **STEWARD))["data"]
        assert answer["tool"]["status"] == "SUSPENDED"
        assert answer["tool"]["suspension"]["emergency"]
        assert answer["sop"]["blockedDependencies"] == [{"id": tool}]
        assert [note["kind"] for note in answer["tool"]["annotations"]].count("SUSPENDED") == 1
        (grant,) = await grants(ask, "E401", tool)
        assert grant == {"status": "SUSPENDED", "suspendedFor": ["TOOL_SUSPENDED"], "tool": {"id": tool}}

    await eventually(suspended_everywhere, within=10)
    motion = await a_passed_motion(act, committee, tool, "REINSTATE_TOOL")
    await act("reinstateTool", {"toolId": tool, "motionId": motion}, **STEWARD)

    async def undone_everywhere() -> None:
        answer = (await ask(state, {"t": tool, "s": sop}, **STEWARD))["data"]
        assert answer["tool"]["status"] == "APPROVED"
        assert answer["sop"]["blockedDependencies"] == []
        (grant,) = await grants(ask, "E401", tool)
        assert grant["status"] == "ACTIVE"

    await eventually(undone_everywhere, within=10)


async def test_a_hire_brings_the_universal_path_and_no_tool_C5a_T02(act, ask, publish, committee):
    await hire(publish, ask, "E501")
    await publish("hris.employee-changed.v1", a_hire("E501"))  # the source tells one hire twice
    await eventually(is_assigned(ask, "E501", "universal-fluency", "ASSIGNED"), within=10)
    answer = await ask("{ me { accessGrants { id } trainingAssignments { id } } }", **me("E501"))
    assert answer["data"]["me"]["accessGrants"] == []
    assert len(answer["data"]["me"]["trainingAssignments"]) == 1


async def test_nothing_happens_before_a_future_hire_C5a(ask, publish, committee):
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    await publish("hris.employee-hired.v1", a_hire("E502", effective_date=day))
    await hire(publish, ask, "E503")
    query = '{ employee(id: "E502") { status trainingAssignments { id } reportingGroup { counted } } }'

    async def pending() -> None:
        person = (await ask(query, **STEWARD))["data"]["employee"]
        assert person == {"status": "PENDING", "trainingAssignments": [], "reportingGroup": {"counted": False}}

    await eventually(pending, within=10)


async def test_a_leaver_loses_everything_everywhere_and_old_grants_stay_gone_C5c_G22(act, ask, publish, committee):
    await a_credential(act, "c5c-needed")
    await hire(publish, ask, "E511")
    tool, other = await a_proposed_tool(act), await a_proposed_tool(act)
    await approve(act, committee, tool)
    await approve(act, committee, other, "c5c-needed")
    await request(act, "E511", tool)
    waiting = await request(act, "E511", other)
    await eventually(has_grants(ask, "E511", tool, "ACTIVE"), within=10)
    await eventually(is_assigned(ask, "E511", "c5c-needed", "ASSIGNED"), within=10)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    left = {"employee_id": "E511", "last_day": yesterday}
    id = await publish("hris.employee-terminated.v1", left)
    query = """{ employee(id: "E511") {
        status accessGrants { status tool { id } } accessRequests { id status }
        trainingAssignments { state } reportingGroup { counted reason } } }"""

    async def gone() -> None:
        person = (await ask(query, **STEWARD))["data"]["employee"]
        assert person["status"] == "TERMINATED"
        assert {grant["status"] for grant in person["accessGrants"]} == {"REVOKED"}
        assert {one["status"] for one in person["accessRequests"] if one["id"] == waiting} == {"CANCELLED"}
        assert {one["state"] for one in person["trainingAssignments"]} <= {"CANCELLED", "SATISFIED"}
        assert person["reportingGroup"] == {"counted": False, "reason": "LEFT"}

    await eventually(gone, within=15)
    await publish("hris.employee-terminated.v1", left, id=id)
    today = datetime.now(UTC).date().isoformat()
    await publish("hris.employee-rehired.v1", a_hire("E511", effective_date=today))

    async def back_without_tools() -> None:
        person = (await ask(query, **STEWARD))["data"]["employee"]
        assert person["status"] == "ACTIVE"
        assert {grant["status"] for grant in person["accessGrants"]} == {"REVOKED"}

    await eventually(back_without_tools, within=15)


async def test_a_termination_that_comes_before_the_hire_ends_the_same_C5c(ask, publish, committee):
    await publish("hris.employee-terminated.v1", {"employee_id": "E512", "last_day": "2025-06-30"})
    await publish("hris.employee-hired.v1", a_hire("E512"))

    async def gone() -> None:
        person = (await ask('{ employee(id: "E512") { status reportingGroup { counted } } }', **STEWARD))["data"][
            "employee"
        ]
        assert person == {"status": "TERMINATED", "reportingGroup": {"counted": False}}

    await eventually(gone, within=15)


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
    await act("prioritiseProcess", {"processId": process["id"], "priority": next(_numbers)}, **leader)
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


PLAN = "mutation($input: PlanPilotInput!) { planPilot(input: $input) { pilot { id } errors { code message } } }"
START = "mutation($input: PilotInput!) { startPilot(input: $input) { pilot { state } errors { code message } } }"
