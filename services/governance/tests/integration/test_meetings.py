"""Meetings against Postgres: the agenda is what is due (G11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chassis.clock import FixedClock
from governance.testing import BOSS, CHAIRED, DANA, OFFICER, SPONSOR, STEWARD, Organisation

SELECT = "meeting { id status chaired quorate attendance { id } agenda { topic title } }"


async def called(o: Organisation, kind: str = "REGULAR") -> dict[str, Any]:
    return await o.do(
        STEWARD, "scheduleMeeting", SELECT, committeeId=o.committee, kind=kind,
        scheduledAt=(o.clock.now + timedelta(hours=1)).isoformat(),
    )  # fmt: skip


async def test_the_agenda_is_built_from_what_is_due_and_stays_G11(
    organisation: Organisation, clock: FixedClock
) -> None:
    o = organisation
    broken = await o.propose("broken")
    await o.approve(broken, reviewBy=(clock.now.date() + timedelta(days=300)).isoformat())
    await o.do(OFFICER, "suspendTool", "tool { id }", toolId=broken, reason="leak")
    old = await o.propose("old")
    await o.approve(old, reviewBy=(clock.now.date() + timedelta(days=60)).isoformat())
    await o.propose("fresh")
    await o.motion("APPROVE_TOOL", await o.propose("asked"))
    incident = (await o.do(DANA, "reportIncident", "incident { id }", title="Leak", toolId=broken))["id"]
    await o.do(OFFICER, "triageIncident", "incident { id }", incidentId=incident, severity="CRITICAL")
    o.roles[BOSS] = "department_leader"
    await o.do(
        BOSS, "restrictTool", "restriction { id }", departmentId="sales", toolId=old, reason="audit",
        removed=[{"dataClass": "CLIENT", "context": "CLIENT_WORK"}],
        reviewBy=(clock.now.date() + timedelta(days=20)).isoformat(),
    )  # fmt: skip

    meeting = await called(o)
    expected = [
        ("RATIFY_SUSPENSION", "Broken"), ("INCIDENT", "Leak"), ("VOTE", "APPROVE_TOOL?"), ("DECIDE_TOOL", "Fresh"),
        ("DECIDE_TOOL", "Asked"), ("RESTRICTION_ENDS", "sales: audit"),
    ]  # fmt: skip
    assert [(item["topic"], item["title"]) for item in meeting["agenda"]] == expected
    quarterly = await called(o, "QUARTERLY_REVIEW")
    assert ("REVIEW_TOOL", "Old") in [(item["topic"], item["title"]) for item in quarterly["agenda"]]
    emergency = await called(o, "EMERGENCY")
    assert [item["topic"] for item in emergency["agenda"]] == ["RATIFY_SUSPENSION", "INCIDENT", "VOTE"]

    await o.do(SPONSOR, "startMeeting", SELECT, meetingId=meeting["id"])
    refused = await o.refusal(SPONSOR, "startMeeting", SELECT, meetingId=quarterly["id"])
    assert refused["code"] == "ANOTHER_MEETING_GOES_ON"
    await o.propose("late")
    ended = await o.do(
        STEWARD, "completeMeeting", SELECT, meetingId=meeting["id"], attendance=[SPONSOR, CHAIRED], minutes="We met."
    )
    assert (ended["status"], ended["chaired"], ended["quorate"]) == ("COMPLETED", True, True)
    assert [(item["topic"], item["title"]) for item in ended["agenda"]] == expected
    (told,) = await o.events("meeting-completed")
    assert told[1]["attendance"] == [SPONSOR, CHAIRED]
    await o.do(STEWARD, "cancelMeeting", SELECT, meetingId=quarterly["id"])
    nodes = (await o.ask(DANA, "{ meetings { nodes { id status } } }"))["meetings"]["nodes"]
    assert [node["status"] for node in nodes] == ["SCHEDULED", "CANCELLED", "COMPLETED"]


async def test_only_the_sponsor_and_the_steward_call_the_committee_together_G02_G11(organisation: Organisation) -> None:
    o = organisation
    refused = await o.refusal(
        CHAIRED, "scheduleMeeting", SELECT, committeeId=o.committee, scheduledAt=o.clock.now.isoformat()
    )
    assert (refused["code"], "Person E0001" in refused["message"]) == ("NOT_ENTITLED", True)
    meeting = await called(o)
    refused = await o.refusal(
        SPONSOR, "completeMeeting", SELECT, meetingId=meeting["id"], attendance=[SPONSOR], minutes="?"
    )
    assert refused["code"] == "MEETING_IN_WRONG_STATE"
