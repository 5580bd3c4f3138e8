"""Use cases, prompts and preferences against Postgres (G24-G27)."""

from __future__ import annotations

from typing import Any

import pytest

from governance.testing import BOSS, CLIENT_WORK, DANA, OFFICER, OWNER, SPONSOR, STEWARD, Organisation

CASE = "useCase { id title risk obstacles owner { id } tools { code } }"
PROMPT = "prompt { id number visibility forkedFromId rating ratingCount forkCount versions { number body } }"


@pytest.fixture
async def approved(organisation: Organisation) -> tuple[Organisation, str]:
    """The organisation, whose sales department has a leader, and an approved tool."""
    organisation.roles[BOSS] = "department_leader"
    tool = await organisation.propose()
    await organisation.approve(tool)
    return organisation, tool


def case(tool: str, **differently: Any) -> dict[str, Any]:
    return {
        "departmentId": "sales", "title": "Replies", "toolIds": [tool], "ownerId": BOSS, **CLIENT_WORK, **differently,
    }  # fmt: skip


async def test_a_department_registers_use_cases_within_guardrails_G26(approved: tuple[Organisation, str]) -> None:
    o, tool = approved
    refused = await o.refusal(DANA, "registerUseCase", CASE, **case(tool))
    assert refused["code"] == "NOT_ENTITLED"
    refused = await o.refusal(BOSS, "registerUseCase", CASE, **case(tool, dataClass="CONFIDENTIAL"))
    assert (refused["code"], "enterprise tier" in refused["message"]) == ("GUARDRAIL_VIOLATION", True)
    made = await o.do(BOSS, "registerUseCase", CASE, **case(tool))
    assert (made["risk"], made["obstacles"], made["tools"]) == ("LIMITED", [], [{"code": "draft-assistant"}])
    await o.do(OFFICER, "suspendTool", "tool { id }", toolId=tool, reason="leak")
    listed = 'query($t: ID) { useCases(departmentId: "sales", toolId: $t) { nodes { title obstacles } } }'
    seen = (await o.ask(OWNER, listed, t=tool))["useCases"]["nodes"]
    assert seen == [{"title": "Replies", "obstacles": ["Draft-Assistant is suspended"]}]
    await o.do(BOSS, "retireUseCase", CASE, useCaseId=made["id"], reason="done")
    assert (await o.ask(OWNER, listed, t=tool))["useCases"]["nodes"] == []
    told = await o.events("usecase-registered", "usecase-retired")
    assert [(kind, data["department_id"]) for kind, data in told] == [
        ("usecase-registered", "sales"), ("usecase-retired", "sales"),
    ]  # fmt: skip


async def test_no_use_case_is_left_without_an_accountable_person_G27(approved: tuple[Organisation, str]) -> None:
    o, tool = approved
    await o.hire("E0098", manager_id=BOSS)
    await o.do(BOSS, "registerUseCase", CASE, **case(tool, ownerId="E0098"))
    await o.leave("E0098")
    (told,) = await o.events("usecase-owner-changed")
    assert (told[1]["owner_id"], told[1]["previous_id"]) == (BOSS, "E0098")


async def test_a_prompt_is_shared_forked_endorsed_and_rated_G25(approved: tuple[Organisation, str]) -> None:
    o, tool = approved
    await o.hire("E0098", department="support")
    other_team = (await o.ask("E0098", "{ me { team { id } } }"))["me"]["team"]["id"]
    prompt = {"teamId": "sales-one", "title": "Reply", "body": "Write.", "toolIds": [tool]}
    refused = await o.refusal("E0098", "sharePrompt", PROMPT, **prompt)
    assert refused["code"] == "NOT_ENTITLED"
    id = (await o.do(DANA, "sharePrompt", PROMPT, **prompt))["id"]
    await o.do(DANA, "revisePrompt", PROMPT, promptId=id, body="Write well.")
    for who, field, input in (
        ("E0098", "ratePrompt", {"stars": 5}),
        ("E0098", "forkPrompt", {"teamId": other_team}),
    ):
        assert (await o.refusal(who, field, PROMPT, promptId=id, **input))["code"] == "NOT_FOUND"
    for who in (DANA, STEWARD):
        refused = await o.refusal(who, "promotePrompt", PROMPT, promptId=id, visibility="DEPARTMENT")
        assert (refused["code"], "department tier" in refused["message"]) == ("NOT_ENTITLED", True)
    await o.do(BOSS, "promotePrompt", PROMPT, promptId=id, visibility="DEPARTMENT")
    await o.do(STEWARD, "promotePrompt", PROMPT, promptId=id, visibility="ENTERPRISE")
    forked = await o.do("E0098", "forkPrompt", PROMPT, promptId=id, teamId=other_team, body="Write kindly.")
    assert (forked["forkedFromId"], forked["visibility"], forked["number"]) == (id, "TEAM", 1)
    for who, stars in (("E0098", 2), ("E0098", 5), (OWNER, 4)):
        rated = await o.do(who, "ratePrompt", PROMPT, promptId=id, stars=stars)
    assert (rated["rating"], rated["ratingCount"], rated["forkCount"]) == (4.5, 2, 1)
    assert rated["versions"] == [{"number": 1, "body": "Write."}, {"number": 2, "body": "Write well."}]
    listed = '{ promptPatterns(search: "rep") { nodes { id } } }'
    assert [p["id"] for p in (await o.ask(SPONSOR, listed))["promptPatterns"]["nodes"]] == [id]
    assert [p["id"] for p in (await o.ask("E0098", listed))["promptPatterns"]["nodes"]] == [forked["id"], id]


async def test_a_team_prefers_tools_without_anybodys_consent_G24(approved: tuple[Organisation, str]) -> None:
    o, tool = approved
    other = await o.propose("other")
    select = "preference { team { id } tools { code } }"
    refused = await o.refusal(DANA, "preferTools", select, teamId="sales-one", toolIds=[tool, other])
    assert refused["code"] == "NOT_AMONG_THE_APPROVED"
    await o.approve(other)
    await o.do(DANA, "preferTools", select, teamId="sales-one", toolIds=[other, tool])
    await o.hire("E0098", department="support")
    refused = await o.refusal("E0098", "preferTools", select, teamId="sales-one", toolIds=[tool])
    assert (refused["code"], "team tier" in refused["message"]) == ("NOT_ENTITLED", True)
    seen = await o.ask(OWNER, '{ toolPreference(teamId: "sales-one") { tools { code } } }')
    assert seen["toolPreference"] == {"tools": [{"code": "other"}, {"code": "draft-assistant"}]}
    assert (await o.events("team-tools-preferred"))[0][1]["tool_ids"] == [other, tool]
