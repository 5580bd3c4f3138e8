"""Credentials: periods in which somebody is certified. Dates are facts, the status follows from them (T10, T12)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.domain import Change, Refused
from training.credential_types.domain import CredentialType

REMIND_DAYS = (90, 60, 30, 7)
_NIL = UUID(int=0)
_NEVER = datetime.max.replace(tzinfo=UTC)


class CredentialStatus(StrEnum):
    """What the dates of a period say at a moment, by priority."""

    REVOKED = "revoked"
    CERTIFIED = "certified"
    IN_GRACE = "in_grace"
    EXPIRED = "expired"
    FAILED = "failed"
    OVERDUE = "overdue"
    FUTURE = "future"
    PENDING = "pending"


class NothingHeld(Refused):
    """{employee} holds no {credential_type} that could be revoked."""

    employee: str
    credential_type: str


class ReasonMissing(Refused):
    """Say why: the holder has a right to know."""


@dataclass(frozen=True, slots=True)
class CredentialAwarded:
    """Every mandatory course is passed: certified from and until these dates (None: for ever)."""

    period_id: UUID
    employee_id: str
    credential_type: str
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class CredentialExpiring:
    """A period ends in so many days, and nothing follows it yet."""

    period_id: UUID
    employee_id: str
    credential_type: str
    valid_until: datetime
    days_left: int


@dataclass(frozen=True, slots=True)
class CredentialExpired:
    """A period ended without renewal; the holder has until the end of the grace."""

    period_id: UUID
    employee_id: str
    credential_type: str
    grace_until: datetime


@dataclass(frozen=True, slots=True)
class CredentialGraceEnded:
    """The grace is over and the credential was not renewed."""

    period_id: UUID
    employee_id: str
    credential_type: str


@dataclass(frozen=True, slots=True)
class CredentialRevoked:
    """A period does not count any more."""

    period_id: UUID
    employee_id: str
    credential_type: str
    reason: str
    revoked_at: datetime


class RevocationKind(StrEnum):
    """What a revocation leaves of the work done: nothing, or all but the voided evidence."""

    BY_DECISION = "by_decision"
    EVIDENCE_VOIDED = "evidence_voided"


@dataclass(frozen=True, slots=True)
class Window:
    """When the work for a period can and should be done; before it is certified, these dates give the status."""

    start: datetime | None = None
    due: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pass:
    """A passed course that can be evidence; one that was voided is none."""

    attempt_id: UUID
    course: str
    completed_at: datetime


@dataclass(frozen=True, slots=True)
class Period:
    """One period of certification of one person."""

    id: UUID
    employee_id: str
    credential_type: str
    window: Window
    certified_at: datetime | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    grace_until: datetime | None = None
    revoked_at: datetime | None = None
    revocation: RevocationKind | None = None
    revoked_reason: str | None = None
    evidence: tuple[UUID, ...] = ()
    version: int = 1

    def status(self, now: datetime) -> CredentialStatus:
        """Revoked, certified, in grace, expired, failed, overdue, future or pending: the first that applies."""
        if self.revoked_at is not None:
            return CredentialStatus.REVOKED
        if self.certified_at is not None:
            if self.valid_until is None or now < self.valid_until:
                return CredentialStatus.CERTIFIED
            if self.grace_until is not None and now < self.grace_until:
                return CredentialStatus.IN_GRACE
            return CredentialStatus.EXPIRED
        if self.window.end is not None and self.window.end <= now:
            return CredentialStatus.FAILED
        if self.window.due is not None and self.window.due <= now:
            return CredentialStatus.OVERDUE
        if self.window.start is not None and now < self.window.start:
            return CredentialStatus.FUTURE
        return CredentialStatus.PENDING

    def holds(self, at: datetime) -> bool:
        """Whether the holder is certified by this period at that moment."""
        return (
            self.revoked_at is None
            and self.valid_from is not None
            and self.valid_from <= at
            and (self.valid_until is None or at < self.valid_until)
        )

    def revoke(self, kind: RevocationKind, reason: str, now: datetime) -> Change[Period]:
        """It does not count from now on."""
        if not reason.strip():
            raise ReasonMissing
        after = replace(self, revoked_at=now, revocation=kind, revoked_reason=reason, version=self.version + 1)
        return Change(after, CredentialRevoked(self.id, self.employee_id, self.credential_type, reason, now))

    def remind(self, days_left: int) -> Change[Period]:
        """Its end comes near."""
        assert self.valid_until is not None
        after = replace(self, version=self.version + 1)
        event = CredentialExpiring(self.id, self.employee_id, self.credential_type, self.valid_until, days_left)
        return Change(after, event)

    def expire(self) -> Change[Period]:
        """Its end has come and nothing follows it."""
        grace_until = self.grace_until or self.valid_until
        assert grace_until is not None
        after = replace(self, version=self.version + 1)
        return Change(after, CredentialExpired(self.id, self.employee_id, self.credential_type, grace_until))

    def end_grace(self) -> Change[Period]:
        """The grace is over as well."""
        after = replace(self, version=self.version + 1)
        return Change(after, CredentialGraceEnded(self.id, self.employee_id, self.credential_type))


def reminders(period: Period, now: datetime) -> dict[int, datetime]:
    """When to remind of a period's end, by the days that are left then: those of 90, 60, 30 and 7 still to come (T11)."""
    if period.valid_until is None or period.valid_from is None:
        return {}
    dates = {days: period.valid_until - timedelta(days=days) for days in REMIND_DAYS}
    return {days: date for days, date in dates.items() if date > max(now, period.valid_from)}


def held(periods: Iterable[Period], now: datetime) -> Period | None:
    """The period that certifies now."""
    return next((period for period in periods if period.holds(now)), None)


def covered_until(periods: Sequence[Period], now: datetime) -> tuple[bool, datetime | None]:
    """Whether somebody is certified now, and until when without a gap (None: for ever)."""
    period = held(periods, now)
    if period is None:
        return False, None
    while period.valid_until is not None:
        following = held(periods, period.valid_until)
        if following is None:
            return True, period.valid_until
        period = following
    return True, None


def shown(periods: Iterable[Period], now: datetime) -> Period | None:
    """The period that stands for a credential: the one that certifies now, else the last."""
    known = sorted(periods, key=_begin)
    return held(known, now) or (known[-1] if known else None)


def standing(
    periods: Iterable[Period], assigned_at: datetime, due_at: datetime | None, now: datetime
) -> CredentialStatus:
    """Where somebody stands who was asked to earn it: by the last period, or by the window of the assignment."""
    period = shown(periods, now)
    if period is None:
        period = Period(_NIL, "", "", Window(start=assigned_at, due=due_at))
    return period.status(now)


def _begin(period: Period) -> tuple[datetime, UUID]:
    assert period.valid_from is not None
    return period.valid_from, period.id


def opens(history: Iterable[Period], window: timedelta) -> datetime | None:
    """From when on a pass counts for the next period; None: whenever it was.

    After a decision to revoke the work starts again; after voided evidence the rest of it still counts; else renewal
    opens some days before the end of the last period. A period without end is never renewed.
    """
    known = sorted(history, key=_begin)
    if not known:
        return None
    last = known[-1]
    if last.revocation is RevocationKind.BY_DECISION:
        return last.revoked_at
    if last.revocation is RevocationKind.EVIDENCE_VOIDED:
        return last.window.start
    return _NEVER if last.valid_until is None else last.valid_until - window


def certify(
    id: UUID,
    *,
    employee_id: str,
    credential_type: CredentialType,
    mandatory: frozenset[str],
    passes: Iterable[Pass],
    history: Sequence[Period],
) -> Change[Period] | None:
    """The next period, if every mandatory course is passed within its window; None if not.

    It begins when the last course was passed, but not before the previous period ends: who renews early loses no day.
    """
    terms = credential_type.terms
    start = opens(history, timedelta(days=terms.recert_window_days))
    counting = [period for period in history if period.revoked_at is None]
    spent = [period for period in history if period.revocation is not RevocationKind.EVIDENCE_VOIDED]
    used = {attempt for period in spent for attempt in period.evidence}
    first: dict[str, Pass] = {}
    for one in sorted(passes, key=lambda one: (one.completed_at, one.attempt_id)):
        in_window = start is None or one.completed_at >= start
        if one.course in mandatory and in_window and one.attempt_id not in used:
            first.setdefault(one.course, one)
    if first.keys() != mandatory:
        return None
    certified_at = max(one.completed_at for one in first.values())
    ends = [period.valid_until for period in counting if period.valid_until is not None]
    valid_from = max([certified_at, *ends])
    valid_until = None if terms.validity is None else valid_from + terms.validity
    grace_until = None if valid_until is None else valid_until + timedelta(days=terms.grace_days)
    period = Period(
        id,
        employee_id,
        credential_type.id,
        Window(start=start),
        certified_at,
        valid_from,
        valid_until,
        grace_until,
        evidence=tuple(one.attempt_id for one in first.values()),
    )
    return Change(period, CredentialAwarded(id, employee_id, credential_type.id, valid_from, valid_until))
