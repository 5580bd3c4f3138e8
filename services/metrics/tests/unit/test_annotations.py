"""Which notes belong to a range of days (C4)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from metrics.annotations.domain import Annotation, Kind


@pytest.mark.parametrize(
    ("first", "last", "touches"),
    [(1, 4, False), (1, 5, True), (6, 6, True), (7, 20, True), (8, 20, False)],
)
def test_a_suspension_is_noted_in_every_range_it_touches_C4(first, last, touches):
    note = Annotation(
        UUID(int=1),
        UUID(int=2),
        Kind.SUSPENDED,
        datetime(2026, 3, 5, 12, tzinfo=UTC),
        datetime(2026, 3, 7, 8, tzinfo=UTC),
    )

    assert note.touches(date(2026, 3, first), date(2026, 3, last)) is touches


def test_what_still_holds_touches_every_later_day_C4():
    note = Annotation(UUID(int=1), UUID(int=2), Kind.SUSPENDED, datetime(2026, 3, 5, tzinfo=UTC), None)

    assert note.touches(date(2030, 1, 1), date(2030, 1, 1))
