"""Exceptions from a policy: asked for with a compensating control, consented to in stages, for a time, extended once (G16)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from chassis.domain import Change, Refused
from governance.approvals.domain import Chain, ChainOutcome

LONGEST = timedelta(days=180)


class ExceptionStatus(StrEnum):
    """Where an exception stands."""

    REQUESTED = "requested"
    ACTIVE = "active"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REVOKED = "revoked"


class ExceptionInWrongState(Refused):
    """This exception is {status}; this needs one that is {needed}."""

    status: str
    needed: str


class ControlMissing(Refused):
    """Say why the exception is needed, and which control compensates for it."""


class ExceptionTooLong(Refused):
    """An exception ends within {days} days, not on {valid_until}."""

    days: str
    valid_until: str


class ExtendedBefore(Refused):
    """This exception was extended once already. Ask for a new one."""


class AlreadyExcepted(Refused):
    """There is an exception from {policy} for this already, or one is asked for."""

    policy: str


@dataclass(frozen=True, slots=True)
class ExceptionRequested:
    """Somebody asks not to have to follow a policy for a time; `asked` are to consent."""

    exception_id: UUID
    employee_id: str
    policy_id: str
    tool_id: UUID | None
    asked: tuple[str, ...]
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class ExceptionStageChanged:
    """Others are to consent now: a stage is complete, or went to its alternates."""

    exception_id: UUID
    employee_id: str
    policy_id: str
    stage: str
    asked: tuple[str, ...]
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class ExceptionGranted:
    """Every stage consented; the compensating control takes the policy's place until the end."""

    exception_id: UUID
    employee_id: str
    policy_id: str
    tool_id: UUID | None
    compensating_control: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class ExceptionRejected:
    """There is no exception: somebody said no, nobody answered, or it was taken back."""

    exception_id: UUID
    employee_id: str
    policy_id: str
    outcome: ChainOutcome


@dataclass(frozen=True, slots=True)
class ExceptionExtended:
    """An exception lasts longer; it cannot again."""

    exception_id: UUID
    employee_id: str
    policy_id: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class ExceptionExpired:
    """An exception ended on its date."""

    exception_id: UUID
    employee_id: str
    policy_id: str


@dataclass(frozen=True, slots=True)
class ExceptionRevoked:
    """An exception was ended before its date."""

    exception_id: UUID
    employee_id: str
    policy_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class PolicyException:
    """One person's exception from one policy, for one tool or for all."""

    id: UUID
    employee_id: str
    policy: str
    tool_id: UUID | None
    justification: str
    compensating_control: str
    chain: Chain
    requested_at: datetime
    valid_until: datetime
    status: ExceptionStatus = ExceptionStatus.REQUESTED
    extended: bool = False
    ended_because: str | None = None
    version: int = 1

    @classmethod
    def request(
        cls,
        id: UUID,
        employee_id: str,
        policy: str,
        *,
        tool_id: UUID | None,
        justification: str,
        compensating_control: str,
        chain: Chain,
        valid_until: datetime,
        now: datetime,
    ) -> Change[PolicyException]:
        """Ask for one."""
        if not justification.strip() or not compensating_control.strip():
            raise ControlMissing
        _must_be_near(valid_until, now)
        after = cls(
            id,
            employee_id,
            policy,
            tool_id,
            justification.strip(),
            compensating_control.strip(),
            chain,
            now,
            valid_until,
        )
        return Change(
            after, ExceptionRequested(id, employee_id, policy, tool_id, chain.stage.asked, chain.due_at)
        )  # fmt: skip

    def consented(self, by: str, now: datetime, comment: str | None) -> Change[Self]:
        """An approver says yes; the last one makes it hold."""
        self._must_be(ExceptionStatus.REQUESTED)
        chain = self.chain.consent(by, now, comment)
        if chain.outcome is not ChainOutcome.APPROVED:
            return self._asks(chain)
        _must_be_near(self.valid_until, now)
        event = ExceptionGranted(
            self.id, self.employee_id, self.policy, self.tool_id, self.compensating_control, self.valid_until
        )
        return self._becomes(ExceptionStatus.ACTIVE, chain=chain, because=event)

    def refused(self, by: str, reason: str) -> Change[Self]:
        """An approver says no."""
        self._must_be(ExceptionStatus.REQUESTED)
        return self._rejected(self.chain.deny(by), reason)

    def withdrawn(self) -> Change[Self]:
        """The requester takes it back."""
        self._must_be(ExceptionStatus.REQUESTED)
        return self._rejected(self.chain.withdraw(), "withdrawn by the requester")

    def time_passed(self, now: datetime) -> Change[Self] | None:
        """Nobody answered in time. Nothing when that is not so."""
        chain = self.chain.time_passed(now) if self.status is ExceptionStatus.REQUESTED else None
        if chain is None:
            return None
        if chain.outcome is ChainOutcome.EXPIRED:
            return self._rejected(chain, "nobody answered in time")
        return self._asks(chain)

    def extend(self, valid_until: datetime, now: datetime) -> Change[Self]:
        """Let it last longer, once."""
        self._must_be(ExceptionStatus.ACTIVE)
        if self.extended:
            raise ExtendedBefore
        _must_be_near(valid_until, now)
        event = ExceptionExtended(self.id, self.employee_id, self.policy, valid_until)
        return self._becomes(self.status, extended=True, valid_until=valid_until, because=event)

    def expire(self, now: datetime) -> Change[Self] | None:
        """Its date came. Nothing when it did not, or it ended before."""
        if self.status is not ExceptionStatus.ACTIVE or now < self.valid_until:
            return None
        event = ExceptionExpired(self.id, self.employee_id, self.policy)
        return self._becomes(ExceptionStatus.EXPIRED, ended_because="its date came", because=event)

    def revoke(self, reason: str) -> Change[Self]:
        """End it before its date."""
        self._must_be(ExceptionStatus.ACTIVE)
        event = ExceptionRevoked(self.id, self.employee_id, self.policy, reason)
        return self._becomes(ExceptionStatus.REVOKED, ended_because=reason, because=event)

    def _asks(self, chain: Chain) -> Change[Self]:
        event = ExceptionStageChanged(
            self.id, self.employee_id, self.policy, chain.stage.name, chain.stage.asked, chain.due_at
        )
        return self._becomes(self.status, chain=chain, because=event)

    def _rejected(self, chain: Chain, why: str) -> Change[Self]:
        event = ExceptionRejected(self.id, self.employee_id, self.policy, chain.outcome)
        return self._becomes(ExceptionStatus.REJECTED, chain=chain, ended_because=why, because=event)

    def _must_be(self, status: ExceptionStatus) -> None:
        if self.status is not status:
            raise ExceptionInWrongState(status=self.status.value, needed=status.value)

    def _becomes(self, status: ExceptionStatus, *, because: object, **changed: Any) -> Change[Self]:
        return Change(replace(self, status=status, version=self.version + 1, **changed), because)


def _must_be_near(valid_until: datetime, now: datetime) -> None:
    if not now < valid_until <= now + LONGEST:
        raise ExceptionTooLong(days=str(LONGEST.days), valid_until=valid_until.isoformat())
