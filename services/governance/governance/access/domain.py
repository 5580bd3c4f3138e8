"""Access: a request waits for its prerequisites and becomes a grant by itself; a grant is suspended for a set of reasons
and usable only while that set is empty (G18-G20, G22)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from chassis.domain import Change, Refused
from governance.scope.domain import DataClass, UsageContext

WAITS_FOR = timedelta(days=30)
EMPLOYMENT_ENDED = "employment ended"


class Kind(StrEnum):
    """What a prerequisite can be."""

    CREDENTIAL = "credential"
    POLICY = "policy"


class RequestStatus(StrEnum):
    """Where a request stands."""

    PENDING_PREREQUISITES = "pending_prerequisites"
    PENDING_APPROVAL = "pending_approval"
    FULFILLED = "fulfilled"
    DENIED = "denied"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


OPEN = frozenset({RequestStatus.PENDING_PREREQUISITES, RequestStatus.PENDING_APPROVAL})


class GrantStatus(StrEnum):
    """Whether a grant can be used."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class Reason(StrEnum):
    """Why a grant is suspended; several may hold at once."""

    TOOL_SUSPENDED = "tool_suspended"
    CREDENTIAL_LAPSED = "credential_lapsed"
    POLICY_LAPSED = "policy_lapsed"
    OUT_OF_SCOPE = "out_of_scope"
    DEPT_RESTRICTED = "dept_restricted"


class RequestIsClosed(Refused):
    """This request was {status} before; make a new one."""

    status: str


class NotWaitingForApproval(Refused):
    """This request is {status}: there is nothing to approve yet."""

    status: str


class OwnRequest(Refused):
    """Nobody decides a request of their own. {approver} decides this one."""

    approver: str


class AlreadyRequested(Refused):
    """There is an open request for exactly this already."""


class AlreadyGranted(Refused):
    """There is a grant for exactly this already."""


class OutOfScope(Refused):
    """{tool} is not allowed for this: it may be used for {allowed}."""

    tool: str
    allowed: str


class ToolCannotBeRequested(Refused):
    """{tool} is {status}; access can be requested from its review until it is retired."""

    tool: str
    status: str


class EndsInThePast(Refused):
    """Access cannot end at {valid_until}, which has passed."""

    valid_until: str


class GrantIsRevoked(Refused):
    """This grant was revoked before."""


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """Something the person still has to do."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class AccessRequested:
    """An employee asked to use a tool; what is missing decides what happens next."""

    request_id: UUID
    employee_id: str
    tool_id: UUID
    data_class: DataClass
    context: UsageContext
    missing_prerequisites: tuple[Prerequisite, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AccessPrerequisitesChanged:
    """A waiting request lacks other things than before; nothing when it waits for a person or a tool."""

    request_id: UUID
    employee_id: str
    tool_id: UUID
    missing_prerequisites: tuple[Prerequisite, ...]
    status: RequestStatus


@dataclass(frozen=True, slots=True)
class AccessRequestApproved:
    """The approver consented."""

    request_id: UUID
    employee_id: str
    tool_id: UUID
    approved_by: str


@dataclass(frozen=True, slots=True)
class AccessRequestFulfilled:
    """A request became a grant."""

    request_id: UUID
    employee_id: str
    tool_id: UUID
    grant_id: UUID


@dataclass(frozen=True, slots=True)
class AccessRequestClosed:
    """A request ended without a grant."""

    request_id: UUID
    employee_id: str
    tool_id: UUID
    outcome: RequestStatus


@dataclass(frozen=True, slots=True)
class AccessGranted:
    """An employee may use a tool."""

    grant_id: UUID
    request_id: UUID
    employee_id: str
    tool_id: UUID
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class AccessSuspended:
    """A reason not to use the tool for now came up."""

    grant_id: UUID
    employee_id: str
    tool_id: UUID
    reason: Reason


@dataclass(frozen=True, slots=True)
class AccessReasonLifted:
    """One of several reasons went; the grant stays suspended for those that remain."""

    grant_id: UUID
    employee_id: str
    tool_id: UUID
    reason: Reason
    remaining: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class AccessRestored:
    """The last reason went: the tool may be used again."""

    grant_id: UUID
    employee_id: str
    tool_id: UUID


@dataclass(frozen=True, slots=True)
class AccessRevoked:
    """A grant ended for good."""

    grant_id: UUID
    employee_id: str
    tool_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Request:
    """One employee's wish to use a tool for certain data in a certain context."""

    id: UUID
    employee_id: str
    tool_id: UUID
    data_class: DataClass
    context: UsageContext
    region: str | None
    justification: str
    status: RequestStatus
    missing: tuple[Prerequisite, ...]
    requested_at: datetime
    expires_at: datetime
    valid_until: datetime | None
    approved_by: str | None
    closed_at: datetime | None
    closed_because: str | None
    version: int

    @classmethod
    def make(
        cls,
        id: UUID,
        *,
        employee_id: str,
        tool_id: UUID,
        data_class: DataClass,
        context: UsageContext,
        region: str | None,
        justification: str,
        missing: tuple[Prerequisite, ...],
        valid_until: datetime | None,
        now: datetime,
    ) -> Change[Request]:
        """Ask. The request waits for what is missing, for thirty days or until access is no longer wanted."""
        if valid_until is not None and valid_until <= now:
            raise EndsInThePast(valid_until=valid_until.isoformat())
        after = cls(
            id, employee_id, tool_id, data_class, context, region, justification,
            RequestStatus.PENDING_PREREQUISITES, missing, now, min(now + WAITS_FOR, valid_until or now + WAITS_FOR),
            valid_until, None, None, None, 1,
        )  # fmt: skip
        return Change(
            after,
            AccessRequested(id, employee_id, tool_id, data_class, context, missing, after.expires_at),
        )

    @property
    def is_open(self) -> bool:
        """Whether it can still become a grant."""
        return self.status in OPEN

    def waits(self, missing: tuple[Prerequisite, ...], status: RequestStatus) -> Change[Self] | None:
        """Note what it waits for now. Nothing when that is the same as before."""
        if (self.missing, self.status) == (missing, status):
            return None
        event = AccessPrerequisitesChanged(self.id, self.employee_id, self.tool_id, missing, status)
        return self._becomes(status, because=event, missing=missing)

    def approve(self, by: str, approver: str) -> Change[Self]:
        """The approver consents; never the one who asks (G13)."""
        self._must_be_open()
        if by == self.employee_id:
            raise OwnRequest(approver=approver)
        if self.status is not RequestStatus.PENDING_APPROVAL:
            raise NotWaitingForApproval(status=self.status.replace("_", " "))
        event = AccessRequestApproved(self.id, self.employee_id, self.tool_id, by)
        return self._becomes(self.status, because=event, approved_by=by)

    def fulfil(self, grant_id: UUID, now: datetime) -> tuple[Change[Self], Change[Grant]]:
        """Become a grant."""
        self._must_be_open()
        grant = Grant(
            grant_id, self.id, self.employee_id, self.tool_id, self.data_class, self.context, self.region,
            now, self.valid_until, frozenset(), None, None, 1,
        )  # fmt: skip
        granted = AccessGranted(grant_id, self.id, self.employee_id, self.tool_id, now, self.valid_until)
        fulfilled = AccessRequestFulfilled(self.id, self.employee_id, self.tool_id, grant_id)
        done = self._becomes(RequestStatus.FULFILLED, because=fulfilled, missing=(), closed_at=now)
        return done, Change(grant, granted)

    def close(self, outcome: RequestStatus, because: str, now: datetime) -> Change[Self]:
        """End without a grant: denied, expired, withdrawn or cancelled."""
        self._must_be_open()
        event = AccessRequestClosed(self.id, self.employee_id, self.tool_id, outcome)
        return self._becomes(outcome, because=event, closed_at=now, closed_because=because)

    def _must_be_open(self) -> None:
        if not self.is_open:
            raise RequestIsClosed(status=self.status.replace("_", " "))

    def _becomes(self, status: RequestStatus, *, because: object, **changed: Any) -> Change[Self]:
        return Change(replace(self, status=status, version=self.version + 1, **changed), because)


@dataclass(frozen=True, slots=True)
class Grant:
    """One employee's leave to use a tool for certain data in a certain context."""

    id: UUID
    request_id: UUID
    employee_id: str
    tool_id: UUID
    data_class: DataClass
    context: UsageContext
    region: str | None
    valid_from: datetime
    valid_until: datetime | None
    suspended_for: frozenset[Reason]
    revoked_at: datetime | None
    revoked_because: str | None
    version: int

    @property
    def status(self) -> GrantStatus:
        """Active only while there is no reason against it."""
        if self.revoked_at is not None:
            return GrantStatus.REVOKED
        return GrantStatus.SUSPENDED if self.suspended_for else GrantStatus.ACTIVE

    def suspend(self, reason: Reason) -> Change[Self]:
        """Add a reason."""
        self._must_live()
        event = AccessSuspended(self.id, self.employee_id, self.tool_id, reason)
        return self._with(self.suspended_for | {reason}, event)

    def lift(self, reason: Reason) -> Change[Self]:
        """Take a reason away; only without any the grant is usable again."""
        self._must_live()
        remaining = self.suspended_for - {reason}
        event: AccessRestored | AccessReasonLifted = AccessRestored(self.id, self.employee_id, self.tool_id)
        if remaining:
            event = AccessReasonLifted(self.id, self.employee_id, self.tool_id, reason, tuple(sorted(remaining)))
        return self._with(remaining, event)

    def reassess(self, reasons: Iterable[Reason]) -> list[Change[Self]]:
        """Come to exactly these reasons, one change for each that comes or goes. New reasons come first."""
        wanted = frozenset(reasons)
        changes: list[Change[Self]] = []
        grant = self
        for reason in sorted(wanted - self.suspended_for):
            changes.append(grant.suspend(reason))
            grant = changes[-1].after
        for reason in sorted(self.suspended_for - wanted):
            changes.append(grant.lift(reason))
            grant = changes[-1].after
        return changes

    def revoke(self, reason: str, now: datetime) -> Change[Self]:
        """End it for good; a later grant is a new one."""
        self._must_live()
        after = replace(self, revoked_at=now, revoked_because=reason, version=self.version + 1)
        return Change(after, AccessRevoked(self.id, self.employee_id, self.tool_id, reason))

    def _must_live(self) -> None:
        if self.revoked_at is not None:
            raise GrantIsRevoked

    def _with(self, reasons: frozenset[Reason], because: object) -> Change[Self]:
        return Change(replace(self, suspended_for=reasons, version=self.version + 1), because)
