"""Use without leave: each person's use of a tool on a day is told once, and taken back when it turns out to be allowed (C12)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from chassis.domain import Change
from metrics.privacy.domain import MIN_GROUP


class Kind(StrEnum):
    """What is wrong with a use, the first that holds."""

    UNKNOWN_TOOL = "unknown_tool"
    RESTRICTED = "restricted"
    SUSPENDED = "suspended"
    NOT_APPROVED = "not_approved"
    NO_GRANT = "no_grant"


@dataclass(frozen=True, slots=True)
class UsageUngovernedDetected:
    """A person used a tool on a day without leave.

    The person is named in departments of five people and more. `people` says how many of the department did the same
    that day, null when fewer than five.
    """

    detection_id: UUID
    employee_id: str | None
    department_id: str | None
    tool: str
    tool_id: UUID | None
    day: date
    kind: Kind
    people: int | None


@dataclass(frozen=True, slots=True)
class UsageUngovernedCleared:
    """A use that was told was allowed after all, did not happen, or is told anew under the tool's own name."""

    detection_id: UUID
    employee_id: str | None
    department_id: str | None
    tool: str
    tool_id: UUID | None
    day: date
    kind: Kind


@dataclass(frozen=True, slots=True)
class Finding:
    """What is found of a day: a use without leave, how many of the department did the same, and how large that is."""

    tool: str
    tool_id: UUID | None
    employee_id: str
    department_id: str | None
    kind: Kind
    people: int
    department_size: int


@dataclass(frozen=True, slots=True)
class UngovernedUse:
    """One person's use of one tool on one day, as told to others."""

    id: UUID
    day: date
    tool: str
    tool_id: UUID | None
    employee_id: str
    department_id: str | None
    kind: Kind
    named: bool
    cleared: bool
    version: int

    @classmethod
    def detect(cls, id: UUID, day: date, found: Finding) -> Change[UngovernedUse]:
        """It is found for the first time."""
        use = cls(
            id, day, found.tool, found.tool_id, found.employee_id, found.department_id, found.kind,
            found.department_size >= MIN_GROUP, cleared=False, version=1,
        )  # fmt: skip
        return _detected(use, found.people)

    def judged(self, found: Finding | None) -> list[Change[UngovernedUse]]:
        """It is looked at again; nothing when nothing changed, and the old word taken back before a new one is said."""
        changes: list[Change[UngovernedUse]] = []
        use = self
        if not use.cleared and (found is None or found.kind is not use.kind):
            use = replace(use, cleared=True, version=use.version + 1)
            changes.append(Change(use, UsageUngovernedCleared(use.id, use._shown, use.department_id, *use._what)))
        if use.cleared and found is not None:
            use = replace(
                use, tool_id=found.tool_id, department_id=found.department_id, kind=found.kind,
                named=found.department_size >= MIN_GROUP, cleared=False, version=use.version + 1,
            )  # fmt: skip
            changes.append(_detected(use, found.people))
        return changes

    @property
    def _shown(self) -> str | None:
        return self.employee_id if self.named else None

    @property
    def _what(self) -> tuple[str, UUID | None, date, Kind]:
        return self.tool, self.tool_id, self.day, self.kind


def _detected(use: UngovernedUse, people: int) -> Change[UngovernedUse]:
    shown = people if people >= MIN_GROUP else None
    return Change(use, UsageUngovernedDetected(use.id, use._shown, use.department_id, *use._what, shown))
