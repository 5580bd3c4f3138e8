"""Does the operating model run? The choreographies, through the gateway and the bus only."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from chassis.testing import eventually
from tests.e2e.organisation import (
    OFFICER,
    STEWARD,
    a_credential,
    a_hire,
    a_passed_motion,
    a_proposed_tool,
    an_effective_sop,
    approve,
    assignments,
    complete,
    grants,
    has_grants,
    hire,
    is_assigned,
    me,
    request,
)


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


async def test_a_suspension_reaches_grants_procedures_and_figures_and_is_undone_in_all_of_them_C4_G29_P18_X09(
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
    dry = "query($t: ID!) { blastRadius(toolId: $t) { grants procedures { flagged sops { id } } training { assignments } } }"
    radius = (await ask(dry, {"t": tool}, **STEWARD))["data"]["blastRadius"]
    assert radius == {"grants": 1, "procedures": {"flagged": 1, "sops": [{"id": sop}]}, "training": {"assignments": 0}}
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
