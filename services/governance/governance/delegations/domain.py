"""Delegation: who holds a decision right lets somebody else decide, between two dates, never further (G01, G02)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from chassis.domain import Change, Refused
from governance.rights.domain import DecisionRight, DecisionType

LONGEST = timedelta(days=92)


class NotDelegable(Refused):
    """{action} cannot be delegated: a vote is one's own, and so is what everybody does for themselves."""

    action: str


class BadDelegationTime(Refused):
    """A delegation ends after it begins, within 92 days, not on {until}."""

    until: str


class DelegatedToOneself(Refused):
    """A decision is delegated to somebody else."""


class DelegationReasonMissing(Refused):
    """Say why somebody else decides."""


class DelegationEnded(Refused):
    """This delegation ended on {ended_at}."""

    ended_at: str


@dataclass(frozen=True, slots=True)
class DecisionDelegated:
    """Somebody decides for somebody else, between two moments; in one department where it says so."""

    delegation_id: UUID
    decision_type: DecisionType
    from_id: str
    to_id: str
    department_id: str | None
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class DelegationWithdrawn:
    """A delegation ended before its date."""

    delegation_id: UUID
    from_id: str
    to_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Delegation:
    """One decision right in somebody else's hands for a time."""

    id: UUID
    decision_type: DecisionType
    from_id: str
    to_id: str
    department_id: str | None
    from_at: datetime
    until_at: datetime
    reason: str
    ended_at: datetime | None = None
    version: int = 1

    @classmethod
    def give(
        cls,
        id: UUID,
        right: DecisionRight,
        from_id: str,
        to_id: str,
        *,
        department_id: str | None,
        from_at: datetime,
        until_at: datetime,
        reason: str,
        now: datetime,
    ) -> Change[Delegation]:
        """Let somebody else decide."""
        if not right.delegable:
            raise NotDelegable(action=right.action)
        if from_id == to_id:
            raise DelegatedToOneself
        if not reason.strip():
            raise DelegationReasonMissing
        if until_at <= max(from_at, now) or until_at > from_at + LONGEST:
            raise BadDelegationTime(until=until_at.isoformat())
        after = cls(id, right.decision_type, from_id, to_id, department_id, from_at, until_at, reason.strip())
        event = DecisionDelegated(id, right.decision_type, from_id, to_id, department_id, from_at, until_at)
        return Change(after, event)

    def holds(self, now: datetime) -> bool:
        """Whether it lets somebody else decide now."""
        return self.ended_at is None and self.from_at <= now < self.until_at

    def withdraw(self, reason: str, now: datetime) -> Change[Self]:
        """End it before its date."""
        if self.ended_at is not None:
            raise DelegationEnded(ended_at=self.ended_at.isoformat())
        after = replace(self, ended_at=now, version=self.version + 1)
        return Change(after, DelegationWithdrawn(self.id, self.from_id, self.to_id, reason))
