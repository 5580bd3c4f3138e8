"""What a review recommends, whom it asks and what silence means (G13, G21, C14)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from governance.reviews.domain import (
    Candidate,
    ClosesTooSoon,
    DecidedBefore,
    Decision,
    Item,
    NothingToReview,
    OnSilence,
    OwnAccess,
    Review,
    Reviewers,
    ReviewTooWide,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def a_candidate(**differently: Any) -> Candidate:
    known = {
        "grant_id": UUID(int=1), "employee_id": "E0011", "tool_id": UUID(int=2), "granted_at": NOW - timedelta(days=90),
        "last_used_on": None, "manager_id": "E0010", "owner_id": "E0004", "tool_name": "Draft", **differently,
    }  # fmt: skip
    return Candidate(**known)


def a_review(reviewers: Reviewers) -> Review:
    return Review.open(
        UUID(int=4), tool_id=None, department_id=None, inactive_days=None, default_on_silence=OnSilence.KEEP, by="E0020",
        closes_at=NOW + timedelta(days=7), items=1, now=NOW, reviewers=reviewers,
    ).after  # fmt: skip


def an_item(reviewers: Reviewers = Reviewers.LINE_MANAGER, **differently: Any) -> Item:
    return Item.of(UUID(int=3), a_review(reviewers), a_candidate(**differently), NOW.date(), 30)


@pytest.mark.parametrize(
    ("last_used_on", "expected", "because"),
    [
        (None, Decision.REVOKE, "not used in the 90 days since it was granted"),
        (date(2026, 1, 31), Decision.REVOKE, "not used for 30 days"),
        (date(2026, 2, 1), Decision.KEEP, "last used on 2026-02-01"),
    ],
)
def test_what_is_not_used_is_recommended_to_end_G21(last_used_on: Any, expected: Decision, because: str) -> None:
    item = an_item(last_used_on=last_used_on)
    assert (item.recommendation, item.because) == (expected, because)


@pytest.mark.parametrize(
    ("people", "reviewer"),
    [({}, "E0010"), ({"manager_id": None}, "E0004"), ({"manager_id": None, "owner_id": "E0011"}, None)],
)
def test_nobody_is_asked_about_access_of_their_own_G13(people: dict[str, Any], reviewer: str | None) -> None:
    item = an_item(**people)
    assert item.reviewer_id == reviewer
    with pytest.raises(OwnAccess):
        item.decide(Decision.KEEP, "E0011", None, NOW)


@pytest.mark.parametrize(
    ("people", "reviewer"), [({}, "E0004"), ({"owner_id": None}, "E0010"), ({"owner_id": "E0011"}, "E0010")]
)
def test_the_owner_may_be_asked_first_G21(people: dict[str, Any], reviewer: str) -> None:
    assert an_item(Reviewers.TOOL_OWNER, **people).reviewer_id == reviewer


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        (OnSilence.KEEP, Decision.KEEP),
        (OnSilence.REVOKE, Decision.REVOKE),
        (OnSilence.RECOMMENDATION, Decision.REVOKE),
    ],
)
def test_silence_is_what_the_review_says_G21(default: OnSilence, expected: Decision) -> None:
    after = an_item().default(default, NOW).after
    assert (after.decision, after.silent, after.decided_by) == (expected, True, None)
    with pytest.raises(DecidedBefore):
        after.decide(Decision.KEEP, "E0010", None, NOW)


@pytest.mark.parametrize(
    ("days", "items", "refusal"),
    [(0, 1, ClosesTooSoon), (91, 1, ClosesTooSoon), (7, 0, NothingToReview), (7, 10_001, ReviewTooWide)],
)
def test_a_review_has_something_to_look_at_and_an_end_G21(days: int, items: int, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        Review.open(
            UUID(int=4), tool_id=None, department_id=None, inactive_days=None, default_on_silence=OnSilence.KEEP,
            by="E0020", closes_at=NOW + timedelta(days=days), items=items, now=NOW,
        )  # fmt: skip
