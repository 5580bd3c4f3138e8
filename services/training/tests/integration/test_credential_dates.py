"""Expiry, grace, renewal, revocation (T10, T12, C3)."""

from datetime import timedelta

import pytest

from chassis.testing import a_caller, a_hire

from .conftest import types


@pytest.fixture
async def certified(universal, deliver, passes):
    """E0001 holds universal-fluency from 2 March 2026 to 2 March 2027."""
    await deliver("hris.employee-hired.v1", a_hire("E0001"))
    await passes("E0001", "UF-1", "UF-2")


async def test_expiry_and_grace_are_told_once_and_in_order_after_an_outage_C3(
    certified, run_due, published, clock, learner
):
    clock.advance(timedelta(days=500))
    await run_due()
    await run_due()
    events = await published()
    assert types(events, "credential-expired", "credential-grace") == ["credential-expired", "credential-grace-ended"]
    expired = next(event for event in events if event["type"] == "training.credential-expired.v1")
    assert expired["data"]["grace_until"].startswith("2027-03-16")
    assert [event["sequence"] for event in events if event["subject"] == expired["subject"]] == [1, 2, 3]
    found = await learner("E0001")
    assert found["credentials"][0]["status"] == "EXPIRED"
    assert found["trainingAssignments"][0]["state"] == "OVERDUE"
    assert found["trainingStatus"]["upToDate"] is False


async def test_in_grace_between_the_end_and_the_end_of_grace_C3(certified, run_due, published, clock, learner):
    clock.advance(timedelta(days=366))
    await run_due()
    assert types(await published(), "credential-expired", "credential-grace") == ["credential-expired"]
    assert (await learner("E0001"))["credentials"][0]["status"] == "IN_GRACE"


async def test_early_renewal_loses_no_day_and_nothing_expires_T12_C3(
    certified, passes, run_due, published, clock, learner
):
    clock.advance(timedelta(days=340))
    await passes("E0001", "UF-1", "UF-2")
    (credential,) = (await learner("E0001"))["credentials"]
    assert credential["validUntil"].startswith("2027-03-02")
    assert credential["renewedUntil"].startswith("2028-03-01")
    clock.advance(timedelta(days=100))
    await run_due()
    assert types(await published(), "credential") == ["credential-type-defined"] * 2 + ["credential-awarded"] * 2
    found = await learner("E0001")
    assert found["credentials"][0]["status"] == "CERTIFIED"
    assert found["trainingAssignments"][0]["state"] == "SATISFIED"


async def test_passes_before_the_window_opens_renew_nothing_T12(certified, passes, published, clock):
    clock.advance(timedelta(days=200))
    await passes("E0001", "UF-1", "UF-2")
    assert types(await published(), "credential-awarded") == ["credential-awarded"]


async def test_late_renewal_begins_when_it_is_earned_C3(certified, passes, run_due, published, clock, learner):
    clock.advance(timedelta(days=400))
    await run_due()
    await passes("E0001", "UF-1", "UF-2")
    (credential,) = (await learner("E0001"))["credentials"]
    assert credential["status"] == "CERTIFIED"
    assert credential["validFrom"].startswith("2027-04-06")
    assert types(await published(), "credential-awarded", "credential-expired", "credential-grace") == [
        "credential-awarded", "credential-expired", "credential-grace-ended", "credential-awarded",
    ]  # fmt: skip


async def test_revoked_is_open_again_and_only_new_passes_count_T10(
    certified, mutate, learner, passes, published, clock
):
    input = {"employeeId": "E0001", "credentialType": "universal-fluency", "reason": "The test was leaked."}
    refused = await mutate("revokeCredential", input, caller=a_caller("E0001"))
    assert [error["code"] for error in refused["errors"]] == ["NOT_ENTITLED"]
    payload = await mutate("revokeCredential", input, "credential { status revokedReason }")
    assert payload["credential"] == {"status": "REVOKED", "revokedReason": "The test was leaked."}
    found = await learner("E0001")
    assert found["credentials"][0]["status"] == "REVOKED"
    assert found["trainingAssignments"][0]["state"] == "ASSIGNED"
    again = await mutate("revokeCredential", input)
    assert [error["code"] for error in again["errors"]] == ["NOTHING_HELD"]
    clock.advance(timedelta(days=1))
    await passes("E0001", "UF-1")
    assert (await learner("E0001"))["credentials"][0]["status"] == "REVOKED"
    await passes("E0001", "UF-2")
    assert (await learner("E0001"))["credentials"][0]["status"] == "CERTIFIED"
    assert types(await published(), "credential-awarded", "credential-revoked", "assignment-reopened") == [
        "credential-awarded", "credential-revoked", "assignment-reopened", "credential-awarded",
    ]  # fmt: skip


async def test_a_waiver_needs_an_end_and_ends_T06(universal, deliver, mutate, learner, clock):
    await deliver("hris.employee-hired.v1", a_hire("E0001"))
    id = (await learner("E0001"))["trainingAssignments"][0]["id"]
    past = await mutate("waiveAssignment", {"id": id, "until": "2026-01-01T00:00:00Z", "reason": "Parental leave"})
    assert [error["code"] for error in past["errors"]] == ["WAIVER_ENDS_IN_THE_PAST"]
    payload = await mutate(
        "waiveAssignment",
        {"id": id, "until": "2026-05-01T00:00:00Z", "reason": "Parental leave"},
        "assignment { state }",
    )
    assert payload["assignment"] == {"state": "WAIVED"}
    clock.advance(timedelta(days=70))
    assert (await learner("E0001"))["trainingAssignments"][0]["state"] == "OVERDUE"


async def test_reminders_come_once_each_and_stop_with_the_renewal_T11(certified, run_due, published, passes, clock):
    async def left():
        return [
            one["data"]["days_left"] for one in await published() if one["type"] == "training.credential-expiring.v1"
        ]

    for days, expected in ((274, []), (1, [90]), (1, [90]), (29, [90, 60]), (35, [90, 60, 30])):
        clock.advance(timedelta(days=days))
        await run_due()
        assert await left() == expected
    await passes("E0001", "UF-1", "UF-2")
    clock.advance(timedelta(days=20))
    await run_due()
    assert await left() == [90, 60, 30]


async def test_after_an_outage_no_reminder_of_an_end_that_is_past_T11(certified, run_due, published, clock):
    clock.advance(timedelta(days=370))
    await run_due()
    assert types(await published(), "credential-exp") == ["credential-expired"]


async def test_courses_passed_before_the_credential_was_defined_count_T10(certified, mutate, learner):
    await mutate(
        "defineCurriculum", {"code": "half", "name": "Half", "tier": "UNIVERSAL", "steps": [{"course": "UF-2"}]}
    )
    await mutate("defineCredentialType", {"code": "half", "name": "Half", "tier": "UNIVERSAL", "curriculum": "half"})
    held = {one["credentialType"]["id"]: one["status"] for one in (await learner("E0001"))["credentials"]}
    assert held == {"half": "CERTIFIED", "universal-fluency": "CERTIFIED"}


async def test_a_shorter_path_certifies_who_has_done_it_T10(universal, deliver, mutate, learner, passes):
    await deliver("hris.employee-hired.v1", a_hire("E0001"))
    await passes("E0001", "UF-1")
    assert (await learner("E0001"))["credentials"] == []
    path = {"code": "fluency", "name": "Fluency", "tier": "UNIVERSAL", "steps": [{"course": "UF-1"}]}
    await mutate("defineCurriculum", path)
    assert [one["status"] for one in (await learner("E0001"))["credentials"]] == ["CERTIFIED"]
