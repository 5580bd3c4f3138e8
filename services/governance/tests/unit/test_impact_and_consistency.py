"""What a decision would reach, and where departments differ (G33, X09)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.consistency.domain import NEXT_STEPS, Department, Finding, FindingKind, Inconsistency
from governance.impact.domain import Group, outside
from governance.scope.domain import DataClass, Scope, UsageContext, covers

groups = st.lists(
    st.builds(
        Group,
        st.sampled_from((DataClass.CLIENT, DataClass.PUBLIC)),
        st.sampled_from((UsageContext.CLIENT_WORK, UsageContext.INTERNAL)),
        st.sampled_from((None, "eu")),
        st.sampled_from((None, "sales", "support")),
        st.integers(1, 9),
    ),
    max_size=6,
)
rows = st.lists(
    st.builds(
        Scope,
        st.sampled_from((DataClass.CLIENT, DataClass.PUBLIC)),
        st.sampled_from((UsageContext.CLIENT_WORK, UsageContext.INTERNAL)),
        st.sampled_from((None, "sales")),
        st.sampled_from((None, "eu")),
    ),
    max_size=4,
)


@given(groups, rows, rows)
def test_a_cut_reaches_what_it_does_not_cover_and_a_wider_rest_never_reaches_more_X09(
    found: list[Group], remaining: list[Scope], more: list[Scope]
) -> None:
    reached = outside(found, remaining)
    assert all(covers(remaining, group.use) for group in found if group not in reached)
    assert set(outside(found, [*remaining, *more])) <= set(reached) <= set(outside(found, None)) == set(found)


def a_department(**differently: Any) -> Department:
    known = {
        "department_id": "sales", "people": 9, "active": 3, "granted": 4, "use_cases": 1, "standards": 1,
        "restrictions": 0, "past_half": 0, "teams": 2, "teams_with_prompts": 2, **differently,
    }  # fmt: skip
    return Department(**known)


@pytest.mark.parametrize(
    ("differently", "expected"),
    [
        ({}, ()),
        ({"active": 0}, (Inconsistency.ZERO_USE,)),
        ({"active": 0, "people": 4}, ()),
        ({"active": 0, "restrictions": 1}, (Inconsistency.RESTRICTS,)),
        ({"restrictions": 1, "past_half": 1}, (Inconsistency.RESTRICTS, Inconsistency.RESTRICTION_UNLOOKED)),
        ({"use_cases": 0, "standards": 0}, (Inconsistency.NO_USE_CASE, Inconsistency.NO_STANDARD)),
        ({"teams_with_prompts": 1}, (Inconsistency.TEAMS_WITHOUT_PROMPTS,)),
    ],
)
def test_what_is_different_in_a_department_is_named_G33(
    differently: dict[str, Any], expected: tuple[Inconsistency, ...]
) -> None:
    assert a_department(**differently).inconsistencies() == expected


def test_the_use_of_fewer_than_five_people_is_not_shown_G33() -> None:
    assert a_department(people=4).shown_active is None
    assert a_department(people=5).shown_active == 3


def test_every_finding_says_who_can_mend_it_G33() -> None:
    assert set(NEXT_STEPS) == set(FindingKind)
    assert all(Finding(kind, "1", "x").next_step.endswith(".") for kind in FindingKind)
