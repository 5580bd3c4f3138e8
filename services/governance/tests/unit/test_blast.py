"""Whom a suspension affects, without telling of too few (X09, M18)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from governance.impact.domain import SMALLEST_GROUP, shown, suppressed


@given(st.dictionaries(st.sampled_from([None, *"abcdefgh"]), st.integers(1, 40)))
def test_no_department_of_fewer_than_five_is_found_by_subtraction_M18(counts: dict[str | None, int]):
    hidden = suppressed(counts)
    assert all(counts[department] >= SMALLEST_GROUP for department in counts if department not in hidden)
    if hidden and shown(sum(counts.values())) is not None:
        together = sum(counts[department] for department in hidden)
        assert len(hidden) == len(counts) or (len(hidden) > 1 and together >= SMALLEST_GROUP)


def test_a_single_small_department_is_not_shown_and_neither_is_the_total_M18():
    assert suppressed({"sales": 3}) == {"sales"}
    assert shown(3) is None
    assert shown(0) == 0
    assert suppressed({"sales": 3, "it": 9, "hr": 7}) == {"sales", "hr"}
    assert suppressed({"it": 9, "hr": 7}) == set()
