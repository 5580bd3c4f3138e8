"""Delegation against Postgres: it lets decide, for a time, as long as the holder holds the right (G01, G02)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import FixedClock
from governance.testing import BOSS, CLIENT_WORK, DANA, OWNER, SPONSOR, STEWARD, Organisation

SELECT = "delegation { id givenTo { id } }"
WHO = """{ whoDecides(decisionType: RESTRICT_TOOL, departmentId: "sales") { holders { id } standIns { id }
    right { delegable tier guardrails } } }"""


@pytest.fixture
async def led(organisation: Organisation) -> Organisation:
    """The organisation whose department of sales has a leader by whom its people answer to."""
    await organisation.hire("E0050", is_people_manager=True)
    return organisation


def terms(o: Organisation, days: int = 14, **differently: Any) -> dict[str, Any]:
    return {
        "decisionType": "RESTRICT_TOOL", "toId": DANA, "departmentId": "sales", "reason": "on leave",
        "untilAt": (o.clock.now + timedelta(days=days)).isoformat(), **differently,
    }  # fmt: skip


def restriction(o: Organisation, tool: str) -> dict[str, Any]:
    return {
        "departmentId": "sales", "toolId": tool, "removed": [CLIENT_WORK], "reason": "audit",
        "reviewBy": (o.clock.now.date() + timedelta(days=30)).isoformat(),
    }  # fmt: skip


async def test_a_stand_in_decides_until_the_date_G01(led: Organisation, clock: FixedClock) -> None:
    o = led
    tool, other = await o.propose(), await o.propose("other")
    for each in (tool, other):
        await o.approve(each)
    refused = await o.refusal(DANA, "restrictTool", "restriction { id }", **restriction(o, tool))
    assert refused["code"] == "NOT_ENTITLED"
    refused = await o.refusal(DANA, "delegateDecision", SELECT, **terms(o, toId=OWNER))
    assert refused["code"] == "NOT_ENTITLED"
    await o.do("E0050", "delegateDecision", SELECT, **terms(o))
    seen = (await o.ask(OWNER, WHO))["whoDecides"]
    assert (seen["holders"], seen["standIns"]) == ([{"id": "E0050"}], [{"id": DANA}])
    assert (seen["right"]["delegable"], seen["right"]["tier"]) == (True, "DEPARTMENT")
    refused = await o.refusal(DANA, "delegateDecision", SELECT, **terms(o, toId=OWNER))
    assert refused["code"] == "NOT_ENTITLED"
    await o.do(DANA, "restrictTool", "restriction { id }", **restriction(o, tool))
    clock.advance(timedelta(days=14))
    refused = await o.refusal(DANA, "restrictTool", "restriction { id }", **restriction(o, other))
    assert refused["code"] == "NOT_ENTITLED"


async def test_a_delegation_ends_with_the_right_of_who_gave_it_and_for_its_department_only_G02(
    led: Organisation,
) -> None:
    o = led
    tool = await o.propose()
    await o.approve(tool)
    await o.hire("E0060", department="support", is_people_manager=True)
    await o.do("E0050", "delegateDecision", SELECT, **terms(o))
    elsewhere = {**restriction(o, tool), "departmentId": "support"}
    refused = await o.refusal(DANA, "restrictTool", "restriction { id }", **elsewhere)
    assert refused["code"] == "NOT_ENTITLED"
    await o.leave("E0050")
    await o.hire("E0051", is_people_manager=True)
    refused = await o.refusal(DANA, "restrictTool", "restriction { id }", **restriction(o, tool))
    assert refused["code"] == "NOT_ENTITLED"
    assert (await o.ask(OWNER, WHO))["whoDecides"]["standIns"] == []


async def test_an_officer_delegates_and_withdraws_G01(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool)
    await o.do(SPONSOR, "appointOfficer", "officer { id }", role="AI_STEWARD", employeeId=STEWARD)
    given = await o.do(
        STEWARD, "delegateDecision", SELECT, **terms(o, decisionType="SUSPEND_TOOL", departmentId=None, toId=OWNER)
    )
    refused = await o.refusal(BOSS, "withdrawDelegation", SELECT, delegationId=given["id"])
    assert refused["code"] == "NOT_ENTITLED"
    suspended = await o.do(OWNER, "suspendTool", "tool { status }", toolId=tool, reason="leak")
    assert suspended["status"] == "SUSPENDED"
    await o.do(STEWARD, "withdrawDelegation", SELECT, delegationId=given["id"], reason="back")
    seen = (await o.ask(OWNER, "{ myDelegations { endedAt givenBy { id } } }"))["myDelegations"]
    assert [(each["endedAt"] is not None, each["givenBy"]["id"]) for each in seen] == [(True, STEWARD)]
    assert [kind for kind, _ in await o.events("decision-delegated", "delegation-withdrawn")] == [
        "decision-delegated", "delegation-withdrawn",
    ]  # fmt: skip
