"""A department with people, and short ways to ask for what most tests begin with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chassis.caller import Caller
from chassis.testing import Asks, Delivers, a_caller, a_hire

OWNER, AUTHOR, STEWARD = a_caller("E0001", "process_owner"), a_caller("E0002"), a_caller("E0003", "ai_steward")
LEADER = a_caller("E0004", "department_leader")


def _steps(*tools: str) -> dict[str, Any]:
    """A person begins, then each tool does one step, with every control."""
    numbers = list(enumerate(tools, start=2))
    ai = {"actor": "AI", "aiRole": "DRAFT", "dataClass": "INTERNAL"}
    there = {"from": "HUMAN", "to": "AI", "trigger": "the request is read"}
    back = {"from": "AI", "to": "HUMAN", "trigger": "the draft is there", "acceptanceRule": "no invented facts"}
    gate = {"verifierRole": "reviewer", "method": "SAMPLE", "samplingRate": 0.2, "passRule": "no error in the sample"}
    path = {"trigger": "two rejections", "levels": [{"role": "team_lead", "withinMinutes": 60}]}
    return {
        "steps": [
            {"n": 1, "title": "Read the request", "actor": "HUMAN", "role": "clerk"},
            *({"n": n, "title": f"Draft {n}", "toolId": tool, **ai} for n, tool in numbers),
        ],
        "handoffs": [{"step": n, **handoff} for n, _ in numbers for handoff in (there, back)],
        "qualityGates": [{"step": n, **gate} for n, _ in numbers],
        "escalationPaths": [{"step": n, **path} for n, _ in numbers],
    }


@pytest.fixture
def steps() -> Callable[..., dict[str, Any]]:
    """`steps(TOOL_A)`: the content of a complete version that needs the tool."""
    return _steps


Mutates = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def mutate(graph: Asks) -> Mutates:
    """`await mutate("registerProcess", {...}, by=caller)` answers with the payload."""
    fields = {
        "Process": "process { id code status priority hoursAtStake ownerVacant owner { id } }",
        "SopVersion": """
            sop { id fallbackActive blockedDependencies { id } effectiveVersion { number } versionInForce { number }
                  process { status } }
            version { number state approvals { part by { id } } gaps { step lacks message } blockedDependencies { id } }
        """,
    }
    kinds = {name: "SopVersion" if "SopVersion" in name else "Process" for name in (
        "registerProcess", "updateProcess", "prioritiseProcess", "retireProcess", "draftSopVersion", "submitSopVersion",
        "approveSopVersion", "makeSopVersionEffective", "withdrawSopVersion",
    )}  # fmt: skip

    async def ask(name: str, input: dict[str, Any], *, by: Caller) -> dict[str, Any]:
        answer = await graph(
            f"""
            mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{
                {fields[kinds[name]]}
                errors {{ message code ... on SopIncomplete {{ missing }} ... on NotEntitled {{ tier deciders }} }}
            }} }}
            """,
            {"input": input},
            caller=by,
        )
        assert answer["errors"] is None, answer["errors"]
        payload: dict[str, Any] = answer["data"][name]
        return payload

    return ask


@pytest.fixture
async def department(deliver: Delivers) -> None:
    """Support: E0004 leads it, E0001 and E0002 work in it; E0003 works in governance."""
    await deliver(
        "hris.employee-hired.v1", a_hire("E0004", "support", is_people_manager=True, manager_id="E0099"), sequence=None
    )
    for employee in ("E0001", "E0002"):
        await deliver("hris.employee-hired.v1", a_hire(employee, "support", manager_id="E0004"))
    await deliver("hris.employee-hired.v1", a_hire("E0003", "governance"))


@pytest.fixture
async def process_id(department: None, mutate: Mutates) -> str:
    """A registered process of support that E0001 owns."""
    payload = await mutate("registerProcess", a_process(), by=LEADER)
    return str(payload["process"]["id"])


def a_process(code: str = "answer-requests", **differently: Any) -> dict[str, Any]:
    """What registerProcess needs."""
    return {
        "code": code, "name": code.replace("-", " ").capitalize(), "departmentId": "support", "ownerId": "E0001",
        "volumePerMonth": 1000, "minutesPerUnit": 12, "documentationLevel": 3, "exceptionRate": 0.1,
        "systems": ["helpdesk"], "dataClasses": ["INTERNAL"],
        "measurableKpis": [{"name": "cycle time", "unit": "h", "direction": "DOWN"}], **differently,
    }  # fmt: skip


@pytest.fixture
def tool(deliver: Delivers) -> Callable[..., Awaitable[None]]:
    """`await tool("suspended", TOOL_A, 2)`: governance says so, as that version of the tool."""

    async def tell(what: str, tool_id: str, version: int) -> None:
        data = {"tool_id": tool_id, "code": f"tool-{tool_id[-1]}", "name": "A tool", "reason": "risk"}
        await deliver(f"governance.tool-{what}.v1", data, subject=tool_id, sequence=version)

    return tell


@pytest.fixture
def approved(mutate: Mutates) -> Callable[..., Awaitable[str]]:
    """A version drafted, submitted and signed by both; answers with the procedure's id."""

    async def make(input: dict[str, Any]) -> str:
        drafted = await mutate("draftSopVersion", input, by=AUTHOR)
        assert drafted["errors"] == []
        one = {"sopId": drafted["sop"]["id"], "version": drafted["version"]["number"]}
        for name, by in [("submitSopVersion", AUTHOR), ("approveSopVersion", OWNER), ("approveSopVersion", STEWARD)]:
            assert (await mutate(name, one, by=by))["errors"] == []
        return str(one["sopId"])

    return make
