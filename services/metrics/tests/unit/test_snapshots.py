"""Snapshots: equal figures have equal hashes, and of the sponsor only one thing is told (C11, M18)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from chassis.database import new_id
from metrics.snapshots.domain import Snapshot, at_or_above_median

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_equal_figures_have_equal_hashes_C11():
    def taken(figures: bytes) -> str:
        return Snapshot.take(
            new_id(), new_id(), as_of=date(2026, 2, 28), figures=figures, sponsor=None, now=NOW
        ).after.content_hash

    assert taken(b"{}") == taken(b"{}") != taken(b'{"a":1}')


@pytest.mark.parametrize(
    ("days", "expected"),
    [({"S": 4, "a": 4, "b": 9}, True), ({"S": 3, "a": 4, "b": 9}, False), ({"S": 0, "a": 0}, False), ({"a": 1}, None)],
)
def test_the_sponsor_is_compared_with_the_median_and_an_idle_one_never_reaches_it_L07(days, expected):
    assert at_or_above_median("S", days) is expected
    assert at_or_above_median(None, days) is None
