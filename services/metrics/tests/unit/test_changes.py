"""When a change has failed (M19)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.changes.domain import NONE, Failures, Kind, Rollout, by_kind

MADE = datetime(2026, 1, 1, tzinfo=UTC)
ROLLOUTS = st.lists(
    st.builds(
        lambda kind, made, incident, back: Rollout(
            kind, day(made), incident_at=incident and day(made + incident), taken_back_at=back and day(made + back)
        ),
        st.sampled_from(Kind),
        st.integers(0, 400),
        st.none() | st.integers(1, 200),
        st.none() | st.integers(1, 200),
    )
)


def day(n: int) -> datetime:
    """So many days after the change."""
    return MADE + timedelta(days=n)


@pytest.mark.parametrize(
    ("followed", "incident", "back", "failed"),
    [
        (None, None, None, False),
        (None, 89, None, True),
        (None, 90, None, False),
        (30, 29, None, True),
        (30, 30, None, False),
        (120, 89, None, True),
        (None, None, 89, True),
        (None, None, 90, False),
        (30, None, 40, True),
    ],
)
def test_a_change_fails_within_ninety_days_and_before_the_next_one_answers_M19(
    followed: int | None, incident: int | None, back: int | None, failed: bool
) -> None:
    change = Rollout(Kind.TOOL, MADE, *(None if n is None else day(n) for n in (followed, incident, back)))
    assert change.failed is failed
    for now, running in ((day(89), True), (day(90), False)):
        assert Failures.of([change], now) == Failures(1, int(failed), int(running and not failed))


@given(ROLLOUTS, st.integers(0, 500).map(day))
def test_kinds_add_up_and_what_failed_is_watched_no_more_M19(rollouts: list[Rollout], now: datetime) -> None:
    every = Failures.of(rollouts, now)
    assert sum(by_kind(rollouts, now).values(), NONE) == every
    assert every.changes == len(rollouts)
    assert every.failed + every.watched <= every.changes
    assert (every.rate is None) == (not rollouts)
    assert every.rate is None or 0 <= every.rate <= 1
