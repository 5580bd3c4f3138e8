"""Tools against Postgres (G04-G06, G09, G29, G31, C4)."""

from __future__ import annotations

from datetime import timedelta

from chassis.clock import FixedClock
from chassis.database import new_id
from chassis.testing import Asks, Published
from governance.testing import (
    BOSS,
    CHAIRED,
    CLIENT_WORK,
    DANA,
    MEMBER,
    OFFICER,
    OWNER,
    SPONSOR,
    STEWARD,
    TOOL,
    Organisation,
    RunDue,
)

SELECT = f"tool {{ {TOOL} }}"


async def test_an_employee_cannot_approve_a_tool_and_is_told_which_tier_may_G02(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    motion = await o.passed("APPROVE_TOOL", tool)
    before = len(await o.published())
    refusal = await o.refusal(DANA, "approveTool", SELECT, toolId=tool, motionId=motion, scope=[CLIENT_WORK])
    assert refusal == {
        "__typename": "NotEntitled",
        "code": "NOT_ENTITLED",
        "message": "Approving a tool is decided at the enterprise tier by the governance committee"
        " (Person E0001, Person E0002, Person E0003). Ask one of them.",
    }
    assert len(await o.published()) == before


async def test_a_tool_is_approved_only_by_a_passed_motion_about_it_and_once_G06(organisation: Organisation) -> None:
    o = organisation
    tool, other = await o.propose(), await o.propose("other")
    motion = await o.motion("APPROVE_TOOL", tool)
    common = {"toolId": tool, "scope": [CLIENT_WORK]}
    assert (await o.refusal(STEWARD, "approveTool", SELECT, motionId=motion, **common))["code"] == "MOTION_NOT_PASSED"
    wrong = await o.passed("APPROVE_TOOL", other)
    refusal = await o.refusal(STEWARD, "approveTool", SELECT, motionId=wrong, **common)
    assert refusal["code"] == "MOTION_ABOUT_SOMETHING_ELSE"
    await o.approve(tool)
    assert (await o.refusal(STEWARD, "approveTool", SELECT, motionId=str(new_id()), **common))["code"] == "NOT_FOUND"


async def test_the_terms_that_were_voted_on_are_carried_out_and_no_others_G31(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    terms = {"scope": [CLIENT_WORK], "conditions": {"credentialTypes": ["universal-fluency"]}}
    motion = await o.passed("APPROVE_TOOL", tool, terms=terms)
    wider = [CLIENT_WORK, {"dataClass": "CONFIDENTIAL", "context": "INTERNAL"}]
    for scope in (wider, [CLIENT_WORK]):
        refusal = await o.refusal(STEWARD, "approveTool", SELECT, toolId=tool, motionId=motion, scope=scope)
        assert refusal["code"] == "TERMS_DIFFER"
    await o.do(STEWARD, "approveTool", SELECT, toolId=tool, motionId=motion)
    query = "query($id: ID!) { tool(id: $id) { scope { dataClass context } conditions { credentialTypes { id } } } }"
    data = await o.ask(DANA, query, id=tool)
    assert data["tool"] == {"scope": [CLIENT_WORK], "conditions": {"credentialTypes": [{"id": "universal-fluency"}]}}
    narrower = {"scope": [{"dataClass": "PUBLIC", "context": "PUBLIC"}]}
    change = await o.passed("CHANGE_TOOL_SCOPE", tool, terms=narrower)
    await o.do(STEWARD, "changeToolScope", SELECT, toolId=tool, motionId=change)
    shown = await o.ask(DANA, "query($id: ID!) { motion(id: $id) { terms { scope { dataClass } } } }", id=change)
    assert shown["motion"]["terms"]["scope"] == [{"dataClass": "PUBLIC"}]


async def test_a_motion_is_carried_out_once_G31(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool)
    motion = await o.passed("CHANGE_TOOL_SCOPE", tool)
    await o.do(STEWARD, "changeToolScope", SELECT, toolId=tool, motionId=motion, scope=[CLIENT_WORK])
    again = await o.refusal(STEWARD, "changeToolScope", SELECT, toolId=tool, motionId=motion, scope=[CLIENT_WORK])
    assert again["code"] == "MOTION_ALREADY_ENACTED"


async def test_unknown_risk_and_a_missing_owner_block_approval_G09_G27(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose(assessment={"processesPersonalData": True}, ownerId=None)
    motion = await o.passed("APPROVE_TOOL", tool)
    common = {"toolId": tool, "motionId": motion, "scope": [CLIENT_WORK]}
    refusal = await o.refusal(STEWARD, "approveTool", SELECT, **common)
    assert refusal["code"] == "RISK_UNKNOWN"
    assert "decides_about_people" in refusal["message"]
    answers = {"decidesAboutPeople": False, "manipulatesOrScoresPeople": False, "actsWithoutReview": True}
    assessed = await o.do(
        STEWARD, "assessTool", SELECT, toolId=tool, assessment={**answers, "speaksToThePublic": False}
    )
    assert assessed["risk"] == "HIGH"
    assert (await o.refusal(STEWARD, "approveTool", SELECT, **common))["code"] == "NOBODY_ACCOUNTABLE"
    await o.do(STEWARD, "nameToolOwner", SELECT, toolId=tool, ownerId=OWNER)
    none = await o.refusal(STEWARD, "approveTool", SELECT, **{**common, "scope": []})
    assert none["code"] == "NOTHING_ALLOWED"
    policy = await o.refusal(STEWARD, "approveTool", SELECT, **common, conditions={"policyIds": ["nope"]})
    assert policy["message"] == "There is no policy nope."
    assert (await o.do(STEWARD, "approveTool", SELECT, **common))["status"] == "APPROVED"
    kinds = [(data["previous_risk"], data["risk"]) for _, data in await o.events("tool-assessed")]
    assert kinds == [("to_be_determined", "high")]


async def test_an_approval_says_what_for_and_on_which_conditions_G05(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    await o.publish()
    await o.approve(
        tool, credentials=("universal-fluency",), policies=("acceptable-use",), approval="LINE_MANAGER",
        scope=[{**CLIENT_WORK, "departmentId": "sales", "region": "eu"}],
    )  # fmt: skip
    data = await o.ask(
        DANA,
        """query($id: ID!) { tool(id: $id) { scope { dataClass context region department { id name } }
            conditions { credentialTypes { id } policyIds approval } reviewBy
            decisions { decisionType outcome tier evidence motionId dissent { id } }
            motions { outcome committee { name } tool { code } } } }""",
        id=tool,
    )
    found = data["tool"]
    assert found["scope"] == [{**CLIENT_WORK, "region": "eu", "department": {"id": "sales", "name": "Sales"}}]
    assert found["conditions"] == {
        "credentialTypes": [{"id": "universal-fluency"}],
        "policyIds": ["acceptable-use"],
        "approval": "LINE_MANAGER",
    }
    assert found["reviewBy"] == "2027-03-02"
    assert found["decisions"][0]["outcome"] == "approved"
    assert found["decisions"][0]["evidence"]["enacted_by"] == STEWARD
    assert found["motions"][0]["tool"] == {"code": "draft-assistant"}
    event = (await o.events("tool-approved"))[0][1]
    assert event["conditions"] == {
        "credential_types": ["universal-fluency"], "policy_ids": ["acceptable-use"], "approval": "line_manager",
        "panel": None,
    }  # fmt: skip
    assert event["scope"] == [
        {"data_class": "CLIENT", "context": "CLIENT_WORK", "department_id": "sales", "region": "eu"}
    ]
    assert (event["version"], event["review_by"]) == ("1", "2027-03-02")


async def test_a_code_is_taken_once_and_the_same_key_proposes_once_G04(organisation: Organisation, graph: Asks) -> None:
    o = organisation
    input = {"code": "helper", "name": "Helper", "vendor": "Acme", "idempotencyKey": "k1"}
    first = await o.do(DANA, "proposeTool", SELECT, **input)
    assert (await o.do(DANA, "proposeTool", SELECT, **input))["id"] == first["id"]
    taken = await o.refusal(BOSS, "proposeTool", SELECT, **input)
    assert taken["code"] == "TOOL_CODE_TAKEN"
    assert len(await o.events("tool-proposed")) == 1
    stranger = await o.refusal("E7777", "proposeTool", SELECT, **{**input, "code": "x"})
    assert stranger["code"] == "NOT_ENTITLED"
    anonymous = await graph('mutation { proposeTool(input: {code: "y", name: "y", vendor: "y"}) { errors { code } } }')
    assert anonymous["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_tools_are_listed_by_pages_and_found_by_the_beginning_of_their_name_G04(
    organisation: Organisation,
) -> None:
    o = organisation
    for n in range(5):
        await o.do(DANA, "proposeTool", SELECT, code=f"helper-{n}", name=f"Helper {n}", vendor="Acme")
    query = """query($after: String, $search: String, $status: ToolStatus) {
        tools(first: 2, after: $after, search: $search, status: $status) {
            nodes { code } pageInfo { hasNextPage endCursor } } }"""
    seen: list[str] = []
    after = None
    while True:
        page = (await o.ask(DANA, query, after=after))["tools"]
        seen += [tool["code"] for tool in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [f"helper-{n}" for n in range(5)]
    assert len((await o.ask(DANA, query, search="helper 3"))["tools"]["nodes"]) == 1
    assert (await o.ask(DANA, query, status="APPROVED"))["tools"]["nodes"] == []
    assert (await o.ask(DANA, '{ tool(code: "helper-4") { name } }'))["tool"] == {"name": "Helper 4"}


async def test_an_emergency_suspension_waits_for_the_committee_and_fails_closed_G29(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool)
    suspended = await o.do(OFFICER, "suspendTool", SELECT, toolId=tool, reason="leaks prompts")
    assert suspended["suspension"] == {
        "reason": "leaks prompts", "emergency": True, "ratified": False, "ratificationOverdue": False,
    }  # fmt: skip
    clock.advance(timedelta(days=7))
    await run_due()
    data = await o.ask(DANA, f"query($id: ID!) {{ tool(id: $id) {{ {TOOL} }} }}", id=tool)
    assert (data["tool"]["status"], data["tool"]["suspension"]["ratificationOverdue"]) == ("SUSPENDED", True)
    assert len(await o.events("tool-ratification-overdue")) == 1
    ratified = await o.do(
        STEWARD, "ratifySuspension", SELECT, toolId=tool, motionId=await o.passed("RATIFY_SUSPENSION", tool)
    )
    assert ratified["suspension"]["ratified"] is True
    assert ratified["suspension"]["ratificationOverdue"] is False


async def test_a_ratified_suspension_is_never_overdue_and_a_reinstatement_reverses_it_G29_G31(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool)
    await o.do(STEWARD, "suspendTool", SELECT, toolId=tool, reason="leaks prompts")
    await o.do(STEWARD, "ratifySuspension", SELECT, toolId=tool, motionId=await o.passed("RATIFY_SUSPENSION", tool))
    clock.advance(timedelta(days=30))
    await run_due()
    assert await o.events("tool-ratification-overdue") == []
    motion = await o.passed("REINSTATE_TOOL", tool)
    await o.do(SPONSOR, "reinstateTool", SELECT, toolId=tool, motionId=motion)
    data = await o.ask(DANA, "query($id: ID!) { tool(id: $id) { decisions { id decisionType reversesId } } }", id=tool)
    decisions = {each["decisionType"]: each for each in data["tool"]["decisions"]}
    assert decisions["REINSTATE_TOOL"]["reversesId"] == decisions["SUSPEND_TOOL"]["id"]


async def test_neither_an_employee_nor_a_member_suspends_a_tool_alone_G29(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool)
    for who in (DANA, CHAIRED, OWNER, SPONSOR):
        refusal = await o.refusal(who, "suspendTool", SELECT, toolId=tool, reason="?")
        assert refusal["code"] == "NOT_ENTITLED"


async def test_a_tool_that_turns_out_to_be_prohibited_is_suspended_at_once_G09(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool)
    found = await o.do(STEWARD, "assessTool", SELECT, toolId=tool, assessment={"manipulatesOrScoresPeople": True})
    assert (found["status"], found["risk"]) == ("SUSPENDED", "PROHIBITED")
    motion = await o.passed("REINSTATE_TOOL", tool)
    refusal = await o.refusal(STEWARD, "reinstateTool", SELECT, toolId=tool, motionId=motion)
    assert refusal["code"] == "RISK_PROHIBITED"


async def test_a_review_that_is_overdue_is_flagged_and_later_suspends_G06(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool, reviewBy="2026-06-01")
    clock.advance(timedelta(days=91))
    await run_due()
    query = "query($id: ID!) { tool(id: $id) { status reviewOverdue } }"
    assert (await o.ask(DANA, query, id=tool))["tool"] == {"status": "APPROVED", "reviewOverdue": True}
    clock.advance(timedelta(days=30))
    await run_due()
    assert (await o.ask(DANA, query, id=tool))["tool"]["status"] == "SUSPENDED"


async def test_a_narrower_scope_suspends_what_is_outside_and_a_wider_one_brings_it_back_G03(
    organisation: Organisation,
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool)
    await o.request(tool)
    internal = {"dataClass": "INTERNAL", "context": "INTERNAL"}
    await o.do(
        STEWARD, "changeToolScope", SELECT, toolId=tool, motionId=await o.passed("CHANGE_TOOL_SCOPE", tool),
        scope=[internal],
    )  # fmt: skip
    assert (await o.grants())[0]["suspendedFor"] == ["OUT_OF_SCOPE"]
    await o.do(
        STEWARD, "changeToolScope", SELECT, toolId=tool, motionId=await o.passed("CHANGE_TOOL_SCOPE", tool),
        scope=[internal, CLIENT_WORK],
    )  # fmt: skip
    assert (await o.grants())[0]["status"] == "ACTIVE"


async def test_retirement_ends_grants_and_requests_for_good_G06(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool, credentials=("universal-fluency",))
    await o.request(tool)
    await o.award("universal-fluency", who=BOSS)
    await o.request(tool, who=BOSS)
    retired = await o.do(STEWARD, "retireTool", SELECT, toolId=tool, motionId=await o.passed("RETIRE_TOOL", tool))
    assert retired["status"] == "RETIRED"
    assert (await o.requests())[0]["status"] == "CANCELLED"
    assert (await o.grants(BOSS))[0]["revokedBecause"] == "tool retired"
    refusal = await o.refusal(DANA, "requestAccess", "accessRequest { id }", toolId=tool, **CLIENT_WORK)
    assert refusal["code"] == "TOOL_CANNOT_BE_REQUESTED"


async def test_a_rejected_tool_cancels_what_waited_and_can_be_reviewed_again_G06(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    await o.request(tool)
    rejected = await o.do(STEWARD, "rejectTool", SELECT, toolId=tool, motionId=await o.passed("REJECT_TOOL", tool))
    assert rejected["status"] == "REJECTED"
    assert (await o.requests())[0]["status"] == "CANCELLED"
    assert (await o.do(STEWARD, "startToolReview", SELECT, toolId=tool))["status"] == "UNDER_REVIEW"


async def test_an_owner_who_leaves_is_followed_by_the_line_manager_G27(organisation: Organisation) -> None:
    o = organisation
    await o.hire("E0050", manager_id=MEMBER)
    tool = await o.propose(ownerId="E0050")
    motion = await o.motion("APPROVE_TOOL", tool)
    await o.leave("E0050")
    data = await o.ask(DANA, "query($id: ID!) { tool(id: $id) { owner { id } } }", id=tool)
    assert data["tool"]["owner"] == {"id": MEMBER}
    refusal = await o.refusal(MEMBER, "castVote", "motion { id }", motionId=motion, choice="YES")
    assert refusal["code"] == "RECUSED"


async def test_no_tool_is_orphaned_where_there_is_no_manager_G27(organisation: Organisation) -> None:
    o = organisation
    await o.hire("E0060", department="support")
    await o.hire("E0061", department="support", is_people_manager=True)
    tool, other = await o.propose(ownerId="E0060"), await o.propose("other", ownerId=OWNER)
    await o.leave("E0060")
    await o.leave(OWNER)
    owners = "query($a: ID!, $b: ID!) { a: tool(id: $a) { owner { id } } b: tool(id: $b) { owner { id } } }"
    assert await o.ask(DANA, owners, a=tool, b=other) == {
        "a": {"owner": {"id": "E0061"}},
        "b": {"owner": {"id": SPONSOR}},
    }


async def test_the_graph_answers_another_services_mention_of_a_tool_X01(
    organisation: Organisation, published: Published
) -> None:
    o = organisation
    tool = await o.propose()
    data = await o.ask(
        DANA,
        "query($r: [_Any!]!) { _entities(representations: $r) { ... on Tool { code } ... on Employee { name } } }",
        r=[{"__typename": "Tool", "id": tool}, {"__typename": "Employee", "id": DANA}],
    )
    assert data["_entities"] == [{"code": "draft-assistant"}, {"name": "Person E0011"}]
