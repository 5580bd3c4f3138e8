"""What sources state: restated, late, unknown and impossible days, and the daily figures that others are told."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from chassis.testing import a_caller, a_hire, eventually
from metrics.usage import commands
from metrics.usage.domain import Statement

TODAY = date(2026, 3, 2)
ANYBODY = a_caller("E9999", "employee")
REPORT = """query Report($tool: ID) { adoption(toolId: $tool) {
    monthlyActiveUsers { value } actionsPerUserWeek { numerator } unknownUsers unknownTools
} }"""


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.fixture
def recorded(published):
    """The daily figures that were told."""

    async def read():
        return [event for event in await published() if event["type"] == "metrics.usage-recorded.v1"]

    return read


@pytest.fixture
def report(graph):
    async def ask(tool=None):
        answer = await graph(REPORT, {"tool": tool and str(tool)}, caller=ANYBODY)
        assert answer["errors"] is None
        return answer["data"]["adoption"]

    return ask


async def parked(database):
    async with database.read() as connection:
        rows = await connection.fetch("SELECT error, message FROM dead_letters ORDER BY id")
    return [(row["error"], row["message"]) for row in rows]


async def test_a_restated_day_replaces_the_day_M20(world, report):
    (person, *_) = await world.hire("sales", 5)
    await world.use(person, ago(1), actions=10)
    await world.use(person, ago(1), actions=4)
    await world.use(person, ago(1), actions=4)

    assert (await report())["actionsPerUserWeek"]["numerator"] == 4
    await world.use(person, ago(1), actions=0)
    assert (await report())["monthlyActiveUsers"]["value"] == 0


async def test_surfaces_of_a_day_are_stated_apart_M20(world, report):
    (person, *_) = await world.hire("sales", 5)
    await world.use(person, ago(1), actions=10, surface="editor")
    await world.use(person, ago(1), actions=4, surface="chat", sessions=1, tokens=5_000_000_000)
    await world.use(person, ago(1), actions=6, surface="editor")

    found = await report()
    assert found["actionsPerUserWeek"]["numerator"] == 10
    assert found["monthlyActiveUsers"]["value"] == 1


async def test_an_older_statement_that_comes_late_replaces_nothing_M20(world, report, clock):
    (person, *_) = await world.hire("sales", 5)
    await world.use(person, ago(1), actions=4)
    await world.use(person, ago(1), actions=10, time=clock.now - timedelta(hours=1))

    assert (await report())["actionsPerUserWeek"]["numerator"] == 4


@pytest.mark.parametrize(
    ("said", "error", "message"),
    [
        ({"actions": -1}, "CountImpossible", "actions of sales-0 on 2026-03-02 is -1"),
        ({"tokens": -7}, "CountImpossible", "tokens of sales-0"),
        ({"day": TODAY + timedelta(days=2)}, "DayAhead", "2026-03-04 lies ahead"),
        ({"tool": " "}, "StatementIncomplete", "must name its tool"),
        ({"actions": "many"}, "ValidationError", "actions"),
    ],
)
async def test_an_impossible_statement_is_kept_aside_with_its_reason_M20(world, database, said, error, message):
    await world.hire("sales", 5)
    await world.deliver(
        "usage.day-recorded.v1",
        {"employee_id": "sales-0", "tool": "chat", "day": TODAY, "actions": 1, **said},
        subject="one",
        parks=True,
    )

    ((found, why),) = await parked(database)
    assert found == error
    assert message in why


async def test_tomorrow_is_accepted_because_it_has_begun_somewhere_M20(world, database):
    await world.hire("sales", 5)
    await world.use("sales-0", TODAY + timedelta(days=1))

    assert await parked(database) == []


async def test_somebody_unknown_counts_as_soon_as_the_hire_is_told_M20(world, report, deliver):
    await world.hire("sales", 5)
    await world.use("E0777", ago(1))
    assert (await report())["unknownUsers"] == 1
    assert (await report())["monthlyActiveUsers"]["value"] == 0

    await deliver("hris.employee-hired.v1", a_hire("E0777", "sales"))

    assert (await report())["unknownUsers"] == 0
    assert (await report())["monthlyActiveUsers"]["value"] == 1


@pytest.mark.parametrize("event", ["proposed", "approved"])
async def test_use_under_a_code_becomes_the_tools_once_the_code_is_known_M20(world, report, event):
    people = await world.hire("sales", 5)
    await world.use(people[:3], ago(1), tool="copilot")
    assert (await report())["unknownTools"] == ["copilot"]
    assert (await report(world.tool))["monthlyActiveUsers"]["value"] == 0

    await world.tool_event(event)
    await world.use(people[3], ago(1), tool="copilot")
    await world.use(people[4], ago(1), tool=str(world.tool).upper())

    assert (await report())["unknownTools"] == []
    assert (await report(world.tool))["monthlyActiveUsers"]["value"] == 5


async def test_a_day_stated_under_the_code_and_the_id_is_one_day_M20(world, report, clock):
    (person, *_) = await world.hire("sales", 5)
    await world.use(person, ago(1), actions=10, tool="copilot")
    clock.advance(timedelta(minutes=1))
    await world.use(person, ago(1), actions=4)

    await world.tool_event("proposed")

    assert (await report(world.tool))["actionsPerUserWeek"]["numerator"] == 4


async def test_a_day_is_told_once_it_is_complete_and_again_when_it_is_restated(world, clock, run_due, recorded):
    people = await world.hire("sales", 6)
    await world.tool_event("approved")
    await world.use(people, TODAY, actions=2)
    await world.use(people[:2], TODAY, actions=1, tool="chat")
    clock.now = datetime(2026, 3, 3, 5, 59, tzinfo=UTC)
    await run_due()
    assert await recorded() == []

    clock.advance(timedelta(minutes=1))
    await run_due()

    told = [event["data"] for event in await recorded()]
    day = {"day": "2026-03-02", "active_employees": 6}
    assert told == [{**day, "tool_id": str(world.tool), "actions": 12}, {**day, "tool_id": None, "actions": 14}]

    await world.use(people[0], TODAY, actions=5)
    await world.use(people[1], TODAY, actions=0)
    assert len(await recorded()) == 2
    clock.advance(timedelta(minutes=7))
    await run_due()

    again = (await recorded())[2:]
    assert [event["sequence"] for event in again] == [2, 2]
    assert again[0]["data"] == {"tool_id": str(world.tool), "day": "2026-03-02", "active_employees": 5, "actions": 13}
    assert again[1]["data"] == {"tool_id": None, "day": "2026-03-02", "active_employees": 6, "actions": 15}
    await world.use(people[0], TODAY, actions=5)
    clock.advance(timedelta(minutes=7))
    assert await run_due() == 2
    assert len(await recorded()) == 4


async def test_fewer_than_five_are_told_without_their_number_M18(world, clock, run_due, recorded):
    people = await world.hire("sales", 6)
    await world.use(people[:4], TODAY)
    clock.advance(timedelta(days=1))
    await run_due()

    (event,) = await recorded()
    assert event["type"] == "metrics.usage-recorded.v1"
    assert event["data"]["active_employees"] is None


async def test_a_late_hire_and_a_late_code_correct_the_days_that_were_told(world, clock, run_due, recorded, deliver):
    await world.hire("sales", 5)
    await world.use([f"sales-{n}" for n in range(5)], TODAY, tool="copilot")
    await world.use("E0777", TODAY, tool="copilot")
    clock.advance(timedelta(days=1))
    await run_due()
    await deliver("hris.employee-hired.v1", a_hire("E0777", "sales"))
    await world.tool_event("proposed")
    clock.advance(timedelta(minutes=7))
    await run_due()

    told = [(event["data"]["tool_id"], event["data"]["active_employees"]) for event in await recorded()]
    assert told == [(None, 5), (str(world.tool), 6), (None, 6)]


async def test_a_code_that_becomes_known_while_use_of_it_is_written_is_resolved_M20(world, report, database, deliver):
    await world.hire("sales", 5)
    statement = Statement.of(
        employee_id="sales-0",
        tool="copilot",
        day=TODAY,
        actions=1,
        sessions=None,
        tokens=None,
        surface=None,
        today=TODAY,
    )

    async def waits():
        async with database.read() as connection:
            assert await connection.fetchval(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            )

    async with database.transaction() as tx:
        await commands.record(tx, statement, stated_at=tx.now)
        known = asyncio.create_task(world.tool_event("proposed"))
        await eventually(waits)
    await known

    assert (await report())["unknownTools"] == []
    assert (await report(world.tool))["monthlyActiveUsers"]["value"] == 1


async def test_the_same_statement_twice_is_one_M20(world, deliver, database):
    await world.hire("sales", 5)
    said = {"employee_id": "sales-0", "tool": "chat", "day": TODAY, "actions": 1}
    for _ in range(2):
        await deliver("usage.day-recorded.v1", said, subject="one", id=str(uuid4()))

    async with database.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM usage_days") == 1
