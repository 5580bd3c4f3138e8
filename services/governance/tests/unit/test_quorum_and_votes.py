"""Quorum, pass rules and the life of a motion (G10, G11, G13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.committee.domain import Committee, NoSponsor, PassRule, Quorum, QuorumKind, QuorumOutOfRange
from governance.motions.domain import (
    Choice,
    ClosesInThePast,
    Motion,
    MotionAboutSomethingElse,
    MotionIsClosed,
    MotionNotPassed,
    NotAVoter,
    NotByMotion,
    Outcome,
    Recusal,
    Recused,
    Tally,
    TermsDiffer,
    Vote,
    VotesMissing,
    VoteTooLate,
    tally,
)
from governance.rights.domain import DecisionType
from governance.scope.domain import NO_CONDITIONS, Approval, Conditions, DataClass, Scope, Terms, UsageContext

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=5)
ID = UUID("0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b10")
PEOPLE = tuple(f"E{n:04}" for n in range(1, 13))
people = st.sets(st.sampled_from(PEOPLE))
votes = st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(Choice)).map(
    lambda cast: tuple(Vote(who, choice, NOW) for who, choice in cast.items())
)
quorums = st.one_of(
    st.integers(1, 12).map(lambda n: Quorum(QuorumKind.COUNT, str(n))),
    st.fractions(min_value=Fraction(1, 100), max_value=1).map(lambda f: Quorum(QuorumKind.FRACTION, str(f))),
)


def count(
    cast: tuple[Vote, ...],
    eligible: set[str],
    *,
    quorum: Quorum,
    rule: PassRule = PassRule.SIMPLE,
    chair: str | None = None,
    casting: bool = False,
) -> Tally:
    return tally(
        cast, eligible=frozenset(eligible), chair_id=chair, quorum=quorum, pass_rule=rule, chair_casting_vote=casting
    )


def a_committee(
    *voters: str, quorum: str = "1/2", rule: PassRule = PassRule.SIMPLE, casting: bool = False
) -> Committee:
    return Committee.establish(
        ID, "AI governance", sponsor_id=voters[0], members=[(voter, True) for voter in voters[1:]],
        quorum=Quorum(QuorumKind.FRACTION, quorum), pass_rule=rule, chair_casting_vote=casting, now=NOW,
    ).after  # fmt: skip


def a_motion(committee: Committee, *recused: str) -> Motion:
    return Motion.open(
        ID, committee, decision_type=DecisionType.APPROVE_TOOL, subject_kind="tool", subject_id="T", title="Approve T", terms=None,
        proposer_id="E0020", closes_at=LATER, recusals=tuple(Recusal(who, "owner") for who in recused), now=NOW,
    ).after  # fmt: skip


def voted(motion: Motion, committee: Committee, **choices: str) -> Motion:
    for who, choice in choices.items():
        motion = motion.vote(committee, who, Choice(choice), comment=None, now=NOW).after
    return motion


@given(quorums, st.integers(0, 500))
def test_a_quorum_is_at_least_one_and_never_falls_as_the_committee_grows_G10(quorum: Quorum, eligible: int) -> None:
    assert quorum.needs(eligible) >= 1
    assert quorum.needs(eligible + 1) >= quorum.needs(eligible)


@given(st.fractions(min_value=Fraction(1, 100), max_value=1), st.integers(1, 500))
def test_a_fraction_is_reached_by_no_fewer_than_it_says_and_never_by_all_not_enough_G10(
    fraction: Fraction, eligible: int
) -> None:
    needed = Quorum(QuorumKind.FRACTION, str(fraction)).needs(eligible)
    assert needed >= fraction * eligible > needed - 1 or needed == 1
    assert needed <= eligible


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (QuorumKind.FRACTION, "0"), (QuorumKind.FRACTION, "1.2"), (QuorumKind.COUNT, "0"), (QuorumKind.COUNT, "1.5"),
        (QuorumKind.COUNT, "many"), (QuorumKind.FRACTION, "1/0"), (QuorumKind.FRACTION, "-1/2"),
    ],
)  # fmt: skip
def test_a_quorum_that_makes_no_sense_is_refused_G10(kind: QuorumKind, value: str) -> None:
    with pytest.raises(QuorumOutOfRange):
        Quorum(kind, value)


@given(votes, people, quorums, st.sampled_from(PassRule))
def test_votes_of_those_who_may_not_vote_change_nothing_G11(
    cast: tuple[Vote, ...], eligible: set[str], quorum: Quorum, rule: PassRule
) -> None:
    theirs = tuple(vote for vote in cast if vote.employee_id in eligible)
    assert count(cast, eligible, quorum=quorum, rule=rule) == count(theirs, eligible, quorum=quorum, rule=rule)


@given(votes, people, quorums, st.sampled_from(PassRule), st.booleans())
def test_a_further_yes_never_turns_a_passed_motion_around_G11(
    cast: tuple[Vote, ...], eligible: set[str], quorum: Quorum, rule: PassRule, casting: bool
) -> None:
    before = count(cast, eligible, quorum=quorum, rule=rule, chair=PEOPLE[0], casting=casting)
    silent = sorted(eligible - {vote.employee_id for vote in cast})
    if before.outcome is Outcome.PASSED and silent:
        more = (*cast, Vote(silent[0], Choice.YES, NOW))
        assert (
            count(more, eligible, quorum=quorum, rule=rule, chair=PEOPLE[0], casting=casting).outcome is Outcome.PASSED
        )


@given(votes, people, quorums)
def test_what_passes_unanimously_passes_by_two_thirds_and_by_simple_majority_G11(
    cast: tuple[Vote, ...], eligible: set[str], quorum: Quorum
) -> None:
    outcomes = [
        count(cast, eligible, quorum=quorum, rule=rule).outcome
        for rule in (PassRule.UNANIMOUS, PassRule.TWO_THIRDS, PassRule.SIMPLE)
    ]
    passed = [outcome is Outcome.PASSED for outcome in outcomes]
    assert passed == sorted(passed)


@given(votes, people, quorums, st.sampled_from(PassRule))
def test_the_count_adds_up_and_no_quorum_means_too_few_G11(
    cast: tuple[Vote, ...], eligible: set[str], quorum: Quorum, rule: PassRule
) -> None:
    found = count(cast, eligible, quorum=quorum, rule=rule)
    total = found.yes + found.no + found.abstain
    assert total <= found.eligible == len(eligible)
    assert (found.outcome is Outcome.NO_QUORUM) == (total < found.needed)


@pytest.mark.parametrize(("casting", "outcome"), [(True, Outcome.PASSED), (False, Outcome.FAILED)])
def test_a_tie_is_the_chairs_where_the_chair_has_the_casting_vote_G10(casting: bool, outcome: Outcome) -> None:
    committee = a_committee("E0001", "E0002", casting=casting)
    motion = voted(a_motion(committee), committee, E0001="yes", E0002="no")
    assert motion.close(committee, NOW).after.outcome is outcome


def test_only_abstentions_make_a_quorum_but_pass_nothing_G11() -> None:
    for rule in PassRule:
        committee = a_committee("E0001", "E0002", rule=rule, casting=True)
        motion = voted(a_motion(committee), committee, E0001="abstain", E0002="abstain")
        assert motion.close(committee, NOW).after.outcome is Outcome.FAILED


def test_a_vote_can_be_changed_until_the_motion_closes_and_not_after_G11() -> None:
    committee = a_committee("E0001", "E0002")
    motion = voted(a_motion(committee), committee, E0001="no", E0002="yes")
    motion = voted(motion, committee, E0001="yes")
    closed = motion.close(committee, NOW).after
    assert (closed.outcome, len(closed.votes)) == (Outcome.PASSED, 2)
    with pytest.raises(MotionIsClosed):
        voted(closed, committee, E0001="no")
    with pytest.raises(MotionIsClosed):
        closed.close(committee, NOW)
    with pytest.raises(MotionIsClosed):
        closed.withdraw(NOW)


def test_a_vote_that_comes_after_the_date_is_refused_although_nobody_closed_yet_G11() -> None:
    committee = a_committee("E0001", "E0002")
    with pytest.raises(VoteTooLate, match="too late"):
        a_motion(committee).vote(committee, "E0001", Choice.YES, comment=None, now=LATER)


def test_a_recused_member_counts_neither_in_the_quorum_nor_in_the_vote_G13() -> None:
    committee = a_committee("E0001", "E0002", "E0003", "E0004", quorum="1")
    motion = a_motion(committee, "E0004")
    with pytest.raises(Recused, match="owner"):
        voted(motion, committee, E0004="yes")
    motion = voted(motion, committee, E0001="yes", E0002="yes", E0003="no")
    motion = motion.recuse("E0003", "conflict", NOW).after
    closed = motion.close(committee, NOW).after
    assert closed.count == Tally(2, 2, 2, 0, 0, Outcome.PASSED)
    assert closed.dissent() == ()


def test_a_motion_closes_early_only_when_everybody_who_may_vote_has_voted_G11() -> None:
    committee = a_committee("E0001", "E0002", "E0003")
    motion = voted(a_motion(committee), committee, E0001="yes", E0002="yes")
    with pytest.raises(VotesMissing, match="E0003"):
        motion.close(committee, NOW)
    assert motion.close(committee, LATER).after.outcome is Outcome.PASSED


def test_the_quorum_is_counted_over_those_who_may_vote_at_the_close_C5c() -> None:
    committee = a_committee("E0001", "E0002", "E0003", "E0004", quorum="3/4")
    motion = voted(a_motion(committee), committee, E0001="yes", E0002="yes")
    assert motion.close(committee, LATER).after.outcome is Outcome.NO_QUORUM
    smaller = committee.vacate("E0003", reason="left", now=NOW).after
    smaller = smaller.vacate("E0004", reason="left", now=NOW).after
    assert motion.close(smaller, LATER).after.outcome is Outcome.PASSED
    without = committee.vacate("E0002", reason="left", now=NOW).after
    assert motion.close(without, LATER).after.count == Tally(3, 3, 1, 0, 0, Outcome.NO_QUORUM)


def test_people_without_a_vote_cannot_vote_G10() -> None:
    committee = a_committee("E0001", "E0002").seat("E0005", voting=False, now=NOW).after
    for who in ("E0005", "E0009"):
        with pytest.raises(NotAVoter):
            voted(a_motion(committee), committee, **{who: "yes"})


def test_a_motion_allows_only_what_it_is_about_and_only_when_it_passed_G02() -> None:
    committee = a_committee("E0001", "E0002")
    motion = voted(a_motion(committee), committee, E0001="yes", E0002="yes")
    with pytest.raises(MotionNotPassed, match="open"):
        motion.allows(DecisionType.APPROVE_TOOL, "T")
    passed = motion.close(committee, NOW).after
    passed.allows(DecisionType.APPROVE_TOOL, "T")
    for decision, subject in ((DecisionType.RETIRE_TOOL, "T"), (DecisionType.APPROVE_TOOL, "U")):
        with pytest.raises(MotionAboutSomethingElse):
            passed.allows(decision, subject)


def test_a_motion_needs_time_and_something_that_the_committee_decides_G11() -> None:
    committee = a_committee("E0001", "E0002")
    for decision, closes_at, refusal in (
        (DecisionType.APPROVE_TOOL, NOW, ClosesInThePast),
        (DecisionType.PROPOSE_TOOL, LATER, NotByMotion),
    ):
        with pytest.raises(refusal):
            Motion.open(
                ID, committee, decision_type=decision, subject_kind="tool", subject_id="T", title="?", terms=None,
                proposer_id="E0001", closes_at=closes_at, recusals=(), now=NOW,
            )  # fmt: skip


def test_without_a_sponsor_there_is_nobody_to_chair_a_committee_L05() -> None:
    with pytest.raises(NoSponsor):
        Committee.establish(
            ID, "AI governance", sponsor_id=None, members=[], quorum=Quorum(QuorumKind.COUNT, "1"),
            pass_rule=PassRule.SIMPLE, chair_casting_vote=True, now=NOW,
        )  # fmt: skip


def test_what_was_voted_on_is_carried_out_as_it_is_G31() -> None:
    committee = a_committee("E0001", "E0002")
    terms = Terms(
        (Scope(DataClass.PUBLIC, UsageContext.PUBLIC),), Conditions(("universal-fluency",), (), Approval.NONE)
    )
    wider = replace(terms, scope=(*terms.scope, Scope(DataClass.CLIENT, UsageContext.CLIENT_WORK)))
    looser = replace(terms, conditions=NO_CONDITIONS)
    motion = replace(a_motion(committee), terms=terms)
    assert motion.agreed(None) == motion.agreed(terms) == terms
    for other in (wider, looser):
        with pytest.raises(TermsDiffer):
            motion.agreed(other)
    assert a_motion(committee).agreed(wider) == wider
