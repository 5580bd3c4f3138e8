"""Sponsor, committee, motions and votes against Postgres (L04, L05, G10, G11, G13, C5c)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from chassis.clock import FixedClock
from chassis.database import Database
from chassis.testing import Asks, a_caller
from governance.testing import (
    BOSS,
    CHAIRED,
    DANA,
    MEMBER,
    OFFICER,
    OWNER,
    SPONSOR,
    STEWARD,
    Organisation,
    RunDue,
)

MOTION = "motion { id outcome tally { eligible needed yes no abstain } recusals { employee { id } } votes { choice } }"
COMMITTEE = "id chair { id } members { employee { id } voting } formerMembers { employee { id } } quorum { needed }"


async def test_a_vacant_seat_is_filled_by_the_steward_and_after_that_only_by_the_sponsor_L04(
    organisation: Organisation,
) -> None:
    o = organisation
    refusal = await o.refusal(STEWARD, "appointSponsor", "sponsorship { id }", employeeId=CHAIRED)
    assert refusal["code"] == "NOT_ENTITLED"
    assert refusal["message"] == (
        "Appointing the executive sponsor is decided at the enterprise tier by the executive sponsor (Person E0001)."
        " Ask one of them."
    )
    moved = await o.do(SPONSOR, "appointSponsor", "sponsorship { employee { id } }", employeeId=CHAIRED)
    assert moved["employee"] == {"id": CHAIRED}
    data = await o.ask(
        DANA, "{ executiveSponsor { employee { id } } sponsorships { endedAt } committees { chair { id } } }"
    )
    assert data["executiveSponsor"] == {"employee": {"id": CHAIRED}}
    assert [term["endedAt"] is None for term in data["sponsorships"]] == [True, False]
    assert data["committees"] == [{"chair": {"id": CHAIRED}}]
    told = await o.events("sponsor-appointed", "sponsor-succeeded", "committee-chair-moved")
    assert [kind for kind, _ in told][1:] == ["sponsor-succeeded", "sponsor-appointed", "committee-chair-moved"]
    assert told[2][1]["previous_id"] == SPONSOR


async def test_two_who_are_appointed_at_the_same_moment_end_as_one_sponsor_L04(
    graph: Asks, organisation: Organisation, database: Database
) -> None:
    o = organisation
    await asyncio.gather(
        o.answer(SPONSOR, "appointSponsor", "sponsorship { id }", employeeId=CHAIRED),
        o.answer(SPONSOR, "appointSponsor", "sponsorship { id }", employeeId=MEMBER),
    )
    async with database.read() as connection:
        active = await connection.fetch("SELECT employee_id FROM sponsors WHERE ended_at IS NULL")
        chairs = await connection.fetch("SELECT chair_id FROM committees")
    assert len(active) == 1
    assert chairs[0]["chair_id"] == active[0]["employee_id"]


async def test_a_sponsor_who_leaves_leaves_the_seat_vacant_and_says_so_C5c(organisation: Organisation) -> None:
    o = organisation
    await o.leave(SPONSOR)
    data = await o.ask(DANA, "{ executiveSponsor { id } committees { chair { id } } }")
    assert data == {"executiveSponsor": None, "committees": [{"chair": None}]}
    assert [data["employee_id"] for _, data in await o.events("sponsor-vacated")] == [SPONSOR]
    await o.do(STEWARD, "appointSponsor", "sponsorship { id }", employeeId=CHAIRED)
    assert (await o.ask(DANA, "{ committees { chair { id } } }"))["committees"] == [{"chair": {"id": CHAIRED}}]


async def test_nobody_who_does_not_work_here_becomes_sponsor_or_member_C5c(organisation: Organisation) -> None:
    o = organisation
    await o.leave(BOSS)
    for field, select, input in (
        ("appointSponsor", "sponsorship { id }", {"employeeId": BOSS}),
        ("seatMember", "committee { id }", {"committeeId": o.committee, "employeeId": BOSS}),
        ("appointOfficer", "officer { id }", {"role": "AI_STEWARD", "employeeId": BOSS}),
    ):
        assert (await o.refusal(SPONSOR, field, select, **input))["code"] == "NOT_EMPLOYED"
    unknown = await o.refusal(SPONSOR, "appointSponsor", "sponsorship { id }", employeeId="E9999")
    assert unknown["message"] == "There is no employee E9999."


async def test_a_committee_needs_the_sponsor_and_a_name_of_its_own_G10(organisation: Organisation) -> None:
    o = organisation
    refusal = await o.refusal(STEWARD, "establishCommittee", "committee { id }", name="Other", members=[])
    assert "the executive sponsor (Person E0001)" in refusal["message"]
    taken = await o.refusal(SPONSOR, "establishCommittee", "committee { id }", name="AI governance", members=[])
    assert taken["code"] == "COMMITTEE_NAME_TAKEN"
    odd = await o.refusal(
        SPONSOR,
        "establishCommittee",
        "committee { id }",
        name="Odd",
        members=[],
        quorumKind="COUNT",
        quorumValue="half",
    )
    assert odd["code"] == "QUORUM_OUT_OF_RANGE"


async def test_a_motion_passes_with_a_quorum_of_those_who_may_vote_G11(organisation: Organisation) -> None:
    o = organisation
    motion = await o.motion("APPROVE_TOOL", await o.propose())
    await o.do(SPONSOR, "castVote", MOTION, motionId=motion, choice="NO", comment="not yet")
    early = await o.refusal(STEWARD, "closeMotion", MOTION, motionId=motion)
    assert early["code"] == "VOTES_MISSING"
    await o.do(SPONSOR, "castVote", MOTION, motionId=motion, choice="YES")
    await o.do(CHAIRED, "castVote", MOTION, motionId=motion, choice="YES")
    await o.do(MEMBER, "castVote", MOTION, motionId=motion, choice="ABSTAIN")
    closed = await o.do(SPONSOR, "closeMotion", MOTION, motionId=motion)
    assert closed["outcome"] == "PASSED"
    assert closed["tally"] == {"eligible": 3, "needed": 2, "yes": 2, "no": 0, "abstain": 1}
    late = await o.refusal(MEMBER, "castVote", MOTION, motionId=motion, choice="NO")
    assert late["code"] == "MOTION_IS_CLOSED"


async def test_a_motion_closes_by_itself_at_its_date_and_takes_no_later_vote_G11(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    motion = await o.motion("APPROVE_TOOL", await o.propose())
    await o.do(SPONSOR, "castVote", MOTION, motionId=motion, choice="YES")
    clock.advance(timedelta(days=5))
    late = await o.refusal(MEMBER, "castVote", MOTION, motionId=motion, choice="YES")
    assert late["code"] == "VOTE_TOO_LATE"
    await run_due()
    data = await o.ask(DANA, "query($id: ID!) { motion(id: $id) { outcome tally { yes } } }", id=motion)
    assert data["motion"] == {"outcome": "NO_QUORUM", "tally": {"yes": 1}}
    assert [data["outcome"] for _, data in await o.events("motion-closed")] == ["no_quorum"]


async def test_the_token_does_not_make_a_member_the_committees_seats_do_G10(
    organisation: Organisation, graph: Asks
) -> None:
    o = organisation
    motion = await o.motion("APPROVE_TOOL", await o.propose())
    answer = await graph(
        "mutation($m: ID!) { castVote(input: {motionId: $m, choice: YES}) { errors { code message } } }",
        {"m": motion},
        caller=a_caller(BOSS, "committee_member", "executive_sponsor"),
    )
    refusal = answer["data"]["castVote"]["errors"][0]
    assert refusal["code"] == "NOT_ENTITLED"
    assert "the governance committee (Person E0001, Person E0002, Person E0003)" in refusal["message"]


async def test_the_owner_of_a_tool_is_recused_from_its_motions_G13(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose(ownerId=MEMBER)
    motion = await o.motion("APPROVE_TOOL", tool)
    refusal = await o.refusal(MEMBER, "castVote", MOTION, motionId=motion, choice="YES")
    assert refusal["message"].endswith("owner of the tool.")
    await o.do(CHAIRED, "castVote", MOTION, motionId=motion, choice="YES")
    await o.do(STEWARD, "nameToolOwner", "tool { id }", toolId=tool, ownerId=CHAIRED)
    data = await o.ask(DANA, f"query($id: ID!) {{ {MOTION.replace('motion {', 'motion(id: $id) {')} }}", id=motion)
    assert {each["employee"]["id"] for each in data["motion"]["recusals"]} == {MEMBER, CHAIRED}
    assert data["motion"]["votes"] == []
    await o.do(SPONSOR, "castVote", MOTION, motionId=motion, choice="YES")
    closed = await o.do(STEWARD, "closeMotion", MOTION, motionId=motion)
    assert (closed["outcome"], closed["tally"]["eligible"]) == ("PASSED", 1)


async def test_a_member_may_take_no_part_G13(organisation: Organisation) -> None:
    o = organisation
    motion = await o.motion("APPROVE_TOOL", await o.propose())
    await o.do(MEMBER, "recuseFromMotion", MOTION, motionId=motion, reason="my brother sells it")
    for voter in (SPONSOR, CHAIRED):
        await o.do(voter, "castVote", MOTION, motionId=motion, choice="YES")
    closed = await o.do(STEWARD, "closeMotion", MOTION, motionId=motion)
    assert closed["tally"]["eligible"] == 2


async def test_a_member_who_leaves_counts_no_more_C5c(organisation: Organisation) -> None:
    o = organisation
    motion = await o.motion("APPROVE_TOOL", await o.propose())
    for voter in (SPONSOR, CHAIRED, MEMBER):
        await o.do(voter, "castVote", MOTION, motionId=motion, choice="NO" if voter == MEMBER else "YES")
    await o.leave(MEMBER)
    closed = await o.do(STEWARD, "closeMotion", MOTION, motionId=motion)
    assert closed["tally"] == {"eligible": 2, "needed": 1, "yes": 2, "no": 0, "abstain": 0}
    data = await o.ask(DANA, f"query($id: ID!) {{ committee(id: $id) {{ {COMMITTEE} }} }}", id=o.committee)
    assert [member["employee"]["id"] for member in data["committee"]["members"]] == [CHAIRED]
    assert [member["employee"]["id"] for member in data["committee"]["formerMembers"]] == [MEMBER]
    assert [data["member_id"] for _, data in await o.events("seat-vacated")] == [MEMBER]
    await o.hire(MEMBER)
    assert len((await o.ask(DANA, "{ committees { members { voting } } }"))["committees"][0]["members"]) == 1


async def test_a_withdrawn_motion_ends_without_a_count_G11(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    motion = await o.motion("APPROVE_TOOL", await o.propose())
    withdrawn = await o.do(STEWARD, "withdrawMotion", MOTION, motionId=motion)
    assert (withdrawn["outcome"], withdrawn["tally"]) == ("WITHDRAWN", None)
    clock.advance(timedelta(days=6))
    assert await run_due() == 0


async def test_votes_at_the_same_moment_all_count_G11(organisation: Organisation) -> None:
    o = organisation
    motion = await o.motion("APPROVE_TOOL", await o.propose())
    await asyncio.gather(
        *(o.do(voter, "castVote", MOTION, motionId=motion, choice="YES") for voter in (SPONSOR, CHAIRED, MEMBER))
    )
    assert (await o.do(STEWARD, "closeMotion", MOTION, motionId=motion))["tally"]["yes"] == 3


async def test_who_decides_has_one_answer_G01(organisation: Organisation) -> None:
    o = organisation
    tool = await o.propose()
    ask = """query($d: DecisionType!, $e: ID, $t: ID, $dep: ID, $team: ID) {
        whoDecides(decisionType: $d, employeeId: $e, toolId: $t, departmentId: $dep, teamId: $team) {
            right { tier deciders guardrails } holders { id } } }"""
    await o.hire("E0100", department="support", is_people_manager=True)
    await o.hire("E0101", department="support", is_people_manager=True, manager_id="E0100")
    for decision, about, tier, deciders, holders in (
        ("APPROVE_TOOL", {}, "ENTERPRISE", ["COMMITTEE"], [SPONSOR, CHAIRED, MEMBER]),
        ("APPOINT_SPONSOR", {}, "ENTERPRISE", ["EXECUTIVE_SPONSOR"], [SPONSOR]),
        ("APPROVE_ACCESS", {"e": DANA}, "TEAM", ["LINE_MANAGER"], [BOSS]),
        ("PRIORITISE_WORKFLOWS", {"dep": "support"}, "DEPARTMENT", ["DEPARTMENT_LEADER"], ["E0100"]),
        ("PREFER_TOOL", {"team": "support-one"}, "TEAM", ["TEAM"], ["E0100", "E0101"]),
        ("PROPOSE_TOOL", {}, "TEAM", ["EMPLOYEE"], []),
    ):
        found = (await o.ask(DANA, ask, d=decision, **about))["whoDecides"]
        assert (found["right"]["tier"], found["right"]["deciders"]) == (tier, deciders), decision
        assert [holder["id"] for holder in found["holders"]] == holders, decision
    revoke = (await o.ask(DANA, ask, d="REVOKE_ACCESS", e=DANA, t=tool))["whoDecides"]
    assert [holder["id"] for holder in revoke["holders"]] == [BOSS, OWNER]
    assert len((await o.ask(DANA, "{ decisionRights { decisionType } }"))["decisionRights"]) > 20


async def test_officers_are_named_by_the_sponsor_and_leave_with_their_employment_G01_C5c(
    organisation: Organisation,
) -> None:
    o = organisation
    select = "officer { employee { id } until }"
    await o.do(SPONSOR, "appointOfficer", select, role="COMPLIANCE_OFFICER", employeeId=OFFICER)
    twice = await o.refusal(SPONSOR, "appointOfficer", select, role="COMPLIANCE_OFFICER", employeeId=OFFICER)
    assert twice["code"] == "ALREADY_OFFICER"
    refusal = await o.refusal(OFFICER, "appointOfficer", select, role="AI_STEWARD", employeeId=OFFICER)
    assert refusal["code"] == "NOT_ENTITLED"
    suspend = await o.refusal(DANA, "suspendTool", "tool { id }", toolId=await o.propose(), reason="?")
    assert "the compliance officer (Person E0021) or the AI steward" in suspend["message"]
    await o.leave(OFFICER)
    assert (await o.ask(DANA, "{ officers { id } }"))["officers"] == []
    await o.do(SPONSOR, "appointOfficer", select, role="AI_STEWARD", employeeId=STEWARD)
    gone = await o.do(SPONSOR, "dismissOfficer", select, role="AI_STEWARD", employeeId=STEWARD, reason="rotation")
    assert gone["until"] is not None


async def test_a_decision_record_cannot_be_changed_or_removed_G31(
    organisation: Organisation, database: Database
) -> None:
    for statement in ("UPDATE decisions SET outcome = 'other'", "DELETE FROM decisions"):
        with pytest.raises(Exception, match="append-only"):
            async with database.transaction() as tx:
                await tx.execute(statement)
