"""Tools that nobody may have together (G13)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from governance.testing import BOSS, CLIENT_WORK, DANA, OFFICER, OWNER, SPONSOR, STEWARD, Organisation, RunDue

CAN = """query($e: ID!, $t: ID!) { canUse(employeeId: $e, toolId: $t, dataClass: CLIENT, context: CLIENT_WORK) {
    allowed reasons { rule satisfied explanation nextStep } } }"""
COULD = """query($e: ID!, $t: ID!, $at: DateTime!) { couldUse(employeeId: $e, toolId: $t, dataClass: CLIENT,
    context: CLIENT_WORK, at: $at) { entitlement { allowed reasons { rule satisfied } } } }"""
REVOKE = "accessGrant { id status }"


@pytest.fixture
async def two(organisation: Organisation) -> tuple[Organisation, str, str]:
    """Two approved tools, and the policy whose rule is to separate them."""
    o = organisation
    await o.publish("duties", content="Four eyes.")
    first, second = await o.propose("drafter"), await o.propose("payer")
    for tool in (first, second):
        await o.approve(tool)
    return o, first, second


async def separate(o: Organisation, first: str, second: str) -> str:
    made = await o.do(
        OFFICER, "separateTools", "separation { id tools { code } }",
        firstToolId=second, secondToolId=first, policyCode="duties", reason="Whoever drafts does not pay.",
    )  # fmt: skip
    return str(made["id"])


async def incompatible(o: Organisation, tool: str) -> dict[str, Any]:
    found = (await o.ask(DANA, CAN, e=DANA, t=tool))["canUse"]
    rule: dict[str, Any] = next(each for each in found["reasons"] if each["rule"] == "TOOLS_COMPATIBLE")
    return {**rule, "allowed": found["allowed"]}


async def by_tool(o: Organisation) -> dict[str, tuple[str, list[str]]]:
    data = await o.ask(
        STEWARD, "query($id: ID!) { employee(id: $id) { accessGrants { status suspendedFor tool { id } } } }", id=DANA
    )
    return {each["tool"]["id"]: (each["status"], each["suspendedFor"]) for each in data["employee"]["accessGrants"]}


async def test_a_request_against_the_rule_is_refused_with_its_reason_G13(two: tuple[Organisation, str, str]) -> None:
    o, first, second = two
    denied = await o.refusal(
        DANA, "separateTools", "separation { id }",
        firstToolId=first, secondToolId=second, policyCode="duties", reason="no",
    )  # fmt: skip
    assert denied["code"] == "NOT_ENTITLED"
    rule = await separate(o, first, second)
    await o.request(first)
    refused = await o.refusal(DANA, "requestAccess", "accessRequest { id }", toolId=second, **CLIENT_WORK)
    assert refused["code"] == "INCOMPATIBLE_TOOLS"
    assert "Whoever drafts does not pay." in refused["message"]
    verdict = await incompatible(o, second)
    assert (verdict["satisfied"], verdict["nextStep"]) == (
        False, "Give Drafter up, or ask for an exception from duties.",
    )  # fmt: skip
    assert (await incompatible(o, first))["allowed"]
    twice = await o.refusal(
        OFFICER, "separateTools", "separation { id }",
        firstToolId=first, secondToolId=second, policyCode="duties", reason="again",
    )  # fmt: skip
    assert twice["code"] == "ALREADY_SEPARATED"
    await o.do(OFFICER, "endToolSeparation", "separation { endedBecause }", separationId=rule, reason="merged")
    assert (await o.request(second))["status"] == "FULFILLED"
    gone = await o.refusal(OFFICER, "endToolSeparation", "separation { id }", separationId=rule, reason="merged")
    assert gone["code"] == "SEPARATION_ENDED"


async def test_of_two_grants_the_later_one_stands_back_and_never_both_G13(
    two: tuple[Organisation, str, str], run_due: RunDue
) -> None:
    o, first, second = two
    await o.request(first)
    await o.request(second)
    before = o.clock.now
    o.clock.advance(timedelta(hours=1))
    await separate(o, first, second)
    assert await by_tool(o) == {first: ("ACTIVE", []), second: ("SUSPENDED", ["INCOMPATIBLE"])}
    assert (await incompatible(o, first))["allowed"]
    assert not (await incompatible(o, second))["satisfied"]

    async def then(at: datetime) -> bool:
        found = await o.ask(DANA, COULD, e=DANA, t=second, at=at.isoformat())
        return bool(found["couldUse"]["entitlement"]["allowed"])

    assert await then(before)
    assert not await then(o.clock.now)
    radius = await o.ask(
        STEWARD, "query($t: ID!) { blastRadius(toolId: $t) { separatedFrom { id } alternatives { id } } }", t=first
    )
    assert radius["blastRadius"] == {"separatedFrom": [{"id": second}], "alternatives": []}
    held = next(each for each in await o.grants() if each["status"] == "ACTIVE")
    await o.do(DANA, "revokeAccess", REVOKE, grantId=held["id"], reason="I pay now")
    await run_due()
    assert await by_tool(o) == {first: ("REVOKED", []), second: ("ACTIVE", [])}


async def test_an_exception_from_the_policy_lets_somebody_have_both_until_it_ends_G13_G16_G33(
    two: tuple[Organisation, str, str], run_due: RunDue
) -> None:
    o, first, second = two
    await o.do(SPONSOR, "appointOfficer", "officer { id }", role="COMPLIANCE_OFFICER", employeeId=OFFICER)
    await separate(o, first, second)
    await o.request(first)
    asked = await o.do(
        DANA, "requestException", "exception { id }",
        policyCode="duties", toolId=second, justification="small office", compensatingControl="the boss looks at it",
        validUntil=(o.clock.now + timedelta(days=30)).isoformat(),
    )  # fmt: skip
    for who in (BOSS, OFFICER):
        await o.do(who, "consentToException", "exception { id }", exceptionId=asked["id"])
    assert (await o.request(second))["status"] == "FULFILLED"
    assert (await incompatible(o, second))["allowed"]
    beyond = "{ governanceFindings(kind: ACCESS_BEYOND_EXCEPTION) { nodes { subjectId } } }"
    assert (await o.ask(STEWARD, beyond))["governanceFindings"]["nodes"] == []
    o.clock.advance(timedelta(days=31))
    assert (await o.ask(STEWARD, beyond))["governanceFindings"]["nodes"] == [{"subjectId": asked["id"]}]
    await run_due()
    assert (await o.ask(STEWARD, beyond))["governanceFindings"]["nodes"] == []
    assert await by_tool(o) == {first: ("ACTIVE", []), second: ("SUSPENDED", ["INCOMPATIBLE"])}


async def test_one_event_that_completes_two_requests_grants_one_of_separated_tools_G13_C1(
    organisation: Organisation,
) -> None:
    o = organisation
    await o.publish("duties", content="Four eyes.")
    first, second = await o.propose("drafter", ownerId=OWNER), await o.propose("payer", ownerId=OWNER)
    for tool in (first, second):
        await o.approve(tool, credentials=("universal-fluency",))
        await o.request(tool)
    await separate(o, first, second)
    await o.award("universal-fluency")
    assert sorted((each["status"], each["closedBecause"]) for each in await o.requests()) == [
        ("DENIED", "never together with Drafter: Whoever drafts does not pay."),
        ("FULFILLED", None),
    ]
