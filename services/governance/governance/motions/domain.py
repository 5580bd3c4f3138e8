"""Motions: open, voted on, closed once; what a quorum is counted over and who is recused (G11, G13)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from chassis.domain import Change, Refused
from governance.committee.domain import Committee, PassRule, Quorum
from governance.rights.domain import BY_MOTION, DecisionType
from governance.scope.domain import Terms


class Choice(StrEnum):
    """What a member may vote."""

    YES = "yes"
    NO = "no"
    ABSTAIN = "abstain"


class Outcome(StrEnum):
    """Where a motion stands."""

    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"
    NO_QUORUM = "no_quorum"
    WITHDRAWN = "withdrawn"


class MotionIsClosed(Refused):
    """The motion {motion} closed on {closed_at}: votes count only while a motion is open."""

    motion: str
    closed_at: str


class VoteTooLate(Refused):
    """The motion {motion} took votes until {closes_at}. This vote came too late."""

    motion: str
    closes_at: str


class Recused(Refused):
    """{employee} is recused from the motion {motion}: {reason}."""

    employee: str
    motion: str
    reason: str


class NotAVoter(Refused):
    """{employee} has no vote in the committee {committee}."""

    employee: str
    committee: str


class VotesMissing(Refused):
    """The motion {motion} is open until {closes_at}, because {missing} may still vote."""

    motion: str
    closes_at: str
    missing: str


class NotByMotion(Refused):
    """{decision_type} is not decided by a motion."""

    decision_type: str


class ClosesInThePast(Refused):
    """A motion has to be open for a while: {closes_at} is not after {now}."""

    closes_at: str
    now: str


class MotionNotPassed(Refused):
    """The motion {motion} does not allow this: it is {outcome}."""

    motion: str
    outcome: str


class MotionAboutSomethingElse(Refused):
    """The motion {motion} is about {about}, not about {wanted}."""

    motion: str
    about: str
    wanted: str


class TermsDiffer(Refused):
    """The committee decided "{motion}" on other terms than these. Carry out exactly what it voted on, or ask it again."""

    motion: str


class MotionAlreadyEnacted(Refused):
    """The motion {motion} was carried out before. What it decided once needs a new motion to be decided again."""

    motion: str


@dataclass(frozen=True, slots=True)
class MotionOpened:
    """The committee is asked to decide."""

    motion_id: UUID
    committee_id: UUID
    subject_kind: str
    subject_id: str
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class MemberRecused:
    """A member takes no part in a motion: not in the quorum, not in the vote."""

    motion_id: UUID
    member_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class VoteCast:
    """A member voted, or changed a vote."""

    motion_id: UUID
    member_id: str
    choice: Choice


@dataclass(frozen=True, slots=True)
class MotionClosed:
    """A motion came to its end."""

    motion_id: UUID
    committee_id: UUID
    subject_kind: str
    subject_id: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Recusal:
    """Who takes no part, and why."""

    employee_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Vote:
    """One member's present vote."""

    employee_id: str
    choice: Choice
    at: datetime
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """The count of a motion."""

    eligible: int
    needed: int
    yes: int
    no: int
    abstain: int
    outcome: Outcome


def tally(
    votes: Collection[Vote],
    *,
    eligible: frozenset[str],
    chair_id: str | None,
    quorum: Quorum,
    pass_rule: PassRule,
    chair_casting_vote: bool,
) -> Tally:
    """Count the votes of those who may vote. Abstentions only help the quorum; a tie fails unless the chair decides."""
    counted = {vote.employee_id: vote.choice for vote in votes if vote.employee_id in eligible}
    choices = list(counted.values())
    yes, no, abstain = (choices.count(choice) for choice in (Choice.YES, Choice.NO, Choice.ABSTAIN))
    needed = quorum.needs(len(eligible))
    if len(counted) < needed:
        outcome = Outcome.NO_QUORUM
    else:
        chair = counted.get(chair_id) if chair_casting_vote and chair_id is not None else None
        outcome = Outcome.PASSED if _passes(pass_rule, yes, no, chair) else Outcome.FAILED
    return Tally(len(eligible), needed, yes, no, abstain, outcome)


def _passes(rule: PassRule, yes: int, no: int, chair: Choice | None) -> bool:
    if rule is PassRule.SIMPLE:
        return yes > no or (yes == no and chair is Choice.YES)
    if rule is PassRule.TWO_THIRDS:
        return yes > 0 and yes * 3 >= (yes + no) * 2
    return yes > 0 and no == 0


@dataclass(frozen=True, slots=True)
class Motion:
    """One question put to the committee."""

    id: UUID
    committee_id: UUID
    decision_type: DecisionType
    subject_kind: str
    subject_id: str
    title: str
    terms: Terms | None
    proposer_id: str
    opened_at: datetime
    closes_at: datetime
    outcome: Outcome
    closed_at: datetime | None
    count: Tally | None
    recusals: tuple[Recusal, ...]
    votes: tuple[Vote, ...]
    version: int

    @classmethod
    def open(
        cls,
        id: UUID,
        committee: Committee,
        *,
        decision_type: DecisionType,
        subject_kind: str,
        subject_id: str,
        title: str,
        terms: Terms | None,
        proposer_id: str,
        closes_at: datetime,
        recusals: tuple[Recusal, ...],
        now: datetime,
    ) -> Change[Motion]:
        """Put a question. Whoever is concerned is recused from the start, a tool's owner for example (G13)."""
        if decision_type not in BY_MOTION:
            raise NotByMotion(decision_type=decision_type)
        if closes_at <= now:
            raise ClosesInThePast(closes_at=closes_at.isoformat(), now=now.isoformat())
        after = cls(
            id, committee.id, decision_type, subject_kind, subject_id, title, terms, proposer_id, now, closes_at,
            Outcome.OPEN, None, None, recusals, (), 1,
        )  # fmt: skip
        return Change(after, MotionOpened(id, committee.id, subject_kind, subject_id, closes_at))

    def eligible(self, committee: Committee) -> frozenset[str]:
        """Those of the committee's voters who are not recused."""
        return committee.voters() - {recusal.employee_id for recusal in self.recusals}

    def recuse(self, employee_id: str, reason: str, now: datetime) -> Change[Self]:
        """Let a member take no part. A vote given before counts no more."""
        self._must_be_open(now)
        recusals = (*(r for r in self.recusals if r.employee_id != employee_id), Recusal(employee_id, reason))
        votes = tuple(vote for vote in self.votes if vote.employee_id != employee_id)
        after = replace(self, recusals=recusals, votes=votes, version=self.version + 1)
        return Change(after, MemberRecused(self.id, employee_id, reason))

    def vote(
        self, committee: Committee, employee_id: str, choice: Choice, *, comment: str | None, now: datetime
    ) -> Change[Self]:
        """Take a member's vote, or change it."""
        self._must_be_open(now)
        for recusal in self.recusals:
            if recusal.employee_id == employee_id:
                raise Recused(employee=employee_id, motion=self.title, reason=recusal.reason)
        if employee_id not in committee.voters():
            raise NotAVoter(employee=employee_id, committee=committee.name)
        others = tuple(vote for vote in self.votes if vote.employee_id != employee_id)
        after = replace(self, votes=(*others, Vote(employee_id, choice, now, comment)), version=self.version + 1)
        return Change(after, VoteCast(self.id, employee_id, choice))

    def missing(self, committee: Committee) -> frozenset[str]:
        """Who may vote and has not."""
        return self.eligible(committee) - {vote.employee_id for vote in self.votes}

    def close(self, committee: Committee, now: datetime) -> Change[Self]:
        """Count and end the motion: at its date, or earlier when everybody who may vote has voted."""
        if self.outcome is not Outcome.OPEN:
            raise MotionIsClosed(motion=self.title, closed_at=_text(self.closed_at))
        missing = self.missing(committee)
        if now < self.closes_at and missing:
            raise VotesMissing(
                motion=self.title, closes_at=self.closes_at.isoformat(), missing=", ".join(sorted(missing))
            )
        count = tally(
            self.votes,
            eligible=self.eligible(committee),
            chair_id=committee.chair_id,
            quorum=committee.quorum,
            pass_rule=committee.pass_rule,
            chair_casting_vote=committee.chair_casting_vote,
        )
        return self._ended(count.outcome, count, now)

    def withdraw(self, now: datetime) -> Change[Self]:
        """Take the question back."""
        if self.outcome is not Outcome.OPEN:
            raise MotionIsClosed(motion=self.title, closed_at=_text(self.closed_at))
        return self._ended(Outcome.WITHDRAWN, None, now)

    def allows(self, decision_type: DecisionType, subject_id: str) -> None:
        """Refuse unless this motion passed and is about exactly this."""
        if self.outcome is not Outcome.PASSED:
            raise MotionNotPassed(motion=self.title, outcome=self.outcome.replace("_", " "))
        if (self.decision_type, self.subject_id) != (decision_type, subject_id):
            raise MotionAboutSomethingElse(
                motion=self.title,
                about=f"{self.decision_type} {self.subject_id}",
                wanted=f"{decision_type} {subject_id}",
            )

    def agreed(self, proposed: Terms | None) -> Terms | None:
        """The terms to carry out: those that were voted on, or, when the motion named none, those proposed now."""
        if self.terms is None or proposed is None:
            return self.terms or proposed
        same = set(self.terms.scope) == set(proposed.scope) and self.terms.conditions == proposed.conditions
        if not same:
            raise TermsDiffer(motion=self.title)
        return self.terms

    def dissent(self) -> tuple[str, ...]:
        """Who voted against."""
        return tuple(sorted(vote.employee_id for vote in self.votes if vote.choice is Choice.NO))

    def _ended(self, outcome: Outcome, count: Tally | None, now: datetime) -> Change[Self]:
        after = replace(self, outcome=outcome, count=count, closed_at=now, version=self.version + 1)
        event = MotionClosed(self.id, self.committee_id, self.subject_kind, self.subject_id, outcome)
        return Change(after, event)

    def _must_be_open(self, now: datetime) -> None:
        if self.outcome is not Outcome.OPEN:
            raise MotionIsClosed(motion=self.title, closed_at=_text(self.closed_at))
        if now >= self.closes_at:
            raise VoteTooLate(motion=self.title, closes_at=self.closes_at.isoformat())


def _text(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()
