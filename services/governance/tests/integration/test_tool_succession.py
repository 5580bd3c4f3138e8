"""Versions, duplicates, ends and waiting proposals against Postgres (G07, G08, G32)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from chassis.clock import FixedClock
from governance.testing import ANSWERS, DANA, OWNER, STEWARD, Organisation, RunDue

SELECT = "tool { id status sunsetAt successor { id } replaces { id } risk duplicateOfId decisionOverdue }"


async def test_a_new_version_is_decided_anew_and_ends_the_one_before_G07(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    old = await o.propose()
    await o.approve(old)
    await o.request(old)
    refused = await o.refusal(DANA, "proposeToolVersion", SELECT, toolId=old, code="draft-2", modelVersion="1")
    assert refused["code"] == "SAME_VERSION"
    new = await o.do(DANA, "proposeToolVersion", SELECT, toolId=old, code="draft-2", modelVersion="2")
    assert (new["risk"], new["replaces"]) == ("TO_BE_DETERMINED", {"id": old})
    await o.do(STEWARD, "startToolReview", SELECT, toolId=new["id"])
    await o.do(STEWARD, "assessTool", SELECT, toolId=new["id"], assessment=ANSWERS)
    await o.approve(new["id"])
    seen = (await o.ask(DANA, "query($i: ID!) { tool(id: $i) { status sunsetAt successor { code } nextVersions { code } } }",
        i=old))["tool"]  # fmt: skip
    assert (seen["status"], seen["successor"], seen["nextVersions"]) == (
        "APPROVED", {"code": "draft-2"}, [{"code": "draft-2"}],
    )  # fmt: skip
    clock.advance(timedelta(days=89))
    await run_due()
    assert (await o.grants())[0]["status"] == "ACTIVE"
    clock.advance(timedelta(days=1))
    await run_due()
    (grant,) = await o.grants()
    assert (grant["status"], grant["revokedBecause"]) == ("REVOKED", "tool retired")
    told = await o.events("tool-deprecated", "tool-retired")
    assert [(kind, data["successor_id"]) for kind, data in told] == [
        ("tool-deprecated", new["id"]), ("tool-retired", new["id"]),
    ]  # fmt: skip


async def test_the_committee_lets_a_tool_end_on_a_date_G07(organisation: Organisation, clock: FixedClock) -> None:
    o = organisation
    tool, other = await o.propose(), await o.propose("other")
    await o.approve(tool)
    motion = await o.passed("DEPRECATE_TOOL", tool)
    end = (clock.now + timedelta(days=10)).isoformat()
    terms = {"toolId": tool, "motionId": motion, "sunsetAt": end}
    refused = await o.refusal(STEWARD, "deprecateTool", SELECT, **terms, successorId=other)
    assert refused["code"] == "BAD_SUCCESSOR"
    assert (await o.do(STEWARD, "deprecateTool", SELECT, **terms))["sunsetAt"] is not None
    refused = await o.refusal(STEWARD, "deprecateTool", SELECT, **terms)
    assert refused["code"] == "MOTION_ALREADY_ENACTED"


async def test_the_same_tool_is_registered_once_and_the_alike_are_shown_G08(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose("github-copilot", name="GitHub Copilot", vendor="Microsoft")
    input = {"name": "github copilot", "vendor": "microsoft", "modelVersion": "1"}
    first, second = await asyncio.gather(
        o.answer(DANA, "proposeTool", SELECT, code="copilot-a", **{**input, "name": "Fresh"}),
        o.answer(OWNER, "proposeTool", SELECT, code="copilot-b", **{**input, "name": "Fresh"}),
    )
    assert sorted(len(answer["errors"]) for answer in (first, second)) == [0, 1]
    refused = await o.refusal(DANA, "proposeTool", SELECT, code="copilot", **input)
    assert (refused["code"], "github-copilot" in refused["message"]) == ("LOOKS_LIKE_ANOTHER", True)
    seen = await o.ask(DANA, '{ similarTools(name: "Copilot", vendor: "GitHub") { id } }')
    assert seen["similarTools"] == [{"id": tool}]
    again = await o.do(DANA, "proposeTool", SELECT, code="copilot-pro", **{**input, "name": "Copilot Pro"})
    await o.do(STEWARD, "startToolReview", SELECT, toolId=again["id"])
    request = await o.request(again["id"])
    refused = await o.refusal(DANA, "markToolDuplicate", SELECT, toolId=again["id"], duplicateOfId=tool)
    assert refused["code"] == "NOT_ENTITLED"
    marked = await o.do(STEWARD, "markToolDuplicate", SELECT, toolId=again["id"], duplicateOfId=tool)
    assert (marked["status"], marked["duplicateOfId"]) == ("REJECTED", tool)
    assert [each["status"] for each in await o.requests() if each["id"] == request["id"]] == ["CANCELLED"]


async def test_a_proposal_that_waits_too_long_is_told_G32(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    waiting, decided = await o.propose(), await o.propose("decided")
    await o.approve(decided)
    clock.advance(timedelta(days=30))
    await run_due()
    assert [data["tool_id"] for _, data in await o.events("tool-decision-overdue")] == [waiting]
    seen = await o.ask(STEWARD, "query($i: ID!) { tool(id: $i) { decisionOverdue } }", i=waiting)
    assert seen["tool"]["decisionOverdue"] is True
