"""When a grant is idle (M05, C14)."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from metrics.idle.domain import Holding, idle

TODAY = date(2026, 3, 2)
DAYS = st.integers(0, 120).map(lambda days: TODAY - timedelta(days=days))


def a_holding(**differently: date | None) -> Holding:
    days = {
        "held_since": date(2025, 1, 1),
        "employed_since": date(2024, 1, 1),
        "back_since": None,
        "last_used_on": None,
    }
    return Holding(UUID(int=1), "E0001", UUID(int=2), **{**days, **differently})


@given(held=DAYS, employed=DAYS, back=st.none() | DAYS, used=st.none() | DAYS, after=st.integers(1, 90))
def test_all_days_of_an_idle_spell_were_days_of_possible_use_C14(held, employed, back, used, after):
    holding = a_holding(held_since=held, employed_since=employed, back_since=back, last_used_on=used)
    change = idle(holding, None, TODAY, after)
    latest = max(day for day in (held, employed, back, used) if day is not None)
    assert (change is None) == ((TODAY - latest).days < after)
    if change is not None:
        assert change.because.idle_days == (TODAY - latest).days
        assert change.because.last_used_on == used


def test_a_spell_is_told_once_and_the_next_one_after_use_C14():
    spell = idle(a_holding(last_used_on=TODAY - timedelta(days=40)), None, TODAY, 30).after
    assert idle(a_holding(last_used_on=TODAY - timedelta(days=40)), spell, TODAY + timedelta(days=9), 30) is None
    restated = a_holding(last_used_on=TODAY - timedelta(days=50))
    assert idle(restated, spell, TODAY, 30) is None
    used = idle(a_holding(last_used_on=TODAY), spell, TODAY + timedelta(days=30), 30)
    assert (used.after.version, used.because.idle_days) == (2, 30)
