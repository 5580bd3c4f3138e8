"""Changes of tools and procedures, those of them that fail, and how soon incidents are contained, as events tell (M19, C9)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.clock import FixedClock
from chassis.testing import Asks, Delivers, a_caller

from .conftest import World

ANYBODY = a_caller("E9999", "employee")
COUNTS = "changes failed watched changeFailureRate"
TOOL, PROCESS, SOP = uuid4(), uuid4(), uuid4()


@pytest.fixture
def tells(deliver: Delivers, clock: FixedClock):
    """`await tells("governance.tool-approved", subject, ...)`: another service says so now, after what it said of the subject."""
    steps: dict[UUID, int] = {}

    async def tell(name: str, subject: UUID, /, **said: Any) -> None:
        steps[subject] = steps.get(subject, 0) + 1
        await deliver(f"{name}.v1", said, subject=str(subject), sequence=steps[subject], time=clock.now)

    return tell


@pytest.fixture
def failures(graph: Asks):
    """What the graph says of the last days, or of those from a day to another."""

    async def ask(**days: date) -> dict[str, Any]:
        answer = await graph(
            f"""query($from: Date, $to: Date) {{ changeFailures(from: $from, to: $to) {{ {COUNTS} kinds {{ kind {COUNTS} }}
                incidentsContained timeToContainHours timeToContainP85Hours }} }}""",
            {name: day.isoformat() for name, day in days.items()},
            caller=ANYBODY,
        )
        assert answer["errors"] is None, answer["errors"]
        found: dict[str, Any] = answer["data"]["changeFailures"]
        return found

    return ask


def counts(changes: int, failed: int, watched: int) -> dict[str, Any]:
    return {
        "changes": changes, "failed": failed, "watched": watched,
        "changeFailureRate": failed / changes if changes else None,
    }  # fmt: skip


async def approve(tells: Any, tool: UUID) -> None:
    await tells("governance.tool-approved", tool, tool_id=tool, code=f"tool-{tool}", name="A tool")


async def follow(tells: Any, version: int) -> None:
    await tells("process.sop-effective", SOP, sop_id=SOP, process_id=PROCESS, version=version)


async def test_changes_that_were_taken_back_or_had_incidents_have_failed_M19(
    tells: Any, failures: Any, clock: FixedClock
) -> None:
    assert await failures() == {
        **counts(0, 0, 0), "kinds": [{"kind": kind, **counts(0, 0, 0)} for kind in ("TOOL", "PROCEDURE")],
        "incidentsContained": 0, "timeToContainHours": None, "timeToContainP85Hours": None,
    }  # fmt: skip
    overdue, quiet = uuid4(), uuid4()
    for tool in (TOOL, overdue, quiet):
        await approve(tells, tool)
    await follow(tells, 1)
    clock.advance(timedelta(days=10))
    await follow(tells, 2)
    clock.advance(timedelta(days=10))
    await tells("governance.incident-opened", uuid4(), incident_id=uuid4(), process_id=PROCESS, opened_at=clock.now)
    await tells("governance.tool-suspended", TOOL, tool_id=TOOL, emergency=True)
    await tells("governance.tool-suspended", overdue, tool_id=overdue, emergency=False)
    found = await failures()
    assert found["kinds"] == [{"kind": "TOOL", **counts(3, 1, 2)}, {"kind": "PROCEDURE", **counts(2, 1, 1)}]
    assert {name: found[name] for name in counts(0, 0, 0)} == counts(5, 2, 3)
    # The version that was followed before the incident is not its cause; that it was taken back later is.
    await tells("process.sop-withdrawn", SOP, sop_id=SOP, process_id=PROCESS, version=3)
    assert (await failures())["failed"] == 2
    await tells("process.sop-withdrawn", SOP, sop_id=SOP, process_id=PROCESS, version=1)
    assert (await failures())["failed"] == 3
    clock.advance(timedelta(days=80))
    await tells("governance.incident-opened", uuid4(), incident_id=uuid4(), tool_id=quiet, opened_at=clock.now)
    late = await failures(**{"from": date(2026, 3, 1), "to": clock.now.date()})
    assert late["kinds"] == [{"kind": "TOOL", **counts(3, 1, 0)}, {"kind": "PROCEDURE", **counts(2, 2, 0)}]
    assert (await failures(**{"from": date(2026, 3, 3), "to": clock.now.date()}))["changes"] == 1


async def test_an_incident_that_is_told_before_the_change_counts_against_it_all_the_same_M19(
    tells: Any, failures: Any, clock: FixedClock
) -> None:
    opened = clock.now + timedelta(hours=1)
    await tells("governance.incident-opened", uuid4(), incident_id=uuid4(), tool_id=TOOL, opened_at=opened)
    assert (await failures())["failed"] == 0
    await approve(tells, TOOL)
    assert (await failures())["failed"] == 1


async def test_the_time_to_contain_is_the_median_of_those_that_are_contained_M19_C9(
    tells: Any, failures: Any, clock: FixedClock
) -> None:
    opened, incidents = clock.now, [uuid4() for _ in range(4)]
    for id in incidents[1:]:
        await tells("governance.incident-opened", id, incident_id=id, tool_id=TOOL, opened_at=opened)
    for hours, id in zip((2, 6, 10), incidents[:3], strict=True):
        contained = opened + timedelta(hours=hours)
        await tells("governance.incident-contained", id, incident_id=id, opened_at=opened, contained_at=contained)
    found = await failures()
    assert (found["incidentsContained"], found["timeToContainHours"]) == (3, 6)
    assert found["timeToContainP85Hours"] == pytest.approx(8.8)
    await tells("governance.incident-reopened", incidents[2], incident_id=incidents[2], reason="again")
    found = await failures()
    assert (found["incidentsContained"], found["timeToContainHours"]) == (2, 4)


async def test_a_period_ends_today_and_strangers_see_nothing_M19(world: World, graph: Asks, clock: FixedClock) -> None:
    tomorrow = (clock.now + timedelta(days=1)).date().isoformat()
    ahead = await graph(f'{{ changeFailures(to: "{tomorrow}") {{ changes }} }}', caller=ANYBODY)
    assert ahead["errors"][0]["extensions"]["code"] == "DAY_NOT_REACHED"
    stranger = await graph("{ changeFailures { changes } }")
    assert stranger["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
