"""Consent in stages: one after the other, each by one, some or all of its approvers, each for a time (G12).

A stage that nobody answered in time goes to its alternates once, for the same time again; then the chain has expired.
Nobody consents to a request of their own (G13).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from chassis.domain import Refused


class ChainOutcome(StrEnum):
    """Where a chain stands."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class NobodyToApprove(Refused):
    """Nobody but the requester could consent at the stage {stage}. Name somebody for it first."""

    stage: str


class NotAnApprover(Refused):
    """The stage {stage} waits for {approvers}, not for {employee}."""

    stage: str
    approvers: str
    employee: str


class AlreadyConsented(Refused):
    """{employee} consented at the stage {stage} before."""

    employee: str
    stage: str


class ChainHasEnded(Refused):
    """Consent is not asked any more: the answer was {outcome}."""

    outcome: str


@dataclass(frozen=True, slots=True)
class Consent:
    """One approver's yes."""

    by: str
    at: datetime
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """Who is asked, how many of them have to say yes, and for how many hours they are waited for."""

    name: str
    approvers: tuple[str, ...]
    at_least: int = 1
    hours: int = 72
    alternates: tuple[str, ...] = ()
    escalated: bool = False
    consents: tuple[Consent, ...] = ()

    @property
    def asked(self) -> tuple[str, ...]:
        """Who may answer now: the approvers, and the alternates once it went to them."""
        return tuple(dict.fromkeys((*self.approvers, *(self.alternates if self.escalated else ()))))

    @property
    def waits_for(self) -> tuple[str, ...]:
        """Who may answer and has not."""
        given = {consent.by for consent in self.consents}
        return tuple(id for id in self.asked if id not in given)

    @property
    def progress(self) -> str:
        """How many of how many said yes, in words; nothing where one is enough."""
        return f", {len(self.consents)} of {self.at_least} consented" if self.at_least > 1 else ""

    @property
    def asks(self) -> tuple[object, ...]:
        """What it was made of, without what became of it."""
        return (self.name, self.approvers, self.at_least, self.hours, self.alternates)

    @property
    def complete(self) -> bool:
        """Whether enough said yes."""
        return len(self.consents) >= self.at_least


@dataclass(frozen=True, slots=True)
class Chain:
    """Stages of consent to one request."""

    requester_id: str
    stages: tuple[Stage, ...]
    due_at: datetime
    current: int = 0
    outcome: ChainOutcome = ChainOutcome.PENDING
    denied_by: str | None = None

    @classmethod
    def start(cls, requester_id: str, stages: Sequence[Stage], now: datetime) -> Self:
        """Ask the first stage. The requester is nowhere among those who are asked."""
        asked = tuple(_without(stage, requester_id) for stage in stages)
        return cls(requester_id, asked, now + timedelta(hours=asked[0].hours))

    @property
    def stage(self) -> Stage:
        """The stage that is asked, or was asked last."""
        return self.stages[self.current]

    def follow(self, stages: Sequence[Stage], now: datetime) -> Self | None:
        """Ask those who are to be asked by now, because managers and owners change. Nothing when they are the same.

        What is complete stays; a stage at which others are asked begins anew, with the yeses of those who are asked still.
        """
        wanted = [_without(stage, self.requester_id) for stage in stages]
        if [stage.asks for stage in wanted] == [stage.asks for stage in self.stages]:
            return None
        known = {stage.name: stage for stage in self.stages}
        kept = [
            known[each.name]
            if each.name in known and (known[each.name].complete or known[each.name].asks == each.asks)
            else _still_given(each, known.get(each.name))
            for each in wanted
        ]
        open_ = next((n for n, stage in enumerate(kept) if not stage.complete), None)
        after = replace(self, stages=tuple(kept), current=len(kept) - 1 if open_ is None else open_)
        if open_ is None:
            return replace(after, outcome=ChainOutcome.APPROVED)
        same = kept[open_] == self.stage
        return after if same else replace(after, due_at=now + timedelta(hours=kept[open_].hours))

    def resume(self, now: datetime) -> Self:
        """Wait for the stage as long as at its beginning: meanwhile nobody could have answered."""
        return replace(self, due_at=now + timedelta(hours=self.stage.hours))

    def consent(self, by: str, now: datetime, comment: str | None = None) -> Self:
        """One more yes; the last one that is needed opens the next stage, or ends the chain."""
        self._must_ask(by)
        stage = self.stage
        if any(consent.by == by for consent in stage.consents):
            raise AlreadyConsented(employee=by, stage=stage.name)
        given = replace(stage, consents=(*stage.consents, Consent(by, now, comment)))
        after = self._with(given)
        if not given.complete:
            return after
        if self.current + 1 == len(self.stages):
            return replace(after, outcome=ChainOutcome.APPROVED)
        following = self.stages[self.current + 1]
        return replace(after, current=self.current + 1, due_at=now + timedelta(hours=following.hours))

    def deny(self, by: str) -> Self:
        """One no ends it."""
        self._must_ask(by)
        return replace(self, outcome=ChainOutcome.DENIED, denied_by=by)

    def withdraw(self) -> Self:
        """The requester takes it back."""
        self._must_be_pending()
        return replace(self, outcome=ChainOutcome.WITHDRAWN)

    def time_passed(self, now: datetime) -> Self | None:
        """Nobody answered in time: the alternates are asked, then nobody any more. Nothing when it is not so."""
        if self.outcome is not ChainOutcome.PENDING or now < self.due_at:
            return None
        stage = self.stage
        if stage.escalated or not set(stage.alternates) - set(stage.approvers):
            return replace(self, outcome=ChainOutcome.EXPIRED)
        return replace(self._with(replace(stage, escalated=True)), due_at=now + timedelta(hours=stage.hours))

    def _with(self, stage: Stage) -> Self:
        return replace(self, stages=(*self.stages[: self.current], stage, *self.stages[self.current + 1 :]))

    def _must_be_pending(self) -> None:
        if self.outcome is not ChainOutcome.PENDING:
            raise ChainHasEnded(outcome=self.outcome.value)

    def _must_ask(self, by: str) -> None:
        self._must_be_pending()
        if by not in self.stage.asked:
            raise NotAnApprover(stage=self.stage.name, approvers=", ".join(self.stage.asked), employee=by)


def _without(stage: Stage, requester_id: str) -> Stage:
    approvers = _others(stage.approvers, requester_id)
    alternates = _others(stage.alternates, requester_id)
    if not approvers:
        approvers, alternates = alternates, ()
    if len(approvers) < stage.at_least:
        raise NobodyToApprove(stage=stage.name)
    return replace(stage, approvers=approvers, alternates=alternates)


def _still_given(wanted: Stage, before: Stage | None) -> Stage:
    consents = before.consents if before else ()
    return replace(wanted, consents=tuple(each for each in consents if each.by in wanted.approvers))


def _others(people: Iterable[str], requester_id: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(id for id in people if id != requester_id))
