"""The executive sponsor: exactly one person answers for the programme and chairs its committees (L04, L05)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from chassis.domain import Change, Refused


class AlreadySponsor(Refused):
    """{employee} already is the executive sponsor."""

    employee: str


class NotEmployed(Refused):
    """{employee} does not work here today, so nothing can be entrusted to this person."""

    employee: str


@dataclass(frozen=True, slots=True)
class SponsorAppointed:
    """One person became the executive sponsor; who was it before ended in the same moment."""

    employee_id: str
    previous_id: str | None
    effective_from: datetime


@dataclass(frozen=True, slots=True)
class SponsorSucceeded:
    """A sponsor's term ended because another person was appointed."""

    employee_id: str
    successor_id: str
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class SponsorVacated:
    """Nobody is the executive sponsor any more: the seat must be filled."""

    employee_id: str
    reason: str
    vacated_at: datetime


@dataclass(frozen=True, slots=True)
class Sponsor:
    """One person's term as executive sponsor."""

    id: UUID
    employee_id: str
    appointed_by: str
    effective_from: datetime
    ended_at: datetime | None
    version: int

    @classmethod
    def appoint(
        cls, id: UUID, employee_id: str, *, previous: Sponsor | None, by: str, now: datetime
    ) -> Change[Sponsor]:
        """Begin a term. The term before it, if any, has to end in the same transaction (`succeeded_by`)."""
        if previous is not None and previous.employee_id == employee_id:
            raise AlreadySponsor(employee=employee_id)
        return Change(
            cls(id, employee_id, by, now, None, 1),
            SponsorAppointed(employee_id, previous.employee_id if previous else None, now),
        )

    def succeeded_by(self, successor_id: str, now: datetime) -> Change[Self]:
        """End the term in favour of another person."""
        return Change(self._ended(now), SponsorSucceeded(self.employee_id, successor_id, now))

    def vacate(self, reason: str, now: datetime) -> Change[Self]:
        """End the term with nobody to follow."""
        return Change(self._ended(now), SponsorVacated(self.employee_id, reason, now))

    def _ended(self, now: datetime) -> Self:
        return replace(self, ended_at=now, version=self.version + 1)
