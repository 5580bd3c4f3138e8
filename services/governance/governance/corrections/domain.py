"""A corrective action has an owner, a date and a pillar; process and training keep theirs as tasks and tell when done (C9)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from chassis.domain import Change, Refused


class Pillar(StrEnum):
    """Where something has to change."""

    PROCESS = "process"
    TRAINING = "training"
    GOVERNANCE = "governance"


class ActionDueInThePast(Refused):
    """The action "{action}" would be due on {due_on}, which has passed."""

    action: str
    due_on: date


class ActionIsDone(Refused):
    """The action "{action}" has been done before."""

    action: str


class ActionIsElsewhere(Refused):
    """The action "{action}" is a task of {pillar}; its completion is told there."""

    action: str
    pillar: str


class ActionUnexplained(Refused):
    """Say what has to change, and what was done: it must not be empty."""


@dataclass(frozen=True, slots=True)
class CorrectiveActionAssigned:
    """Somebody has to change something because of an incident."""

    action_id: UUID
    incident_id: UUID
    pillar: Pillar
    description: str
    owner_id: str
    department_id: str | None
    due_on: date


@dataclass(frozen=True, slots=True)
class CorrectiveActionCompleted:
    """It is changed."""

    action_id: UUID
    incident_id: UUID
    pillar: Pillar
    completed_by: str
    completed_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """An action as it is asked for."""

    description: str
    pillar: Pillar
    owner_id: str
    due_on: date


@dataclass(frozen=True, slots=True)
class CorrectiveAction:
    """One thing that one person changes because of an incident."""

    id: UUID
    incident_id: UUID
    pillar: Pillar
    description: str
    owner_id: str
    department_id: str | None
    due_on: date
    outcome: str | None = None
    completed_by: str | None = None
    completed_at: datetime | None = None
    version: int = 1

    @classmethod
    def assign(
        cls, id: UUID, incident_id: UUID, wanted: Wanted, *, department_id: str | None, today: date
    ) -> Change[Self]:
        """Ask somebody who works in that department for it."""
        what = wanted.description.strip()
        if not what:
            raise ActionUnexplained
        if wanted.due_on < today:
            raise ActionDueInThePast(action=what, due_on=wanted.due_on)
        action = cls(id, incident_id, wanted.pillar, what, wanted.owner_id, department_id, wanted.due_on)
        event = CorrectiveActionAssigned(
            id, incident_id, wanted.pillar, what, wanted.owner_id, department_id, wanted.due_on
        )
        return Change(action, event)

    def must_be_here(self) -> None:
        """Raises ActionIsElsewhere when it is a task of another pillar."""
        if self.pillar is not Pillar.GOVERNANCE:
            raise ActionIsElsewhere(action=self.description, pillar=self.pillar.value)

    def complete(self, by: str, outcome: str, at: datetime) -> Change[Self]:
        """It is done."""
        if self.completed_at is not None:
            raise ActionIsDone(action=self.description)
        if not outcome.strip():
            raise ActionUnexplained
        done = replace(self, outcome=outcome.strip(), completed_by=by, completed_at=at, version=self.version + 1)
        return Change(done, CorrectiveActionCompleted(self.id, self.incident_id, self.pillar, by, at))
