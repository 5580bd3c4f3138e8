"""Where a person is counted, and why not."""

from __future__ import annotations

from datetime import date

import pytest

from metrics.people.domain import Place, Standing, reporting_group

SINCE = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("place", "standing"),
    [
        (Place("sales", SINCE, employed_before=False, employed_on=True, on_leave=False), Standing.AT_WORK),
        (Place("sales", SINCE, employed_before=False, employed_on=True, on_leave=True), Standing.ON_LEAVE),
        (Place(None, SINCE, employed_before=False, employed_on=True, on_leave=False), Standing.NO_DEPARTMENT),
        (Place("sales", SINCE, employed_before=True, employed_on=False, on_leave=False), Standing.LEFT),
        (Place("sales", SINCE, employed_before=False, employed_on=False, on_leave=False), Standing.NOT_STARTED),
    ],
)
def test_only_people_employed_at_work_and_in_a_department_are_counted_M04(place, standing):
    group = reporting_group(place)

    assert group.standing is standing
    assert group.counted is (standing is Standing.AT_WORK)
