"""Acknowledgement campaigns against Postgres: reminders, declines, overdue, expiry (G15)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chassis.clock import FixedClock
from governance.testing import BOSS, DANA, OFFICER, OWNER, PEOPLE, SPONSOR, STEWARD, Organisation, RunDue

CAMPAIGN = """{ policyCampaign(policyCode: "acceptable-use") { version audience acknowledged declined outstanding overdue
    outstandingEmployees(first: 100) { nodes { id } } } }"""


async def publish(o: Organisation, content: str = "Be careful.", **differently: Any) -> None:
    await o.publish(content=content, **differently)


async def acknowledge(o: Organisation, who: str = DANA) -> None:
    await o.do(who, "acknowledgePolicy", "acknowledgement { id }", policyCode="acceptable-use")


async def campaign(o: Organisation) -> dict[str, Any]:
    found: dict[str, Any] = (await o.ask(OFFICER, CAMPAIGN))["policyCampaign"]
    return found


async def test_a_campaign_counts_who_works_here_reminds_and_says_who_is_overdue_G15(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    await publish(o, acknowledgeWithinDays=14)
    due = (await o.ask(DANA, "{ policiesToAcknowledge { policyId version overdue } }"))["policiesToAcknowledge"]
    assert due == [{"policyId": "acceptable-use", "version": 1, "overdue": False}]
    await acknowledge(o)
    await o.do(BOSS, "declinePolicy", "decline { reason }", policyCode="acceptable-use", reason="it is unclear")
    refused = await o.refusal(BOSS, "declinePolicy", "decline { id }", policyCode="acceptable-use", reason=" ")
    assert refused["code"] == "REASON_FOR_DECLINE_MISSING"
    everybody = len(PEOPLE) + 1
    seen = await campaign(o)
    assert (seen["audience"], seen["acknowledged"], seen["declined"], seen["outstanding"], seen["overdue"]) == (
        everybody, 1, 1, everybody - 1, False,
    )  # fmt: skip
    assert DANA not in [person["id"] for person in seen["outstandingEmployees"]["nodes"]]
    assert (await o.ask(DANA, "{ policiesToAcknowledge { policyId } }"))["policiesToAcknowledge"] == []
    clock.advance(timedelta(days=7))
    await run_due()
    await acknowledge(o, BOSS)
    assert (await campaign(o))["declined"] == 0
    await o.leave(STEWARD)
    clock.advance(timedelta(days=6))
    await run_due()
    clock.advance(timedelta(days=1))
    await run_due()
    told = await o.events("policy-acknowledgement-reminded", "policy-acknowledgement-overdue")
    assert [(kind, data["outstanding"]) for kind, data in told] == [
        ("policy-acknowledgement-reminded", everybody - 1),
        ("policy-acknowledgement-reminded", everybody - 3),
        ("policy-acknowledgement-overdue", everybody - 3),
    ]
    assert (await campaign(o))["overdue"] is True


async def test_a_minor_version_carries_over_and_a_major_one_asks_anew_G15(organisation: Organisation) -> None:
    o = organisation
    await publish(o)
    await acknowledge(o)
    await publish(o, "Be careful!", changeClass="MINOR")
    assert ((await campaign(o))["version"], (await campaign(o))["acknowledged"]) == (1, 1)
    await publish(o, "Be very careful.")
    assert ((await campaign(o))["version"], (await campaign(o))["acknowledged"]) == (3, 0)


async def test_an_acknowledgement_that_is_good_for_some_days_is_given_anew_G15(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    terms = {"title": "x", "content": "x", "validForDays": 0}
    refused = await o.refusal(OFFICER, "draftPolicy", "draft { id }", code="x", terms=terms)
    assert refused["code"] == "BAD_VALIDITY"
    await publish(o, validForDays=365)
    tool = await o.propose()
    await o.approve(tool, policies=("acceptable-use",), reviewBy=(clock.now + timedelta(days=999)).date().isoformat())
    await acknowledge(o)
    await o.request(tool)
    assert (await o.grants())[0]["status"] == "ACTIVE"
    clock.advance(timedelta(days=365))
    await run_due()
    assert (await o.grants())[0]["suspendedFor"] == ["POLICY_LAPSED"]
    assert (await campaign(o))["acknowledged"] == 0
    await acknowledge(o)
    assert (await o.grants())[0]["status"] == "ACTIVE"


async def test_a_campaign_is_shown_to_those_who_publish_policies_X11(organisation: Organisation) -> None:
    o = organisation
    await publish(o)
    answer = await o.graph(CAMPAIGN, {}, caller=o.caller(DANA))
    assert answer["errors"][0]["extensions"]["code"] == "NOT_ENTITLED"


PEOPLE_OF = """query($state: AcknowledgementState) { policyCampaign(policyCode: "acceptable-use") { states { state people }
    people(first: 100, state: $state) { nodes { employee { id } state dueAt respondedAt validUntil } } } }"""


async def people(o: Organisation, state: str | None = None) -> dict[str, dict[str, Any]]:
    found = (await o.ask(OFFICER, PEOPLE_OF, state=state))["policyCampaign"]["people"]["nodes"]
    return {each["employee"]["id"]: each for each in found}


def day(o: Organisation, days: int) -> str:
    return (o.clock.now + timedelta(days=days)).date().isoformat()


async def test_whoever_is_hired_later_has_the_same_days_and_is_told_late_once_G15(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    await publish(o, acknowledgeWithinDays=14)
    for who in (BOSS, STEWARD, OFFICER):
        await acknowledge(o, who)
    clock.advance(timedelta(days=20))
    await run_due()
    late = await o.events("acknowledgement-overdue")
    assert sorted(data["employee_id"] for _, data in late) == sorted({*PEOPLE, DANA} - {BOSS, STEWARD, OFFICER})
    await o.hire("E0070", manager_id=BOSS, effective_date=clock.now.date().isoformat())
    mine = (await o.ask("E0070", "{ policiesToAcknowledge { policyId state acknowledgeBy overdue } }"))[
        "policiesToAcknowledge"
    ]
    assert (mine[0]["state"], mine[0]["overdue"], mine[0]["acknowledgeBy"][:10]) == ("REQUESTED", False, day(o, 14))
    assert (await people(o))["E0070"]["state"] == "REQUESTED"
    clock.advance(timedelta(days=13))
    await run_due()
    assert len(await o.events("acknowledgement-overdue")) == len(late)
    clock.advance(timedelta(days=1))
    await run_due()
    told = await o.events("acknowledgement-overdue")
    assert [data["employee_id"] for _, data in told[len(late) :]] == ["E0070"]
    assert set(await people(o, "OVERDUE")) == {*(data["employee_id"] for _, data in told)}
    await o.hire("E0070", manager_id=BOSS, effective_date=day(o, -14))
    await run_due()
    assert len(await o.events("acknowledgement-overdue")) == len(told)


async def test_everybody_stands_where_the_facts_say_G15_G16(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    await o.do(SPONSOR, "appointOfficer", "officer { id }", role="COMPLIANCE_OFFICER", employeeId=OFFICER)
    await publish(o, validForDays=30, acknowledgeWithinDays=14)
    await acknowledge(o)
    await o.do(BOSS, "declinePolicy", "decline { reason }", policyCode="acceptable-use", reason="it is unclear")
    wish = {
        "compensatingControl": "a colleague reads along",
        "validUntil": (clock.now + timedelta(days=60)).isoformat(),
    }
    declined = await o.do(
        STEWARD,
        "declinePolicy",
        "decline { exceptionId }",
        policyCode="acceptable-use",
        reason="on a ship",
        exception=wish,
    )
    bare = {**wish, "compensatingControl": " "}
    refused = await o.refusal(
        OWNER, "declinePolicy", "decline { id }", policyCode="acceptable-use", reason="also", exception=bare
    )
    assert refused["code"] == "CONTROL_MISSING"
    stand = {who: each["state"] for who, each in (await people(o)).items()}
    assert (stand[DANA], stand[BOSS], stand[STEWARD], stand[OWNER]) == (
        "ACCEPTED", "DECLINED", "EXCEPTION_REQUESTED", "REQUESTED",
    )  # fmt: skip
    asked = (await o.ask(STEWARD, "{ policyExceptions { nodes { id justification status } } }"))["policyExceptions"][
        "nodes"
    ]
    assert asked == [{"id": declined["exceptionId"], "justification": "on a ship", "status": "REQUESTED"}]
    await o.do(OFFICER, "consentToException", "exception { id }", exceptionId=declined["exceptionId"])
    clock.advance(timedelta(days=14))
    await run_due()
    stand = {who: each["state"] for who, each in (await people(o)).items()}
    assert (stand[STEWARD], stand[OWNER], stand[BOSS]) == ("EXCEPTED", "OVERDUE", "DECLINED")
    told = {data["employee_id"] for _, data in await o.events("acknowledgement-overdue")}
    assert told.isdisjoint({DANA, BOSS, STEWARD})
    assert OWNER in told
    clock.advance(timedelta(days=16))
    await run_due()
    assert set(await people(o, "EXPIRED")) == {DANA}
    clock.advance(timedelta(days=30))
    await run_due()
    assert (await people(o))[STEWARD]["state"] == "DECLINED"


async def test_an_acknowledgement_is_superseded_by_a_major_version_and_carried_over_by_a_minor_one_G15(
    organisation: Organisation,
) -> None:
    o = organisation
    mine = "{ myAcknowledgements { nodes { state acknowledgement { version } } } }"
    await publish(o)
    await acknowledge(o)
    await publish(o, "Be careful!", changeClass="MINOR")
    assert (await o.ask(DANA, mine))["myAcknowledgements"]["nodes"] == [
        {"state": "ACCEPTED", "acknowledgement": {"version": 1}}
    ]
    assert (await people(o))[DANA]["state"] == "ACCEPTED"
    await publish(o, "Be very careful.")
    assert (await people(o))[DANA]["state"] == "REQUESTED"
    await acknowledge(o)
    assert [each["state"] for each in (await o.ask(DANA, mine))["myAcknowledgements"]["nodes"]] == [
        "ACCEPTED",
        "SUPERSEDED",
    ]


async def test_an_audience_is_asked_and_nobody_else_and_whoever_moves_in_has_the_days_from_then_on_G15(
    organisation: Organisation, clock: FixedClock
) -> None:
    o = organisation
    await o.hire("E0080", department="legal", manager_id=BOSS, job_function="counsel")
    await o.hire("E0081", department="legal", manager_id=BOSS, job_function="assistant")
    await publish(o, departments=["legal"], jobFunctions=["counsel"], acknowledgeWithinDays=10)
    assert set(await people(o)) == {"E0080"}
    clock.advance(timedelta(days=20))
    assert (await people(o))["E0080"]["state"] == "OVERDUE"
    await o.deliver(
        "hris.employee-changed.v1",
        {"employee_id": "E0081", "effective_date": clock.now.date().isoformat(), "job_function": "counsel"},
        subject="E0081",
    )
    moved = (await people(o))["E0081"]
    assert (moved["state"], moved["dueAt"][:10]) == ("REQUESTED", day(o, 10))
    await o.deliver(
        "hris.employee-changed.v1",
        {"employee_id": "E0080", "effective_date": clock.now.date().isoformat(), "manager_id": SPONSOR},
        subject="E0080",
    )
    assert (await people(o))["E0080"]["state"] == "OVERDUE"
    unknown = await o.refusal(
        OFFICER,
        "draftPolicy",
        "draft { id }",
        code="x",
        terms={"title": "x", "content": "x", "departments": ["nowhere"]},
    )
    assert unknown["code"] == "NOT_FOUND"


async def test_a_major_version_ends_in_suspended_access_for_those_who_said_nothing_C6(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    await publish(o)
    await o.hire("E0090", manager_id=BOSS)
    tool = await o.propose()
    await o.approve(tool, policies=("acceptable-use",))
    for who in (DANA, "E0090"):
        await acknowledge(o, who)
        await o.request(tool, who)
    await publish(o, "Be very careful.", acknowledgeWithinDays=14)
    clock.advance(timedelta(days=7))
    await run_due()
    await acknowledge(o, "E0090")
    clock.advance(timedelta(days=7))
    await run_due()
    assert ((await o.grants())[0]["status"], (await o.grants())[0]["suspendedFor"]) == ("SUSPENDED", ["POLICY_LAPSED"])
    assert (await o.grants("E0090"))[0]["status"] == "ACTIVE"
    late = [(data["employee_id"], data["policy_version"]) for _, data in await o.events("acknowledgement-overdue")]
    assert late.count((DANA, 2)) == 1
    assert ("E0090", 2) not in late
    suspended = [data["employee_id"] for _, data in await o.events("access-suspended")]
    assert suspended == [DANA]
    await acknowledge(o)
    assert (await o.grants())[0]["status"] == "ACTIVE"
    assert [data["employee_id"] for _, data in await o.events("access-restored")] == [DANA]
