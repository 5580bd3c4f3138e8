"""Departments come in waves, and go live when the facts say so (L12)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from governance.onboarding.domain import (
    DepartmentWentLive,
    NotReady,
    NotStable,
    Onboarding,
    OnboardingInWrongState,
    OnboardingStatus,
    Readiness,
    ReadinessPart,
    Score,
    WaveNotBegun,
)

ID = UUID("0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b10")
NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)


def ready(*values: tuple[int, int], people: int = 20, active: int = 0) -> Readiness:
    return Readiness(people, active, tuple(Score(part, *v) for part, v in zip(ReadinessPart, values, strict=False)))


def planned() -> Onboarding:
    return Onboarding.plan(ID, "sales", wave=1, starts_on=date(2026, 4, 1)).after


def test_ready_is_computed_from_the_parts_that_are_known_L12() -> None:
    half, unknown, low = (5, 10), (0, 0), (4, 10)
    assert planned().stands(ready(half, unknown)) is OnboardingStatus.READY
    assert planned().stands(ready(half, low)) is OnboardingStatus.PLANNED
    assert ready(half, unknown, (1, 1)).score == 0.75
    assert ready(unknown).score is None
    with pytest.raises(NotReady, match="policies acknowledged"):
        planned().go_live(ready(half, low), NOW)
    live = planned().go_live(ready(half, unknown), NOW)
    assert live.because == DepartmentWentLive(ID, "sales", 1, 0.5)
    with pytest.raises(OnboardingInWrongState):
        live.after.go_live(ready(half), NOW)


def test_a_department_does_not_go_live_before_its_wave_begins_L12() -> None:
    with pytest.raises(WaveNotBegun, match="wave 1, which begins on 2026-04-01"):
        planned().go_live(ready(), NOW - timedelta(hours=10))
    assert planned().go_live(ready(), datetime(2026, 4, 1, tzinfo=UTC)).after.status is OnboardingStatus.LIVE


def test_a_department_holds_after_four_weeks_of_use_L12() -> None:
    live = planned().go_live(ready(), NOW).after
    with pytest.raises(NotStable, match="four weeks"):
        live.stabilise(ready(active=20), NOW + timedelta(days=27))
    with pytest.raises(NotStable, match="a quarter"):
        live.stabilise(ready(active=4), NOW + timedelta(days=28))
    assert live.stabilise(ready(active=5), NOW + timedelta(days=28)).after.status is OnboardingStatus.STABILISED
    assert live.stabilise(ready(people=4), NOW + timedelta(days=28)).after.stabilised_at is not None


def test_what_stands_still_comes_back_with_a_later_wave_L12() -> None:
    halted = planned().halt("reorganisation").after
    assert halted.stands(ready()) is OnboardingStatus.HALTED
    again = halted.resume(wave=2, starts_on=date(2026, 7, 1)).after
    assert (again.status, again.wave, again.halted_because, again.version) == (OnboardingStatus.PLANNED, 2, None, 3)
    with pytest.raises(OnboardingInWrongState, match="halted"):
        again.resume(wave=3, starts_on=date(2026, 8, 1))
