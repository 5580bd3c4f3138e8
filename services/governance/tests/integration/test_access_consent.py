"""Consent to access in stages (G12, G13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chassis.clock import FixedClock
from governance.testing import BOSS, CHAIRED, DANA, MEMBER, OWNER, REQUEST, SPONSOR, STEWARD, Organisation, RunDue

STAGES = "status asked { id } explanation approval { current outcome stages { name escalated consents { by { id } comment } } }"
SELECT = f"accessRequest {{ {REQUEST} {STAGES} }}"


async def asked_for(o: Organisation, approval: str, who: str = DANA) -> dict[str, Any]:
    tool = await o.propose()
    await o.approve(tool, approval=approval)
    return await o.request(tool, who=who)


async def the_request(o: Organisation, who: str = DANA) -> dict[str, Any]:
    data = await o.ask(who, f"{{ me {{ accessRequests {{ id {STAGES} }} }} }}")
    found: dict[str, Any] = data["me"]["accessRequests"][0]
    return found


async def test_the_line_manager_then_the_owner_consent_in_that_order_G12_G13(organisation: Organisation) -> None:
    o = organisation
    made = await asked_for(o, "LINE_MANAGER_THEN_OWNER")
    first = await the_request(o)
    assert (first["status"], first["asked"]) == ("PENDING_APPROVAL", [{"id": BOSS}])
    assert first["explanation"].startswith("Stage 1 of 2: since 2026")
    assert BOSS in first["explanation"]
    early = await o.refusal(OWNER, "approveAccessRequest", SELECT, requestId=made["id"])
    assert early["code"] == "NOT_ENTITLED"
    own = await o.refusal(DANA, "approveAccessRequest", SELECT, requestId=made["id"])
    assert own["code"] == "OWN_REQUEST"
    half = await o.do(BOSS, "approveAccessRequest", SELECT, requestId=made["id"], comment="needed")
    assert (half["status"], half["asked"], half["grant"]) == ("PENDING_APPROVAL", [{"id": OWNER}], None)
    assert half["approval"]["stages"][0]["consents"] == [{"by": {"id": BOSS}, "comment": "needed"}]
    waiting = await o.ask(OWNER, "{ accessRequestsToApprove { id } }")
    assert waiting["accessRequestsToApprove"] == [{"id": made["id"]}]
    twice = await o.refusal(BOSS, "approveAccessRequest", SELECT, requestId=made["id"])
    assert twice["code"] == "NOT_ENTITLED"
    done = await o.do(OWNER, "approveAccessRequest", SELECT, requestId=made["id"])
    assert (done["status"], done["grant"]["status"], done["asked"]) == ("FULFILLED", "ACTIVE", [])
    stages = [data["stage"] for _, data in await o.events("access-approval-asked")]
    assert stages == ["line manager", "tool owner"]
    assert [data["approved_by"] for _, data in await o.events("access-request-approved")] == [OWNER]


async def test_a_silent_stage_goes_to_its_alternates_once_and_then_it_is_a_no_G12(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    made = await asked_for(o, "LINE_MANAGER")
    clock.advance(timedelta(hours=73))
    await run_due()
    escalated = await the_request(o)
    assert [each["id"] for each in escalated["asked"]] == [BOSS, OWNER]
    assert "the alternates were asked" in escalated["explanation"]
    clock.advance(timedelta(hours=73))
    await run_due()
    ended = await the_request(o)
    assert (ended["status"], ended["asked"]) == ("EXPIRED", [])
    assert ended["explanation"] == "Expired: nobody answered in time at the stage line manager."
    late = await o.refusal(BOSS, "approveAccessRequest", SELECT, requestId=made["id"])
    assert late["code"] == "REQUEST_IS_CLOSED"
    assert [data["outcome"] for _, data in await o.events("access-request-closed")] == ["expired"]
    await run_due()
    assert (await the_request(o))["status"] == "EXPIRED"


async def test_an_alternate_who_is_asked_consents_in_place_of_the_silent_one_G12(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    made = await asked_for(o, "LINE_MANAGER")
    clock.advance(timedelta(hours=73))
    await run_due()
    done = await o.do(OWNER, "approveAccessRequest", SELECT, requestId=made["id"])
    assert done["status"] == "FULFILLED"
    clock.advance(timedelta(hours=73))
    await run_due()
    assert [grant["status"] for grant in await o.grants()] == ["ACTIVE"]


async def test_an_owner_does_not_consent_to_access_of_their_own_G13(organisation: Organisation) -> None:
    o = organisation
    await o.do(SPONSOR, "appointOfficer", "officer { employee { id } }", role="AI_STEWARD", employeeId=STEWARD)
    made = await asked_for(o, "TOOL_OWNER", who=OWNER)
    assert [each["id"] for each in (await the_request(o, OWNER))["asked"]] == [STEWARD]
    own = await o.refusal(OWNER, "approveAccessRequest", SELECT, requestId=made["id"])
    assert own["code"] == "OWN_REQUEST"
    own = await o.refusal(OWNER, "denyAccessRequest", SELECT, requestId=made["id"], reason="no")
    assert own["code"] == "NOT_ENTITLED"
    assert (await o.do(STEWARD, "approveAccessRequest", SELECT, requestId=made["id"]))["status"] == "FULFILLED"


async def test_a_manager_who_owns_the_tool_is_the_owner_and_somebody_else_the_first_stage_G13(
    organisation: Organisation,
) -> None:
    o = organisation
    tool = await o.propose(ownerId=BOSS)
    await o.approve(tool, approval="LINE_MANAGER_THEN_OWNER")
    await o.request(tool)
    without = await the_request(o)
    assert (without["status"], without["approval"]) == ("PENDING_APPROVAL", None)
    assert without["explanation"] == "An AI steward decides: nobody else could be asked."
    waiting = await o.ask(STEWARD, "{ accessRequestsToApprove { id } }")
    assert waiting["accessRequestsToApprove"] == [{"id": without["id"]}]
    assert (await o.do(STEWARD, "approveAccessRequest", SELECT, requestId=without["id"]))["status"] == "FULFILLED"


async def test_a_new_manager_is_asked_in_place_of_the_former_G12(organisation: Organisation) -> None:
    o = organisation
    made = await asked_for(o, "LINE_MANAGER")
    await o.deliver(
        "hris.employee-changed.v1",
        {"employee_id": DANA, "effective_date": o.clock.now.date().isoformat(), "manager_id": MEMBER},
        subject=DANA,
    )
    assert [each["id"] for each in (await the_request(o))["asked"]] == [MEMBER]
    late = await o.refusal(BOSS, "approveAccessRequest", SELECT, requestId=made["id"])
    assert late["code"] == "NOT_ENTITLED"
    assert (await o.do(MEMBER, "approveAccessRequest", SELECT, requestId=made["id"]))["status"] == "FULFILLED"


async def test_a_prerequisite_that_lapses_pauses_consent_and_keeps_what_was_given_G12_C1(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool, credentials=("universal-fluency",), approval="LINE_MANAGER_THEN_OWNER")
    made = await o.request(tool)
    await o.award("universal-fluency")
    await o.do(BOSS, "approveAccessRequest", SELECT, requestId=made["id"])
    await o.credential("revoked", "universal-fluency")
    paused = await the_request(o)
    assert (paused["status"], paused["asked"]) == ("PENDING_PREREQUISITES", [])
    clock.advance(timedelta(hours=100))
    await run_due()
    await o.award("universal-fluency", period="second")
    resumed = await the_request(o)
    assert (resumed["status"], resumed["asked"]) == ("PENDING_APPROVAL", [{"id": OWNER}])
    assert (await o.do(OWNER, "approveAccessRequest", SELECT, requestId=made["id"]))["status"] == "FULFILLED"


async def test_two_of_three_named_people_consent_after_the_line_manager_G12(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    await o.do(SPONSOR, "appointOfficer", "officer { id }", role="AI_STEWARD", employeeId=STEWARD)
    tool = await o.propose()
    motion = await o.passed("APPROVE_TOOL", tool)

    def terms(at_least: int, *who: str) -> dict[str, Any]:
        row = {"dataClass": "CLIENT", "context": "CLIENT_WORK"}
        panel = {"approverIds": list(who), "atLeast": at_least}
        return {
            "toolId": tool, "motionId": motion, "scope": [row], "conditions": {"approval": "LINE_MANAGER", "panel": panel},
        }  # fmt: skip

    select = "tool { conditions { panel { approvers { id } atLeast } } }"
    bad = await o.refusal(STEWARD, "approveTool", select, **terms(4, CHAIRED, MEMBER, OWNER))
    assert bad["code"] == "BAD_PANEL"
    unknown = await o.refusal(STEWARD, "approveTool", select, **terms(1, "E9999"))
    assert unknown["code"] == "NOT_FOUND"
    approved = await o.do(STEWARD, "approveTool", select, **terms(2, CHAIRED, MEMBER, OWNER))
    assert approved["conditions"]["panel"] == {
        "approvers": [{"id": CHAIRED}, {"id": MEMBER}, {"id": OWNER}],
        "atLeast": 2,
    }
    made = await o.request(tool)
    early = await o.refusal(MEMBER, "approveAccessRequest", SELECT, requestId=made["id"])
    assert early["code"] == "NOT_ENTITLED"
    await o.do(BOSS, "approveAccessRequest", SELECT, requestId=made["id"])
    half = await o.do(MEMBER, "approveAccessRequest", SELECT, requestId=made["id"])
    assert (half["status"], half["asked"]) == ("PENDING_APPROVAL", [{"id": CHAIRED}, {"id": OWNER}])
    assert ", 1 of 2 consented, until" in half["explanation"]
    assert (await o.ask(MEMBER, "{ accessRequestsToApprove { id } }"))["accessRequestsToApprove"] == []
    twice = await o.refusal(MEMBER, "approveAccessRequest", SELECT, requestId=made["id"])
    assert twice["code"] == "ALREADY_CONSENTED"
    clock.advance(timedelta(hours=73))
    await run_due()
    escalated = await the_request(o)
    assert [each["id"] for each in escalated["asked"]] == [CHAIRED, OWNER, STEWARD]
    done = await o.do(OWNER, "approveAccessRequest", SELECT, requestId=made["id"])
    assert (done["status"], done["grant"]["status"]) == ("FULFILLED", "ACTIVE")
    ((_, told),) = await o.events("tool-approved")
    assert told["conditions"]["panel"] == {"approvers": [CHAIRED, MEMBER, OWNER], "at_least": 2}


async def test_a_panel_that_is_silent_is_a_no_however_many_consented_G12(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(
        tool,
        conditions={"approval": "NONE", "panel": {"approverIds": [CHAIRED, MEMBER], "atLeast": 2}},
    )
    made = await o.request(tool)
    await o.do(MEMBER, "approveAccessRequest", SELECT, requestId=made["id"])
    clock.advance(timedelta(hours=146))
    await run_due()
    assert ((await the_request(o))["status"], await o.grants()) == ("EXPIRED", [])
