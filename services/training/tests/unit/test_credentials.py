"""Periods of certification (T10, T12)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from training.courses.domain import CurriculumTier, OutOfRange
from training.credential_types.domain import CredentialType, Terms
from training.credentials.domain import (
    CredentialStatus,
    Pass,
    Period,
    RevocationKind,
    Window,
    certify,
    covered_until,
    held,
    standing,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
COURSES = frozenset({"UF-1", "UF-2"})
PRIORITY = [
    CredentialStatus.REVOKED, CredentialStatus.CERTIFIED, CredentialStatus.IN_GRACE, CredentialStatus.EXPIRED,
    CredentialStatus.FAILED, CredentialStatus.OVERDUE, CredentialStatus.FUTURE, CredentialStatus.PENDING,
]  # fmt: skip


def a_type(validity=365, window=30, grace=14):
    terms = Terms(validity, window if validity else 0, grace)
    return CredentialType("universal-fluency", "Fluency", CurriculumTier.UNIVERSAL, "fluency", terms, 1)


def some_passes(*days, course=None):
    return [
        Pass(uuid4(), code, NOW + timedelta(days=day)) for day in days for code in ([course] if course else COURSES)
    ]


def certified(kind, passes, history=()):
    change = certify(
        uuid4(), employee_id="E0001", credential_type=kind, mandatory=COURSES, passes=passes, history=list(history)
    )
    return change.after if change else None


moments = st.none() | st.integers(-500, 500).map(lambda days: NOW + timedelta(days=days))


@st.composite
def periods(draw):
    window = Window(draw(moments), draw(moments), draw(moments))
    certified_at = draw(moments)
    valid_until = draw(moments) if certified_at else None
    grace_until = valid_until + timedelta(days=draw(st.integers(0, 90))) if valid_until else None
    return Period(
        UUID(int=1), "E0001", "x", window, certified_at, certified_at, valid_until, grace_until,
        draw(moments), RevocationKind.BY_DECISION,
    )  # fmt: skip


def applies(status, period, now):
    """What each status means, without regard to the others."""
    certified, until, grace = period.certified_at is not None, period.valid_until, period.grace_until
    return {
        CredentialStatus.REVOKED: period.revoked_at is not None,
        CredentialStatus.CERTIFIED: certified and (until is None or until > now),
        CredentialStatus.IN_GRACE: certified and until is not None and until <= now < grace,
        CredentialStatus.EXPIRED: certified and until is not None and grace <= now,
        CredentialStatus.FAILED: not certified and period.window.end is not None and period.window.end <= now,
        CredentialStatus.OVERDUE: not certified and period.window.due is not None and period.window.due <= now,
        CredentialStatus.FUTURE: not certified and period.window.start is not None and period.window.start > now,
        CredentialStatus.PENDING: not certified,
    }[status]


@given(periods(), st.integers(-600, 600))
def test_the_status_is_the_first_that_applies_by_priority_T10(period, day):
    now = NOW + timedelta(days=day)
    assert period.status(now) is next(status for status in PRIORITY if applies(status, period, now))


@given(st.integers(1, 1000), st.integers(0, 999), st.lists(st.integers(0, 2000), min_size=1, max_size=8))
def test_renewing_loses_no_day_and_periods_never_overlap_T12(validity, window, days):
    kind = a_type(validity, min(window, validity))
    history, passes = [], []
    for day in sorted(days):
        passes += some_passes(day)
        while period := certified(kind, passes, history):
            if history and history[-1].valid_until > period.certified_at:
                assert period.valid_from == history[-1].valid_until
            else:
                assert period.valid_from == period.certified_at
            assert period.valid_until - period.valid_from == timedelta(days=validity)
            history.append(period)
    for before, after in pairwise(history):
        assert before.valid_until <= after.valid_from
    used = [attempt for period in history for attempt in period.evidence]
    assert len(used) == len(set(used))


@given(st.permutations(some_passes(0, 1, 5)))
def test_the_order_in_which_passes_are_told_does_not_matter_T10(passes):
    assert certified(a_type(), passes).valid_from == NOW


def test_every_mandatory_course_must_be_passed_T10():
    assert certified(a_type(), some_passes(0, course="UF-1")) is None
    assert certified(a_type(), some_passes(0, course="UF-1") + some_passes(0, course="UF-3")) is None
    period = certified(a_type(), some_passes(0, course="UF-1") + some_passes(3, course="UF-2"))
    assert period.certified_at == NOW + timedelta(days=3)


def test_early_renewal_opens_with_the_window_T12():
    first = certified(a_type(), some_passes(0))
    assert certified(a_type(), some_passes(334), [first]) is None
    second = certified(a_type(), some_passes(335), [first])
    assert second.valid_from == first.valid_until
    assert covered_until([first, second], NOW) == (True, NOW + timedelta(days=730))
    assert held([first, second], NOW) == first


def test_what_holds_for_ever_is_never_renewed_T12():
    forever = certified(a_type(None), some_passes(0))
    assert forever.valid_until is None
    assert certified(a_type(None), some_passes(5000), [forever]) is None
    assert covered_until([forever], NOW + timedelta(days=9999)) == (True, None)


@given(st.sampled_from(RevocationKind), st.integers(0, 100))
def test_a_decision_voids_the_work_voided_evidence_only_itself_T10(kind, day):
    passes = some_passes(0)
    period = certified(a_type(), passes)
    revoked = period.revoke(kind, "Because.", NOW + timedelta(days=day)).after
    again = certified(a_type(), passes, [revoked])
    assert (again is not None) == (kind is RevocationKind.EVIDENCE_VOIDED)
    assert certified(a_type(), some_passes(day), [revoked]) is not None


@given(st.integers(0, 400), st.integers(0, 400))
def test_covered_is_the_same_as_holding_T10(day, gap):
    assume(gap != 0)
    kind = a_type(100, 0, 0)
    first = certified(kind, some_passes(0))
    second = certified(kind, some_passes(100 + gap), [first])
    now = NOW + timedelta(days=day)
    assert covered_until([first, second], now)[0] == (held([first, second], now) is not None)


def test_without_a_period_the_assignment_is_the_window_T10():
    due = NOW + timedelta(days=30)
    assert standing([], NOW, due, NOW) is CredentialStatus.PENDING
    assert standing([], NOW, due, due) is CredentialStatus.OVERDUE
    assert standing([], NOW, None, due) is CredentialStatus.PENDING


@pytest.mark.parametrize("terms", [(0, 0, 0), (10, 11, 0), (None, 1, 0), (10, 0, -1), (10, 0, 400)])
def test_terms_make_sense_T12(terms):
    with pytest.raises(OutOfRange):
        Terms(*terms)
