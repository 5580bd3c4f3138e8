"""The rules of baselines and comparisons (M07)."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from statistics import median
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.baselines.domain import (
    Baseline,
    BaselineInWrongState,
    BaselineTooSmall,
    Direction,
    Kpi,
    Study,
    Verdict,
    change_of_median,
    quantile,
    verdict,
)
from metrics.work_items.domain import Path, WorkItem, WorkMetric

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
KPI = Kpi(WorkMetric.CYCLE_TIME, Direction.DOWN, 0.2)
STUDY = Study(UUID(int=1), UUID(int=2), "answer-requests", ("E1",), (KPI,), NOW)


def items(n: int, minutes: float = 60) -> list[WorkItem]:
    opened = NOW - timedelta(days=9)
    return [
        WorkItem(f"W{k}", "answer-requests", opened, opened + timedelta(minutes=5),
                 opened + timedelta(minutes=minutes + k), 10, Path.MANUAL)
        for k in range(n)
    ]  # fmt: skip


def test_a_baseline_needs_thirty_units_and_is_frozen_once_M07():
    begun = Baseline.begin(UUID(int=3), STUDY, WorkMetric.CYCLE_TIME, NOW).after
    with pytest.raises(BaselineTooSmall):
        begun.freeze(items(29), NOW)
    frozen = begun.freeze(items(31), NOW)
    assert (frozen.because.n, frozen.because.median) == (31, 75)
    assert len(frozen.because.content_hash) == 64
    with pytest.raises(BaselineInWrongState):
        frozen.after.freeze(items(31), NOW)
    with pytest.raises(BaselineInWrongState):
        begun.void("wrong")
    assert frozen.after.void("the clock was wrong").after.void_reason == "the clock was wrong"


def test_the_interval_is_that_of_resampling_with_replacement_M07():
    """Drawing the medians directly gives the percentiles that resampling value by value gives."""
    draw = random.Random(7)
    before = sorted(draw.gammavariate(4, 15) for _ in range(60))
    after = sorted(draw.gammavariate(4, 10) for _ in range(45))
    found = change_of_median(before, after, seed="a pilot")
    assert found is not None
    naive = sorted(
        median(draw.choices(after, k=len(after))) / median(draw.choices(before, k=len(before))) - 1 for _ in range(4000)
    )
    assert found[0] == median(after) / median(before) - 1
    assert found[1] == pytest.approx(quantile(naive, 0.025), abs=0.03)
    assert found[2] == pytest.approx(quantile(naive, 0.975), abs=0.03)
    assert found == change_of_median(before, after, seed="a pilot")


@settings(deadline=None, max_examples=20)
@given(st.floats(0.2, 5), st.integers(30, 60))
def test_another_unit_of_time_changes_no_verdict_M07(scale: float, n: int):
    before = [40.0 + k for k in range(n)]
    after = [30.0 + k for k in range(n)]
    plain = change_of_median(before, after, seed="x")
    scaled = change_of_median([scale * one for one in before], [scale * one for one in after], seed="x")
    assert plain is not None
    assert scaled is not None
    assert scaled == pytest.approx(plain)


@pytest.mark.parametrize(
    ("found", "direction", "said"),
    [
        (None, Direction.DOWN, Verdict.INSUFFICIENT_DATA),
        ((-0.4, -0.5, -0.3), Direction.DOWN, Verdict.IMPROVED),
        ((-0.4, -0.5, -0.3), Direction.UP, Verdict.WORSE),
        ((-0.1, -0.15, -0.05), Direction.DOWN, Verdict.INCONCLUSIVE),
        ((-0.4, -0.8, 0.1), Direction.DOWN, Verdict.INCONCLUSIVE),
        ((0.3, 0.1, 0.5), Direction.DOWN, Verdict.WORSE),
    ],
)
def test_a_verdict_needs_the_whole_interval_on_one_side_M07(found, direction, said):
    assert verdict(Kpi(WorkMetric.CYCLE_TIME, direction, 0.2), found) is said


def test_too_few_units_say_nothing_M07():
    assert change_of_median([1.0] * 29, [1.0] * 50, seed="x") is None
    assert change_of_median([1.0] * 50, [1.0] * 29, seed="x") is None
    assert change_of_median([0.0] * 50, [1.0] * 50, seed="x") is None
