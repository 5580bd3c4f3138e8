"""An organisation in the running platform: who acts, and what is done again and again."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

from chassis.testing import eventually

Act = Callable[..., Awaitable[dict[str, Any]]]
numbers = itertools.count(1)
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


async def a_credential(act: Act, code: str, tier: str = "ROLE") -> None:
    await act("defineCourse", {"code": f"{code}-course", "title": code, "tier": tier}, **OWNER)
    await act("publishCourse", {"code": f"{code}-course"}, **OWNER)
    path = {"code": f"{code}-path", "name": code, "tier": tier, "steps": [{"course": f"{code}-course"}]}
    await act("defineCurriculum", path, **OWNER)
    terms = {"code": code, "name": code, "tier": tier, "curriculum": f"{code}-path", "validityDays": 365}
    await act("defineCredentialType", terms, **OWNER)


async def a_proposed_tool(act: Act) -> str:
    n = next(numbers)
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


async def an_effective_sop(act: Act, tool: str) -> str:
    code = f"process-{next(numbers)}"
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
