"""No orphan: what people answered for who leave is given to somebody in time, or by default (G27)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.clock import FixedClock
from governance.testing import BOSS, CHAIRED, DANA, MEMBER, OFFICER, OWNER, SPONSOR, STEWARD, Organisation, RunDue

TRANSFERS = """query($closed: Boolean!, $mine: Boolean!) { ownershipTransfers(closed: $closed, asksMe: $mine) { nodes {
    kind subjectId left { id } asked { id } accountable { id } dueAt outcome owner { id } } } }"""
LEADER, EXPERT, MANAGER = "E0100", "E0101", "E0102"
PROCESS = str(UUID(int=9))


@pytest.fixture
async def laden(organisation: Organisation) -> Organisation:
    """Somebody in support answers for one thing of each kind; a leader, a manager below and a colleague are there."""
    o = organisation
    for role, who in (("AI_STEWARD", STEWARD), ("COMPLIANCE_OFFICER", OFFICER)):
        await o.do(SPONSOR, "appointOfficer", "officer { id }", role=role, employeeId=who)
    await o.hire(LEADER, department="support", manager_id=SPONSOR, is_people_manager=True)
    await o.hire(MANAGER, department="support", manager_id=LEADER, is_people_manager=True)
    await o.hire(EXPERT, department="support", manager_id=MANAGER)
    tool = await o.propose(ownerId=EXPERT)
    await o.approve(tool)
    await o.do(
        LEADER, "registerUseCase", "useCase { id }", departmentId="support", title="Replies", toolIds=[tool],
        dataClass="INTERNAL", context="INTERNAL", ownerId=EXPERT,
    )  # fmt: skip
    await o.publish(ownerId=EXPERT)
    await o.do(DANA, "reportIncident", "incident { id }", title="Wrong", toolId=tool, harms=["CONFIDENTIALITY"])
    await o.do(
        EXPERT,
        "sharePrompt",
        "prompt { id owner { id } }",
        teamId="support-one",
        title="Reply",
        body="Write.",
        toolIds=[tool],
    )
    await o.deliver(
        "process.process-registered.v1",
        {"process_id": PROCESS, "code": "replies", "name": "Replies", "department_id": "support", "owner_id": EXPERT},
    )
    return o


async def transfers(o: Organisation, who: str = STEWARD, *, closed: bool = False, mine: bool = False) -> dict[str, Any]:
    found = (await o.ask(who, TRANSFERS, closed=closed, mine=mine))["ownershipTransfers"]["nodes"]
    return {each["kind"]: each for each in found}


async def process_says(o: Organisation, reason: str, owner: str, previous: str) -> None:
    await o.deliver(
        "process.process-owner-changed.v1",
        {"process_id": PROCESS, "code": "replies", "owner_id": owner, "previous_owner_id": previous, "reason": reason},
    )


@pytest.mark.parametrize("process_first", [True, False])
async def test_each_thing_of_a_leaver_is_asked_about_and_an_interim_answers_G27(
    laden: Organisation, process_first: bool
) -> None:
    o = laden
    assert await transfers(o) == {}
    if process_first:
        await process_says(o, "left", MANAGER, EXPERT)
    await o.leave(EXPERT)
    if not process_first:
        await process_says(o, "left", MANAGER, EXPERT)
    found = await transfers(o)
    assert set(found) == {"TOOL", "USE_CASE", "POLICY", "INCIDENT", "PROMPT", "PROCESS"}
    assert {each["left"]["id"] for each in found.values()} == {EXPERT}
    due = (o.clock.now + timedelta(days=5)).date().isoformat()
    assert {each["dueAt"][:10] for each in found.values()} == {due}
    asked = {kind: [person["id"] for person in each["asked"]] for kind, each in found.items()}
    assert (asked["TOOL"], asked["USE_CASE"], asked["POLICY"], asked["PROCESS"]) == (
        [STEWARD],
        [LEADER],
        [OFFICER],
        [LEADER],
    )
    assert sorted(asked["INCIDENT"]) == [STEWARD, OFFICER]
    assert sorted(asked["PROMPT"]) == [LEADER, MANAGER]
    interim = {kind: each["accountable"]["id"] for kind, each in found.items()}
    assert {interim[kind] for kind in ("TOOL", "USE_CASE", "POLICY", "PROMPT", "PROCESS")} == {MANAGER}
    assert interim["INCIDENT"] != EXPERT
    assert set(await transfers(o, LEADER, mine=True)) == {"USE_CASE", "PROMPT", "PROCESS"}
    assert "TOOL" in await transfers(o, MANAGER)
    assert await transfers(o, DANA) == {}
    opened = await o.events("ownership-transfer-opened")
    assert len(opened) == 6


async def test_naming_somebody_answers_the_task_G27(laden: Organisation, clock: FixedClock, run_due: RunDue) -> None:
    o = laden
    await o.leave(EXPERT)
    await process_says(o, "left", MANAGER, EXPERT)
    found = await transfers(o)
    id = {kind: each["subjectId"] for kind, each in found.items()}
    await o.do(STEWARD, "nameToolOwner", "tool { id }", toolId=id["TOOL"], ownerId=OWNER)
    await o.do(LEADER, "nameUseCaseOwner", "useCase { id }", useCaseId=id["USE_CASE"], ownerId=MANAGER)
    await o.do(OFFICER, "namePolicyOwner", "policy { id }", policyCode=id["POLICY"], ownerId=OWNER)
    await o.do(OFFICER, "nameAccountable", "incident { id }", incidentId=id["INCIDENT"], employeeId=OWNER)
    refused = await o.refusal(DANA, "namePromptOwner", "prompt { id }", promptId=id["PROMPT"], ownerId=DANA)
    assert refused["code"] == "NOT_ENTITLED"
    prompt = await o.do(
        MANAGER, "namePromptOwner", "prompt { owner { id } author { id } }", promptId=id["PROMPT"], ownerId=LEADER
    )
    assert prompt == {"owner": {"id": LEADER}, "author": {"id": EXPERT}}
    await process_says(o, "named", LEADER, MANAGER)
    assert await transfers(o) == {}
    ended = await transfers(o, closed=True)
    assert {kind: (each["outcome"], each["owner"]["id"]) for kind, each in ended.items()} == {
        "TOOL": ("NAMED", OWNER), "USE_CASE": ("NAMED", MANAGER), "POLICY": ("NAMED", OWNER),
        "INCIDENT": ("NAMED", OWNER), "PROMPT": ("NAMED", LEADER), "PROCESS": ("NAMED", LEADER),
    }  # fmt: skip
    clock.advance(timedelta(days=6))
    await run_due()
    assert (await o.ask(DANA, "query($i: ID!) { tool(id: $i) { owner { id } } }", i=id["TOOL"]))["tool"]["owner"] == {
        "id": OWNER
    }
    assert len(await o.events("ownership-transfer-closed")) == 6


async def test_after_five_days_the_leader_of_the_department_answers_G27(
    laden: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = laden
    await o.leave(EXPERT)
    await process_says(o, "left", MANAGER, EXPERT)
    tool = (await transfers(o))["TOOL"]["subjectId"]
    clock.advance(timedelta(days=4, hours=23))
    await run_due()
    assert len(await transfers(o)) == 6
    await o.leave(MANAGER)
    assert len(await o.events("ownership-transfer-opened")) == 6
    clock.advance(timedelta(hours=1))
    await run_due()
    assert await transfers(o) == {}
    ended = await transfers(o, closed=True)
    assert {(each["outcome"], each["owner"]["id"]) for each in ended.values()} == {("DEFAULTED", LEADER)}
    answers = {kind: each["accountable"]["id"] for kind, each in ended.items() if kind != "PROCESS"}
    assert set(answers.values()) == {LEADER}
    owner = (await o.ask(DANA, "query($i: ID!) { tool(id: $i) { owner { id } } }", i=tool))["tool"]["owner"]
    assert owner == {"id": LEADER}
    told = [data["owner_id"] for _, data in await o.events("policy-owner-changed")]
    assert told == [MANAGER, LEADER]


async def test_what_is_no_more_needs_no_owner_and_where_nobody_leads_the_sponsor_answers_G27(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    await o.hire("E0110", department="lonely")
    gone, stays = await o.propose("gone", ownerId="E0110"), await o.propose("stays", ownerId="E0110")
    await o.approve(gone)
    await o.leave("E0110")
    found = (await o.ask(STEWARD, TRANSFERS, closed=False, mine=False))["ownershipTransfers"]["nodes"]
    assert [[person["id"] for person in each["asked"]] for each in found] == [[SPONSOR], [SPONSOR]]
    motion = await o.motion("RETIRE_TOOL", gone)
    for voter in (CHAIRED, MEMBER):
        await o.do(voter, "castVote", "motion { id }", motionId=motion, choice="YES")
    await o.do(STEWARD, "closeMotion", "motion { id }", motionId=motion)
    await o.do(STEWARD, "retireTool", "tool { id }", toolId=gone, motionId=motion)
    clock.advance(timedelta(days=5))
    await run_due()
    ended = (await o.ask(STEWARD, TRANSFERS, closed=True, mine=False))["ownershipTransfers"]["nodes"]
    assert {each["subjectId"]: (each["outcome"], each["owner"]) for each in ended} == {
        gone: ("ENDED", None), stays: ("DEFAULTED", {"id": SPONSOR}),
    }  # fmt: skip
    assert BOSS not in {each["owner"]["id"] for each in ended if each["owner"]}
