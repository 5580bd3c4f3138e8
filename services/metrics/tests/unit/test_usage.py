"""Statements of use, and when a day is counted (M20)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.usage.domain import (
    CountImpossible,
    DailyUse,
    DayAhead,
    Statement,
    StatementIncomplete,
    complete_at,
    count_at,
)

TODAY = date(2026, 3, 2)
ID = UUID("0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b10")


def a_statement(**differently: Any) -> Statement:
    said: dict[str, Any] = {
        "employee_id": "E0001",
        "tool": "copilot",
        "day": TODAY,
        "actions": 3,
        "sessions": None,
        "tokens": None,
        "surface": None,
        "today": TODAY,
        **differently,
    }
    return Statement.of(**said)


@pytest.mark.parametrize("field", ["actions", "sessions", "tokens"])
@pytest.mark.parametrize("value", [-1, 2**70])
def test_an_impossible_count_is_refused_M20(field, value):
    with pytest.raises(CountImpossible, match=f"{field} of E0001"):
        a_statement(**{field: value})


def test_a_day_ahead_is_refused_but_tomorrow_has_begun_in_the_east_M20():
    assert a_statement(day=TODAY + timedelta(days=1)).day == date(2026, 3, 3)
    with pytest.raises(DayAhead, match="2026-03-04 lies ahead: today is 2026-03-02"):
        a_statement(day=TODAY + timedelta(days=2))


@given(st.dates(max_value=TODAY))
def test_no_day_is_too_late_M20(day):
    assert a_statement(day=day).day == day


def test_a_statement_names_its_person_and_tool_M20():
    with pytest.raises(StatementIncomplete, match="employee_id"):
        a_statement(employee_id=" ")
    with pytest.raises(StatementIncomplete, match="tool"):
        a_statement(tool="")


moments = st.integers(0, 365 * 86_400).map(lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second))


@given(moments, st.integers(-2, 60))
def test_a_count_comes_after_every_open_transaction_and_after_the_day_M20(now, days_ago):
    day = now.date() - timedelta(days=days_ago)
    at = count_at(day, now)

    assert at >= complete_at(day)
    assert at >= now + timedelta(minutes=1)
    assert at <= max(complete_at(day), now + timedelta(minutes=1)) + timedelta(minutes=5)


def test_a_day_is_told_once_and_again_only_when_it_changed():
    first = DailyUse.first(ID, tool_id=None, day=TODAY, active_employees=7, actions=70)

    assert first.because.active_employees == 7
    assert first.after.counted(active_employees=7, actions=70) is None
    again = first.after.counted(active_employees=4, actions=71)
    assert again is not None
    assert (again.after.version, again.because.active_employees, again.because.actions) == (2, None, 71)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 3)), min_size=1, max_size=20))
def test_restating_a_day_tells_each_change_once_in_order_M20(counts):
    change = DailyUse.first(ID, tool_id=None, day=TODAY, active_employees=counts[0][0], actions=counts[0][1])
    use, told = change.after, [counts[0]]
    for active_employees, actions in counts[1:]:
        for again in (True, False):
            change = use.counted(active_employees=active_employees, actions=actions)
            if change is not None:
                assert again, "the same count twice is told once"
                assert change.after.version == use.version + 1
                use = change.after
                told.append((active_employees, actions))
    assert told == [count for n, count in enumerate(counts) if n == 0 or count != counts[n - 1]]
