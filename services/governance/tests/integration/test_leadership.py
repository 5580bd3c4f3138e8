"""Sponsorship, signs of life, changes of the model and throughput against Postgres (L07, L08, L10, L13, M19, G32)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from chassis.clock import FixedClock
from governance.testing import BOSS, CHAIRED, DANA, OFFICER, OWNER, SPONSOR, STEWARD, Organisation, RunDue

INDEX = "{ sponsorshipIndex { sponsor { id } parts { part reached possible value } index passive } }"


async def parts(o: Organisation) -> tuple[dict[str, tuple[int, int]], dict[str, Any]]:
    found = (await o.ask(DANA, INDEX))["sponsorshipIndex"]
    return {each["part"]: (each["reached"], each["possible"]) for each in found["parts"]}, found


async def review_held(o: Organisation, clock: FixedClock, run_due: RunDue, due_at: datetime, hold: bool = True) -> None:
    clock.now = due_at
    await run_due()
    nodes = (await o.ask(DANA, "{ reviews(kind: MONTHLY_METRICS_REVIEW, first: 1) { nodes { id } } }"))["reviews"][
        "nodes"
    ]
    await o.deliver(
        "metrics.snapshot-published.v1",
        {"snapshot_id": str(uuid4()), "occurrence_id": nodes[0]["id"], "as_of": "2026-03-31", "content_hash": "abc",
         "sponsor_at_or_above_median": hold},
    )  # fmt: skip
    if hold:
        await o.do(SPONSOR, "holdReview", "review { id }", reviewId=nodes[0]["id"], findings=["Fine"])
    clock.advance(timedelta(days=8))
    await run_due()


async def test_every_part_of_active_sponsorship_is_shown_L07_L08(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    shown, found = await parts(o)
    assert shown == {
        "REVIEWS_ON_TIME": (0, 0), "MEETINGS_CHAIRED": (0, 0), "OWN_TRAINING": (0, 1), "OWN_USE": (0, 0),
        "VISIBLE": (0, 1),
    }  # fmt: skip
    assert (found["index"], found["passive"], found["sponsor"]["id"]) == (0, True, SPONSOR)

    await o.award("leadership", SPONSOR)
    meeting = await o.do(
        STEWARD, "scheduleMeeting", "meeting { id }", committeeId=o.committee, kind="REGULAR",
        scheduledAt=(clock.now + timedelta(hours=1)).isoformat(),
    )  # fmt: skip
    await o.do(SPONSOR, "startMeeting", "meeting { id }", meetingId=meeting["id"])
    await o.do(
        STEWARD, "completeMeeting", "meeting { id }", meetingId=meeting["id"], attendance=[SPONSOR, CHAIRED],
        minutes="We met.",
    )  # fmt: skip
    await review_held(o, clock, run_due, datetime(2026, 4, 1, tzinfo=UTC))
    await review_held(o, clock, run_due, datetime(2026, 5, 1, tzinfo=UTC), hold=False)
    refused = await o.refusal(BOSS, "recordAppearance", "appearance { id }", kind="SESSION", title="Prompts")
    assert refused["code"] == "NOT_ENTITLED"
    await o.do(SPONSOR, "recordAppearance", "appearance { id }", kind="SESSION", title="Prompts that work")
    shown, found = await parts(o)
    assert shown == {
        "REVIEWS_ON_TIME": (1, 2), "MEETINGS_CHAIRED": (1, 1), "OWN_TRAINING": (1, 1), "OWN_USE": (0, 1),
        "VISIBLE": (1, 1),
    }  # fmt: skip
    assert (found["index"], found["passive"]) == (0.7, False)
    await o.credential("revoked", "leadership", SPONSOR)
    assert (await parts(o))[0]["OWN_TRAINING"] == (0, 1)


async def test_passive_sponsorship_is_told_once_for_a_missed_review_L08(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    await review_held(o, clock, run_due, datetime(2026, 5, 1, tzinfo=UTC), hold=False)
    await o.heard()
    told = await o.events("sponsorship-found-passive")
    assert len(told) == len(await o.events("cadence-missed")) == 3
    assert told[0][1]["sponsor_id"] == SPONSOR
    assert {part["part"]: part["reached"] for part in told[0][1]["parts"]}["reviews_on_time"] == 0


async def test_what_is_declared_and_not_lived_is_shelfware_L13(organisation: Organisation, clock: FixedClock) -> None:
    o = organisation
    await o.publish()
    sop = str(uuid4())
    await o.deliver(
        "process.sop-effective.v1",
        {"sop_id": sop, "process_id": str(uuid4()), "version": 1, "tools": [str(uuid4())]}, subject=sop,
    )  # fmt: skip
    query = "{ livingModel { ratio structures { structure declared alive } } }"
    found = (await o.ask(DANA, query))["livingModel"]
    assert found["ratio"] == 2 / 3
    assert {each["structure"]: (each["declared"], each["alive"]) for each in found["structures"]} == {
        "COMMITTEES": (1, 0), "POLICIES": (1, 1), "PROCEDURES": (1, 1), "CADENCES": (0, 0),
    }  # fmt: skip
    clock.advance(timedelta(days=91))
    assert (await o.ask(DANA, query))["livingModel"]["ratio"] == 0


async def test_the_model_has_a_version_for_each_quarter_and_each_change_its_reason_L10(
    organisation: Organisation, clock: FixedClock
) -> None:
    o = organisation
    await o.approve(await o.propose())
    await o.heard()
    clock.now = datetime(2026, 5, 4, tzinfo=UTC)
    await o.publish()
    await o.heard()
    found = await o.ask(
        DANA,
        """{ modelVersions { quarter number changes }
            first: modelChanges(quarter: "2026-Q1", first: 100) { nodes { what pillar by because } }
            second: modelChanges(quarter: "2026-Q2") { nodes { what because } } }""",
    )
    first = found["first"]["nodes"]
    assert found["modelVersions"] == [
        {"quarter": "2026-Q2", "number": len(first) + 1, "changes": 1},
        {"quarter": "2026-Q1", "number": len(first), "changes": len(first)},
    ]
    assert {"tool approved", "sponsor appointed", "committee established"} <= {each["what"] for each in first}
    approved = next(each for each in first if each["what"] == "tool approved")
    assert approved["because"] == "APPROVE_TOOL?"
    assert found["second"]["nodes"] == [{"what": "policy published", "because": "major"}]


async def test_governance_is_measured_like_delivery_M19_G32(organisation: Organisation, clock: FixedClock) -> None:
    o = organisation
    fast, slow = await o.propose("fast"), await o.propose("slow")
    clock.advance(timedelta(hours=10))
    await o.approve(fast, credentials=("universal-fluency",), approval="LINE_MANAGER")
    clock.advance(timedelta(hours=20))
    await o.approve(slow)
    request = await o.request(fast)
    clock.advance(timedelta(hours=6))
    await o.award("universal-fluency")
    clock.advance(timedelta(hours=2))
    await o.do(BOSS, "approveAccessRequest", "accessRequest { id }", requestId=request["id"])
    incident = (await o.do(DANA, "reportIncident", "incident { id }", title="Leak", toolId=slow))["id"]
    await o.do(OFFICER, "triageIncident", "incident { id }", incidentId=incident, severity="HIGH")
    clock.advance(timedelta(hours=3))
    await o.do(OFFICER, "containIncident", "incident { id }", incidentId=incident, containment="Stopped.")
    await o.do(OFFICER, "suspendTool", "tool { id }", toolId=slow, reason="leaks")
    found = (
        await o.ask(
            DANA,
            """{ governanceThroughput { leadTimes { decisionType tier decisions medianHours p85Hours } decisions approvals
                reversed reversalRate incidentsContained timeToContainHours grants timeToAccessHours
                waitingForTrainingHours waitingForPeopleHours } }""",
        )
    )["governanceThroughput"]
    approvals = next(each for each in found["leadTimes"] if each["decisionType"] == "APPROVE_TOOL")
    assert approvals == {
        "decisionType": "APPROVE_TOOL", "tier": "ENTERPRISE", "decisions": 2, "medianHours": 20, "p85Hours": 27,
    }  # fmt: skip
    assert (found["approvals"], found["reversed"], found["reversalRate"]) == (2, 1, 0.5)
    assert (found["incidentsContained"], found["timeToContainHours"]) == (1, 3)
    assert (found["grants"], found["timeToAccessHours"]) == (1, 8)
    assert (found["waitingForTrainingHours"], found["waitingForPeopleHours"]) == (6, 2)


async def test_what_governance_carries_and_how_soon_it_enforces_are_shown_M19_G32(
    organisation: Organisation, clock: FixedClock
) -> None:
    o = organisation
    o.roles[BOSS] = "department_leader"
    await o.do(SPONSOR, "appointOfficer", "officer { id }", role="COMPLIANCE_OFFICER", employeeId=OFFICER)
    await o.publish()
    tool = await o.propose()
    await o.approve(tool)
    await o.hire("E0098", department="support")
    for who in (DANA, "E0098"):
        await o.request(tool, who=who)
    await o.do(DANA, "acknowledgePolicy", "acknowledgement { id }", policyCode="acceptable-use")
    exception = await o.do(
        BOSS, "requestException", "exception { id }", policyCode="acceptable-use", justification="on a ship",
        compensatingControl="a colleague reads along", validUntil=(clock.now + timedelta(days=60)).isoformat(),
    )  # fmt: skip
    await o.do(OFFICER, "consentToException", "exception { id }", exceptionId=exception["id"])
    await o.do(
        BOSS, "restrictTool", "restriction { id }", departmentId="sales", toolId=tool, reason="client audit",
        removed=[{"dataClass": "CLIENT", "context": "CLIENT_WORK"}],
        reviewBy=(clock.now.date() + timedelta(days=20)).isoformat(),
    )  # fmt: skip
    clock.advance(timedelta(days=11))
    told_at = clock.now
    await o.deliver(
        "hris.employee-terminated.v1",
        {"employee_id": "E0098", "last_day": (told_at - timedelta(days=3)).date().isoformat()}, subject="E0098",
    )  # fmt: skip
    found = (
        await o.ask(
            DANA,
            """{ governanceThroughput { leaversGrantsRevoked enforcementSeconds acknowledgementCoverage activeExceptions
                exceptionAgeDays exceptionsExtendedShare postureDivergence } }""",
        )
    )["governanceThroughput"]
    assert found == {
        "leaversGrantsRevoked": 1, "enforcementSeconds": 0.0, "acknowledgementCoverage": 2 / 8, "activeExceptions": 1,
        "exceptionAgeDays": 11.0, "exceptionsExtendedShare": 0.0, "postureDivergence": 0.5,
    }  # fmt: skip


async def test_what_governance_carried_at_the_end_of_a_period_stays_what_it_was_G32(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    o.roles[BOSS] = "department_leader"
    await o.do(SPONSOR, "appointOfficer", "officer { id }", role="COMPLIANCE_OFFICER", employeeId=OFFICER)
    await o.publish()
    tool = await o.propose()
    await o.approve(tool)
    exception = await o.do(
        BOSS, "requestException", "exception { id }", policyCode="acceptable-use", justification="on a ship",
        compensatingControl="a colleague reads along", validUntil=(clock.now + timedelta(days=20)).isoformat(),
    )  # fmt: skip
    await o.do(OFFICER, "consentToException", "exception { id }", exceptionId=exception["id"])
    restriction = await o.do(
        BOSS, "restrictTool", "restriction { id }", departmentId="sales", toolId=tool, reason="client audit",
        removed=[{"dataClass": "CLIENT", "context": "CLIENT_WORK"}],
        reviewBy=(clock.now.date() + timedelta(days=20)).isoformat(),
    )  # fmt: skip
    await o.do(DANA, "acknowledgePolicy", "acknowledgement { id }", policyCode="acceptable-use")
    carried = """query($d: Date) { governanceThroughput(lastDay: $d) { acknowledgementCoverage activeExceptions
        exceptionsExtendedShare postureDivergence } }"""

    async def load(day: date | None = None) -> tuple[Any, ...]:
        found = await o.ask(DANA, carried, d=day.isoformat() if day else None)
        return tuple(found["governanceThroughput"].values())

    first = clock.now.date()
    assert await load() == await load(first) == (2 / 8, 1, 0.0, 0.0)
    assert await load(first - timedelta(days=1)) == (None, 0, None, 0.0)
    clock.advance(timedelta(days=12))
    middle = clock.now.date()
    assert await load() == (2 / 8, 1, 0.0, 1.0)
    clock.advance(timedelta(days=1))
    await o.do(BOSS, "liftRestriction", "restriction { id }", restrictionId=restriction["id"], reason="done")
    until = (clock.now + timedelta(days=60)).isoformat()
    await o.do(OFFICER, "extendException", "exception { id }", exceptionId=exception["id"], validUntil=until)
    await o.do(OWNER, "acknowledgePolicy", "acknowledgement { id }", policyCode="acceptable-use")
    assert await load() == (3 / 8, 1, 1.0, 0.0)
    clock.advance(timedelta(days=61))
    await run_due()
    assert await load() == (2 / 8, 0, None, 0.0)
    assert await load(middle) == (2 / 8, 1, 0.0, 1.0)
    assert await load(first) == (2 / 8, 1, 0.0, 0.0)


async def test_what_pilots_taught_is_traced_to_what_was_refined_L11(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    pilot, first, second = str(uuid4()), "0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b11", "0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b12"
    for gap, pillar in ((first, "governance"), (second, "training")):
        told = {
            "gap_id": gap,
            "pilot_id": pilot,
            "pillar": pillar,
            "severity": "high",
            "description": f"No rule for {pillar}",
        }
        await o.deliver("process.gap-logged.v1", told, subject=gap, sequence=1)
    tool = await o.propose()
    await o.approve(tool)
    await o.heard()
    asked = """{ pilotLessons { nodes { id pilot { id } refined } } open: pilotLessons(isOpen: true) { nodes { id } }
        modelChanges(quarter: "2026-Q1", first: 100) { nodes { what because pilotLessons { id } } } }"""
    found = await o.ask(DANA, asked)
    assert [(each["id"], each["refined"]) for each in found["pilotLessons"]["nodes"]] == [(first, None), (second, None)]
    assert not any(each["pilotLessons"] for each in found["modelChanges"]["nodes"])

    resolved = {"gap_id": first, "refinement": {"kind": "tool", "ref": tool, "note": "Approved for it."}}
    await o.deliver("process.gap-resolved.v1", resolved, subject=first, sequence=2, time=clock.now)
    found = await o.ask(DANA, asked)
    assert [each["id"] for each in found["open"]["nodes"]] == [second]
    traced = {each["what"]: each for each in found["modelChanges"]["nodes"] if each["pilotLessons"]}
    assert set(traced) == {"tool approved", "gap resolved"}
    assert traced["tool approved"]["pilotLessons"] == [{"id": first}]
    assert traced["gap resolved"]["because"] == "Approved for it."
    clock.now = datetime(2026, 4, 1, tzinfo=UTC)
    await run_due()
    agenda = (await o.ask(DANA, "{ reviews(kind: QUARTERLY_REVIEW) { nodes { agenda { topic title } } } }"))["reviews"]
    assert {"topic": "PILOT_GAP", "title": "training: No rule for training"} in agenda["nodes"][0]["agenda"]
