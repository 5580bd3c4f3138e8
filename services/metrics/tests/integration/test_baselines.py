"""A pilot is measured: units of work, a frozen baseline, a comparison (M07, P13, C8)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.testing import a_caller

PILOT, PROCESS = "0190f5fe-7d1e-7b5a-9c55-0000000000c1", "0190f5fe-7d1e-7b5a-9c55-0000000000d1"
OWNER = a_caller("E9001", "metrics_owner")
FIELDS = "baseline { state n median p85 contentHash voidReason } errors { code message }"


@pytest.fixture
def works(deliver):
    """`await works(30, done_at, minutes=60)`: so many units are completed, a minute apart and a minute longer each."""

    async def tell(
        n: int, done: datetime, *, minutes: int = 60, first: int = 0, by: str = "E0001", **more: Any
    ) -> None:
        for k in range(first, first + n):
            at = done + timedelta(minutes=k - first)
            opened = at - timedelta(minutes=minutes + (k - first))
            item = {"number": f"W{k}", "process": "answer-requests", "opened_at": opened, "started_at": opened,
                    "completed_at": at, "touched_minutes": 5, "path": "manual", "employee_id": by, **more}  # fmt: skip
            await deliver("itsm.work-item-completed.v1", item, subject=f"W{k}")

    return tell


@pytest.fixture
async def planned(deliver, clock):
    """A pilot that shall bring the cycle time down by a fifth."""
    pilot = {"pilot_id": PILOT, "process_id": PROCESS, "process_code": "answer-requests", "employee_ids": ["E0001"],
             "kpis": [{"metric": "cycle_time", "direction": "down", "min_effect": 0.2}]}  # fmt: skip
    await deliver("process.pilot-planned.v1", pilot, subject=PILOT, sequence=1, time=clock.now)


@pytest.fixture
def change(graph):
    """Run one mutation and give its payload."""

    async def ask(name: str, by: Any = OWNER, **more: Any) -> dict[str, Any]:
        input = {"pilotId": PILOT, "metric": "CYCLE_TIME", **more}
        query = f"mutation($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ {FIELDS} }} }}"
        answer = await graph(query, {"input": input}, caller=by)
        assert answer["errors"] is None, answer["errors"]
        payload: dict[str, Any] = answer["data"][name]
        return payload

    return ask


@pytest.fixture
def measured(graph):
    """What the graph says of the pilot."""

    async def ask() -> dict[str, Any]:
        answer = await graph(
            """query($of: [_Any!]!) { _entities(representations: $of) { ... on Pilot {
                baselines { metric state n }
                comparison { verdict effect ciLow ciHigh nBefore nAfter reworkRate caveats } } } }""",
            {"of": [{"__typename": "Pilot", "id": PILOT}]}, caller=OWNER,
        )  # fmt: skip
        assert answer["errors"] is None, answer["errors"]
        found: dict[str, Any] = answer["data"]["_entities"][0]
        return found

    return ask


async def test_a_baseline_is_frozen_once_by_its_owner_and_rests_on_the_cohort_M07(
    works, planned, change, clock, published, measured
):
    await works(29, clock.now - timedelta(days=2))
    await works(9, clock.now - timedelta(days=3), first=100, by="E0777")
    assert (await measured())["baselines"] == [{"metric": "CYCLE_TIME", "state": "COLLECTING", "n": None}]
    assert [error["code"] for error in (await change("freezeBaseline"))["errors"]] == ["BASELINE_TOO_SMALL"]
    await works(2, clock.now - timedelta(days=2), minutes=89, first=29)
    stranger = await change("freezeBaseline", by=a_caller("E0001"))
    assert [error["code"] for error in stranger["errors"]] == ["NOT_ENTITLED"]
    frozen = (await change("freezeBaseline"))["baseline"]
    assert (frozen["state"], frozen["n"], frozen["median"]) == ("FROZEN", 31, 75)
    event = (await published())[-1]
    assert event["type"] == "metrics.baseline-frozen.v1"
    assert (event["data"]["pilot_id"], event["data"]["metric"], event["data"]["n"]) == (PILOT, "cycle_time", 31)
    again = await change("freezeBaseline")
    assert [error["code"] for error in again["errors"]] == ["BASELINE_IN_WRONG_STATE"]
    voided = (await change("voidBaseline", reason="the clock was wrong"))["baseline"]
    assert (voided["state"], voided["median"]) == ("VOID", 75)


async def test_a_pilot_is_compared_with_its_baseline_without_its_pauses_M07(
    works, planned, change, clock, deliver, published, measured
):
    await works(40, clock.now - timedelta(days=2))
    await change("freezeBaseline")
    started = clock.now
    await works(40, started + timedelta(days=1), minutes=20, first=200, path="ai", reworked=True)
    await works(10, started + timedelta(days=2, hours=1), minutes=600, first=300)
    for sequence, (what, day) in enumerate([("paused", 2), ("resumed", 3)], start=2):
        at = started + timedelta(days=day)
        data = {"pilot_id": PILOT}
        await deliver(f"process.pilot-{what}.v1", data, subject=PILOT, sequence=sequence, time=at)
    clock.advance(timedelta(days=28))
    closed = {"pilot_id": PILOT, "started_at": started, "closed_at": clock.now}
    await deliver("process.pilot-window-closed.v1", closed, subject=PILOT, sequence=4)
    found = (await measured())["comparison"]
    assert (found["verdict"], found["nBefore"], found["nAfter"], found["reworkRate"]) == ("IMPROVED", 40, 40, 1)
    assert found["ciLow"] < found["effect"] < found["ciHigh"] < 0
    assert found["effect"] == pytest.approx(39.5 / 79.5 - 1)
    event = (await published())[-1]
    assert event["type"] == "metrics.comparison-completed.v1"
    assert {"pilot_id", "verdict", "effect", "ci_low", "ci_high"} <= set(event["data"])


async def test_a_void_baseline_leaves_a_pilot_without_a_comparison_M07(
    works, planned, change, clock, deliver, measured
):
    await works(40, clock.now - timedelta(days=2))
    await change("freezeBaseline")
    await change("voidBaseline", reason="the clock was wrong")
    closed = {"pilot_id": PILOT, "started_at": clock.now, "closed_at": clock.now + timedelta(days=1)}
    await deliver("process.pilot-window-closed.v1", closed, subject=PILOT, sequence=2)
    found = (await measured())["comparison"]
    assert (found["verdict"], found["effect"]) == ("INSUFFICIENT_DATA", None)
    assert "the baseline is void" in found["caveats"]


async def test_a_unit_of_work_is_restated_not_counted_twice_and_a_contradiction_is_parked_M20(
    works, planned, change, clock, deliver
):
    await works(30, clock.now - timedelta(days=2))
    await works(30, clock.now - timedelta(days=2), minutes=100)
    assert (await change("freezeBaseline"))["baseline"]["n"] == 30
    item = {"number": "X", "process": "answer-requests", "opened_at": clock.now, "started_at": clock.now,
            "completed_at": clock.now - timedelta(days=1), "touched_minutes": 5, "path": "manual"}  # fmt: skip
    await deliver("itsm.work-item-completed.v1", item, parks=True)
