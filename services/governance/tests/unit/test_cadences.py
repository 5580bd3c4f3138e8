"""Reviews by the calendar: what is missed stays missed (L06, L09, C11)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from chassis.database import new_id
from governance.cadences.domain import (
    ActionWithoutFuture,
    AlreadyHeld,
    CadenceHeld,
    CadenceKind,
    FiguresMissing,
    FindingsMissing,
    NoSuchAction,
    Occurrence,
    Pillar,
    PlannedAction,
    ReviewStatus,
    Snapshot,
    next_due,
    period,
)

MONTHLY, QUARTERLY = CadenceKind.MONTHLY_METRICS_REVIEW, CadenceKind.QUARTERLY_REVIEW
DUE = datetime(2026, 4, 1, tzinfo=UTC)
FIGURES = Snapshot(new_id(), "abc", date(2026, 3, 31), None)
ACTION = PlannedAction("Refresh the course", Pillar.TRAINING, "E0004", date(2026, 5, 1))


def due(kind: CadenceKind = MONTHLY) -> Occurrence:
    return Occurrence.falls_due(new_id(), kind, DUE, agenda=(), sponsor_id="E0001").after


def pinned() -> Occurrence:
    change = due().pin(FIGURES)
    assert change is not None
    return change.after


@pytest.mark.parametrize(
    ("kind", "after", "expected", "about"),
    [
        (MONTHLY, datetime(2026, 3, 31, 23, 59, tzinfo=UTC), DUE, "2026-03"),
        (MONTHLY, DUE, datetime(2026, 5, 1, tzinfo=UTC), "2026-04"),
        (MONTHLY, datetime(2026, 12, 5, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), "2026-12"),
        (QUARTERLY, datetime(2026, 2, 3, tzinfo=UTC), DUE, "2026-Q1"),
        (QUARTERLY, datetime(2026, 11, 24, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), "2026-Q4"),
    ],
)
def test_the_calendar_L09(kind: CadenceKind, after: datetime, expected: datetime, about: str):
    assert next_due(kind, after) == expected
    assert period(kind, expected) == about


def test_a_review_ends_with_findings_on_pinned_figures_L06():
    with pytest.raises(FiguresMissing, match="2026-03"):
        due().hold(by="E0001", findings=["fine"], actions=[], now=DUE)
    with pytest.raises(FindingsMissing):
        pinned().hold(by="E0001", findings=[" "], actions=[], now=DUE)
    with pytest.raises(ActionWithoutFuture):
        pinned().hold(by="E0001", findings=["fine"], actions=[ACTION], now=DUE + timedelta(days=60))
    change = pinned().hold(by="E0001", findings=["fine"], actions=[ACTION], now=DUE)
    assert change.after.status is ReviewStatus.HELD
    assert isinstance(change.because, CadenceHeld)
    assert (change.because.snapshot_id, change.because.late) == (FIGURES.id, False)
    with pytest.raises(AlreadyHeld):
        change.after.hold(by="E0001", findings=["again"], actions=[], now=DUE)
    closed = change.after.close_action(1, outcome="done", by="E0004", now=DUE).after
    assert closed.actions[0].outcome == "done"
    with pytest.raises(NoSuchAction):
        closed.close_action(1, outcome="done", by="E0004", now=DUE)
    assert due(QUARTERLY).hold(by="E0001", findings=["fine"], actions=[], now=DUE).after.status is ReviewStatus.HELD


def test_the_first_figures_stay_C11():
    assert pinned().pin(Snapshot(new_id(), "other", date(2026, 3, 31), True)) is None


def test_what_is_missed_stays_missed_C11():
    late = DUE + timedelta(days=7)
    assert pinned().miss(late - timedelta(seconds=1), sponsor_id=None, escalated_to=()) is None
    change = pinned().miss(late, sponsor_id="E0001", escalated_to=("E0002",))
    assert change is not None
    assert change.after.status is ReviewStatus.MISSED
    assert change.after.miss(late, sponsor_id="E0001", escalated_to=()) is None
    held = change.after.hold(by="E0001", findings=["fine"], actions=[], now=late).after
    assert (held.status, held.missed_at) == (ReviewStatus.HELD_LATE, late)
    before_the_handler_ran = pinned().hold(by="E0001", findings=["fine"], actions=[], now=late).after
    assert before_the_handler_ran.status is ReviewStatus.HELD_LATE
    assert before_the_handler_ran.miss(late, sponsor_id=None, escalated_to=()) is None
