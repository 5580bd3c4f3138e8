"""Acknowledgement campaigns against Postgres: reminders, declines, overdue, expiry (G15)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chassis.clock import FixedClock
from governance.testing import BOSS, DANA, OFFICER, PEOPLE, STEWARD, Organisation, RunDue

CAMPAIGN = """{ policyCampaign(policyCode: "acceptable-use") { version audience acknowledged declined outstanding overdue
    outstandingEmployees(first: 100) { nodes { id } } } }"""


async def publish(o: Organisation, content: str = "Be careful.", **differently: Any) -> None:
    await o.do(
        OFFICER, "publishPolicy", "policy { id }", code="acceptable-use", title="Use", content=content, **differently
    )


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
    refused = await o.refusal(
        OFFICER, "publishPolicy", "policy { id }", code="x", title="x", content="x", validForDays=0
    )
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
