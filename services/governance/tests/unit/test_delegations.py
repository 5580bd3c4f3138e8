"""What may be delegated, and for how long (G01, G02)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from governance.delegations.domain import (
    BadDelegationTime,
    DelegatedToOneself,
    Delegation,
    DelegationEnded,
    DelegationReasonMissing,
    NotDelegable,
)
from governance.rights.domain import MATRIX, DecisionType

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def given(kind: DecisionType = DecisionType.RESTRICT_TOOL, **differently: Any) -> Delegation:
    terms = {"department_id": "sales", "from_at": NOW, "until_at": NOW + 14 * DAY, "reason": "leave", "now": NOW}
    to_id = differently.pop("to_id", "E0011")
    return Delegation.give(UUID(int=1), MATRIX[kind], "E0010", to_id, **{**terms, **differently}).after  # type: ignore[arg-type]


def test_a_vote_and_what_is_ones_own_is_not_delegated_G02() -> None:
    for kind in (DecisionType.CAST_VOTE, DecisionType.APPROVE_TOOL, DecisionType.REQUEST_ACCESS):
        with pytest.raises(NotDelegable):
            given(kind)
    assert {kind for kind in DecisionType if MATRIX[kind].delegable} >= {
        DecisionType.SUSPEND_TOOL, DecisionType.RESTRICT_TOOL, DecisionType.PUBLISH_POLICY,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({"until_at": NOW}, BadDelegationTime),
        ({"until_at": NOW + 93 * DAY}, BadDelegationTime),
        ({"from_at": NOW - 9 * DAY, "until_at": NOW - DAY}, BadDelegationTime),
        ({"to_id": "E0010"}, DelegatedToOneself),
        ({"reason": " "}, DelegationReasonMissing),
    ],
)
def test_a_delegation_has_a_reason_and_an_end_G01(terms: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        given(**terms)


def test_it_holds_between_its_dates_and_until_it_is_withdrawn_G01() -> None:
    delegation = given(from_at=NOW + DAY, until_at=NOW + 3 * DAY)
    assert [delegation.holds(NOW + n * DAY) for n in range(4)] == [False, True, True, False]
    ended = delegation.withdraw("back", NOW + 2 * DAY).after
    assert not ended.holds(NOW + 2 * DAY)
    with pytest.raises(DelegationEnded):
        ended.withdraw("again", NOW)
