"""The seat ledger: the days on which a grant counts in the denominators (M05)."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from metrics.seats.domain import Happening, Seat, SeatChange, Span, spans

DAY = date(2026, 3, 2)
SEAT = Seat(UUID(int=1), "E0001", UUID(int=2))
GRANTED, SUSPENDED, RESTORED, REVOKED = Happening


def changes(*steps: tuple[Happening, int]) -> list[SeatChange]:
    return [SeatChange(n, what, DAY + timedelta(days=day)) for n, (what, day) in enumerate(steps, 1)]


def span(begin: int, end: int | None) -> Span:
    return Span(DAY + timedelta(days=begin), None if end is None else DAY + timedelta(days=end))


def test_a_suspension_interrupts_and_a_revocation_ends_M05():
    steps = changes((GRANTED, 0), (SUSPENDED, 3), (RESTORED, 5), (REVOKED, 9))

    assert spans(SEAT, steps) == (span(0, 3), span(5, 9))


def test_a_grant_that_ends_on_its_first_day_never_counts_M05():
    assert spans(SEAT, changes((GRANTED, 0), (REVOKED, 0))) == ()


def test_a_leaver_has_no_seat_from_the_day_gone_and_never_again_C5c():
    gone = Seat(SEAT.grant_id, "E0001", SEAT.tool_id, left_on=DAY + timedelta(days=4))

    assert spans(gone, changes((GRANTED, 0))) == (span(0, 4),)
    assert spans(gone, changes((GRANTED, 0), (SUSPENDED, 3), (RESTORED, 6))) == (span(0, 3),)


def test_a_term_ends_by_itself_M05():
    termed = Seat(SEAT.grant_id, "E0001", SEAT.tool_id, ends_on=DAY + timedelta(days=2))

    assert spans(termed, changes((GRANTED, 0), (SUSPENDED, 5))) == (span(0, 2),)


steps = st.lists(st.tuples(st.sampled_from(Happening), st.integers(0, 3)), max_size=10)


@given(steps, st.randoms())
def test_the_spans_do_not_depend_on_the_order_of_arrival_and_never_overlap_M05(steps, random):
    day, told = 0, []
    for n, (what, later) in enumerate(steps, 1):
        day += later
        told.append(SeatChange(n, what, DAY + timedelta(days=day)))
    found = spans(SEAT, told)
    random.shuffle(told)

    assert spans(SEAT, told) == found
    for before, after in pairwise(found):
        assert before.to_date is not None
        assert before.to_date <= after.from_date
    assert all(period.to_date is None or period.from_date < period.to_date for period in found)


@given(steps)
def test_nothing_counts_after_a_revocation_M05(steps):
    told = changes((GRANTED, 0), (REVOKED, 1), *((what, 2 + n) for what, n in steps))

    assert spans(SEAT, told) == (span(0, 1),)
