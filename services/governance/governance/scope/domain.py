"""For which data, in which context and where a tool may be used, and on which conditions (G05).

Scopes meet in their intersection, so that a lower tier or a later cut only narrows (G03).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from chassis.domain import Refused

MOST_APPROVERS = 20


class DataClass(StrEnum):
    """How sensitive the data is that a tool is given."""

    PUBLIC = "PUBLIC"
    INTERNAL = "INTERNAL"
    CONFIDENTIAL = "CONFIDENTIAL"
    CLIENT = "CLIENT"


class UsageContext(StrEnum):
    """What the tool's output is used for."""

    INTERNAL = "INTERNAL"
    CLIENT_WORK = "CLIENT_WORK"
    PUBLIC = "PUBLIC"


@dataclass(frozen=True, slots=True)
class Scope:
    """One row of what is allowed. No department means every department, no region every region."""

    data_class: DataClass
    context: UsageContext
    department_id: str | None = None
    region: str | None = None

    def covers(self, use: Use) -> bool:
        """Whether this row allows a use. A row for one region covers nobody whose region is not known."""
        return (
            self.data_class is use.data_class
            and self.context is use.context
            and self.department_id in (None, use.department_id)
            and self.region in (None, use.region)
        )

    def includes(self, other: Scope) -> bool:
        """Whether this row allows whatever the other does."""
        return (
            (self.data_class, self.context) == (other.data_class, other.context)
            and self.department_id in (None, other.department_id)
            and self.region in (None, other.region)
        )

    def meet(self, other: Scope) -> Scope | None:
        """What both rows allow, or nothing."""
        if (self.data_class, self.context) != (other.data_class, other.context):
            return None
        for mine, theirs in ((self.department_id, other.department_id), (self.region, other.region)):
            if mine is not None and theirs is not None and mine != theirs:
                return None
        return Scope(
            self.data_class, self.context, self.department_id or other.department_id, self.region or other.region
        )


@dataclass(frozen=True, slots=True)
class Use:
    """One use that somebody intends: these data, for this, in this department and region."""

    data_class: DataClass
    context: UsageContext
    department_id: str | None
    region: str | None = None


def covers(scope: Iterable[Scope], use: Use) -> bool:
    """Whether any row allows the use."""
    return any(row.covers(use) for row in scope)


def intersect(one: Iterable[Scope], other: Iterable[Scope]) -> tuple[Scope, ...]:
    """What both scopes allow. Never wider than either."""
    theirs = tuple(other)
    return tuple(dict.fromkeys(both for mine in one for row in theirs if (both := mine.meet(row)) is not None))


class Approval(StrEnum):
    """Whose consent a request for access needs besides the prerequisites."""

    NONE = "none"
    LINE_MANAGER = "line_manager"
    TOOL_OWNER = "tool_owner"
    LINE_MANAGER_THEN_OWNER = "line_manager_then_owner"


class BadPanel(Refused):
    """{at_least} of {approvers} cannot consent. Name up to {most} people, and how many of them have to: from 1 to all of them."""

    at_least: str
    approvers: str
    most: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Named people of whom some have to consent: one of them, all of them, or a quorum (G12)."""

    approvers: tuple[str, ...]
    at_least: int

    @classmethod
    def of(cls, approvers: Iterable[str], at_least: int) -> Self:
        """Name them. Raises BadPanel."""
        named = tuple(dict.fromkeys(approvers))
        if not 1 <= at_least <= len(named) <= MOST_APPROVERS:
            raise BadPanel(at_least=str(at_least), approvers=str(len(named)), most=str(MOST_APPROVERS))
        return cls(named, at_least)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a person must have before using the tool."""

    credential_types: tuple[str, ...]
    policy_ids: tuple[str, ...]
    approval: Approval
    panel: Panel | None = None

    @property
    def asks_for_consent(self) -> bool:
        """Whether anybody has to consent besides the prerequisites."""
        return self.approval is not Approval.NONE or self.panel is not None


NO_CONDITIONS = Conditions((), (), Approval.NONE)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a motion proposes to allow, and on which conditions. The conditions matter to an approval only."""

    scope: tuple[Scope, ...]
    conditions: Conditions
