"""The arithmetic of adoption: exact windows, distinct people, rates that state what they divide."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.adoption.domain import (
    LONGEST_SERIES,
    Activity,
    DayNotReached,
    Member,
    SeriesTooLong,
    active_days,
    adoption,
    breadth,
    check_day,
    check_series,
    daily_users,
    evenness,
    monthly_users,
    users,
    weekly_users,
    window,
)
from metrics.figures.domain import Rate, Reason

TODAY = date(2026, 3, 2)
TOOL, OTHER = "0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b10", "0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b11"

activities = st.lists(
    st.builds(
        Activity,
        employee_id=st.sampled_from([f"E{n}" for n in range(12)]),
        known=st.just(True),
        department_id=st.sampled_from(["sales", "legal", "ops"]),
        team_id=st.none(),
        tool=st.sampled_from([TOOL, OTHER]),
        days=st.integers(1, 2**28 - 1),
        actions=st.integers(1, 50),
    ),
    max_size=40,
)


def staff(department: str, size: int, *, licensed: int = 0, team: str | None = None, tool: str = TOOL) -> list[Member]:
    return [
        Member(f"{department}-{n}", department, team, True, frozenset({tool} if n < licensed else ()))
        for n in range(size)
    ]


def used(
    employee: str, department: str | None, *ago: int, actions: int = 1, tool: str = TOOL, team: str | None = None
) -> Activity:
    days = sum(1 << n for n in set(ago))
    return Activity(employee, department is not None, department, team, tool, days, actions)


def test_windows_are_the_day_the_trailing_7_and_the_trailing_28_M01():
    days = active_days([used("today", "a", 0), used("six", "a", 6), used("seven", "a", 7), used("27", "a", 27)])

    assert daily_users(days) == {"today"}
    assert weekly_users(days) == {"today", "six"}
    assert monthly_users(days) == {"today", "six", "seven", "27"}
    assert window(TODAY) == (date(2026, 2, 3), TODAY)


@given(activities)
def test_distinct_counts_over_a_union_are_at_most_the_sum_and_at_least_the_largest_part_M01(facts):
    whole = monthly_users(active_days(facts))
    by_day = [users(active_days(facts), 1 << n) for n in range(28)]
    by_tool = [monthly_users(active_days([fact for fact in facts if fact.tool == tool])) for tool in (TOOL, OTHER)]
    for parts in (by_day, by_tool):
        assert max(map(len, parts)) <= len(whole) <= sum(map(len, parts))


@given(activities)
def test_a_longer_window_never_has_fewer_users_M01(facts):
    days = active_days(facts)

    assert daily_users(days) <= weekly_users(days) <= monthly_users(days)


@given(activities)
def test_rates_stay_between_their_bounds_M01_M02(facts):
    everybody = [Member(f"E{n}", "sales", None, True, frozenset({TOOL})) for n in range(12)]
    enterprise = adoption(everybody, facts, tool=None).enterprise

    for rate in (enterprise.adoption, enterprise.programme, enterprise.stickiness, enterprise.weekly_stickiness):
        assert rate.value is None or 0 <= rate.value <= 1
    assert enterprise.active_days.value is None or 1 <= enterprise.active_days.value <= 28
    assert enterprise.tools.value is None or 1 <= enterprise.tools.value <= 2


def test_the_adoption_rate_counts_licensed_users_out_of_the_licensed_M03():
    people = staff("sales", 10, licensed=6)
    done = [used(f"sales-{n}", "sales", 3) for n in (0, 1, 2, 8)]  # 8 uses the tool without a seat
    found = adoption(people, done, tool=TOOL).enterprise

    assert found.adoption == Rate(0.5, 3, 6)
    assert found.programme == Rate(0.4, 4, 10)
    assert found.weekly_adoption == Rate(0.5, 3, 6)


def test_frequency_is_active_days_per_active_user_M02():
    done = [used("sales-0", "sales", 0, 1, 2, actions=12), used("sales-1", "sales", 0, actions=4)]
    found = adoption(staff("sales", 6), done, tool=None).enterprise

    assert found.active_days == Rate(2.0, 4, 2)
    assert found.actions_per_week == Rate(2.0, 16, 8)
    assert found.average_daily == Rate(4 / 28, 4, 28)
    assert found.stickiness == Rate(4 / 56, 4, 56)


def test_a_day_on_two_tools_is_one_active_day_M02():
    done = [used("sales-0", "sales", 0), used("sales-0", "sales", 0, tool=OTHER)]
    found = adoption(staff("sales", 6), done, tool=None).enterprise

    assert found.active_days == Rate(1.0, 1, 1)
    assert found.tools == Rate(2.0, 2, 1)


def test_a_transferred_persons_activity_counts_where_they_were_on_the_day_M04():
    moved = "moved"
    people = [
        *staff("sales", 6, licensed=6),
        *staff("legal", 6, licensed=6),
        Member(moved, "sales", None, False, frozenset({TOOL})),
        Member(moved, "legal", None, True, frozenset({TOOL})),
    ]
    found = adoption(people, [used(moved, "sales", 10, 11), used(moved, "legal", 1)], tool=TOOL)

    assert found.departments["sales"].monthly.value == 1
    assert found.departments["sales"].weekly.value == 0
    assert found.departments["legal"].weekly.value == 1
    assert found.departments["sales"].active_days == Rate(2.0, 2, 1)
    assert found.enterprise.monthly.value == 1
    assert found.departments["sales"].adoption == Rate(0.0, 0, 6)
    assert found.departments["legal"].adoption == Rate(1 / 7, 1, 7)


def test_somebody_unknown_is_counted_as_unknown_only_M20():
    found = adoption(staff("sales", 6, licensed=6), [used("stranger", None, 0), used("sales-0", "sales", 0)], tool=None)

    assert found.unknown_users == 1
    assert found.enterprise.monthly.value == 1
    assert found.departments["sales"].monthly.value == 1


def test_a_rate_without_anybody_eligible_says_so_and_is_not_suppressed_M03():
    found = adoption(staff("sales", 6), [], tool=TOOL).departments["sales"].adoption

    assert found == Rate(None, 0, 0, Reason.NOBODY_ELIGIBLE)
    assert not found.suppressed


def test_a_group_below_five_shows_neither_value_nor_numerator_nor_denominator_M18():
    found = adoption([*staff("sales", 9), *staff("legal", 4)], [used("legal-0", "legal", 0)], tool=None)
    group = found.departments["legal"]

    assert group.programme == Rate(None, None, None, Reason.SMALL_GROUP)
    assert group.monthly.value is None
    assert group.monthly.suppressed


def test_the_enterprise_is_a_group_too_M18():
    found = adoption(staff("sales", 4, licensed=4), [used("sales-0", "sales", 0)], tool=None)

    assert found.enterprise.monthly.value is None
    assert found.departments["sales"].monthly.value is None


def test_few_licences_hide_the_licensed_rate_but_not_the_count_of_a_large_group_M18():
    found = adoption(staff("sales", 9, licensed=4), [used("sales-0", "sales", 0)], tool=TOOL).enterprise

    assert found.adoption.suppressed
    assert found.licensed.value is None
    assert found.monthly.value == 1


def test_breadth_is_the_share_of_shown_departments_at_or_above_a_quarter_M03():
    people = [*staff("a", 8, licensed=8), *staff("b", 8, licensed=8), *staff("c", 8)]
    done = [used("a-0", "a", 0), used("a-1", "a", 0), used("b-0", "b", 0)]

    assert adoption(people, done, tool=None).breadth == Rate(0.5, 1, 2)
    assert breadth([]).reason is Reason.TOO_FEW_GROUPS


def rate(value: float) -> Rate:
    return Rate(value, round(value * 100), 100)


@given(st.lists(st.floats(0, 1), max_size=12))
def test_evenness_lies_between_0_and_1_M03(values):
    found = evenness([rate(value) for value in values])

    assert found is None or 0 <= found <= 1


@given(st.floats(0.01, 1), st.integers(2, 12))
def test_equal_rates_are_even_and_one_department_alone_is_not_M03(value, departments):
    assert evenness([rate(value)] * departments) == pytest.approx(1)
    assert evenness([rate(value), *[rate(0)] * (departments - 1)]) == pytest.approx(0)


def test_days_and_series_are_bounded():
    check_series(TODAY - timedelta(days=LONGEST_SERIES - 1), TODAY, TODAY)
    with pytest.raises(SeriesTooLong, match="1 to 400 days, not 401"):
        check_series(TODAY - timedelta(days=LONGEST_SERIES), TODAY, TODAY)
    with pytest.raises(SeriesTooLong):
        check_series(TODAY, TODAY - timedelta(days=1), TODAY)
    with pytest.raises(DayNotReached, match="today is 2026-03-02"):
        check_day(TODAY + timedelta(days=1), TODAY)
