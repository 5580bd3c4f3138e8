"""Access: a request waits for its prerequisites and for consent and becomes a grant by itself; a grant is suspended for a set
of reasons and usable only while that set is empty (G18-G20, G22)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from chassis.domain import Change, Refused
from governance.access.events import (
    OPEN,
    AccessApprovalAsked,
    AccessExtended,
    AccessGranted,
    AccessHandoverBegan,
    AccessPrerequisitesChanged,
    AccessReasonLifted,
    AccessRequestApproved,
    AccessRequestClosed,
    AccessRequested,
    AccessRequestFulfilled,
    AccessRestored,
    AccessRevoked,
    AccessSuspended,
    GrantStatus,
    Prerequisite,
    Reason,
    RequestStatus,
)
from governance.approvals.domain import AlreadyConsented, Chain, ChainOutcome
from governance.scope.domain import DataClass, UsageContext

WAITS_FOR = timedelta(days=30)
OUTSIDE = frozenset({Reason.OUT_OF_SCOPE, Reason.DEPT_RESTRICTED})
EMPLOYMENT_ENDED = "employment ended"


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


class IncompatibleTools(Refused):
    """{tool} is never together with {other}, which you have: {reason} Give {other} up, or ask for an exception from {policy}."""

    tool: str
    other: str
    reason: str
    policy: str


class ToolCannotBeRequested(Refused):
    """{tool} is {status}; access can be requested from its review until it is retired."""

    tool: str
    status: str


class EndsInThePast(Refused):
    """Access cannot end at {valid_until}, which has passed."""

    valid_until: str


class NotYetExtendable(Refused):
    """This access ends on {valid_until}. Ask to extend it in the {days} days before."""

    valid_until: str
    days: str


class NothingToExtend(Refused):
    """This access does not end by itself: there is nothing to extend."""


class NoLonger(Refused):
    """This access lasts until {valid_until} already. Name a later date."""

    valid_until: str


class GrantIsRevoked(Refused):
    """This grant was revoked before."""


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
    chain: Chain | None = None
    extends: UUID | None = None

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

    @classmethod
    def extend(
        cls,
        id: UUID,
        grant: Grant,
        *,
        justification: str,
        missing: tuple[Prerequisite, ...],
        valid_until: datetime,
        extendable_for: timedelta,
        now: datetime,
    ) -> Change[Request]:
        """Ask for longer access, on the same conditions. It waits until the access ends."""
        grant.must_be_extendable(valid_until, extendable_for, now)
        made = cls.make(
            id, employee_id=grant.employee_id, tool_id=grant.tool_id, data_class=grant.data_class,
            context=grant.context, region=grant.region, justification=justification, missing=missing,
            valid_until=valid_until, now=now,
        )  # fmt: skip
        ends = grant.valid_until or made.after.expires_at
        after = replace(made.after, extends=grant.id, expires_at=min(made.after.expires_at, ends))
        return Change(after, replace(made.because, expires_at=after.expires_at))

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

    @property
    def asked(self) -> tuple[str, ...]:
        """Who is asked now; nobody while something else is missing."""
        waits = self.status is RequestStatus.PENDING_APPROVAL and self.approved_by is None
        return self.chain.stage.waits_for if waits and self.chain else ()

    @property
    def explanation(self) -> str:
        """What it waits for, or how it ended."""
        if not self.is_open:
            return f"{self.status.replace('_', ' ').capitalize()}" + (
                f": {self.closed_because}." if self.closed_because else "."
            )
        if self.missing:
            return f"It waits until {self.expires_at:%Y-%m-%d} for: {', '.join(each.id for each in self.missing)}."
        if self.status is not RequestStatus.PENDING_APPROVAL:
            return f"It waits until {self.expires_at:%Y-%m-%d} for the tool, or for the department to allow it."
        if self.chain is None:
            return "An AI steward decides: nobody else could be asked."
        stage = self.chain.stage
        since = self.chain.due_at - timedelta(hours=stage.hours)
        whom = "the alternates were" if stage.escalated else f"the {stage.name} was"
        return (
            f"Stage {self.chain.current + 1} of {len(self.chain.stages)}: since {since:%Y-%m-%d %H:%M} {whom} asked"
            f" ({', '.join(stage.asked)}){stage.progress}, until {self.chain.due_at:%Y-%m-%d %H:%M}."
        )

    def asks(self, chain: Chain) -> Change[Self]:
        """Others are asked now: the first stage, the next one, or the alternates of a stage that was silent.

        Where nobody is left to be asked, because a stage is needed no longer, the consents so far are enough.
        """
        self._must_be_open()
        if chain.outcome is ChainOutcome.APPROVED:
            by = chain.stage.consents[-1].by
            approved = AccessRequestApproved(self.id, self.employee_id, self.tool_id, by)
            return self._becomes(self.status, because=approved, approved_by=by, chain=chain)
        event = AccessApprovalAsked(
            self.id, self.employee_id, self.tool_id, chain.stage.name, chain.stage.waits_for, chain.due_at
        )
        return self._becomes(self.status, because=event, chain=chain)

    def approve(self, by: str, now: datetime, comment: str | None = None) -> Change[Self]:
        """Somebody who is asked consents, never the one who asks (G13); the last stage completes it."""
        self._must_be_open()
        if by == self.employee_id:
            raise OwnRequest(approver=", ".join(self.asked) or "The AI steward")
        if self.status is not RequestStatus.PENDING_APPROVAL:
            raise NotWaitingForApproval(status=self.status.replace("_", " "))
        earlier = self.chain.stages[: self.chain.current] if self.chain else ()
        for stage in earlier:
            if any(consent.by == by for consent in stage.consents):
                raise AlreadyConsented(employee=by, stage=stage.name)
        chain = self.chain.consent(by, now, comment) if self.chain else None
        if chain is not None:
            return self.asks(chain)
        event = AccessRequestApproved(self.id, self.employee_id, self.tool_id, by)
        return self._becomes(self.status, because=event, approved_by=by)

    def time_passed(self, now: datetime) -> Change[Self] | None:
        """Nobody answered in time: the alternates are asked, once; then it ends. Nothing when that is not so."""
        waits = self.status is RequestStatus.PENDING_APPROVAL and self.approved_by is None
        chain = self.chain.time_passed(now) if waits and self.chain else None
        if chain is None:
            return None
        if chain.outcome is ChainOutcome.EXPIRED:
            ended = replace(self, chain=chain)
            return ended.close(RequestStatus.EXPIRED, f"nobody answered in time at the stage {chain.stage.name}", now)
        return self.asks(chain)

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

    def prolong(self, grant: Grant, now: datetime) -> tuple[Change[Self], Change[Grant]]:
        """Make the grant last longer; it is not interrupted."""
        self._must_be_open()
        after = replace(grant, valid_until=self.valid_until, extensions=grant.extensions + 1, version=grant.version + 1)
        extended = AccessExtended(grant.id, self.id, self.employee_id, self.tool_id, self.valid_until)
        fulfilled = AccessRequestFulfilled(self.id, self.employee_id, self.tool_id, grant.id)
        done = self._becomes(RequestStatus.EXTENDED, because=fulfilled, missing=(), closed_at=now)
        return done, Change(after, extended)

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
    extensions: int = 0
    handover_until: datetime | None = None

    @property
    def status(self) -> GrantStatus:
        """Active only while there is no reason against it."""
        if self.revoked_at is not None:
            return GrantStatus.REVOKED
        return GrantStatus.SUSPENDED if self.suspended_for else GrantStatus.ACTIVE

    def must_be_extendable(self, valid_until: datetime, extendable_for: timedelta, now: datetime) -> None:
        """Raises GrantIsRevoked, NothingToExtend, NotYetExtendable or NoLonger."""
        self._must_live()
        if self.valid_until is None:
            raise NothingToExtend
        if now < self.valid_until - extendable_for:
            raise NotYetExtendable(valid_until=self.valid_until.isoformat(), days=str(extendable_for.days))
        if valid_until <= self.valid_until:
            raise NoLonger(valid_until=self.valid_until.isoformat())

    @property
    def is_outside(self) -> bool:
        """Whether it is suspended because its use is outside of what its holder's department may do."""
        return not OUTSIDE.isdisjoint(self.suspended_for)

    def hand_over(self, ends: datetime) -> Change[Self] | None:
        """A transfer left it outside: date its end. Nothing when it is inside, or is dated already (C5b)."""
        if self.revoked_at is not None or not self.is_outside or self.handover_until is not None:
            return None
        after = replace(self, handover_until=ends, version=self.version + 1)
        return Change(after, AccessHandoverBegan(self.id, self.employee_id, self.tool_id, ends))

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
        """A grant that is inside again is not to be handed over any more."""
        handover_until = self.handover_until if reasons & OUTSIDE else None
        return Change(
            replace(self, suspended_for=reasons, handover_until=handover_until, version=self.version + 1), because
        )
