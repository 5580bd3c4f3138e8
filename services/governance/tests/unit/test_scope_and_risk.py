"""Scope only narrows; risk is computed and never guessed (G03, G05, G09)."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.risk.domain import Assessment, Risk
from governance.scope.domain import DataClass, Scope, UsageContext, Use, covers, intersect

DEPARTMENTS = (None, "sales", "support")
REGIONS = (None, "eu", "us")
rows = st.builds(
    Scope,
    st.sampled_from(DataClass),
    st.sampled_from(UsageContext),
    st.sampled_from(DEPARTMENTS),
    st.sampled_from(REGIONS),
)
scopes = st.lists(rows, max_size=6).map(tuple)
uses = st.builds(
    Use,
    st.sampled_from(DataClass),
    st.sampled_from(UsageContext),
    st.sampled_from(DEPARTMENTS),
    st.sampled_from(REGIONS),
)
answers = st.builds(Assessment, *[st.sampled_from((None, False, True))] * 5)


@given(scopes, scopes, uses)
def test_an_intersection_allows_exactly_what_both_allow_and_never_more_G03(
    one: tuple[Scope, ...], other: tuple[Scope, ...], use: Use
) -> None:
    assert covers(intersect(one, other), use) == (covers(one, use) and covers(other, use))


@given(scopes, scopes, scopes, uses)
def test_the_order_of_narrowing_does_not_matter_G03(
    one: tuple[Scope, ...], two: tuple[Scope, ...], three: tuple[Scope, ...], use: Use
) -> None:
    left = intersect(intersect(one, two), three)
    right = intersect(one, intersect(three, two))
    assert covers(left, use) == covers(right, use)
    assert covers(intersect(one, one), use) == covers(one, use)


@given(rows, scopes, uses)
def test_another_row_never_takes_anything_away_G05(row: Scope, scope: tuple[Scope, ...], use: Use) -> None:
    assert covers((*scope, row), use) or not covers(scope, use)


def test_a_row_for_one_region_or_department_covers_nobody_elsewhere_or_unknown_G05() -> None:
    row = Scope(DataClass.CLIENT, UsageContext.CLIENT_WORK, "sales", "eu")
    for department, region in product(DEPARTMENTS, REGIONS):
        use = Use(DataClass.CLIENT, UsageContext.CLIENT_WORK, department, region)
        assert row.covers(use) == ((department, region) == ("sales", "eu"))


@given(answers)
def test_what_is_not_answered_is_never_guessed_G09(assessment: Assessment) -> None:
    unknown = assessment.risk() is Risk.TO_BE_DETERMINED
    prohibited = assessment.risk() is Risk.PROHIBITED
    assert prohibited == (assessment.manipulates_or_scores_people is True)
    assert unknown == (bool(assessment.unanswered()) and not prohibited)


@pytest.mark.parametrize(
    ("answered", "risk"),
    [
        ((False, False, False, False, False), Risk.MINIMAL),
        ((False, False, False, True, False), Risk.LIMITED),
        ((False, False, False, False, True), Risk.LIMITED),
        ((False, False, True, False, False), Risk.LIMITED),
        ((False, False, True, True, False), Risk.HIGH),
        ((False, True, False, False, False), Risk.HIGH),
        ((True, None, None, None, None), Risk.PROHIBITED),
    ],
)
def test_the_answers_give_the_class_G09(answered: tuple[bool | None, ...], risk: Risk) -> None:
    assert Assessment(*answered).risk() is risk
