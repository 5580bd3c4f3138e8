"""Access against Postgres: the loop between competence and access (G18-G20, G22, C1-C5, X08)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chassis.clock import FixedClock
from chassis.testing import Delivers, a_hire
from governance.testing import (
    BOSS,
    CLIENT_WORK,
    DANA,
    OFFICER,
    OWNER,
    REQUEST,
    SPONSOR,
    STEWARD,
    Organisation,
    RunDue,
)

SELECT = f"accessRequest {{ {REQUEST} }}"
TWO = ("universal-fluency", "client-work")
CAN = """query($e: ID!, $t: ID!, $d: DataClass = CLIENT, $c: UsageContext = CLIENT_WORK) {
    canUse(employeeId: $e, toolId: $t, dataClass: $d, context: $c) {
        allowed reasons { rule satisfied explanation nextStep } } }"""


async def approved(o: Organisation, *credentials: str, **differently: Any) -> str:
    tool = await o.propose()
    await o.approve(tool, credentials=credentials, **differently)
    return tool


async def test_a_credential_from_before_the_tool_was_approved_counts_C1(organisation: Organisation) -> None:
    o = organisation
    await o.award("universal-fluency")
    tool = await o.propose()
    await o.request(tool)
    await o.approve(tool, credentials=("universal-fluency",))
    assert (await o.requests())[0]["grant"]["status"] == "ACTIVE"


async def test_a_request_waits_for_the_last_prerequisite_and_then_grants_itself_G19_C2(
    organisation: Organisation,
) -> None:
    o = organisation
    tool = await approved(o, *TWO)
    made = await o.request(tool)
    assert [each["id"] for each in made["missing"]] == list(TWO)
    await o.award(TWO[0])
    assert [each["id"] for each in (await o.requests())[0]["missing"]] == [TWO[1]]
    await o.award(TWO[1])
    assert (await o.requests())[0]["status"] == "FULFILLED"
    requested = (await o.events("access-requested"))[0][1]
    assert requested["missing_prerequisites"] == [{"kind": "credential", "id": code} for code in TWO]
    granted = (await o.events("access-granted"))[0][1]
    assert (granted["employee_id"], granted["tool_id"], granted["valid_until"]) == (DANA, tool, None)


async def test_one_request_and_one_grant_for_the_same_use_G18(organisation: Organisation) -> None:
    o = organisation
    tool = await approved(o, "universal-fluency")
    await o.request(tool)
    again = await o.refusal(DANA, "requestAccess", SELECT, toolId=tool, **CLIENT_WORK)
    assert again["code"] == "ALREADY_REQUESTED"
    await o.award("universal-fluency")
    again = await o.refusal(DANA, "requestAccess", SELECT, toolId=tool, **CLIENT_WORK)
    assert again["code"] == "ALREADY_GRANTED"
    other = await o.request(tool, dataClass="INTERNAL", context="INTERNAL")
    assert other["status"] == "FULFILLED"


async def test_a_use_outside_the_scope_is_refused_with_what_is_allowed_G03(organisation: Organisation) -> None:
    o = organisation
    tool = await approved(o, scope=[{**CLIENT_WORK, "departmentId": "support"}])
    refusal = await o.refusal(DANA, "requestAccess", SELECT, toolId=tool, **CLIENT_WORK)
    assert refusal["message"] == (
        "Draft-Assistant is not allowed for this: it may be used for client data for client work in department support."
    )
    regional = await o.propose("regional")
    await o.approve(regional, scope=[{**CLIENT_WORK, "region": "eu"}])
    assert (await o.refusal(DANA, "requestAccess", SELECT, toolId=regional, **CLIENT_WORK))["code"] == "OUT_OF_SCOPE"
    assert (await o.request(regional, region="eu"))["status"] == "FULFILLED"


async def test_a_request_that_was_made_before_the_scope_was_known_is_denied_when_outside_G19(
    organisation: Organisation,
) -> None:
    o = organisation
    tool = await o.propose()
    await o.request(tool)
    await o.approve(tool, scope=[{"dataClass": "PUBLIC", "context": "INTERNAL"}])
    denied = (await o.requests())[0]
    assert (denied["status"], denied["closedBecause"]) == ("DENIED", "outside the tool's scope")


async def test_a_request_expires_after_thirty_days_C2(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    tool = await approved(o, "universal-fluency")
    await o.request(tool)
    clock.advance(timedelta(days=30) - timedelta(seconds=1))
    await run_due()
    assert (await o.requests())[0]["status"] == "PENDING_PREREQUISITES"
    clock.advance(timedelta(seconds=1))
    await run_due()
    assert (await o.requests())[0]["status"] == "EXPIRED"
    assert [data["outcome"] for _, data in await o.events("access-request-closed")] == ["expired"]
    await o.award("universal-fluency")
    assert await o.grants() == []
    assert (await o.request(tool))["status"] == "FULFILLED"


async def test_only_the_requester_withdraws_G18(organisation: Organisation) -> None:
    o = organisation
    made = await o.request(await approved(o, "universal-fluency"))
    refusal = await o.refusal(BOSS, "withdrawAccessRequest", SELECT, requestId=made["id"])
    assert refusal["code"] == "NOT_ENTITLED"
    withdrawn = await o.do(DANA, "withdrawAccessRequest", SELECT, requestId=made["id"])
    assert withdrawn["status"] == "WITHDRAWN"
    again = await o.refusal(DANA, "withdrawAccessRequest", SELECT, requestId=made["id"])
    assert again["code"] == "REQUEST_IS_CLOSED"


async def test_the_line_manager_is_asked_last_and_never_the_requester_G13_G18(organisation: Organisation) -> None:
    o = organisation
    made = await o.request(await approved(o, "universal-fluency", approval="LINE_MANAGER"))
    early = await o.refusal(BOSS, "approveAccessRequest", SELECT, requestId=made["id"])
    assert early["code"] == "NOT_WAITING_FOR_APPROVAL"
    await o.award("universal-fluency")
    assert (await o.requests())[0]["status"] == "PENDING_APPROVAL"
    own = await o.refusal(DANA, "approveAccessRequest", SELECT, requestId=made["id"])
    assert own["code"] == "OWN_REQUEST"
    other = await o.refusal(OWNER, "approveAccessRequest", SELECT, requestId=made["id"])
    assert "Person E0010 as the line manager" in other["message"]
    waiting = await o.ask(BOSS, "{ accessRequestsToApprove { id employee { name } } }")
    assert waiting["accessRequestsToApprove"] == [{"id": made["id"], "employee": {"name": "Person E0011"}}]
    done = await o.do(BOSS, "approveAccessRequest", SELECT, requestId=made["id"])
    assert (done["status"], done["grant"]["status"]) == ("FULFILLED", "ACTIVE")


async def test_without_a_manager_the_owner_consents_and_a_manager_may_say_no_G18(organisation: Organisation) -> None:
    o = organisation
    tool = await approved(o, approval="LINE_MANAGER")
    made = await o.request(tool, who=BOSS)
    assert made["status"] == "PENDING_APPROVAL"
    done = await o.do(OWNER, "approveAccessRequest", SELECT, requestId=made["id"])
    assert done["status"] == "FULFILLED"
    denied = await o.request(tool)
    stranger = await o.refusal(SPONSOR, "denyAccessRequest", SELECT, requestId=denied["id"], reason="no")
    assert stranger["code"] == "NOT_ENTITLED"
    no = await o.do(BOSS, "denyAccessRequest", SELECT, requestId=denied["id"], reason="not needed")
    assert (no["status"], no["closedBecause"]) == ("DENIED", "not needed")


async def test_a_lapse_suspends_after_the_grace_and_a_new_period_restores_G20_C3(
    organisation: Organisation, clock: FixedClock
) -> None:
    o = organisation
    tool = await approved(o, "universal-fluency")
    await o.award("universal-fluency", days=10)
    await o.request(tool)
    clock.advance(timedelta(days=10))
    until = (clock.now + timedelta(days=14)).isoformat()
    await o.credential("expired", "universal-fluency", grace_until=until)
    assert (await o.grants())[0]["status"] == "ACTIVE"
    clock.advance(timedelta(days=14))
    await o.credential("grace-ended", "universal-fluency")
    assert (await o.grants())[0]["suspendedFor"] == ["CREDENTIAL_LAPSED"]
    await o.award("universal-fluency", period="second")
    assert (await o.grants())[0]["status"] == "ACTIVE"
    told = [kind for kind, _ in await o.events("access-suspended", "access-restored")]
    assert told == ["access-suspended", "access-restored"]


async def test_what_training_says_has_the_same_effect_in_any_order_G20(organisation: Organisation) -> None:
    o = organisation
    tool = await approved(o, "universal-fluency")
    await o.credential("grace-ended", "universal-fluency")
    await o.award("universal-fluency")
    assert (await o.request(tool))["status"] == "PENDING_PREREQUISITES"
    await o.award("universal-fluency", period="second")
    assert (await o.requests())[0]["status"] == "FULFILLED"
    await o.credential("revoked", "universal-fluency")
    assert (await o.grants())[0]["status"] == "ACTIVE"


async def test_a_credential_that_begins_later_grants_on_its_first_day_G19(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    await o.request(await approved(o, "universal-fluency"))
    begins = clock.now + timedelta(minutes=10)
    data = {
        "period_id": "1",
        "employee_id": DANA,
        "credential_type": "universal-fluency",
        "valid_from": begins.isoformat(),
    }
    await o.deliver("training.credential-awarded.v1", data)
    assert (await o.requests())[0]["status"] == "PENDING_PREREQUISITES"
    clock.advance(timedelta(minutes=10))
    await run_due()
    assert (await o.requests())[0]["status"] == "FULFILLED"


async def test_a_reinstated_tool_does_not_restore_what_another_reason_holds_C4(organisation: Organisation) -> None:
    o = organisation
    tool = await approved(o, "universal-fluency")
    await o.award("universal-fluency")
    await o.request(tool)
    await o.do(OFFICER, "suspendTool", "tool { id }", toolId=tool, reason="leaks")
    await o.credential("revoked", "universal-fluency")
    assert (await o.grants())[0]["suspendedFor"] == ["CREDENTIAL_LAPSED", "TOOL_SUSPENDED"]
    await o.do(STEWARD, "reinstateTool", "tool { id }", toolId=tool, motionId=await o.passed("REINSTATE_TOOL", tool))
    assert (await o.grants())[0]["suspendedFor"] == ["CREDENTIAL_LAPSED"]
    assert await o.events("access-restored") == []
    lifted = (await o.events("access-reason-lifted"))[0][1]
    assert (lifted["reason"], lifted["remaining"]) == ("tool_suspended", ["credential_lapsed"])
    await o.award("universal-fluency", period="second")
    assert len(await o.events("access-restored")) == 1


async def test_a_transfer_out_of_scope_suspends_and_a_transfer_back_restores_C5b(
    organisation: Organisation, deliver: Delivers, clock: FixedClock
) -> None:
    o = organisation
    await o.request(await approved(o, scope=[{**CLIENT_WORK, "departmentId": "sales"}]))

    async def transfer(department: str) -> None:
        data = {
            "employee_id": DANA,
            "effective_date": clock.now.date().isoformat(),
            "department": {"id": department, "name": department.title()},
        }
        await deliver("hris.employee-transferred.v1", data, subject=DANA)

    await transfer("support")
    assert (await o.grants())[0]["suspendedFor"] == ["OUT_OF_SCOPE"]
    clock.advance(timedelta(days=1))
    await transfer("sales")
    assert (await o.grants())[0]["status"] == "ACTIVE"


async def test_nothing_comes_back_with_a_return_C5c(
    organisation: Organisation, deliver: Delivers, clock: FixedClock
) -> None:
    o = organisation
    tool = await approved(o, "universal-fluency")
    await o.award("universal-fluency")
    await o.request(tool)
    await o.request(tool, dataClass="INTERNAL", context="INTERNAL")
    await o.leave(DANA)
    assert [grant["status"] for grant in await o.grants()] == ["REVOKED", "REVOKED"]
    verdict = (await o.ask(STEWARD, CAN, e=DANA, t=tool))["canUse"]
    assert [link["rule"] for link in verdict["reasons"] if not link["satisfied"]] == ["EMPLOYED", "GRANT_ACTIVE"]
    back = a_hire(DANA, manager_id=BOSS, effective_date=clock.now.date().isoformat())
    await deliver("hris.employee-rehired.v1", back, subject=DANA)
    await o.award("universal-fluency", period="again")
    assert [grant["status"] for grant in await o.grants()] == ["REVOKED", "REVOKED"]
    assert (await o.request(tool))["grant"]["status"] == "ACTIVE"
    assert len(await o.grants()) == 3


async def test_a_waiting_request_is_cancelled_when_the_person_leaves_C5c(organisation: Organisation) -> None:
    o = organisation
    await o.request(await approved(o, "universal-fluency"))
    await o.leave(DANA)
    closed = (await o.events("access-request-closed"))[0][1]
    assert (closed["employee_id"], closed["outcome"]) == (DANA, "cancelled")
    await o.award("universal-fluency")
    assert await o.grants() == []


async def test_a_grant_is_revoked_by_those_who_may_and_stays_so_G18(organisation: Organisation) -> None:
    o = organisation
    tool = await approved(o)
    select = "accessGrant { status revokedBecause }"
    for who in (BOSS, OWNER, STEWARD, OFFICER):
        grant = (await o.request(tool))["grant"]["id"]
        stranger = await o.refusal(SPONSOR, "revokeAccess", select, grantId=grant, reason="?")
        assert stranger["code"] == "NOT_ENTITLED"
        revoked = await o.do(who, "revokeAccess", select, grantId=grant, reason="idle")
        assert revoked == {"status": "REVOKED", "revokedBecause": "idle"}
        again = await o.refusal(who, "revokeAccess", select, grantId=grant, reason="idle")
        assert again["code"] == "GRANT_IS_REVOKED"


async def test_a_grant_for_a_limited_time_ends_with_it_G18(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    until = clock.now + timedelta(days=60)
    tool = await approved(o)
    await o.request(tool, validUntil=until.isoformat())
    assert (await o.ask(DANA, CAN, e=DANA, t=tool))["canUse"]["allowed"] is True
    clock.advance(timedelta(days=60))
    assert (await o.ask(DANA, CAN, e=DANA, t=tool))["canUse"]["allowed"] is False
    await run_due()
    assert (await o.grants())[0]["revokedBecause"] == "expired"
    past = await o.refusal(DANA, "requestAccess", SELECT, toolId=tool, **CLIENT_WORK, validUntil=until.isoformat())
    assert past["code"] == "ENDS_IN_THE_PAST"


async def test_a_request_is_not_granted_after_the_time_it_was_wanted_for_G18(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    until = clock.now + timedelta(days=3)
    await o.request(await approved(o, "universal-fluency"), validUntil=until.isoformat())
    clock.advance(timedelta(days=3))
    await o.award("universal-fluency")
    assert await o.grants() == []
    await run_due()
    assert (await o.requests())[0]["status"] == "EXPIRED"


async def test_the_steward_stands_in_where_there_is_neither_manager_nor_another_owner_G18(
    organisation: Organisation,
) -> None:
    o = organisation
    made = await o.request(await approved(o, approval="LINE_MANAGER"), who=OWNER)
    refusal = await o.refusal(BOSS, "approveAccessRequest", SELECT, requestId=made["id"])
    assert refusal["code"] == "NOT_ENTITLED"
    done = await o.do(STEWARD, "approveAccessRequest", SELECT, requestId=made["id"])
    assert done["status"] == "FULFILLED"


async def test_can_use_tells_every_rule_and_the_next_step_X08(organisation: Organisation) -> None:
    o = organisation
    tool = await approved(o, "universal-fluency")
    denied = (await o.ask(DANA, CAN, e=DANA, t=tool))["canUse"]
    assert denied["allowed"] is False
    failed = {link["rule"]: link["nextStep"] for link in denied["reasons"] if not link["satisfied"]}
    assert failed == {
        "CREDENTIALS_VALID": "Complete the training for universal-fluency.",
        "GRANT_ACTIVE": "Request access.",
    }
    await o.request(tool)
    await o.award("universal-fluency")
    assert (await o.ask(DANA, CAN, e=DANA, t=tool))["canUse"]["allowed"] is True
    await o.do(OFFICER, "suspendTool", "tool { id }", toolId=tool, reason="leaks prompts")
    verdict = (await o.ask(DANA, CAN, e=DANA, t=tool))["canUse"]
    told = [link["explanation"] for link in verdict["reasons"] if not link["satisfied"]]
    assert told == ["Draft-Assistant is suspended: leaks prompts.", "The access is suspended: tool suspended."]


async def test_others_access_is_asked_by_manager_steward_compliance_and_sponsor_only_X11(
    organisation: Organisation,
) -> None:
    o = organisation
    tool = await approved(o)
    await o.request(tool)
    for who in (DANA, BOSS, STEWARD, OFFICER, SPONSOR):
        assert (await o.ask(who, CAN, e=DANA, t=tool))["canUse"]["allowed"] is True
    answer = await o.graph(CAN, {"e": DANA, "t": tool}, caller=o.caller(OWNER))
    assert answer["errors"][0]["extensions"]["code"] == "NOT_ENTITLED"
    query = "query($id: ID!) { employee(id: $id) { accessGrants { status } accessRequests { status } } }"
    seen = {who: (await o.ask(who, query, id=DANA))["employee"]["accessGrants"] for who in (DANA, BOSS, STEWARD, OWNER)}
    assert seen == {
        DANA: [{"status": "ACTIVE"}],
        BOSS: [{"status": "ACTIVE"}],
        STEWARD: [{"status": "ACTIVE"}],
        OWNER: None,
    }
    counted = await o.ask(OWNER, "query($id: ID!) { tool(id: $id) { grantCount } }", id=tool)
    assert counted["tool"]["grantCount"] == 1
