"""Adoption as the graph shows it, from the events of HRIS, governance and the sources of telemetry."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from uuid import uuid4

import pytest

from chassis.testing import a_caller
from metrics.adoption import repository

ANYBODY = a_caller("E9999", "employee")
TODAY = date(2026, 3, 2)
FIGURES = """
    asOf employees licensed { value } dailyActiveUsers { value } weeklyActiveUsers { value }
    monthlyActiveUsers { value suppressed reason }
    adoptionRate { value numerator denominator suppressed reason }
    programmeRate { value numerator denominator suppressed reason }
    activeDaysPerUser { value } stickiness { numerator denominator }
"""
REPORT = """query Report($asOf: Date, $tool: ID, $department: ID) {
    adoption(asOf: $asOf, toolId: $tool, departmentId: $department) { %s
        windowFrom tool { id } department { id } unknownUsers unknownTools statedUntil
        breadth { value numerator denominator } evenness suppressedDepartments { id }
        departments { department { id } %s }
        annotations { toolId kind from to } definitions { code version }
    }
}""" % (FIGURES, FIGURES)  # noqa: UP031
SERIES = """query Series($from: Date!, $to: Date!, $tool: ID) {
    adoptionSeries(from: $from, to: $to, toolId: $tool) {
        points { day employees licensed { value } dailyActiveUsers { value }
            weeklyActiveUsers { value } monthlyActiveUsers { value suppressed } }
        annotations { kind from to }
    }
}"""


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.fixture
def report(graph):
    async def ask(**variables):
        answer = await graph(REPORT, {name: str(value) for name, value in variables.items()}, caller=ANYBODY)
        assert answer["errors"] is None, answer["errors"]
        return answer["data"]["adoption"]

    return ask


def of(report, department):
    return next(group for group in report["departments"] if group["department"]["id"] == department)


async def test_users_are_counted_over_exact_windows_and_distinctly_M01(world, report):
    sales = await world.hire("sales", 8)
    await world.use(sales[:2], ago(0), ago(1))
    await world.use(sales[2], ago(6))
    await world.use(sales[3], ago(7))
    await world.use(sales[4], ago(27))
    await world.use(sales[5], ago(28))
    await world.use(sales[0], ago(0), tool="chat")

    found = await report()

    assert found["asOf"] == "2026-03-02"
    assert found["windowFrom"] == "2026-02-03"
    assert found["dailyActiveUsers"]["value"] == 2
    assert found["weeklyActiveUsers"]["value"] == 3
    assert found["monthlyActiveUsers"]["value"] == 5
    assert found["activeDaysPerUser"]["value"] == 7 / 5
    assert found["stickiness"] == {"numerator": 7, "denominator": 140}
    assert found["unknownTools"] == sorted(["chat", str(world.tool)])


async def test_the_adoption_rate_is_of_those_who_hold_a_seat_on_the_day_M03_C1(world, report):
    sales, legal = await world.hire("sales", 10), await world.hire("legal", 10)
    await world.grant(sales[:8])
    await world.grant(legal[:5])
    await world.use(sales[:4], ago(3))
    await world.use(sales[9], ago(3))
    await world.use(legal[:1], ago(3))

    found = await report(tool=world.tool)

    assert of(found, "sales")["adoptionRate"] == {
        "value": 0.5, "numerator": 4, "denominator": 8, "suppressed": False, "reason": None
    }  # fmt: skip
    assert of(found, "sales")["programmeRate"]["numerator"] == 5
    assert found["adoptionRate"]["denominator"] == 13
    assert found["breadth"] == {"value": 0.5, "numerator": 1, "denominator": 2}
    assert 0 < found["evenness"] < 1


async def test_a_transfer_in_the_window_splits_activity_by_day_M04_C5b(world, report):
    sales, legal = await world.hire("sales", 6), await world.hire("legal", 6)
    await world.grant([*sales, *legal])
    await world.transfer(sales[0], "legal", ago(5))
    await world.use(sales[0], ago(10), ago(9), ago(1))

    found = await report(tool=world.tool)
    before = await report(tool=world.tool, asOf=ago(6))

    assert (of(found, "sales")["employees"], of(found, "legal")["employees"]) == (5, 7)
    assert of(found, "sales")["monthlyActiveUsers"]["value"] == 1
    assert of(found, "sales")["weeklyActiveUsers"]["value"] == 0
    assert of(found, "sales")["activeDaysPerUser"]["value"] == 2
    assert of(found, "legal")["activeDaysPerUser"]["value"] == 1
    assert of(found, "legal")["adoptionRate"]["numerator"] == 1
    assert found["monthlyActiveUsers"]["value"] == 1
    assert of(before, "sales")["adoptionRate"] == {
        "value": 1 / 6, "numerator": 1, "denominator": 6, "suppressed": False, "reason": None
    }  # fmt: skip


async def test_a_terminated_person_leaves_the_denominators_from_the_first_day_gone_C5c(world, report):
    sales = await world.hire("sales", 7)
    await world.grant(sales)
    await world.use(sales, ago(10))
    await world.terminate(sales[0], ago(2))

    on_last_day, next_day = await report(tool=world.tool, asOf=ago(2)), await report(tool=world.tool, asOf=ago(1))

    assert on_last_day["adoptionRate"]["denominator"] == 7
    assert (next_day["adoptionRate"]["numerator"], next_day["adoptionRate"]["denominator"]) == (6, 6)
    assert (next_day["programmeRate"]["numerator"], next_day["programmeRate"]["denominator"]) == (6, 6)
    assert next_day["monthlyActiveUsers"]["value"] == 7


async def test_a_rehired_persons_old_seat_does_not_come_back_C5c(world, report):
    sales = await world.hire("sales", 7)
    await world.grant(sales)
    await world.terminate(sales[0], ago(20))
    await world.deliver(
        "hris.employee-rehired.v1",
        {"employee_id": sales[0], "effective_date": ago(3), "department": {"id": "sales", "name": "Sales"}},
    )

    found = await report(tool=world.tool)

    assert found["employees"] == 7
    assert found["licensed"]["value"] == 6


async def test_a_suspended_seat_does_not_count_until_it_is_restored_C3(world, report, clock):
    sales = await world.hire("sales", 7)
    await world.grant(sales)
    await world.change_grant("suspended", sales[0])
    assert (await report(tool=world.tool))["licensed"]["value"] == 6
    clock.advance(timedelta(days=2))
    await world.change_grant("restored", sales[0])
    await world.change_grant("revoked", sales[1])

    assert (await report(tool=world.tool))["licensed"]["value"] == 6
    assert (await report(tool=world.tool, asOf=TODAY + timedelta(days=1)))["licensed"]["value"] == 6
    assert (await report(tool=world.tool, asOf=ago(1)))["licensed"]["value"] == 7


async def test_a_past_report_does_not_change_with_what_happens_later_X07(world, report):
    sales, legal = await world.hire("sales", 7), await world.hire("legal", 7)
    await world.grant([*sales, *legal])
    await world.use([*sales[:3], *legal[:2]], ago(12), ago(10))
    before = await report(tool=world.tool, asOf=ago(10))

    await world.terminate(sales[0], ago(9))
    await world.transfer(legal[0], "sales", ago(9))
    await world.hire("sales", 1, first=90)
    await world.terminate("sales-90", ago(11))
    await world.change_grant("suspended", sales[1])
    await world.change_grant("revoked", sales[2])
    await world.use([*sales, *legal], ago(9), ago(1))
    after = await report(tool=world.tool, asOf=ago(10))

    assert before.pop("statedUntil") <= after.pop("statedUntil")
    assert after == before
    assert (await report(tool=world.tool))["adoptionRate"] != before["adoptionRate"]


async def test_who_is_on_leave_is_not_expected_to_use_anything_M05(world, report):
    sales = await world.hire("sales", 6)
    await world.deliver("hris.employee-leave-started.v1", {"employee_id": sales[0], "effective_date": ago(3)})

    assert (await report())["employees"] == 5
    assert (await report(asOf=ago(4)))["employees"] == 6


async def test_small_departments_are_hidden_with_the_next_smallest_M18(world, report, graph):
    sales, ops, legal = await world.hire("sales", 9), await world.hire("ops", 7), await world.hire("legal", 3)
    await world.grant([*sales, *ops, *legal])
    await world.use([*sales[:3], *ops[:3], *legal], ago(1))

    found = await report(tool=world.tool)

    assert of(found, "legal")["adoptionRate"] == {
        "value": None, "numerator": None, "denominator": None, "suppressed": True, "reason": "SMALL_GROUP"
    }  # fmt: skip
    assert of(found, "ops")["adoptionRate"]["reason"] == "PROTECTS_ANOTHER"
    assert of(found, "ops")["monthlyActiveUsers"] == {"value": None, "suppressed": True, "reason": "PROTECTS_ANOTHER"}
    assert of(found, "sales")["monthlyActiveUsers"]["value"] == 3
    assert found["monthlyActiveUsers"]["value"] == 9
    assert [department["id"] for department in found["suppressedDepartments"]] == ["legal", "ops"]
    alone = await report(tool=world.tool, department="ops")
    assert alone["monthlyActiveUsers"]["value"] is None
    assert alone["breadth"] is None


async def test_a_persons_figures_cannot_be_found_by_the_team_either_M18(world, graph):
    one, two = await world.hire("sales", 6, team="sales-one"), await world.hire("sales", 3, team="sales-two")
    await world.hire("ops", 9, team="ops-one")
    await world.use([*one, *two], ago(1))
    answer = await graph(
        """{ _entities(representations: [
            {__typename: "Team", id: "sales-one"}, {__typename: "Team", id: "sales-two"}, {__typename: "Team", id: "ops-one"}
        ]) { ... on Team { id adoption { employees programmeRate { value reason } } } } }""",
        caller=ANYBODY,
    )

    one_, two_, ops = (team["adoption"]["programmeRate"] for team in answer["data"]["_entities"])
    assert two_ == {"value": None, "reason": "SMALL_GROUP"}
    assert one_ == {"value": None, "reason": "PROTECTS_ANOTHER"}
    assert ops == {"value": 0.0, "reason": None}


async def test_the_series_gives_each_day_what_its_report_gives_M01(world, graph, report):
    random = Random(20260302)
    people = [*await world.hire("sales", 6), *await world.hire("legal", 6)]
    await world.grant(people[:6], ago(20))
    for person in people:
        await world.use(person, *(ago(n) for n in random.sample(range(75), 8)))
    await world.terminate(people[0], ago(12))
    await world.transfer(people[1], "legal", ago(9))
    await world.deliver("hris.employee-leave-started.v1", {"employee_id": people[2], "effective_date": ago(15)})
    await world.deliver("hris.employee-leave-ended.v1", {"employee_id": people[2], "effective_date": ago(5)})
    answer = await graph(SERIES, {"from": str(ago(40)), "to": str(TODAY), "tool": str(world.tool)}, caller=ANYBODY)

    points = answer["data"]["adoptionSeries"]["points"]
    assert [point["day"] for point in points] == [str(ago(n)) for n in range(40, -1, -1)]
    for point in points[::3]:
        found = await report(tool=world.tool, asOf=point["day"])
        for name in ("dailyActiveUsers", "weeklyActiveUsers", "monthlyActiveUsers", "licensed"):
            assert point[name]["value"] == found[name]["value"], (point["day"], name)
        assert point["employees"] == found["employees"]


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"from": "2025-01-25", "to": "2026-03-02"}, "SERIES_TOO_LONG"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "SERIES_TOO_LONG"),
        ({"from": "2026-03-02", "to": "2026-03-03"}, "DAY_NOT_REACHED"),
        ({"from": "2026-03-01", "to": "2026-03-02", "tool": "copilot"}, "INVALID_ID"),
    ],
)
async def test_a_series_is_bounded_M01(graph, variables, code):
    answer = await graph(SERIES, variables, caller=ANYBODY)

    assert answer["errors"][0]["extensions"]["code"] == code


async def test_many_departments_and_tools_of_a_day_are_counted_from_one_look_at_it_M01(world, graph, monkeypatch):
    for department in ("a", "b", "c"):
        await world.hire(department, 5)
    looked = []

    async def members(connection, as_of):
        looked.append(as_of)
        return await original(connection, as_of)

    original = repository.members
    monkeypatch.setattr(repository, "members", members)
    tools = ", ".join(f'{{__typename: "Tool", id: "{uuid4()}"}}' for _ in range(3))
    answer = await graph(
        f"""{{ _entities(representations: [
            {{__typename: "Department", id: "a"}}, {{__typename: "Department", id: "b"}}, {tools}
        ]) {{ ... on Department {{ adoption {{ employees }} }} ... on Tool {{ adoption {{ employees }} }} }} }}""",
        caller=ANYBODY,
    )

    assert [entity["adoption"]["employees"] for entity in answer["data"]["_entities"]] == [5, 5, 15, 15, 15]
    assert looked == [TODAY]


async def test_nobody_gets_figures_without_a_token_M18(graph):
    answer = await graph("{ adoption { employees } }", caller=None)

    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_report_says_what_its_figures_mean_M15(graph, report):
    definitions = (await report())["definitions"]

    assert {"code": "MAU", "version": 1} in definitions
    answer = await graph("{ metricDefinitions { code version formula unit window minGroup source } }", caller=ANYBODY)
    every = [{"code": one["code"], "version": one["version"]} for one in answer["data"]["metricDefinitions"]]
    assert [one for one in every if one in definitions] == definitions
    assert {"code": "CHANGE_FAILURE_RATE", "version": 1} in every


async def test_a_seat_counts_until_the_end_that_was_told_last_G18(world, report):
    people = await world.hire("sales", 6)
    await world.grant(people, ago(100), until=ago(20))
    for person in people[1:]:
        await world.extend(person, ago(-20))
    assert (await report())["licensed"]["value"] == 5
