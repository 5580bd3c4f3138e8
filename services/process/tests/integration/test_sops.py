"""Procedures through the graph, against Postgres, with governance's events in any order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import FixedClock
from chassis.database import Database
from chassis.testing import Asks, Delivers, Published, a_caller

Mutates = Callable[..., Awaitable[dict[str, Any]]]
Steps = Callable[..., dict[str, Any]]
Approves = Callable[[dict[str, Any]], Awaitable[str]]
Tells = Callable[[str, str, int], Awaitable[None]]
RunsDue = Callable[[], Awaitable[int]]

OWNER, AUTHOR, STEWARD = a_caller("E0001", "process_owner"), a_caller("E0002"), a_caller("E0003", "ai_steward")
LEADER, COMPLIANCE = a_caller("E0004", "department_leader"), a_caller("E0005", "compliance_officer")
TOOL_A, TOOL_B = "0190f5fe-0000-7000-8000-00000000000a", "0190f5fe-0000-7000-8000-00000000000b"


def new(process_id: str, content: dict[str, Any], **differently: Any) -> dict[str, Any]:
    return {"processId": process_id, "code": "answer", "title": "Answer a request", **content, **differently}


async def types(published: Published) -> list[str]:
    return [event["type"].removeprefix("process.").removesuffix(".v1") for event in await published()]


async def in_force(graph: Asks, sop_id: str) -> dict[str, Any]:
    answer = await graph(
        """
        query ($id: ID!) { sop(id: $id) {
            effectiveVersion { number } versionInForce { number } fallbackActive blockedDependencies { id }
            process { status }
        } }
        """,
        {"id": sop_id},
        caller=a_caller("E0009"),
    )
    sop = answer["data"]["sop"]
    return {
        "effective": sop["effectiveVersion"] and sop["effectiveVersion"]["number"],
        "in_force": sop["versionInForce"] and sop["versionInForce"]["number"],
        "fallback": sop["fallbackActive"],
        "blocked": [tool["id"] for tool in sop["blockedDependencies"]],
        "process": sop["process"]["status"],
    }


async def test_a_version_goes_from_draft_to_effective_P07(
    mutate: Mutates, process_id: str, tool: Tells, steps: Steps, approved: Approves, graph: Asks, published: Published
) -> None:
    await tool("approved", TOOL_A, 1)
    sop_id = await approved(new(process_id, steps(TOOL_A)))
    one = {"sopId": sop_id, "version": 1}
    payload = await mutate("makeSopVersionEffective", one, by=OWNER)
    assert payload["errors"] == []
    assert payload["version"]["state"] == "EFFECTIVE"
    assert [approval["part"] for approval in payload["version"]["approvals"]] == ["OWNER", "CONTROL"]
    assert await in_force(graph, sop_id) == {
        "effective": 1, "in_force": 1, "fallback": False, "blocked": [], "process": "AI_ENABLED",
    }  # fmt: skip
    events = [event for event in await published() if event["subject"] == sop_id]
    assert [event["sequence"] for event in events] == [1, 2, 3, 4, 5]
    assert events[-2]["data"] == {"sop_id": sop_id, "process_id": process_id, "version": 1}
    assert events[-1]["data"] == {
        "sop_id": sop_id, "process_id": process_id, "version": 1, "change_class": "major",
        "roles": ["clerk", "reviewer", "team_lead"], "tools": [TOOL_A], "steps": [1, 2],
    }  # fmt: skip
    assert await types(published) == [
        "process-registered", "sop-drafted", "process-status-changed", "sop-submitted", "sop-endorsed", "sop-approved",
        "sop-effective", "process-status-changed",
    ]  # fmt: skip


async def test_what_a_step_lacks_is_said_for_all_at_once_and_nothing_changes_P08(
    mutate: Mutates, process_id: str, steps: Steps, published: Published
) -> None:
    content = steps(TOOL_A, TOOL_B)
    content["qualityGates"] = [gate for gate in content["qualityGates"] if gate["step"] != 2]
    content["handoffs"][3].pop("acceptanceRule")
    content["escalationPaths"].pop()
    drafted = await mutate("draftSopVersion", new(process_id, content), by=AUTHOR)
    assert [gap["lacks"] for gap in drafted["version"]["gaps"]] == [
        ["QUALITY_GATE"], ["ACCEPTANCE_RULE", "ESCALATION_PATH"],
    ]  # fmt: skip
    before = await types(published)
    payload = await mutate("submitSopVersion", {"sopId": drafted["sop"]["id"], "version": 1}, by=AUTHOR)
    (error,) = payload["errors"]
    assert error["code"] == "SOP_INCOMPLETE"
    assert error["missing"] == [
        "step 2: a quality gate",
        "step 3: an acceptance rule on the handoff back to a human",
        "step 3: an escalation path",
    ]
    assert "Step 2 (Draft 2) lacks a quality gate." in error["message"]
    assert await types(published) == before


async def test_two_people_who_did_not_write_it_approve_P07(mutate: Mutates, process_id: str, steps: Steps) -> None:
    drafted = await mutate("draftSopVersion", new(process_id, steps(TOOL_A)), by=OWNER)
    one = {"sopId": drafted["sop"]["id"], "version": 1}
    await mutate("submitSopVersion", one, by=OWNER)
    for by, code in [(OWNER, "AUTHOR_CANNOT_APPROVE"), (AUTHOR, "NOT_ENTITLED"), (a_caller("E0009"), "NOT_ENTITLED")]:
        payload = await mutate("approveSopVersion", one, by=by)
        assert [error["code"] for error in payload["errors"]] == [code]
    # The owner wrote it, so the leader of the department signs for the owner.
    assert (await mutate("approveSopVersion", one, by=LEADER))["errors"] == []
    again = await mutate("approveSopVersion", one, by=LEADER)
    assert [error["code"] for error in again["errors"]] == ["ALREADY_APPROVED"]
    payload = await mutate("approveSopVersion", one, by=COMPLIANCE)
    assert payload["version"]["state"] == "APPROVED"


async def test_only_people_of_the_department_draft_P07(mutate: Mutates, process_id: str, steps: Steps) -> None:
    payload = await mutate("draftSopVersion", new(process_id, steps()), by=a_caller("E0007", department_id="sales"))
    assert [error["code"] for error in payload["errors"]] == ["NOT_ENTITLED"]
    unnamed = await mutate("draftSopVersion", steps(), by=STEWARD)
    assert [error["code"] for error in unnamed["errors"]] == ["PROCEDURE_UNNAMED"]


@pytest.mark.parametrize("told", [[], [("suspended", 2)], [("retired", 2)]])
async def test_a_version_whose_tool_may_not_be_used_does_not_become_effective_P18(
    mutate: Mutates, process_id: str, steps: Steps, approved: Approves, tool: Tells, told: list[tuple[str, int]]
) -> None:
    if told:
        await tool("approved", TOOL_A, 1)
    sop_id = await approved(new(process_id, steps(TOOL_A)))
    for what, version in told:
        await tool(what, TOOL_A, version)
    payload = await mutate("makeSopVersionEffective", {"sopId": sop_id, "version": 1}, by=OWNER)
    assert [error["code"] for error in payload["errors"]] == ["TOOL_NOT_USABLE"]


async def test_publishing_supersedes_and_one_version_is_effective_P07(
    mutate: Mutates, process_id: str, steps: Steps, approved: Approves, tool: Tells, graph: Asks, database: Database
) -> None:
    await tool("approved", TOOL_A, 1)
    sop_id = await approved(new(process_id, steps(), effectiveFrom="2026-03-01T00:00:00Z"))
    assert (await in_force(graph, sop_id))["effective"] == 1
    await approved({"sopId": sop_id, **steps(TOOL_A), "fallbackVersion": 1})
    await mutate("makeSopVersionEffective", {"sopId": sop_id, "version": 2}, by=OWNER)
    answer = await graph(
        "query ($id: ID!) { sop(id: $id) { versions { nodes { number state } } version(number: 1) { number } } }",
        {"id": sop_id},
        caller=OWNER,
    )
    assert answer["data"]["sop"]["versions"]["nodes"] == [
        {"number": 2, "state": "EFFECTIVE"},
        {"number": 1, "state": "SUPERSEDED"},
    ]
    async with database.transaction() as tx:
        with pytest.raises(Exception, match="sop_versions_one_effective"):
            await tx.execute("UPDATE sop_versions SET state = 'effective' WHERE number = 1")


async def test_a_version_becomes_effective_on_its_day_once_P07(
    mutate: Mutates,
    process_id: str,
    steps: Steps,
    approved: Approves,
    tool: Tells,
    graph: Asks,
    clock: FixedClock,
    run_due: RunsDue,
    published: Published,
) -> None:
    await tool("approved", TOOL_A, 1)
    sop_id = await approved(new(process_id, steps(TOOL_A), effectiveFrom="2026-03-03T09:00:00Z"))
    assert await run_due() == 0
    clock.advance(timedelta(days=1))
    assert await run_due() == 1
    assert (await in_force(graph, sop_id))["effective"] == 1
    assert (await types(published)).count("sop-effective") == 1
    assert await run_due() == 0


async def test_on_its_day_a_version_waits_for_its_suspended_tool_P18(
    process_id: str, steps: Steps, approved: Approves, tool: Tells, graph: Asks, clock: FixedClock, run_due: RunsDue
) -> None:
    await tool("approved", TOOL_A, 1)
    sop_id = await approved(new(process_id, steps(TOOL_A), effectiveFrom="2026-03-03T09:00:00Z"))
    await tool("suspended", TOOL_A, 2)
    clock.advance(timedelta(days=1))
    await run_due()
    assert (await in_force(graph, sop_id))["effective"] is None
    await tool("reinstated", TOOL_A, 3)
    assert (await in_force(graph, sop_id))["effective"] == 1


async def test_a_tool_that_governance_approves_later_lets_the_waiting_version_in_P18(
    process_id: str, steps: Steps, approved: Approves, tool: Tells, graph: Asks
) -> None:
    sop_id = await approved(new(process_id, steps(TOOL_A), effectiveFrom="2026-03-01T09:00:00Z"))
    assert (await in_force(graph, sop_id))["effective"] is None
    await tool("approved", TOOL_A, 1)
    assert (await in_force(graph, sop_id))["effective"] == 1


@pytest.fixture
async def with_fallback(mutate: Mutates, process_id: str, steps: Steps, approved: Approves, tool: Tells) -> str:
    """Version 2 needs both tools and falls back to version 1, which is done by hand."""
    await tool("approved", TOOL_A, 1)
    await tool("approved", TOOL_B, 1)
    sop_id = await approved(new(process_id, steps(), effectiveFrom="2026-03-01T00:00:00Z"))
    await approved({"sopId": sop_id, **steps(TOOL_A, TOOL_B), "fallbackVersion": 1})
    await mutate("makeSopVersionEffective", {"sopId": sop_id, "version": 2}, by=OWNER)
    return sop_id


async def test_a_suspended_tool_brings_the_fallback_in_until_it_is_reinstated_P18_C4(
    with_fallback: str, tool: Tells, graph: Asks, published: Published
) -> None:
    await tool("suspended", TOOL_A, 2)
    assert await in_force(graph, with_fallback) == {
        "effective": 2, "in_force": 1, "fallback": True, "blocked": [TOOL_A], "process": "DEGRADED",
    }  # fmt: skip
    assert (await types(published))[-3:] == ["sop-flagged", "sop-fallback-activated", "process-status-changed"]
    flagged, activated = (await published())[-3:-1]
    assert flagged["data"]["reason"] == "tool_suspended"
    assert (flagged["data"]["tool_id"], flagged["data"]["version"]) == (TOOL_A, 2)
    assert activated["data"]["fallback_version"] == 1
    await tool("suspended", TOOL_B, 2)
    await tool("reinstated", TOOL_A, 3)
    still = await in_force(graph, with_fallback)
    assert (still["blocked"], still["in_force"]) == ([TOOL_B], 1)
    await tool("reinstated", TOOL_B, 3)
    assert await in_force(graph, with_fallback) == {
        "effective": 2, "in_force": 2, "fallback": False, "blocked": [], "process": "AI_ENABLED",
    }  # fmt: skip
    assert (await types(published))[-2:] == ["sop-cleared", "process-status-changed"]


@pytest.mark.parametrize("order", [["A2", "A3", "B2"], ["B2", "A2", "A3"], ["A2", "B2", "A3"]])
async def test_the_end_state_does_not_depend_on_the_order_between_tools_P18_C4(
    with_fallback: str, tool: Tells, graph: Asks, order: list[str]
) -> None:
    what = {"2": "suspended", "3": "reinstated"}
    for step in order:
        await tool(what[step[1]], TOOL_A if step[0] == "A" else TOOL_B, int(step[1]))
    end = await in_force(graph, with_fallback)
    assert (end["blocked"], end["in_force"], end["process"]) == ([TOOL_B], 1, "DEGRADED")


@pytest.mark.parametrize("suspended_first", [True, False])
async def test_suspension_and_approval_of_a_version_in_either_order_P18_C4(
    mutate: Mutates, process_id: str, steps: Steps, approved: Approves, tool: Tells, graph: Asks, suspended_first: bool
) -> None:
    await tool("approved", TOOL_A, 1)
    draft = new(process_id, steps(TOOL_A), effectiveFrom="2026-03-01T00:00:00Z")
    if suspended_first:
        await tool("suspended", TOOL_A, 2)
        sop_id = await approved(draft)
    else:
        sop_id = await approved(draft)
        await tool("suspended", TOOL_A, 2)
    answer = await graph(
        "query ($id: ID!) { sop(id: $id) { version(number: 1) { blockedDependencies { id } } } }",
        {"id": sop_id},
        caller=OWNER,
    )
    assert answer["data"]["sop"]["version"]["blockedDependencies"] == [{"id": TOOL_A}]
    await tool("reinstated", TOOL_A, 3)
    assert await in_force(graph, sop_id) == {
        "effective": 1, "in_force": 1, "fallback": False, "blocked": [], "process": "AI_ENABLED",
    }  # fmt: skip


async def test_a_suspension_heard_twice_or_late_has_effect_once_P18(
    with_fallback: str, deliver: Delivers, graph: Asks, published: Published
) -> None:
    data = {"tool_id": TOOL_A, "code": "tool-a", "name": "A", "reason": "risk"}
    for _ in range(2):
        await deliver("governance.tool-suspended.v1", data, subject=TOOL_A, sequence=2, id="same")
    await deliver("governance.tool-suspended.v1", data, subject=TOOL_A, sequence=2)
    await deliver("governance.tool-reinstated.v1", data, subject=TOOL_A, sequence=3)
    await deliver("governance.tool-suspended.v1", data, subject=TOOL_A, sequence=2, source="/test/replayed")
    assert (await in_force(graph, with_fallback))["blocked"] == []
    assert (await types(published)).count("sop-flagged") == 1


@pytest.mark.parametrize("attempt", range(3))
async def test_a_version_made_effective_while_its_tool_is_suspended_is_refused_or_flagged_P18(
    mutate: Mutates, process_id: str, steps: Steps, approved: Approves, tool: Tells, graph: Asks, attempt: int
) -> None:
    await tool("approved", TOOL_A, 1)
    sop_id = await approved(new(process_id, steps(TOOL_A)))
    await asyncio.gather(
        mutate("makeSopVersionEffective", {"sopId": sop_id, "version": 1}, by=OWNER), tool("suspended", TOOL_A, 2)
    )
    end = await in_force(graph, sop_id)
    assert end["effective"] is None or (end["blocked"], end["process"]) == ([TOOL_A], "DEGRADED")


async def test_a_suspension_heard_before_the_approval_stands_P18(
    mutate: Mutates, process_id: str, steps: Steps, approved: Approves, deliver: Delivers
) -> None:
    sop_id = await approved(new(process_id, steps(TOOL_A)))
    data = {"tool_id": TOOL_A, "code": "tool-a", "name": "A", "reason": "risk"}
    for what, version in [("suspended", 2), ("approved", 1)]:
        await deliver(f"governance.tool-{what}.v1", data, subject=TOOL_A, sequence=version, source="/test/out-of-order")
    payload = await mutate("makeSopVersionEffective", {"sopId": sop_id, "version": 1}, by=OWNER)
    assert "the tool tool-a is suspended" in payload["errors"][0]["message"]


async def test_the_blast_radius_of_a_tool_P18_X09(with_fallback: str, graph: Asks) -> None:
    answer = await graph(
        """
        query ($tools: [_Any!]!) { _entities(representations: $tools) { ... on Tool { sops { nodes {
            code process { code department { id } } effectiveVersion { number fallbackVersion }
        } } } } }
        """,
        {"tools": [{"__typename": "Tool", "id": TOOL_A}, {"__typename": "Tool", "id": new_tool()}]},
        caller=a_caller("E0009"),
    )
    assert answer["errors"] is None
    used, unused = answer["data"]["_entities"]
    assert used["sops"]["nodes"] == [
        {
            "code": "answer",
            "process": {"code": "answer-requests", "department": {"id": "support"}},
            "effectiveVersion": {"number": 2, "fallbackVersion": 1},
        }
    ]
    assert unused["sops"]["nodes"] == []


def new_tool() -> str:
    return "0190f5fe-0000-7000-8000-0000000000ff"


async def test_what_is_followed_cannot_be_retired_and_is_withdrawn_with_a_reason_P07(
    mutate: Mutates, with_fallback: str, process_id: str, graph: Asks
) -> None:
    refused = await mutate("retireProcess", {"processId": process_id}, by=OWNER)
    assert [error["code"] for error in refused["errors"]] == ["PROCESS_IN_USE"]
    one = {"sopId": with_fallback, "version": 2, "reason": "wrong answers"}
    not_the_author = await mutate("withdrawSopVersion", one, by=AUTHOR)
    assert [error["code"] for error in not_the_author["errors"]] == ["NOT_ENTITLED"]
    payload = await mutate("withdrawSopVersion", one, by=COMPLIANCE)
    assert payload["version"]["state"] == "WITHDRAWN"
    assert (await in_force(graph, with_fallback))["effective"] is None


async def test_two_who_approve_at_once_count_both_and_approve_once_P07(
    mutate: Mutates, process_id: str, steps: Steps, published: Published
) -> None:
    drafted = await mutate("draftSopVersion", new(process_id, steps()), by=AUTHOR)
    one = {"sopId": drafted["sop"]["id"], "version": 1}
    await mutate("submitSopVersion", one, by=AUTHOR)
    await asyncio.gather(*(mutate("approveSopVersion", one, by=by) for by in (OWNER, STEWARD, COMPLIANCE)))
    assert (await types(published)).count("sop-approved") == 1
    assert (await types(published)).count("sop-endorsed") == 1


async def test_a_draft_key_used_twice_writes_one_version_P07(
    mutate: Mutates, process_id: str, steps: Steps, published: Published
) -> None:
    draft = new(process_id, steps(), idempotencyKey="first")
    first = await mutate("draftSopVersion", draft, by=AUTHOR)
    assert await mutate("draftSopVersion", draft, by=AUTHOR) == first
    assert (await types(published)).count("sop-drafted") == 1
    taken = await mutate("draftSopVersion", {**draft, "idempotencyKey": None}, by=AUTHOR)
    assert [error["code"] for error in taken["errors"]] == ["SOP_CODE_TAKEN"]


async def test_lists_of_procedures_P07(with_fallback: str, process_id: str, graph: Asks) -> None:
    answer = await graph(
        """
        query ($of: ID!) {
            effective: sops(processId: $of, state: EFFECTIVE) { nodes { code } }
            drafts: sops(state: DRAFT) { nodes { code } }
            process(id: $of) { sops { nodes { code } } }
        }
        """,
        {"of": process_id},
        caller=OWNER,
    )
    assert answer["errors"] is None
    assert answer["data"]["effective"]["nodes"] == answer["data"]["process"]["sops"]["nodes"] == [{"code": "answer"}]
    assert answer["data"]["drafts"]["nodes"] == []
