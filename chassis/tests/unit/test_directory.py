"""The directory's fold: one history, whatever order the facts come in (X03)."""

import random
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chassis.directory.domain import Fact, Kind, fold

HIRE = date(2025, 1, 1)


def a_fact(n: int, kind: Kind, day: int, **data: Any) -> Fact:
    return Fact(kind, HIRE + timedelta(days=day), (n, datetime(2025, 1, 1, tzinfo=UTC), str(n)), data)


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    kinds = draw(st.lists(st.sampled_from(list(Kind)), min_size=1, max_size=10))
    return [
        a_fact(n, kind, draw(st.integers(0, 30)), department_id=draw(st.sampled_from("abc")))
        for n, kind in enumerate(kinds)
    ]


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter_X03(facts: list[Fact], shuffle: random.Random):
    shuffled = list(facts)
    shuffle.shuffle(shuffled)
    assert fold(shuffled) == fold(facts)


@given(histories())
def test_periods_never_overlap_X03(facts: list[Fact]):
    history = fold(facts)
    for periods in (history.employments, history.memberships):
        for earlier, later in pairwise(periods):
            assert earlier.to_date is not None
            assert earlier.to_date <= later.from_date
    open_ends = [period for period in history.memberships if period.to_date is None]
    assert len(open_ends) <= 1


@given(histories())
def test_told_twice_is_told_once_X03(facts: list[Fact]):
    doubled = fold([*facts, *facts])
    assert doubled.employments == fold(facts).employments
    assert doubled.memberships == fold(facts).memberships


def test_a_transfer_splits_the_membership_on_its_day_C5b():
    history = fold([
        a_fact(1, Kind.HIRED, 0, department_id="sales", team_id="sales-one"),
        a_fact(2, Kind.CHANGED, 10, department_id="legal"),
    ])  # fmt: skip
    assert [(period.from_date, period.to_date) for period in history.memberships] == [
        (HIRE, HIRE + timedelta(days=10)),
        (HIRE + timedelta(days=10), None),
    ]
    assert dict(history.memberships[1].fields) == {"department_id": "legal"}


def test_a_hire_told_twice_is_one_employment_X03():
    facts = [a_fact(1, Kind.HIRED, 0, level="1"), a_fact(2, Kind.HIRED, 0, level="1")]
    assert len(fold(facts).employments) == 1


def test_a_rescinded_termination_never_was_C5c():
    facts = [a_fact(1, Kind.HIRED, 0), a_fact(2, Kind.TERMINATED, 20), a_fact(3, Kind.RESCINDED, 0)]
    assert fold(facts).employments[0].to_date is None


def test_a_corrected_last_day_replaces_the_first_one_C5c():
    facts = [a_fact(1, Kind.HIRED, 0), a_fact(2, Kind.TERMINATED, 20), a_fact(3, Kind.TERMINATED, 30)]
    assert fold(facts).employments[0].to_date == HIRE + timedelta(days=30)


def test_a_rehire_begins_a_second_period_X03():
    facts = [a_fact(1, Kind.HIRED, 0), a_fact(2, Kind.TERMINATED, 20), a_fact(3, Kind.REHIRED, 40)]
    assert [(period.from_date, period.to_date) for period in fold(facts).employments] == [
        (HIRE, HIRE + timedelta(days=20)),
        (HIRE + timedelta(days=40), None),
    ]


def test_employment_ends_at_midnight_where_the_person_works_C5c():
    history = fold([a_fact(1, Kind.HIRED, 0), a_fact(2, Kind.TERMINATED, 20, time_zone="Asia/Tokyo")])
    assert history.employments[0].ends_at == datetime(2025, 1, 20, 15, tzinfo=UTC)
