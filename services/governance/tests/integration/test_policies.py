"""Policies and their acknowledgement against Postgres (G14, G15, G19, C6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import FixedClock
from chassis.database import Database
from governance.testing import BOSS, DANA, OFFICER, OWNER, SPONSOR, STEWARD, Organisation, RunDue

POLICY = "policy { id current { number contentHash changeClass } versions { number } acknowledged }"
ACKNOWLEDGED = "acknowledgement { id version }"


async def publish(o: Organisation, content: str = "Be kind.", **differently: Any) -> dict[str, Any]:
    return await o.publish(content=content, select=POLICY, **differently)


async def tool(o: Organisation) -> str:
    made = await o.propose()
    await o.approve(made, credentials=("universal-fluency",), policies=("acceptable-use",))
    return made


async def test_the_acknowledgement_may_be_the_last_prerequisite_G19(organisation: Organisation) -> None:
    o = organisation
    await publish(o)
    made = await o.request(await tool(o))
    assert made["missing"] == [
        {"kind": "POLICY", "id": "acceptable-use"},
        {"kind": "CREDENTIAL", "id": "universal-fluency"},
    ]
    await o.award("universal-fluency")
    given = await o.do(DANA, "acknowledgePolicy", ACKNOWLEDGED, policyCode="acceptable-use")
    assert (await o.requests())[0]["status"] == "FULFILLED"
    again = await o.do(DANA, "acknowledgePolicy", ACKNOWLEDGED, policyCode="acceptable-use")
    assert again == given
    assert len(await o.events("policy-acknowledged")) == 1
    assert (await o.ask(DANA, '{ policy(id: "acceptable-use") { acknowledged } }'))["policy"] == {"acknowledged": True}


async def test_a_major_version_suspends_after_its_date_and_a_minor_one_never_C6(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    await publish(o)
    made = await tool(o)
    await o.award("universal-fluency")
    await o.do(DANA, "acknowledgePolicy", ACKNOWLEDGED, policyCode="acceptable-use")
    await o.request(made)
    await publish(o, "Be kinder.", changeClass="MINOR", acknowledgeWithinDays=1)
    clock.advance(timedelta(days=2))
    await run_due()
    assert (await o.grants())[0]["status"] == "ACTIVE"
    await publish(o, "Be kindest.", acknowledgeWithinDays=14)
    clock.advance(timedelta(days=13))
    await run_due()
    assert (await o.grants())[0]["status"] == "ACTIVE"
    clock.advance(timedelta(days=1))
    await run_due()
    assert (await o.grants())[0]["suspendedFor"] == ["POLICY_LAPSED"]
    await o.do(DANA, "acknowledgePolicy", ACKNOWLEDGED, policyCode="acceptable-use")
    assert (await o.grants())[0]["status"] == "ACTIVE"


async def test_only_the_compliance_officer_publishes_and_a_version_never_changes_G14(
    organisation: Organisation, database: Database
) -> None:
    o = organisation
    first = await publish(o)
    assert first["current"]["number"] == 1
    draft = await o.draft("x")
    refusal = await o.refusal(STEWARD, "publishPolicy", POLICY, draftId=draft)
    assert "decided at the enterprise tier by the compliance officer" in refusal["message"]
    with pytest.raises(Exception, match="append-only"):
        async with database.transaction() as tx:
            await tx.execute("UPDATE policy_editions SET content = 'Be rude.'")


async def test_an_older_version_can_be_acknowledged_and_a_missing_one_not_G15(organisation: Organisation) -> None:
    o = organisation
    await publish(o)
    await publish(o, "Be kinder.")
    given = await o.do(DANA, "acknowledgePolicy", ACKNOWLEDGED, policyCode="acceptable-use", version=1)
    assert given["version"] == 1
    refusal = await o.refusal(DANA, "acknowledgePolicy", ACKNOWLEDGED, policyCode="acceptable-use", version=3)
    assert refusal["code"] == "NO_SUCH_VERSION"
    unknown = await o.refusal(DANA, "acknowledgePolicy", ACKNOWLEDGED, policyCode="nope")
    assert unknown["code"] == "NOT_FOUND"
    listed = await o.ask(DANA, "{ policies { nodes { id versions { number } } } }")
    assert listed["policies"]["nodes"] == [{"id": "acceptable-use", "versions": [{"number": 1}, {"number": 2}]}]


DRAFT = "draft { id status tier approvedBy { id } reviewers { id } returnedBecause version }"


async def test_a_version_goes_through_review_to_publication_and_no_other_way_G13_G14(
    organisation: Organisation,
) -> None:
    o = organisation
    terms = {"title": "Use", "content": "Be kind."}
    draft = await o.do(OFFICER, "draftPolicy", DRAFT, code="acceptable-use", ownerId=OWNER, terms=terms)
    id = draft["id"]
    twice = await o.refusal(STEWARD, "draftPolicy", DRAFT, code="acceptable-use", terms=terms)
    assert twice["code"] == "ALREADY_DRAFTED"
    early = await o.refusal(OFFICER, "publishPolicy", "policy { id }", draftId=id)
    assert (early["code"], "this needs one that is approved" in early["message"]) == ("DRAFT_IN_WRONG_STATE", True)
    for own in (OWNER, OFFICER):
        refused = await o.refusal(OFFICER, "submitPolicyDraft", DRAFT, draftId=id, reviewerIds=[STEWARD, own])
        assert refused["code"] == "REVIEWS_OWN_POLICY"
    await o.do(OFFICER, "submitPolicyDraft", DRAFT, draftId=id, reviewerIds=[STEWARD, BOSS])
    waits = "{ policyDrafts(asksMe: true) { nodes { id } } }"
    assert (await o.ask(BOSS, waits))["policyDrafts"]["nodes"] == [{"id": id}]
    stranger = await o.refusal(DANA, "approvePolicyDraft", DRAFT, draftId=id)
    assert stranger["code"] == "NOT_ENTITLED"
    assert "enterprise tier" in stranger["message"]
    assert "reviewer" in stranger["message"]
    back = await o.do(BOSS, "returnPolicyDraft", DRAFT, draftId=id, reason="say how")
    assert (back["status"], back["returnedBecause"]) == ("DRAFT", "say how")
    better = {**terms, "content": "Be kind, and say how."}
    await o.do(OFFICER, "revisePolicyDraft", DRAFT, draftId=id, terms=better)
    await o.do(OFFICER, "submitPolicyDraft", DRAFT, draftId=id, reviewerIds=[STEWARD, BOSS])
    half = await o.do(BOSS, "approvePolicyDraft", DRAFT, draftId=id)
    assert (half["status"], half["approvedBy"]) == ("IN_REVIEW", [{"id": BOSS}])
    assert (await o.do(BOSS, "approvePolicyDraft", DRAFT, draftId=id)) == half
    assert (await o.do(STEWARD, "approvePolicyDraft", DRAFT, draftId=id))["status"] == "APPROVED"
    refused = await o.refusal(STEWARD, "publishPolicy", "policy { id }", draftId=id)
    assert refused["code"] == "NOT_ENTITLED"
    select = """policy { owner { id } tier kind stale current { number status content reviewedBy { id } publishedBy { id } } }"""
    published = await o.do(OFFICER, "publishPolicy", select, draftId=id)
    assert published["owner"] == {"id": OWNER}
    assert published["current"] == {
        "number": 1, "status": "PUBLISHED", "content": "Be kind, and say how.",
        "reviewedBy": [{"id": STEWARD}, {"id": BOSS}], "publishedBy": {"id": OFFICER},
    }  # fmt: skip
    again = await o.refusal(OFFICER, "publishPolicy", "policy { id }", draftId=id)
    assert again["code"] == "DRAFT_IN_WRONG_STATE"
    decisions = (
        await o.ask(DANA, "{ decisions(decisionType: PUBLISH_POLICY) { nodes { subjectId outcome evidence } } }")
    )["decisions"]["nodes"]
    assert [(each["subjectId"], each["outcome"]) for each in decisions] == [("acceptable-use", "published")]
    assert decisions[0]["evidence"]["reviewed_by"] == [STEWARD, BOSS]
    assert len((await o.ask(STEWARD, "{ policyDrafts { nodes { id } } }"))["policyDrafts"]["nodes"]) == 1
    assert (await o.ask(DANA, "{ policyDrafts { nodes { id } } }"))["policyDrafts"]["nodes"] == []


async def test_a_version_takes_effect_on_its_date_and_supersedes_the_one_before_G14(
    organisation: Organisation, clock: FixedClock
) -> None:
    o = organisation
    await o.publish()
    await o.publish(content="Be kinder.", effectiveFrom=(clock.now + timedelta(days=30)).isoformat())
    query = '{ policy(id: "acceptable-use") { current { number } versions { status acknowledgeBy } } }'
    found = (await o.ask(DANA, query))["policy"]
    assert (found["current"]["number"], [each["status"] for each in found["versions"]]) == (1, ["PUBLISHED"] * 2)
    clock.advance(timedelta(days=30))
    found = (await o.ask(DANA, query))["policy"]
    assert (found["current"]["number"], [each["status"] for each in found["versions"]]) == (
        2,
        ["SUPERSEDED", "PUBLISHED"],
    )
    (told,) = [data for _, data in await o.events("policy-published") if data["version"] == 2]
    assert told["acknowledge_by"].startswith((clock.now + timedelta(days=14)).date().isoformat())


async def test_a_withdrawn_policy_binds_nobody_and_reverses_its_publication_G14_G31(organisation: Organisation) -> None:
    o = organisation
    await o.publish()
    made = await tool(o)
    await o.award("universal-fluency")
    await o.request(made)
    assert (await o.requests())[0]["status"] == "PENDING_PREREQUISITES"
    refused = await o.refusal(STEWARD, "withdrawPolicy", "policy { id }", policyCode="acceptable-use", reason="law")
    assert refused["code"] == "NOT_ENTITLED"
    silent = await o.refusal(OFFICER, "withdrawPolicy", "policy { id }", policyCode="acceptable-use", reason=" ")
    assert silent["code"] == "POLICY_WITHDRAWN_WITHOUT_REASON"
    select = "policy { withdrawnBecause current { status } }"
    gone = await o.do(OFFICER, "withdrawPolicy", select, policyCode="acceptable-use", reason="a law took its place")
    assert gone == {"withdrawnBecause": "a law took its place", "current": {"status": "WITHDRAWN"}}
    assert (await o.requests())[0]["status"] == "FULFILLED"
    last, first = (
        await o.ask(DANA, "{ decisions(decisionType: PUBLISH_POLICY) { nodes { id outcome reversesId } } }")
    )["decisions"]["nodes"]
    assert (last["outcome"], last["reversesId"]) == ("withdrawn", first["id"])
    for field, select, input in (
        ("acknowledgePolicy", ACKNOWLEDGED, {}),
        ("declinePolicy", "decline { id }", {"reason": "no"}),
    ):
        late = await o.refusal(DANA, field, select, policyCode="acceptable-use", **input)
        assert late["code"] == "POLICY_IS_WITHDRAWN"
    terms = {"title": "Use", "content": "Again."}
    anew = await o.refusal(OFFICER, "draftPolicy", DRAFT, code="acceptable-use", terms=terms)
    assert anew["code"] == "POLICY_IS_WITHDRAWN"
    assert (await o.ask(DANA, "{ policiesToAcknowledge { policyId } }"))["policiesToAcknowledge"] == []


async def test_a_policy_past_its_review_date_is_stale_and_on_the_agenda_until_it_is_confirmed_G14(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    review_by = clock.now.date() + timedelta(days=90)
    await o.publish(reviewBy=review_by.isoformat())
    clock.advance(timedelta(days=89))
    await run_due()
    assert await o.events("policy-review-overdue") == []
    clock.advance(timedelta(days=1))
    await run_due()
    ((_, told),) = await o.events("policy-review-overdue")
    assert (told["policy_id"], told["owner_id"]) == ("acceptable-use", OFFICER)
    stale = '{ policy(id: "acceptable-use") { stale } }'
    assert (await o.ask(DANA, stale))["policy"]["stale"] is True

    async def agenda() -> list[str]:
        meeting = await o.do(
            STEWARD, "scheduleMeeting", "meeting { id }", committeeId=o.committee, kind="REGULAR",
            scheduledAt=(clock.now + timedelta(hours=1)).isoformat(),
        )  # fmt: skip
        begun = await o.do(STEWARD, "startMeeting", "meeting { agenda { topic subjectId } }", meetingId=meeting["id"])
        await o.do(
            STEWARD,
            "completeMeeting",
            "meeting { id }",
            meetingId=meeting["id"],
            minutes="Looked.",
            attendance=[SPONSOR],
        )
        return [item["subjectId"] for item in begun["agenda"] if item["topic"] == "REVIEW_POLICY"]

    assert await agenda() == ["acceptable-use"]
    far = await o.refusal(OFFICER, "confirmPolicy", "policy { id }", policyCode="acceptable-use", reviewBy="2099-01-01")
    assert far["code"] == "BAD_REVIEW_DATE"
    later = (clock.now.date() + timedelta(days=300)).isoformat()
    confirmed = await o.do(OFFICER, "confirmPolicy", "policy { stale }", policyCode="acceptable-use", reviewBy=later)
    assert confirmed == {"stale": False}
    assert await agenda() == []
    clock.advance(timedelta(days=300))
    await run_due()
    assert len(await o.events("policy-review-overdue")) == 2


async def test_a_department_adds_policies_for_its_own_people_within_the_enterprises_G14(
    organisation: Organisation, clock: FixedClock
) -> None:
    o = organisation
    await o.publish(acknowledgeWithinDays=14)
    leader, member, other = "E0050", "E0051", "E0060"
    await o.hire(leader, department="legal", manager_id=SPONSOR, is_people_manager=True)
    await o.hire(member, department="legal", manager_id=leader)
    await o.hire(other, department="sales", manager_id=BOSS)
    mine = {"title": "Legal", "content": "Ask a lawyer.", "acknowledgeWithinDays": 7}
    select = "draft { id tier department { id } audience { departments { id } } }"
    ours: dict[str, Any] = {"code": "legal-use", "departmentId": "legal"}
    refused = await o.refusal(DANA, "draftPolicy", select, **ours, terms=mine)
    assert refused["code"] == "NOT_ENTITLED"
    assert "department tier" in refused["message"]
    assert (await o.refusal(OFFICER, "draftPolicy", select, **ours, terms=mine))["code"] == "NOT_ENTITLED"
    for looser in ({"acknowledgeWithinDays": 15}, {"departments": ["sales"]}):
        refused = await o.refusal(leader, "draftPolicy", select, **ours, terms={**mine, **looser})
        assert refused["code"] == "GUARDRAIL_VIOLATION"
    taken = await o.refusal(leader, "draftPolicy", select, code="acceptable-use", departmentId="legal", terms=mine)
    assert taken["code"] == "GUARDRAIL_VIOLATION"
    draft = await o.do(leader, "draftPolicy", select, **ours, terms=mine)
    assert (draft["tier"], draft["audience"]["departments"]) == ("DEPARTMENT", [{"id": "legal"}])
    await o.do(leader, "submitPolicyDraft", "draft { id }", draftId=draft["id"], reviewerIds=[member])
    await o.do(member, "approvePolicyDraft", "draft { id }", draftId=draft["id"])
    refused = await o.refusal(OFFICER, "publishPolicy", "policy { id }", draftId=draft["id"])
    assert "department tier" in refused["message"]
    published = await o.do(leader, "publishPolicy", "policy { tier department { id } }", draftId=draft["id"])
    assert published == {"tier": "DEPARTMENT", "department": {"id": "legal"}}
    asked = {
        who: sorted(
            each["policyId"]
            for each in (await o.ask(who, "{ policiesToAcknowledge { policyId } }"))["policiesToAcknowledge"]
        )
        for who in (member, other)
    }
    assert asked == {member: ["acceptable-use", "legal-use"], other: ["acceptable-use"]}
    counts = await o.ask(leader, '{ policyCampaign(policyCode: "legal-use") { audience } }')
    assert counts["policyCampaign"]["audience"] == 2
    await o.publish(content="Be quick.", acknowledgeWithinDays=3)
    with_old_days = await o.refusal(
        leader, "draftPolicy", select, **ours, terms={**mine, "content": "Ask a lawyer first."}
    )
    assert with_old_days["code"] == "GUARDRAIL_VIOLATION"
