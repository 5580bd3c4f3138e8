"""Who is asked to acknowledge which version of a policy by when, and where each person stands (G15).

Where somebody stands is never stored: it follows from what was published, who was hired when, what was said and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.domain import Change, Refused


class ReasonForDeclineMissing(Refused):
    """Say why you do not acknowledge {policy}: those who answer for it have to know."""

    policy: str


class AcknowledgementState(StrEnum):
    """Where a person stands with a version, or what an acknowledgement is worth."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXCEPTION_REQUESTED = "exception_requested"
    EXCEPTED = "excepted"
    OVERDUE = "overdue"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


OUTSTANDING = frozenset(set(AcknowledgementState) - {AcknowledgementState.ACCEPTED, AcknowledgementState.EXCEPTED})


@dataclass(frozen=True, slots=True)
class PolicyAcknowledged:
    """An employee acknowledged a version of a policy."""

    employee_id: str
    policy_id: str
    policy_version: int


@dataclass(frozen=True, slots=True)
class PolicyDeclined:
    """An employee read a version of a policy and does not acknowledge it; an exception may be asked for with it."""

    employee_id: str
    policy_id: str
    policy_version: int
    reason: str
    exception_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PolicyAcknowledgementReminded:
    """A version is to be acknowledged soon; so many people still have to."""

    policy_id: str
    version: int
    acknowledge_by: datetime
    outstanding: int


@dataclass(frozen=True, slots=True)
class PolicyAcknowledgementOverdue:
    """The date to acknowledge a version passed; so many people did not."""

    policy_id: str
    version: int
    outstanding: int


@dataclass(frozen=True, slots=True)
class AcknowledgementOverdue:
    """A person let the own date to acknowledge a version pass without a word."""

    employee_id: str
    policy_id: str
    policy_version: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """An employee's word to have read and to follow one version."""

    id: UUID
    employee_id: str
    policy: str
    number: int
    at: datetime
    version: int = 1

    def given(self) -> Change[Acknowledgement]:
        """The acknowledgement and its event."""
        return Change(self, PolicyAcknowledged(self.employee_id, self.policy, self.number))


@dataclass(frozen=True, slots=True)
class Decline:
    """An employee's word not to acknowledge one version, and why."""

    id: UUID
    employee_id: str
    policy: str
    number: int
    reason: str
    at: datetime
    exception_id: UUID | None = None
    version: int = 1

    def given(self) -> Change[Decline]:
        """The decline and its event."""
        if not self.reason.strip():
            raise ReasonForDeclineMissing(policy=self.policy)
        event = PolicyDeclined(self.employee_id, self.policy, self.number, self.reason, self.exception_id)
        return Change(self, event)


@dataclass(frozen=True, slots=True)
class Lateness:
    """That a person let the own date pass; told once for each person and version."""

    id: UUID
    employee_id: str
    policy: str
    number: int
    due_at: datetime
    version: int = 1

    def told(self) -> Change[Lateness]:
        """It and its event."""
        return Change(self, AcknowledgementOverdue(self.employee_id, self.policy, self.number, self.due_at))


@dataclass(frozen=True, slots=True)
class Asked:
    """A person who is asked to acknowledge a version. Whoever came after its publication has the days from that day on."""

    policy: str
    title: str
    number: int
    employee_id: str
    campaign_due_at: datetime
    due_at: datetime
    state: AcknowledgementState
    responded_at: datetime | None
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class GivenWord:
    """An acknowledgement that somebody gave, and what it is worth today."""

    acknowledgement: Acknowledgement
    state: AcknowledgementState
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class Campaign:
    """How far the acknowledgement of a policy's newest major version is: how many people stand where."""

    policy: str
    number: int
    acknowledge_by: datetime
    states: dict[AcknowledgementState, int]

    @property
    def audience(self) -> int:
        """How many are asked."""
        return sum(self.states.values())

    @property
    def acknowledged(self) -> int:
        """How many did."""
        return self.states.get(AcknowledgementState.ACCEPTED, 0)

    @property
    def outstanding(self) -> int:
        """How many have neither acknowledged nor been excepted."""
        return sum(number for state, number in self.states.items() if state in OUTSTANDING)
