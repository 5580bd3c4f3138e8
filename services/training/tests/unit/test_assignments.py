"""Assignments and their set of reasons (T05)."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.assignments.domain import (
    AlreadyEnded,
    Assignment,
    AssignmentCancelled,
    AssignmentState,
    Origin,
    WaiverEndsInThePast,
)
from training.requirements.domain import OriginKind

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
GONE = "No reason for it is left."

origins = st.builds(
    Origin,
    kind=st.sampled_from(OriginKind),
    ref=st.sampled_from("abc"),
    reason=st.just("Because."),
    due_at=st.integers(1, 60).map(lambda days: NOW + timedelta(days=days)),
)
reasons = st.lists(origins, unique_by=lambda origin: origin.key, max_size=6).map(
    lambda some: {origin.key: origin for origin in some}
)


def an_origin(kind=OriginKind.UNIVERSAL, ref="rule", days=30, paused_at=None):
    return Origin(kind, ref, "Because.", NOW + timedelta(days=days), paused_at)


def an_assignment(*some):
    return Assignment.create(UUID(int=1), "E0001", "universal-fluency", some or (an_origin(),), NOW).after


@given(st.lists(reasons, min_size=1))
def test_an_assignment_is_open_exactly_as_long_as_it_has_a_reason_T05(steps):
    assignment = an_assignment()
    for wanted in steps:
        change = assignment.explained_by(wanted, NOW, GONE)
        if change is None:
            assert {origin.key for origin in assignment.origins} == wanted.keys()
            continue
        assert change.after.version == assignment.version + 1
        assignment = change.after
        assert {origin.key for origin in assignment.origins} == wanted.keys()
        assert (assignment.cancelled_at is not None) == (not wanted)
        if not wanted:
            assert isinstance(change.because, AssignmentCancelled)
            return
        assert assignment.due_at == min(origin.due_at for origin in assignment.origins)


@given(reasons.filter(bool), reasons.filter(bool))
def test_the_same_reasons_in_two_steps_or_one_T05(first, second):
    def after(*steps):
        assignment = an_assignment(*first.values())
        for wanted in steps:
            change = assignment.explained_by(wanted, NOW, GONE)
            assignment = change.after if change else assignment
        return assignment.origins

    both = {**second, **first}
    assert after(both, second) == after(second)


@given(reasons.filter(bool))
def test_being_told_again_changes_nothing_T05(wanted):
    assignment = an_assignment(*wanted.values())
    later = NOW + timedelta(days=1)
    again = {key: an_origin(kind=key[0], ref=key[1], days=99) for key in wanted}
    assert assignment.explained_by(again, later, GONE) is None


@given(st.integers(1, 100), st.integers(0, 100))
def test_a_pause_gives_its_time_back_C4(due, pause):
    assignment = an_assignment(an_origin(days=due))
    key = an_origin().key
    suspended = assignment.explained_by({key: an_origin(paused_at=NOW)}, NOW, GONE).after
    assert suspended.due_at is None
    assert suspended.state(NOW + timedelta(days=1000)) is AssignmentState.PAUSED
    later = NOW + timedelta(days=pause)
    resumed = suspended.explained_by({key: an_origin()}, later, GONE).after
    assert resumed.due_at - later == timedelta(days=due)


@pytest.mark.parametrize(
    ("days", "state"),
    [(0, AssignmentState.ASSIGNED), (29, AssignmentState.ASSIGNED), (30, AssignmentState.OVERDUE)],
)
def test_overdue_follows_from_the_date_T05(days, state):
    assert an_assignment().state(NOW + timedelta(days=days)) is state


def test_states_come_from_facts_in_order_T05():
    assignment = an_assignment()
    started = assignment.start(NOW).after
    assert started.state(NOW) is AssignmentState.IN_PROGRESS
    assert started.start(NOW) is None
    satisfied = started.satisfy(NOW + timedelta(days=365), NOW).after
    assert satisfied.state(NOW + timedelta(days=364)) is AssignmentState.SATISFIED
    assert satisfied.due_at == NOW + timedelta(days=365)
    assert satisfied.state(NOW + timedelta(days=365)) is AssignmentState.OVERDUE
    assert satisfied.satisfy(NOW + timedelta(days=365), NOW) is None
    reopened = satisfied.reopen(NOW + timedelta(days=44)).after
    assert reopened.due_at == NOW + timedelta(days=44)
    assert reopened.state(NOW) is AssignmentState.ASSIGNED
    assert reopened.reopen(NOW) is None
    forever = started.satisfy(None, NOW).after
    assert forever.state(NOW + timedelta(days=9999)) is AssignmentState.SATISFIED


def test_a_waiver_ends_and_cannot_begin_in_the_past_or_after_the_end_T06():
    assignment = an_assignment()
    waived = assignment.waive(NOW + timedelta(days=40), "Parental leave", "E9000", NOW).after
    assert waived.state(NOW + timedelta(days=39)) is AssignmentState.WAIVED
    assert waived.state(NOW + timedelta(days=40)) is AssignmentState.OVERDUE
    with pytest.raises(WaiverEndsInThePast, match="still to come"):
        assignment.waive(NOW, "Late", "E9000", NOW)
    with pytest.raises(AlreadyEnded):
        assignment.cancel(GONE, NOW).after.waive(NOW + timedelta(days=1), "Late", "E9000", NOW)


def test_reasons_are_a_set_whatever_their_order_T05():
    some = [an_origin(), an_origin(OriginKind.TOOL_CONDITION, "request", 10), an_origin(ref="b", days=20)]
    assert len({an_assignment(*order).ordered for order in permutations(some)}) == 1
