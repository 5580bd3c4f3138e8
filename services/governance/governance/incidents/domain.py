"""AI incidents: somebody answers for each, it is contained, and it closes only on a correction or a reason for none (G28)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from chassis.domain import Change, Refused
from governance.incidents.reporter import Reporter


class IncidentStatus(StrEnum):
    """Where an incident stands."""

    REPORTED = "reported"
    TRIAGED = "triaged"
    CONTAINED = "contained"
    CORRECTED = "corrected"
    CLOSED = "closed"


class Severity(StrEnum):
    """How bad it is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Harm(StrEnum):
    """What kind of harm was done or was near."""

    CONFIDENTIALITY = "confidentiality"
    PRIVACY = "privacy"
    WRONG_OUTPUT = "wrong_output"
    UNFAIRNESS = "unfairness"
    SAFETY = "safety"
    INTELLECTUAL_PROPERTY = "intellectual_property"
    FINANCIAL = "financial"
    OTHER = "other"


class Source(StrEnum):
    """Who raised it."""

    EMPLOYEE = "employee"
    ITSM = "itsm"
    METRICS = "metrics"


class Basis(StrEnum):
    """On what basis somebody answers for what goes wrong, the nearest first."""

    NAMED = "named"
    PROCESS_OWNER = "process_owner"
    TOOL_OWNER = "tool_owner"
    DEPARTMENT_LEADER = "department_leader"
    EXECUTIVE_SPONSOR = "executive_sponsor"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could answer for it."""

    basis: Basis
    employee_id: str
    works_here: bool = True


def resolve(candidates: Iterable[Candidate]) -> Candidate | None:
    """Who answers: the nearest one who works here (C9)."""
    order = list(Basis)
    return min((each for each in candidates if each.works_here), key=lambda each: order.index(each.basis), default=None)


@dataclass(frozen=True, slots=True)
class Involved:
    """Whose output it was, who reviewed it, and at which step of the procedure; only what somebody said."""

    author_id: str | None = None
    reviewer_id: str | None = None
    step: int | None = None


NOBODY_NAMED = Involved()


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person had and lacked for a tool."""

    had_access: bool | None = None
    lacked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How things stood when it was opened: versions in force, and what author and reviewer had and lacked."""

    tool_version: str | None = None
    tool_status: str | None = None
    sop_id: UUID | None = None
    sop_version: int | None = None
    author_id: str | None = None
    author_had_access: bool | None = None
    author_lacked: tuple[str, ...] = ()
    step: int | None = None
    reviewer_id: str | None = None
    reviewer_had_access: bool | None = None
    reviewer_lacked: tuple[str, ...] = ()


class IncidentInWrongState(Refused):
    """The incident "{incident}" is {status}; this needs one that is {needed}."""

    incident: str
    status: str
    needed: str


class NobodyAnswers(Refused):
    """Nobody is accountable for the incident "{incident}". Name somebody first."""

    incident: str


class CorrectionMissing(Refused):
    """The incident "{incident}" needs a corrective action, or "none" with the reason for it: one of the two."""

    incident: str


class CorrectiveActionsOpen(Refused):
    """{count} corrective actions of the incident "{incident}" are not done. Wait for them, or say why it is closed without."""

    incident: str
    count: int


class WordsMissing(Refused):
    """Say {what}: it must not be empty."""

    what: str


class AnonymousWithKey(Refused):
    """An idempotency key is kept with who sent it. Report without one, so that nothing leads back to you."""


class OwnIncident(Refused):
    """The incident "{incident}" is closed by somebody else than {employee}, who answers for it."""

    incident: str
    employee: str


class NoToolToSuspend(Refused):
    """The incident "{incident}" names no tool, so there is none to suspend."""

    incident: str


@dataclass(frozen=True, slots=True)
class IncidentOpened:
    """Something went wrong with AI; who is accountable is named where it is known."""

    incident_id: UUID
    tool_id: UUID | None
    process_id: UUID | None
    title: str
    source: Source
    ticket: str | None
    accountable_id: str | None
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class IncidentTriaged:
    """How bad an incident is, whom it harms and who is accountable were settled."""

    incident_id: UUID
    tool_id: UUID | None
    severity: Severity
    harms: tuple[Harm, ...]
    accountable_id: str | None


@dataclass(frozen=True, slots=True)
class IncidentAccountabilityMoved:
    """Somebody else answers for an incident; null when nobody does."""

    incident_id: UUID
    accountable_id: str | None
    previous_id: str | None


@dataclass(frozen=True, slots=True)
class IncidentContained:
    """An incident does no further harm."""

    incident_id: UUID
    tool_id: UUID | None
    containment: str
    tool_suspended: bool
    opened_at: datetime
    contained_at: datetime


@dataclass(frozen=True, slots=True)
class IncidentCorrected:
    """What changes so that it does not happen again was settled, or why nothing does."""

    incident_id: UUID
    actions: tuple[str, ...]
    none_because: str | None


@dataclass(frozen=True, slots=True)
class IncidentClosed:
    """An incident is dealt with."""

    incident_id: UUID
    tool_id: UUID | None
    severity: Severity | None
    accountable_id: str
    opened_at: datetime
    contained_at: datetime | None
    closed_at: datetime
    open_actions_because: str | None = None


@dataclass(frozen=True, slots=True)
class IncidentReopened:
    """An incident was not dealt with after all."""

    incident_id: UUID
    tool_id: UUID | None
    reason: str


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that went wrong with AI."""

    id: UUID
    title: str
    description: str
    source: Source
    reported_by: str | None
    ticket: str | None
    tool_id: UUID | None
    process_id: UUID | None
    circumstances: Circumstances
    status: IncidentStatus
    severity: Severity | None
    harms: tuple[Harm, ...]
    accountable_id: str | None
    accountable_because: Basis | None
    opened_at: datetime
    containment: str | None = None
    contained_at: datetime | None = None
    actions: tuple[str, ...] = ()
    no_action_because: str | None = None
    closed_at: datetime | None = None
    reopened: int = 0
    open_actions_because: str | None = None
    anonymous: bool = False
    reporter_department_id: str | None = None
    version: int = 1

    @classmethod
    def open(
        cls,
        id: UUID,
        *,
        title: str,
        description: str,
        source: Source,
        reporter: Reporter,
        ticket: str | None,
        tool_id: UUID | None,
        process_id: UUID | None,
        circumstances: Circumstances,
        harms: tuple[Harm, ...],
        answers: Candidate | None,
        now: datetime,
    ) -> Change[Incident]:
        """Anybody may report one; somebody answers for it from the first moment, where anybody can."""
        who, basis = (answers.employee_id, answers.basis) if answers else (None, None)
        incident = cls(
            id, _words("what happened", title), description, source, reporter.employee_id, ticket, tool_id,
            process_id, circumstances, IncidentStatus.REPORTED, None, harms, who, basis, now,
            anonymous=reporter.anonymous, reporter_department_id=reporter.department_id,
        )  # fmt: skip
        event = IncidentOpened(id, tool_id, process_id, incident.title, source, ticket, who, now)
        return Change(incident, event)

    def triage(self, severity: Severity, harms: tuple[Harm, ...], *, accountable_id: str | None) -> Change[Self]:
        """Settle how bad it is and who answers for it; it may be settled anew until it is contained."""
        self._must_be(IncidentStatus.REPORTED, IncidentStatus.TRIAGED)
        who, basis = self.accountable_id, self.accountable_because
        if accountable_id is not None and accountable_id != who:
            who, basis = accountable_id, Basis.NAMED
        event = IncidentTriaged(self.id, self.tool_id, severity, harms, who)
        return self._becomes(
            IncidentStatus.TRIAGED,
            severity=severity,
            harms=harms,
            accountable_id=who,
            accountable_because=basis,
            because=event,
        )

    def answered_for_by(self, employee_id: str | None, basis: Basis = Basis.NAMED) -> Change[Self]:
        """Make somebody else accountable, whatever the stage; a closed one keeps whom it was closed by."""
        self._must_be(*(status for status in IncidentStatus if status is not IncidentStatus.CLOSED))
        event = IncidentAccountabilityMoved(self.id, employee_id, self.accountable_id)
        because = basis if employee_id else None
        return self._becomes(self.status, accountable_id=employee_id, accountable_because=because, because=event)

    def contain(self, how: str, *, tool_suspended: bool, now: datetime) -> Change[Self]:
        """Stop the harm."""
        self._must_be(IncidentStatus.TRIAGED)
        if tool_suspended and self.tool_id is None:
            raise NoToolToSuspend(incident=self.title)
        how = _words("how it was contained", how)
        event = IncidentContained(self.id, self.tool_id, how, tool_suspended, self.opened_at, now)
        return self._becomes(IncidentStatus.CONTAINED, containment=how, contained_at=now, because=event)

    def correct(self, actions: tuple[str, ...], *, none_because: str | None) -> Change[Self]:
        """Say what changes so that it does not happen again, or why nothing does."""
        self._must_be(IncidentStatus.CONTAINED)
        actions = tuple(action.strip() for action in actions if action.strip())
        reason = (none_because or "").strip() or None
        if bool(actions) == bool(reason):
            raise CorrectionMissing(incident=self.title)
        event = IncidentCorrected(self.id, actions, reason)
        return self._becomes(IncidentStatus.CORRECTED, actions=actions, no_action_because=reason, because=event)

    def close(self, by: str, now: datetime, *, open_actions: int = 0, open_because: str | None = None) -> Change[Self]:
        """End it: somebody else answers for it, and what changes has changed, or why it is closed without (G13)."""
        self._must_be(IncidentStatus.CORRECTED)
        if self.accountable_id is None:
            raise NobodyAnswers(incident=self.title)
        if by == self.accountable_id:
            raise OwnIncident(incident=self.title, employee=by)
        because = (open_because or "").strip() or None if open_actions else None
        if open_actions and because is None:
            raise CorrectiveActionsOpen(incident=self.title, count=open_actions)
        event = IncidentClosed(
            self.id, self.tool_id, self.severity, self.accountable_id, self.opened_at, self.contained_at, now, because
        )
        return self._becomes(IncidentStatus.CLOSED, closed_at=now, open_actions_because=because, because=event)

    def reopen(self, reason: str) -> Change[Self]:
        """Take it up again; it is triaged, contained and corrected anew."""
        self._must_be(IncidentStatus.CORRECTED, IncidentStatus.CLOSED)
        event = IncidentReopened(self.id, self.tool_id, _words("why it is taken up again", reason))
        return self._becomes(
            IncidentStatus.REPORTED,
            containment=None,
            contained_at=None,
            actions=(),
            no_action_because=None,
            closed_at=None,
            open_actions_because=None,
            reopened=self.reopened + 1,
            because=event,
        )

    def _must_be(self, *allowed: IncidentStatus) -> None:
        if self.status not in allowed:
            raise IncidentInWrongState(incident=self.title, status=self.status, needed=" or ".join(allowed))

    def _becomes(self, status: IncidentStatus, *, because: object, **changed: Any) -> Change[Self]:
        return Change(replace(self, status=status, version=self.version + 1, **changed), because)


def _words(what: str, given: str) -> str:
    if not given.strip():
        raise WordsMissing(what=what)
    return given.strip()
