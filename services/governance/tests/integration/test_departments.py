"""Departments against Postgres: a leader narrows, access follows, and comes back (G03, G23, C13)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import FixedClock
from chassis.database import Database
from governance.departments import repository
from governance.testing import BOSS, CLIENT_WORK, DANA, OWNER, STEWARD, Organisation, RunDue

SELECT = "restriction { id status reviewBy tool { code } }"
CAN = """query($e: ID!, $t: ID!) { canUse(employeeId: $e, toolId: $t, dataClass: CLIENT, context: CLIENT_WORK) {
    allowed reasons { rule satisfied explanation } } }"""


@pytest.fixture
def led(organisation: Organisation) -> Organisation:
    """The organisation, whose department of sales has a leader."""
    organisation.roles[BOSS] = "department_leader"
    return organisation


async def restrict(o: Organisation, tool: str | None, days: int = 30, **differently: Any) -> str:
    made = await o.do(BOSS, "restrictTool", SELECT, **terms(o, tool, days, **differently))
    return str(made["id"])


def terms(o: Organisation, tool: str | None, days: int = 30, **differently: Any) -> dict[str, Any]:
    return {
        "departmentId": "sales", "toolId": tool, "removed": [CLIENT_WORK], "reason": "client audit",
        "reviewBy": (o.clock.now.date() + timedelta(days=days)).isoformat(), **differently,
    }  # fmt: skip


async def granted(o: Organisation) -> str:
    tool = await o.propose()
    await o.approve(tool)
    await o.request(tool)
    return tool


async def test_a_restriction_suspends_what_is_outside_and_its_end_restores_it_C13_G23(led: Organisation) -> None:
    o = led
    tool = await granted(o)
    await o.hire("E0099", department="support")
    await o.request(tool, who="E0099")
    restriction = await restrict(o, tool)
    assert (await o.grants())[0]["suspendedFor"] == ["DEPT_RESTRICTED"]
    assert (await o.grants("E0099"))[0]["status"] == "ACTIVE"
    verdict = (await o.ask(DANA, CAN, e=DANA, t=tool))["canUse"]
    assert [link["rule"] for link in verdict["reasons"] if not link["satisfied"]] == [
        "DEPARTMENT_ALLOWS", "GRANT_ACTIVE",
    ]  # fmt: skip
    refused = await o.refusal(OWNER, "requestAccess", "accessRequest { id }", toolId=tool, **CLIENT_WORK)
    assert (refused["code"], "client audit" in refused["message"]) == ("RESTRICTED_HERE", True)
    lifted = await o.do(BOSS, "liftRestriction", SELECT, restrictionId=restriction, reason="audit is over")
    assert lifted["status"] == "LIFTED"
    assert (await o.grants())[0]["status"] == "ACTIVE"
    told = await o.events("department-restricted", "department-restriction-lifted")
    assert [(kind, data["department_id"], data["tool_id"], data["reason"]) for kind, data in told] == [
        ("department-restricted", "sales", tool, "client audit"),
        ("department-restriction-lifted", "sales", tool, "audit is over"),
    ]


async def test_a_restriction_lapses_on_its_date_by_itself_G23(
    led: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = led
    tool = await granted(o)
    await restrict(o, None, days=90, removed=[], remaining=[])
    assert (await o.grants())[0]["suspendedFor"] == ["DEPT_RESTRICTED"]
    clock.advance(timedelta(days=89))
    await run_due()
    assert (await o.grants())[0]["status"] == "SUSPENDED"
    clock.advance(timedelta(days=1))
    await run_due()
    assert (await o.grants())[0]["status"] == "ACTIVE"
    shown = await o.ask(
        DANA, '{ department(id: "sales") { restrictions { status tool { code } remaining { region } } } }'
    )
    assert shown["department"]["restrictions"] == [{"status": "LAPSED", "tool": None, "remaining": []}]
    assert (await o.ask(DANA, CAN, e=DANA, t=tool))["canUse"]["allowed"] is True


async def test_widening_is_refused_with_the_guardrail_and_the_tier_G03(led: Organisation) -> None:
    o = led
    tool = await granted(o)
    wider = terms(o, tool, removed=[], remaining=[{"dataClass": "CONFIDENTIAL", "context": "PUBLIC"}])
    answer = await o.ask(
        BOSS,
        "mutation($input: RestrictToolInput!) { restrictTool(input: $input) { restriction { id } errors {"
        " code ... on GuardrailViolation { guardrail tier } } } }",
        input=wider,
    )
    assert answer["restrictTool"] == {
        "restriction": None,
        "errors": [
            {
                "code": "GUARDRAIL_VIOLATION",
                "guardrail": "A lower tier only narrows what the enterprise allows for a tool.",
                "tier": "enterprise",
            }
        ],
    }
    await restrict(o, tool)
    again = await o.refusal(BOSS, "restrictTool", SELECT, **terms(o, tool))
    assert again["code"] == "ALREADY_RESTRICTED"


async def test_only_the_leader_of_the_department_restricts_and_lifts_G02_G23(led: Organisation) -> None:
    o = led
    tool = await granted(o)
    await o.hire("E0099", department="support", is_people_manager=True)
    for who in (DANA, STEWARD, "E0099"):
        refused = await o.refusal(who, "restrictTool", SELECT, **terms(o, tool))
        assert (refused["code"], "department tier" in refused["message"]) == ("NOT_ENTITLED", True)
    elsewhere = await o.do("E0099", "restrictTool", SELECT, **terms(o, tool, departmentId="support"))
    refused = await o.refusal(BOSS, "liftRestriction", SELECT, restrictionId=elsewhere["id"], reason="?")
    assert refused["code"] == "NOT_ENTITLED"


async def test_a_transfer_into_a_restricting_department_suspends_C5b(led: Organisation, clock: FixedClock) -> None:
    o = led
    await o.hire("E0099", department="support")
    tool = await granted(o)
    await o.request(tool, who="E0099")
    await restrict(o, tool)
    moved = {"employee_id": "E0099", "effective_date": clock.now.date().isoformat()}
    await o.deliver(
        "hris.employee-transferred.v1", {**moved, "department": {"id": "sales", "name": "Sales"}}, subject="E0099"
    )
    assert (await o.grants("E0099"))[0]["suspendedFor"] == ["DEPT_RESTRICTED"]


async def test_nothing_is_granted_while_a_department_decides_C13(led: Organisation, database: Database) -> None:
    """A grant that begins while a restriction is not committed yet waits for it."""
    o = led
    tool = await o.propose()
    await o.approve(tool, credentials=("universal-fluency",))
    await o.request(tool)
    async with database.transaction() as first:
        await repository.lock(first, "sales")
        second = asyncio.create_task(o.award("universal-fluency"))
        _, waiting = await asyncio.wait([second], timeout=0.3)
        assert waiting
    await second
    assert (await o.grants())[0]["status"] == "ACTIVE"
    await o.hire("E0098")
    await restrict(o, tool)
    await o.award("universal-fluency", who="E0098")
    refused = await o.refusal("E0098", "requestAccess", "accessRequest { id }", toolId=tool, **CLIENT_WORK)
    assert refused["code"] == "RESTRICTED_HERE"
