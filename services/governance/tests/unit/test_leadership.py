"""Active sponsorship, the living model and governance's own throughput: parts first (L08, L13, M19)."""

from __future__ import annotations

from datetime import date

import pytest

from chassis.database import new_id
from governance.changes.domain import BadQuarter, months_of
from governance.leadership.domain import (
    Appearance,
    AppearanceKind,
    NothingSaid,
    Part,
    PassiveAlert,
    Score,
    SponsorshipFoundPassive,
    Structure,
    Vitality,
    index,
    living_ratio,
)
from governance.throughput.domain import BadPeriod, Load, Throughput, check_period


def test_the_index_is_the_mean_of_what_is_known_L08():
    assert index([]) is None
    assert index([Score(Part.OWN_USE, 0, 0)]) is None
    assert index([Score(Part.OWN_USE, 0, 0), Score(Part.REVIEWS_ON_TIME, 3, 6), Score(Part.VISIBLE, 1, 1)]) == 0.75


def test_passive_sponsorship_is_told_and_active_is_not_L08():
    passive = PassiveAlert.raise_for(new_id(), new_id(), "E0001", [Score(Part.REVIEWS_ON_TIME, 2, 6)])
    assert passive is not None
    assert isinstance(passive.because, SponsorshipFoundPassive)
    assert (passive.because.index, passive.because.sponsor_id) == (0.3333, "E0001")
    for active in ([Score(Part.REVIEWS_ON_TIME, 3, 6)], []):
        assert PassiveAlert.raise_for(new_id(), new_id(), "E0001", active) is None


def test_what_the_sponsor_says_has_a_title_L07():
    with pytest.raises(NothingSaid):
        Appearance.record(new_id(), "E0001", AppearanceKind.SESSION, "  ", None)  # type: ignore[arg-type]


def test_shelfware_lowers_the_living_model_L13():
    assert living_ratio([Vitality(Structure.POLICIES, 0, 0)]) is None
    assert living_ratio([Vitality(Structure.POLICIES, 3, 1), Vitality(Structure.COMMITTEES, 1, 1)]) == 0.5


@pytest.mark.parametrize("bad", ["2026", "2026-Q5", "2026-Q0", "26-Q1", "2026-Q12", "x-Q1"])
def test_a_quarter_is_written_one_way_L10(bad: str):
    assert months_of("2026-Q4") == (2026, 10)
    with pytest.raises(BadQuarter):
        months_of(bad)


def test_a_rate_of_nothing_is_not_zero_M19():
    nothing = Load(asked=0, acknowledged=0, exceptions=0, exceptions_extended=0, exception_age_days=None, departments=0,
        departments_past_half=0)  # fmt: skip
    none = Throughput((), 0, 0, 0, 0, None, 0, None, None, None, 0, None, nothing)
    assert none.reversal_rate is None
    assert (nothing.acknowledgement_coverage, nothing.exceptions_extended_share, nothing.posture_divergence) == (
        None,
    ) * 3
    check_period(date(2026, 1, 1), date(2026, 12, 31))
    for first, last in ((date(2026, 1, 2), date(2026, 1, 1)), (date(2024, 1, 1), date(2026, 1, 1))):
        with pytest.raises(BadPeriod):
            check_period(first, last)
