"""Use that nobody had allowed becomes a case with an owner and an end: linked, taken in, an incident, or dismissed (G30)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from chassis.domain import Change, Refused

MIN_GROUP = 5


class UseKind(StrEnum):
    """What is wrong with a use, as metrics tells it."""

    UNKNOWN_TOOL = "unknown_tool"
    NOT_APPROVED = "not_approved"
    NO_GRANT = "no_grant"
    SUSPENDED = "suspended"
    RESTRICTED = "restricted"


class CaseStatus(StrEnum):
    """Where a case stands."""

    DETECTED = "detected"
    UNDER_REVIEW = "under_review"
    LINKED = "linked"
    INTAKE = "intake"
    INCIDENT = "incident"
    DISMISSED = "dismissed"
    CLEARED = "cleared"


OPEN = frozenset({CaseStatus.DETECTED, CaseStatus.UNDER_REVIEW})


class CaseSettled(Refused):
    """The case about {tool} has been settled before: it is {status}."""

    tool: str
    status: str


class WrongForCase(Refused):
    """A case of the kind {kind} cannot be settled this way; {instead}."""

    kind: str
    instead: str


class DismissalUnexplained(Refused):
    """Say why the use of {tool} is of no concern: it will not alert again."""

    tool: str


class NotInCase(Refused):
    """{employee} is not among the people of this case."""

    employee: str


@dataclass(frozen=True, slots=True)
class UngovernedCaseOpened:
    """Use of a tool without leave was found for the first time, or again after a case about it was settled."""

    case_id: UUID
    kind: UseKind
    name: str | None
    tool_id: UUID | None
    day: date


@dataclass(frozen=True, slots=True)
class UngovernedCaseTakenUp:
    """An officer looks into a case."""

    case_id: UUID
    by: str


@dataclass(frozen=True, slots=True)
class UngovernedCaseSettled:
    """What becomes of a case. With a name and a tool: use stated under that name is the tool's."""

    case_id: UUID
    outcome: CaseStatus
    kind: UseKind
    name: str | None
    tool_id: UUID | None
    incident_id: UUID | None
    by: str | None


@dataclass(frozen=True, slots=True)
class UngovernedCase:
    """Use of one tool without leave, for one reason, until something becomes of it."""

    id: UUID
    kind: UseKind
    subject: str
    name: str | None
    tool_id: UUID | None
    status: CaseStatus
    opened_at: datetime
    handled_by: str | None = None
    reason: str | None = None
    incident_id: UUID | None = None
    settled_at: datetime | None = None
    version: int = 1

    @classmethod
    def open(
        cls, id: UUID, *, kind: UseKind, tool: str, tool_id: UUID | None, day: date, now: datetime
    ) -> Change[Self]:
        """Use without leave was found."""
        name = tool if kind is UseKind.UNKNOWN_TOOL else None
        case = cls(id, kind, subject_of(tool, tool_id), name, tool_id, CaseStatus.DETECTED, now)
        return Change(case, UngovernedCaseOpened(id, kind, name, tool_id, day))

    def takes(self, day: date, *, incident_closed: bool) -> bool:
        """Whether use of that day counts here and needs no new case.

        Dismissed tools do not alert again. A proposed tool is waited for, an incident until it is closed. Of what else
        was settled, only use of the days before belongs here.
        """
        if self.status in OPEN or self.status is CaseStatus.DISMISSED:
            return True
        if self.status is CaseStatus.INTAKE and self.kind in (UseKind.UNKNOWN_TOOL, UseKind.NOT_APPROVED):
            return True
        if self.status is CaseStatus.INCIDENT and not incident_closed:
            return True
        return self.status is not CaseStatus.CLEARED and self.settled_at is not None and day <= self.settled_at.date()

    def take_up(self, by: str) -> Change[Self]:
        """Somebody looks into it."""
        if self.status is not CaseStatus.DETECTED:
            raise CaseSettled(tool=self.subject, status=self.status.replace("_", " "))
        return self._becomes(UngovernedCaseTakenUp(self.id, by), status=CaseStatus.UNDER_REVIEW, handled_by=by)

    def link(self, tool_id: UUID, by: str, now: datetime) -> Change[Self]:
        """The name belongs to a registered tool."""
        self._must_be(UseKind.UNKNOWN_TOOL, instead="its tool is known already")
        return self._settle(CaseStatus.LINKED, by, now, tool_id=tool_id)

    def take_in(self, tool_id: UUID | None, by: str, now: datetime) -> Change[Self]:
        """The tool is proposed, or access to it is requested for those who use it."""
        if tool_id is not None:
            self.must_be_unknown()
        else:
            self._must_be(
                UseKind.NO_GRANT, UseKind.NOT_APPROVED, instead="access is requested where only a grant is missing"
            )
        return self._settle(CaseStatus.INTAKE, by, now, tool_id=tool_id or self.tool_id)

    def raise_incident(self, incident_id: UUID, by: str | None, now: datetime) -> Change[Self]:
        """It is dealt with as an incident."""
        return self._settle(CaseStatus.INCIDENT, by, now, incident_id=incident_id)

    def dismiss(self, reason: str, by: str, now: datetime) -> Change[Self]:
        """It is of no concern: further use is counted and does not alert again."""
        if not reason.strip():
            raise DismissalUnexplained(tool=self.subject)
        return self._settle(CaseStatus.DISMISSED, by, now, reason=reason.strip())

    def clear(self, now: datetime) -> Change[Self] | None:
        """All of it was allowed after all; None when something has become of the case."""
        return self._settle(CaseStatus.CLEARED, None, now) if self.status in OPEN else None

    def must_be_unknown(self) -> None:
        """Raises WrongForCase when its tool is registered."""
        self._must_be(UseKind.UNKNOWN_TOOL, instead="its tool is registered; request access to it")

    def _must_be(self, *kinds: UseKind, instead: str) -> None:
        if self.kind not in kinds:
            raise WrongForCase(kind=self.kind.replace("_", " "), instead=instead)

    def _settle(self, outcome: CaseStatus, by: str | None, now: datetime, **facts: Any) -> Change[Self]:
        if self.status not in OPEN:
            raise CaseSettled(tool=self.subject, status=self.status.replace("_", " "))
        tool_id, incident_id = facts.get("tool_id", self.tool_id), facts.get("incident_id")
        event = UngovernedCaseSettled(self.id, outcome, self.kind, self.name, tool_id, incident_id, by)
        return self._becomes(event, status=outcome, handled_by=by or self.handled_by, settled_at=now, **facts)

    def _becomes(self, because: object, **facts: Any) -> Change[Self]:
        return Change(replace(self, version=self.version + 1, **facts), because)


def subject_of(tool: str, tool_id: UUID | None) -> str:
    """What a case is about: the tool's id, or the name that a source uses."""
    return str(tool_id) if tool_id is not None else tool


def code_for(name: str) -> str:
    """A code that a proposal of a tool of this name could have: lower-case letters, digits and single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "tool"


def purpose_of(name: str) -> str:
    """What a proposal out of a case says when nobody says more."""
    return f"It is in use as {name}."


def shown(count: int) -> int | None:
    """A count of people or of what they did, as it may be shown to those who do not handle the case."""
    return count if count >= MIN_GROUP else None
