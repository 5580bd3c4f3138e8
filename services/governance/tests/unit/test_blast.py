"""Whom a suspension affects, without telling of too few (X09, M18)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from governance.blast.domain import SMALLEST_GROUP, by_department, shown


@given(st.dictionaries(st.sampled_from([None, *"abcdefgh"]), st.integers(1, 40)))
def test_no_department_of_fewer_than_five_is_found_by_subtraction_M18(counts: dict[str | None, int]):
    found = by_department(counts)
    assert {each.department_id for each in found} == set(counts)
    hidden = [counts[each.department_id] for each in found if each.people is None]
    assert all(each.people is None or each.people == counts[each.department_id] >= SMALLEST_GROUP for each in found)
    if hidden and shown(sum(counts.values())) is not None:
        assert len(hidden) == len(counts) or (len(hidden) > 1 and sum(hidden) >= SMALLEST_GROUP)


def test_a_single_small_department_is_not_shown_and_neither_is_the_total_M18():
    assert [each.people for each in by_department({"sales": 3})] == [None]
    assert shown(3) is None
    assert shown(0) == 0
    assert [each.people for each in by_department({"sales": 3, "it": 9, "hr": 7})] == [9, None, None]
    assert [each.people for each in by_department({"it": 9, "hr": 7})] == [9, 7]
