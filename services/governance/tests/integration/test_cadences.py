"""Reviews against Postgres: due by the calendar, held on pinned figures, missed for good (L06, L09, C11)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from chassis.clock import FixedClock
from governance.testing import BOSS, CHAIRED, DANA, MEMBER, OFFICER, OWNER, SPONSOR, STEWARD, Organisation, RunDue

REVIEW = """review { id period status snapshot { id } snapshotHash missedAt heldBy { id } findings
    agenda { topic title } actions { number title pillar owner { id } closedAt outcome } }"""


async def reviews(o: Organisation, kind: str) -> list[dict[str, Any]]:
    found = await o.ask(
        DANA,
        f"query($kind: CadenceKind!) {{ reviews(kind: $kind) {{ nodes {{ {REVIEW[8:-2]} }} }} }}",
        kind=kind,
    )
    nodes: list[dict[str, Any]] = found["reviews"]["nodes"]
    return nodes


async def pinned(o: Organisation, review: str, hash: str = "abc", sponsor: bool | None = True) -> None:
    await o.deliver(
        "metrics.snapshot-published.v1",
        {"snapshot_id": str(uuid4()), "occurrence_id": review, "as_of": "2026-03-31", "content_hash": hash,
         "sponsor_at_or_above_median": sponsor},
    )  # fmt: skip


async def test_the_sponsor_holds_the_monthly_review_on_pinned_figures_L06_C11(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    clock.now = datetime(2026, 4, 1, tzinfo=UTC)
    await run_due()
    (review,) = await reviews(o, "MONTHLY_METRICS_REVIEW")
    assert (review["period"], review["status"], review["snapshot"]) == ("2026-03", "DUE", None)
    told = [data for kind, data in await o.events("cadence-due") if data["kind"] == "monthly_metrics_review"]
    assert (told[0]["as_of"], told[0]["sponsor_id"]) == ("2026-03-31", SPONSOR)
    assert (await o.refusal(SPONSOR, "holdReview", REVIEW, reviewId=review["id"], findings=["Fine"]))[
        "code"
    ] == "FIGURES_MISSING"
    await pinned(o, review["id"])
    await pinned(o, review["id"], "restated")
    refused = await o.refusal(STEWARD, "holdReview", REVIEW, reviewId=review["id"], findings=["Fine"])
    assert (refused["code"], "Person E0001" in refused["message"]) == ("NOT_ENTITLED", True)
    action = {"title": "Refresh", "pillar": "TRAINING", "ownerId": OWNER, "dueOn": "2026-05-01"}
    held = await o.do(SPONSOR, "holdReview", REVIEW, reviewId=review["id"], findings=["Fine"], actions=[action])
    assert (held["status"], held["snapshotHash"], held["heldBy"]["id"]) == ("HELD", "abc", SPONSOR)
    close = {"reviewId": review["id"], "number": 1, "outcome": "The course names version 2."}
    assert (await o.refusal(DANA, "closeReviewAction", REVIEW, **close))["code"] == "NOT_ENTITLED"
    closed = await o.do(OWNER, "closeReviewAction", REVIEW, **close)
    assert closed["actions"][0]["outcome"] == "The course names version 2."
    ((_, event),) = await o.events("cadence-held")
    assert (event["late"], event["actions"][0]["pillar"]) == (False, "training")

    clock.advance(timedelta(days=8))
    await run_due()
    assert [data["kind"] for _, data in await o.events("cadence-missed")] == ["quarterly_review"]


async def test_a_missed_review_is_a_fact_that_escalates_and_stays_C11(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    clock.now = datetime(2026, 6, 20, tzinfo=UTC)
    await run_due()
    found = await reviews(o, "MONTHLY_METRICS_REVIEW")
    assert [(each["period"], each["status"]) for each in found] == [
        ("2026-05", "MISSED"), ("2026-04", "MISSED"), ("2026-03", "MISSED"),
    ]  # fmt: skip
    missed = [data for _, data in await o.events("cadence-missed") if data["kind"] == "monthly_metrics_review"]
    assert [(data["period"], data["escalated_to"]) for data in missed] == [
        (period, [SPONSOR, CHAIRED, MEMBER]) for period in ("2026-03", "2026-04", "2026-05")
    ]
    await pinned(o, found[0]["id"])
    late = await o.do(SPONSOR, "holdReview", REVIEW, reviewId=found[0]["id"], findings=["Too late"])
    assert (late["status"], late["missedAt"][:10]) == ("HELD_LATE", "2026-06-08")
    clock.now = datetime(2026, 7, 1, tzinfo=UTC)
    await run_due()
    latest = (await reviews(o, "QUARTERLY_REVIEW"))[0]
    topics = [item["topic"] for item in latest["agenda"]]
    assert topics[:4] == ["MISSED_REVIEW"] * 4
    assert set(topics[4:]) == {"FINDING"}


async def test_the_agenda_of_the_quarterly_review_is_what_there_is_to_look_at_L09(
    organisation: Organisation, clock: FixedClock, run_due: RunDue
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool, reviewBy="2026-05-05")
    incident = (await o.do(DANA, "reportIncident", "incident { id }", title="Leak", toolId=tool))["id"]
    await o.do(OFFICER, "triageIncident", "incident { id }", incidentId=incident, severity="CRITICAL")
    await o.do(SPONSOR, "appointOfficer", "officer { id }", role="COMPLIANCE_OFFICER", employeeId=OFFICER)
    await o.publish(reviewBy="2026-03-31")
    await o.publish("far", reviewBy="2026-12-31")
    exception = await o.do(
        BOSS, "requestException", "exception { id }", policyCode="acceptable-use", justification="on a ship",
        compensatingControl="a colleague reads along", validUntil=(clock.now + timedelta(days=60)).isoformat(),
    )  # fmt: skip
    await o.do(OFFICER, "consentToException", "exception { id }", exceptionId=exception["id"])
    await o.deliver(
        "process.process-registered.v1",
        {"process_id": str(uuid4()), "code": "p", "name": "Posting", "department_id": "sales", "owner_id": None},
    )
    clock.now = datetime(2026, 4, 1, tzinfo=UTC)
    await run_due()
    (review,) = await reviews(o, "QUARTERLY_REVIEW")
    agenda = [(item["topic"], item["title"]) for item in review["agenda"]]
    assert [item for item in agenda if item[0] != "FINDING"] == [
        ("OPEN_INCIDENT", "Leak"), ("TOOL_OUT_OF_REVIEW", "Draft-Assistant"),
        ("POLICY_OUT_OF_REVIEW", "Acceptable-Use"),
        ("EXCEPTION_ENDING", "acceptable-use: on a ship"), ("NEW_CAPABILITY", "Draft-Assistant"),
    ]  # fmt: skip
    assert ("FINDING", "process without owner: Posting") in agenda
    assert not any("policy past review" in title for _, title in agenda)
    assert agenda[-1][0] == "NEW_CAPABILITY"
    assert (review["period"], review["status"]) == ("2026-Q1", "DUE")
