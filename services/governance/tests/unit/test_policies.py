"""The rules of a policy's life: review by others, publication, dates, tiers (G13, G14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.departments.domain import GuardrailViolation
from governance.drafts.domain import (
    DraftInWrongState,
    DraftStatus,
    PolicyDraft,
    ReasonForReturnMissing,
    ReviewersMissing,
    ReviewsOwnPolicy,
)
from governance.policies.domain import EditionStatus, NothingChanged, Policy, PolicyIsWithdrawn
from governance.policies.terms import (
    Audience,
    BadAcknowledgementTime,
    BadPolicyCode,
    BadReviewDate,
    BadValidity,
    ChangeClass,
    PolicyKind,
    PolicyTextMissing,
    Terms,
    only_adds,
)

ID = UUID("0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b10")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
TERMS = Terms("Use", "Be kind.", ChangeClass.MAJOR, date(2027, 3, 1))
OWNER, AUTHOR, FIRST, SECOND = "E0004", "E0021", "E0020", "E0010"


def a_draft(terms: Terms = TERMS, code: str = "acceptable-use") -> PolicyDraft:
    return PolicyDraft.begin(
        ID, code, PolicyKind.ACCEPTABLE_USE, terms, department_id=None, owner_id=OWNER, author_id=AUTHOR, now=NOW
    ).after


def a_policy(terms: Terms = TERMS) -> Policy:
    return Policy.publish(
        ID, "acceptable-use", PolicyKind.ACCEPTABLE_USE, terms, department_id=None, owner_id=OWNER, by=AUTHOR,
        reviewed_by=(FIRST,), now=NOW,
    ).after  # fmt: skip


def revised(policy: Policy, now: datetime = NOW, **differently: object) -> Policy:
    terms = replace(TERMS, **differently)  # type: ignore[arg-type]
    return policy.revise(terms, owner_id=OWNER, by=AUTHOR, reviewed_by=(FIRST,), now=now).after


def test_a_draft_is_approved_by_all_of_its_reviewers_and_none_is_owner_or_author_G13_G14() -> None:
    draft = a_draft()
    with pytest.raises(ReviewersMissing):
        draft.submit([])
    for own in (OWNER, AUTHOR):
        with pytest.raises(ReviewsOwnPolicy):
            draft.submit([FIRST, own])
    asked = draft.submit([FIRST, SECOND, FIRST]).after
    assert asked.reviewers == (FIRST, SECOND)
    half = asked.approve(SECOND)
    assert (half.after.status, half.because.complete) == (DraftStatus.IN_REVIEW, False)
    with pytest.raises(DraftInWrongState):
        half.after.published_as(1)
    whole = half.after.approve(FIRST)
    assert (whole.after.status, whole.because.complete) == (DraftStatus.APPROVED, True)
    assert whole.after.published_as(1).after.number == 1


def test_what_was_approved_is_what_is_published_G14() -> None:
    approved = a_draft().submit([FIRST]).after.approve(FIRST).after
    changed = approved.revise(replace(TERMS, content="Be rude."), by=AUTHOR, owner_id=OWNER, today=NOW.date()).after
    assert (changed.status, changed.approved_by, changed.reviewers) == (DraftStatus.DRAFT, (), ())
    with pytest.raises(DraftInWrongState):
        changed.published_as(1)
    with pytest.raises(DraftInWrongState):
        approved.published_as(1).after.revise(TERMS, by=AUTHOR, owner_id=OWNER, today=NOW.date())
    asked = a_draft().submit([FIRST, SECOND]).after.approve(FIRST).after
    with pytest.raises(ReasonForReturnMissing):
        asked.send_back(SECOND, " ")
    back = asked.send_back(SECOND, "too long").after
    assert (back.status, back.approved_by, back.returned_because) == (DraftStatus.DRAFT, (), "too long")


@given(st.lists(st.sampled_from(["submit", "approve first", "approve second", "return", "revise", "withdraw"])))
def test_no_way_leads_to_publication_without_the_approval_of_every_reviewer_G14(steps: list[str]) -> None:
    draft, approved = a_draft(), set[str]()
    for number, step in enumerate(steps):
        before = draft
        try:
            if step == "submit":
                draft, approved = draft.submit([FIRST, SECOND]).after, set()
            elif step == "return":
                draft, approved = draft.send_back(FIRST, "no").after, set()
            elif step == "revise":
                terms = replace(TERMS, content=f"Text {number}.")
                draft, approved = draft.revise(terms, by=AUTHOR, owner_id=OWNER, today=NOW.date()).after, set()
            elif step == "withdraw":
                draft = draft.withdraw("no").after
            else:
                who = FIRST if step == "approve first" else SECOND
                draft = draft.approve(who).after
                approved.add(who)
        except DraftInWrongState:
            assert draft == before
        assert draft.version >= before.version
        if draft.status is DraftStatus.APPROVED:
            assert approved == {FIRST, SECOND}


def test_a_version_is_fixed_by_its_text_G14() -> None:
    first = a_policy()
    with pytest.raises(NothingChanged):
        revised(first)
    second = revised(first, content="Be kinder.", change_class=ChangeClass.MINOR)
    assert [edition.number for edition in second.editions] == [1, 2]
    assert second.editions[0] == first.newest
    assert second.asked == first.newest


def test_a_version_holds_from_its_date_on_and_then_takes_the_place_of_the_one_before_G14() -> None:
    policy = revised(a_policy(), content="Be kinder.", effective_from=NOW + 30 * DAY)
    assert policy.newest.acknowledge_by == NOW + 44 * DAY
    assert policy.holding(NOW).number == 1
    assert policy.holding(NOW + 30 * DAY).number == 2
    later = NOW + 31 * DAY
    assert [policy.status_of(n, NOW) for n in (1, 2)] == [EditionStatus.PUBLISHED, EditionStatus.PUBLISHED]
    assert [policy.status_of(n, later) for n in (1, 2)] == [EditionStatus.SUPERSEDED, EditionStatus.PUBLISHED]
    earlier = revised(policy, content="Be kindest.", effective_from=NOW + DAY)
    assert earlier.newest.holds_from == NOW + 30 * DAY
    withdrawn = policy.withdraw("a law took its place", later).after
    assert [withdrawn.status_of(n, later) for n in (1, 2)] == [EditionStatus.SUPERSEDED, EditionStatus.WITHDRAWN]
    with pytest.raises(PolicyIsWithdrawn):
        revised(withdrawn, content="Again.")


def test_a_policy_is_stale_from_its_review_date_on_until_somebody_looks_G14() -> None:
    policy = a_policy()
    assert policy.review_came(date(2027, 2, 28)) is None
    came = policy.review_came(date(2027, 3, 1))
    assert came is not None
    assert came.because.owner_id == OWNER
    with pytest.raises(BadReviewDate):
        policy.confirm(date(2029, 1, 1), date(2027, 3, 1))
    confirmed = policy.confirm(date(2028, 2, 1), date(2027, 3, 1)).after
    assert not confirmed.is_stale(date(2027, 3, 1))


@pytest.mark.parametrize(
    ("terms", "error"),
    [
        (replace(TERMS, content=" "), PolicyTextMissing),
        (replace(TERMS, acknowledge_within_days=-1), BadAcknowledgementTime),
        (replace(TERMS, valid_for_days=0), BadValidity),
        (replace(TERMS, review_by=NOW.date()), BadReviewDate),
    ],
)
def test_terms_that_cannot_hold_are_refused_G14(terms: Terms, error: type[Exception]) -> None:
    with pytest.raises(error):
        a_draft(terms)
    with pytest.raises(BadPolicyCode):
        a_draft(code="Acceptable Use")


def test_a_departments_policy_adds_and_is_never_looser_G14() -> None:
    above = [("acceptable-use", replace(TERMS, acknowledge_within_days=14, valid_for_days=365))]
    ours = replace(TERMS, audience=Audience(("sales",)), acknowledge_within_days=7, valid_for_days=365)
    only_adds(ours, "sales", above)
    for looser in (
        replace(ours, audience=Audience(("sales", "legal"))),
        replace(ours, audience=Audience()),
        replace(ours, acknowledge_within_days=15),
        replace(ours, valid_for_days=366),
        replace(ours, valid_for_days=None),
    ):
        with pytest.raises(GuardrailViolation):
            only_adds(looser, "sales", above)
    with pytest.raises(GuardrailViolation):
        a_policy().must_accept(PolicyKind.ACCEPTABLE_USE, "sales", "Ours.")
