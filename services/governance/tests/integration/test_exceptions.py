"""Exceptions from policies against Postgres: consent in stages, access follows (G12, G16)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import FixedClock
from governance.testing import BOSS, DANA, OFFICER, SPONSOR, STEWARD, Organisation, RunDue

SELECT = "exception { id status extended approval { outcome current stages { name asked { id } escalated } } }"


@pytest.fixture
async def ruled(organisation: Organisation) -> Organisation:
    """The organisation with a compliance officer by name, and a policy that an approved tool needs."""
    o = organisation
    await o.do(SPONSOR, "appointOfficer", "officer { id }", role="COMPLIANCE_OFFICER", employeeId=OFFICER)
    await o.publish()
    return o


def wish(o: Organisation, days: int = 30, **differently: Any) -> dict[str, Any]:
    return {
        "policyCode": "acceptable-use", "justification": "on a ship", "compensatingControl": "a colleague reads along",
        "validUntil": (o.clock.now + timedelta(days=days)).isoformat(), **differently,
    }  # fmt: skip


async def test_an_exception_stands_in_for_the_acknowledgement_until_its_end_G16(
    ruled: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = ruled
    tool = await o.propose()
    await o.approve(tool, policies=("acceptable-use",))
    await o.request(tool)
    assert (await o.requests())[0]["status"] == "PENDING_PREREQUISITES"
    asked = await o.do(DANA, "requestException", SELECT, **wish(o))
    assert [[each["id"] for each in stage["asked"]] for stage in asked["approval"]["stages"]] == [[BOSS], [OFFICER]]
    again = await o.refusal(DANA, "requestException", SELECT, **wish(o))
    assert again["code"] == "ALREADY_EXCEPTED"
    id = asked["id"]
    refused = await o.refusal(OFFICER, "consentToException", SELECT, exceptionId=id)
    assert refused["code"] == "NOT_AN_APPROVER"
    waits = "{ policyExceptions(asksMe: true) { nodes { id } } }"
    assert (await o.ask(BOSS, waits))["policyExceptions"]["nodes"] == [{"id": id}]
    await o.do(BOSS, "consentToException", SELECT, exceptionId=id, comment="fine")
    assert (await o.ask(BOSS, waits))["policyExceptions"]["nodes"] == []
    granted = await o.do(OFFICER, "consentToException", SELECT, exceptionId=id)
    assert granted["status"] == "ACTIVE"
    assert (await o.requests())[0]["status"] == "FULFILLED"
    extended = await o.do(OFFICER, "extendException", SELECT, **{k: v for k, v in wish(o, 40).items() if k == "validUntil"},
        exceptionId=id)  # fmt: skip
    assert extended["extended"] is True
    clock.advance(timedelta(days=30))
    await run_due()
    assert (await o.grants())[0]["status"] == "ACTIVE"
    clock.advance(timedelta(days=10))
    await run_due()
    assert (await o.grants())[0]["suspendedFor"] == ["POLICY_LAPSED"]
    await o.do(DANA, "acknowledgePolicy", "acknowledgement { id }", policyCode="acceptable-use")
    assert (await o.grants())[0]["status"] == "ACTIVE"
    told = await o.events("exception-granted", "exception-extended", "exception-expired")
    assert [kind for kind, _ in told] == ["exception-granted", "exception-extended", "exception-expired"]


async def test_who_does_not_answer_is_stood_in_for_and_silence_is_no_G12(
    ruled: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = ruled
    asked = await o.do(DANA, "requestException", SELECT, **wish(o))
    await o.do(BOSS, "consentToException", SELECT, exceptionId=asked["id"])
    clock.advance(timedelta(hours=120))
    await run_due()
    shown = (await o.ask(DANA, "{ policyExceptions { nodes { approval { stages { escalated asked { id } } } } } }"))[
        "policyExceptions"
    ]["nodes"][0]
    assert shown["approval"]["stages"][1] == {"escalated": True, "asked": [{"id": OFFICER}, {"id": SPONSOR}]}
    clock.advance(timedelta(hours=120))
    await run_due()
    (told,) = await o.events("exception-rejected")
    assert told[1]["outcome"] == "expired"


async def test_an_exception_for_one_tool_holds_for_no_other_and_ends_with_employment_G16(ruled: Organisation) -> None:
    o = ruled
    one, other = await o.propose("one"), await o.propose("other")
    for tool in (one, other):
        await o.approve(tool, policies=("acceptable-use",))
        await o.request(tool)
    id = (await o.do(DANA, "requestException", SELECT, **wish(o, toolId=one)))["id"]
    await o.do(BOSS, "consentToException", SELECT, exceptionId=id)
    await o.do(OFFICER, "consentToException", SELECT, exceptionId=id)
    assert sorted(each["status"] for each in await o.requests()) == ["FULFILLED", "PENDING_PREREQUISITES"]
    verdict = await o.ask(
        DANA,
        "query($e: ID!, $t: ID!) { canUse(employeeId: $e, toolId: $t, dataClass: CLIENT, context: CLIENT_WORK) { allowed } }",
        e=DANA, t=one,
    )  # fmt: skip
    assert verdict["canUse"]["allowed"] is True
    refused = await o.refusal(STEWARD, "revokeException", SELECT, exceptionId=id, reason="?")
    assert refused["code"] == "NOT_ENTITLED"
    await o.leave(DANA)
    (told,) = await o.events("exception-revoked")
    assert (told[1]["employee_id"], told[1]["reason"]) == (DANA, "employment ended")


async def test_an_exception_is_seen_by_whom_it_concerns_X11(ruled: Organisation) -> None:
    o = ruled
    await o.do(DANA, "requestException", SELECT, **wish(o))
    seen = {
        who: len((await o.ask(who, "{ policyExceptions { nodes { id } } }"))["policyExceptions"]["nodes"])
        for who in (DANA, BOSS, STEWARD)
    }
    assert seen == {DANA: 1, BOSS: 0, STEWARD: 1}
