"""Tasks out of incidents: who completes them, and that each is done once (C9)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.domain import NotEntitled
from chassis.tasks.domain import CorrectiveTask, CorrectiveTaskDone, Officers, OutcomeMissing, must_complete

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OFFICERS = Officers(frozenset({"ai_steward", "curriculum_owner"}), "an AI steward or a curriculum owner")
TASK = CorrectiveTask(UUID(int=1), UUID(int=2), "Mask the names", "E0101", "sales", date(2026, 3, 16))
SOME_ROLES = st.frozensets(st.sampled_from(["employee", "department_leader", "ai_steward", "curriculum_owner", "sre"]))


@given(st.sampled_from(["E0101", "E0102"]), SOME_ROLES, st.sampled_from(["sales", "legal", None]))
def test_the_owner_the_leader_of_the_department_and_officers_complete_a_task_C9(
    by: str, roles: frozenset[str], department: str | None
) -> None:
    may = by == "E0101" or (department == "sales" and "department_leader" in roles) or bool(roles & OFFICERS.roles)
    if may:
        must_complete(TASK, by, roles, department, OFFICERS)
    else:
        with pytest.raises(NotEntitled, match=f"E0101.*{OFFICERS.called}"):
            must_complete(TASK, by, roles, department, OFFICERS)


def test_a_leader_without_a_department_leads_no_task_without_one_C9() -> None:
    nowhere = CorrectiveTask(TASK.id, TASK.incident_id, "Mask the names", "E0101", None, TASK.due_on)
    with pytest.raises(NotEntitled):
        must_complete(nowhere, "E0102", frozenset({"department_leader"}), None, OFFICERS)


def test_a_task_is_done_once_and_in_words_C9() -> None:
    with pytest.raises(OutcomeMissing):
        TASK.complete("E0101", " ", NOW)
    change = TASK.complete("E0101", " masked ", NOW)
    assert (change.after.outcome, change.after.version, change.because.outcome) == ("masked", 1, "masked")
    with pytest.raises(CorrectiveTaskDone):
        change.after.complete("E0102", "again", NOW)
