"""How long access lasts: it is extended without a gap, and handed over after a transfer (G18, C5b)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chassis.clock import FixedClock
from chassis.database import Database
from governance.settings import GovernanceSettings
from governance.testing import BOSS, CLIENT_WORK, DANA, STEWARD, Organisation, RunDue

SELECT = "accessRequest { id status closedBecause extends { id } grant { id status validUntil extensions } }"
GRANTS = "{ me { accessGrants { id status suspendedFor validUntil extensions handoverUntil revokedBecause } } }"


async def held(o: Organisation, who: str = DANA) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await o.ask(who, GRANTS))["me"]["accessGrants"]
    return found


async def move(o: Organisation, department: str) -> None:
    await o.deliver(
        "hris.employee-transferred.v1",
        {
            "employee_id": DANA, "effective_date": o.clock.now.date().isoformat(),
            "department": {"id": department, "name": department}, "manager_id": BOSS,
        },
        subject=DANA,
    )  # fmt: skip


async def test_access_is_extended_before_its_end_with_consent_and_without_a_gap_G18(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool, approval="LINE_MANAGER")
    ends = clock.now + timedelta(days=60)
    later = (ends + timedelta(days=60)).isoformat()
    made = await o.request(tool, validUntil=ends.isoformat())
    await o.do(BOSS, "approveAccessRequest", SELECT, requestId=made["id"])
    grant = (await held(o))[0]["id"]
    early = await o.refusal(DANA, "extendAccess", SELECT, grantId=grant, validUntil=later)
    assert early["code"] == "NOT_YET_EXTENDABLE"
    clock.advance(timedelta(days=50))
    other = await o.refusal(BOSS, "extendAccess", SELECT, grantId=grant, validUntil=later)
    assert other["code"] == "NOT_ENTITLED"
    shorter = await o.refusal(DANA, "extendAccess", SELECT, grantId=grant, validUntil=ends.isoformat())
    assert shorter["code"] == "NO_LONGER"
    asked = await o.do(DANA, "extendAccess", SELECT, grantId=grant, validUntil=later)
    assert (asked["status"], asked["extends"], asked["grant"]) == ("PENDING_APPROVAL", {"id": grant}, None)
    own = await o.refusal(DANA, "approveAccessRequest", SELECT, requestId=asked["id"])
    assert own["code"] == "OWN_REQUEST"
    done = await o.do(BOSS, "approveAccessRequest", SELECT, requestId=asked["id"])
    assert (done["status"], done["grant"]["id"], done["grant"]["extensions"]) == ("EXTENDED", grant, 1)
    clock.advance(timedelta(days=20))
    await run_due()
    assert [(each["status"], each["extensions"]) for each in await held(o)] == [("ACTIVE", 1)]
    clock.advance(timedelta(days=60))
    await run_due()
    assert (await held(o))[0]["revokedBecause"] == "expired"
    assert [data["grant_id"] for _, data in await o.events("access-extended")] == [grant]


async def test_an_extension_that_nobody_answers_ends_with_the_access_G18(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool, credentials=("universal-fluency",))
    await o.award("universal-fluency")
    ends = clock.now + timedelta(days=20)
    await o.request(tool, validUntil=ends.isoformat())
    grant = (await held(o))[0]["id"]
    await o.credential("revoked", "universal-fluency")
    asked = await o.do(DANA, "extendAccess", SELECT, grantId=grant, validUntil=(ends + timedelta(days=9)).isoformat())
    assert asked["status"] == "PENDING_PREREQUISITES"
    clock.advance(timedelta(days=21))
    await run_due()
    assert [each["status"] for each in await held(o)] == ["REVOKED"]
    assert (await o.requests())[0]["status"] == "EXPIRED"
    endless = await o.request(tool)
    assert endless["status"] == "PENDING_PREREQUISITES"
    gone = await o.refusal(
        DANA, "extendAccess", SELECT, grantId=grant, validUntil=(ends + timedelta(days=90)).isoformat()
    )
    assert gone["code"] == "GRANT_IS_REVOKED"


async def test_a_transfer_suspends_at_once_and_revokes_after_the_handover_C5b(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool, scope=[{**CLIENT_WORK, "departmentId": "sales"}])
    await o.request(tool)
    await move(o, "support")
    grant = (await held(o))[0]
    assert (grant["status"], grant["suspendedFor"]) == ("SUSPENDED", ["OUT_OF_SCOPE"])
    assert grant["handoverUntil"] is not None
    verdict = await o.ask(
        STEWARD,
        "query($e: ID!, $t: ID!) { canUse(employeeId: $e, toolId: $t, dataClass: CLIENT, context: CLIENT_WORK)"
        " { reasons { rule nextStep } } }",
        e=DANA, t=tool,
    )  # fmt: skip
    step = next(each["nextStep"] for each in verdict["canUse"]["reasons"] if each["rule"] == "GRANT_ACTIVE")
    assert step.startswith("After the transfer it is handed over until")
    clock.advance(timedelta(days=15))
    await run_due()
    assert (await held(o))[0]["revokedBecause"].startswith("transferred")


async def test_a_transfer_back_within_the_handover_restores_C5b(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool, scope=[{**CLIENT_WORK, "departmentId": "sales"}])
    await o.request(tool)
    clock.advance(timedelta(days=1))
    await move(o, "support")
    clock.advance(timedelta(days=5))
    await move(o, "sales")
    grant = (await held(o))[0]
    assert (grant["status"], grant["handoverUntil"]) == ("ACTIVE", None)
    clock.advance(timedelta(days=20))
    await run_due()
    assert (await held(o))[0]["status"] == "ACTIVE"
    assert [kind for kind, _ in await o.events("access-handover-began", "access-revoked")] == ["access-handover-began"]


async def test_both_windows_are_as_long_as_the_service_is_told_G18_C5b(
    organisation: Organisation, clock: FixedClock, database: Database, run_due: RunDue
) -> None:
    o = organisation
    database.settings = GovernanceSettings(
        database_url="postgresql://unused", access_extendable_days=5, access_handover_days=2
    )
    tool = await o.propose()
    await o.approve(tool, scope=[{**CLIENT_WORK, "departmentId": "sales"}])
    ends = clock.now + timedelta(days=30)
    await o.request(tool, validUntil=ends.isoformat())
    grant = (await held(o))[0]["id"]
    wish = {"grantId": grant, "validUntil": (ends + timedelta(days=30)).isoformat()}
    clock.advance(timedelta(days=24))
    early = await o.refusal(DANA, "extendAccess", SELECT, **wish)
    assert (early["code"], "in the 5 days before" in early["message"]) == ("NOT_YET_EXTENDABLE", True)
    clock.advance(timedelta(days=1))
    assert (await o.do(DANA, "extendAccess", SELECT, **wish))["status"] == "EXTENDED"
    await o.hire("E0098", department="support")
    await move(o, "support")
    (outside,) = await held(o)
    assert outside["handoverUntil"] == (clock.now + timedelta(days=2)).isoformat()
    clock.advance(timedelta(days=2))
    await run_due()
    assert (await held(o))[0]["status"] == "REVOKED"
