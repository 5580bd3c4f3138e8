"""What held at a moment is answered from what was recorded up to then (X07)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chassis.clock import FixedClock
from governance.testing import BOSS, DANA, MEMBER, OFFICER, STEWARD, Organisation, RunDue

QUERY = """query($who: ID!, $tool: ID!, $at: DateTime!) {
    couldUse(employeeId: $who, toolId: $tool, dataClass: CLIENT, context: CLIENT_WORK, at: $at) {
        modelVersion entitlement { allowed reasons { rule satisfied explanation } } evidence { eventType } } }"""


async def failed(o: Organisation, tool: str, at: datetime) -> list[str]:
    """The rules that were not satisfied then; none when it was allowed."""
    answer = await o.graph(QUERY, {"who": DANA, "tool": tool, "at": at.isoformat()}, caller=o.caller(OFFICER))
    assert answer["errors"] is None, answer["errors"]
    found: dict[str, Any] = answer["data"]["couldUse"]["entitlement"]
    rules = [each["rule"] for each in found["reasons"] if not each["satisfied"]]
    assert found["allowed"] is not bool(rules)
    return rules


async def test_was_dana_entitled_on_that_day_and_why_X07(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    o.roles[BOSS] = "department_leader"
    moments: dict[str, datetime] = {}

    def later(name: str) -> None:
        clock.advance(timedelta(hours=1))
        moments[name] = clock.now
        clock.advance(timedelta(hours=1))

    await o.publish()
    tool = await o.propose()
    later("reviewed")
    await o.approve(tool, credentials=("client-work",), policies=("acceptable-use",))
    await o.request(tool)
    later("approved")
    await o.award("client-work")
    later("certified")
    await o.do(DANA, "acknowledgePolicy", "acknowledgement { id }", policyCode="acceptable-use")
    later("entitled")
    await o.credential("revoked", "client-work")
    later("revoked")
    await o.award("client-work", period="again")
    later("again")
    restriction = await o.do(
        BOSS, "restrictTool", "restriction { id }", departmentId="sales", toolId=tool, reason="audit", remaining=[],
        reviewBy="2026-04-01",
    )  # fmt: skip
    later("restricted")
    await o.do(BOSS, "liftRestriction", "restriction { id }", restrictionId=restriction["id"], reason="done")
    later("lifted")
    await o.do(OFFICER, "suspendTool", "tool { id }", toolId=tool, reason="leaks")
    later("suspended")
    await o.do(STEWARD, "reinstateTool", "tool { id }", toolId=tool, motionId=await o.passed("REINSTATE_TOOL", tool))
    await o.do(
        STEWARD, "changeToolScope", "tool { id }", toolId=tool, motionId=await o.passed("CHANGE_TOOL_SCOPE", tool),
        scope=[{"dataClass": "INTERNAL", "context": "INTERNAL"}],
    )  # fmt: skip
    later("narrowed")
    clock.advance(timedelta(days=2))
    await o.leave(DANA)

    waits = ["POLICIES_ACKNOWLEDGED", "CREDENTIALS_VALID", "GRANT_ACTIVE"]
    assert {name: await failed(o, tool, at) for name, at in moments.items()} == {
        "reviewed": ["TOOL_APPROVED", "WITHIN_SCOPE", "GRANT_ACTIVE"],
        "approved": waits,
        "certified": ["POLICIES_ACKNOWLEDGED", "GRANT_ACTIVE"],
        "entitled": [],
        "revoked": ["CREDENTIALS_VALID", "GRANT_ACTIVE"],
        "again": [],
        "restricted": ["DEPARTMENT_ALLOWS", "GRANT_ACTIVE"],
        "lifted": [],
        "suspended": ["TOOL_APPROVED", "GRANT_ACTIVE"],
        "narrowed": ["WITHIN_SCOPE", "GRANT_ACTIVE"],
    }
    assert set(await failed(o, tool, clock.now)) >= {"EMPLOYED", "GRANT_ACTIVE"}

    answer = await o.graph(
        QUERY, {"who": DANA, "tool": tool, "at": moments["entitled"].isoformat()}, caller=o.caller(OFFICER)
    )
    types = [each["eventType"] for each in answer["data"]["couldUse"]["evidence"]]
    assert types[0] == "governance.tool-proposed.v1"
    assert types[-1] == "governance.access-granted.v1"
    assert "governance.tool-suspended.v1" not in types
    refusals = ((MEMBER, moments["again"], "NOT_ENTITLED"), (OFFICER, clock.now + timedelta(1), "NOT_YET_HISTORY"))
    for who, at, code in refusals:
        answer = await o.graph(QUERY, {"who": DANA, "tool": tool, "at": at.isoformat()}, caller=o.caller(who))
        assert answer["errors"][0]["extensions"]["code"] == code
