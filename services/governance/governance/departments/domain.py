"""A department restricts a tool, or every tool, for itself: with a reason and until a date, never to allow more (G03, G23).

What may be done with a tool in a department is what the enterprise allows and no restriction of the department takes away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from chassis.domain import Change, Refused, Tier
from governance.scope.domain import Scope, Use, covers

LONGEST = timedelta(days=90)


class RestrictionStatus(StrEnum):
    """Where a restriction stands."""

    ACTIVE = "active"
    LAPSED = "lapsed"
    LIFTED = "lifted"


class GuardrailViolation(Refused):
    """This is outside the guardrail "{guardrail}" Only the {tier} tier may decide otherwise."""

    guardrail: str
    tier: str


class NothingRestricted(Refused):
    """Say what is taken away, or what remains; an empty list of what remains prohibits everything."""


class ReasonMissing(Refused):
    """A restriction needs a reason that those whom it concerns can read."""


class ReviewDateOutOfBounds(Refused):
    """A restriction is looked at again on a day from {earliest} to {latest}, not on {review_by}."""

    earliest: str
    latest: str
    review_by: str


class AlreadyRestricted(Refused):
    """Such a restriction is active in the department {department} already. Lift it before making another."""

    department: str


class RestrictionEnded(Refused):
    """This restriction was {status} before."""

    status: str


class RestrictedHere(Refused):
    """The department {department} restricts {tool} until {review_by}: {reason}"""

    department: str
    tool: str
    review_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class DepartmentRestricted:
    """A department took uses of a tool away, of every tool when none is named, until a date."""

    restriction_id: UUID
    department_id: str
    tool_id: UUID | None
    removed: tuple[Scope, ...]
    remaining: tuple[Scope, ...] | None
    reason: str
    review_by: date


@dataclass(frozen=True, slots=True)
class DepartmentRestrictionLifted:
    """A restriction of a department ended: its date came, or the leader lifted it; the reason says why."""

    restriction_id: UUID
    department_id: str
    tool_id: UUID | None
    outcome: RestrictionStatus
    reason: str
    review_by: date


@dataclass(frozen=True, slots=True)
class Restriction:
    """What a department takes away from a tool, or from every tool, for its own people."""

    id: UUID
    department_id: str
    tool_id: UUID | None
    removed: tuple[Scope, ...]
    remaining: tuple[Scope, ...] | None
    reason: str
    review_by: date
    imposed_by: str
    imposed_on: date
    status: RestrictionStatus = RestrictionStatus.ACTIVE
    version: int = 1

    @classmethod
    def impose(
        cls,
        id: UUID,
        department_id: str,
        *,
        tool_id: UUID | None,
        allowed: tuple[Scope, ...],
        removed: tuple[Scope, ...],
        remaining: tuple[Scope, ...] | None,
        reason: str,
        review_by: date,
        by: str,
        today: date,
    ) -> Change[Restriction]:
        """Narrow what `allowed` lets people do; what remains can only be part of that (G03)."""
        if not removed and remaining is None:
            raise NothingRestricted
        if not reason.strip():
            raise ReasonMissing
        if any(row.department_id not in (None, department_id) for row in (*removed, *(remaining or ()))):
            raise GuardrailViolation(
                guardrail="A department decides for its own people only.", tier=Tier.ENTERPRISE.value
            )
        if tool_id is not None and not all(any(wide.includes(row) for wide in allowed) for row in remaining or ()):
            raise GuardrailViolation(
                guardrail="A lower tier only narrows what the enterprise allows for a tool.",
                tier=Tier.ENTERPRISE.value,
            )
        if not today < review_by <= today + LONGEST:
            raise ReviewDateOutOfBounds(
                earliest=(today + timedelta(days=1)).isoformat(),
                latest=(today + LONGEST).isoformat(),
                review_by=review_by.isoformat(),
            )
        after = cls(id, department_id, tool_id, removed, remaining, reason.strip(), review_by, by, today)
        event = DepartmentRestricted(id, department_id, tool_id, removed, remaining, after.reason, review_by)
        return Change(after, event)

    def holds(self, today: date) -> bool:
        """Whether it takes anything away today."""
        return self.status is RestrictionStatus.ACTIVE and today < self.review_by

    def forbids(self, tool_id: UUID, use: Use) -> bool:
        """Whether it takes away this use of this tool."""
        if self.department_id != use.department_id or self.tool_id not in (None, tool_id):
            return False
        return covers(self.removed, use) or (self.remaining is not None and not covers(self.remaining, use))

    def lift(self, reason: str) -> Change[Self]:
        """The leader ends it before its date."""
        if not reason.strip():
            raise ReasonMissing
        return self._ends(RestrictionStatus.LIFTED, reason.strip())

    def lapse(self, today: date) -> Change[Self] | None:
        """Its date came. Nothing when it ended before."""
        if self.status is not RestrictionStatus.ACTIVE or today < self.review_by:
            return None
        return self._ends(RestrictionStatus.LAPSED, "The date to look at it again has come.")

    def _ends(self, status: RestrictionStatus, reason: str) -> Change[Self]:
        if self.status is not RestrictionStatus.ACTIVE:
            raise RestrictionEnded(status=self.status.value)
        event = DepartmentRestrictionLifted(self.id, self.department_id, self.tool_id, status, reason, self.review_by)
        return Change(replace(self, status=status, version=self.version + 1), event)


def against(restrictions: Iterable[Restriction], tool_id: UUID, use: Use, today: date) -> Restriction | None:
    """The first restriction that takes this use away today, if any."""
    return next((each for each in restrictions if each.holds(today) and each.forbids(tool_id, use)), None)
