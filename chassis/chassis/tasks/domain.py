"""A task out of an incident: it has an owner and a date, and is done when somebody says what was done (C9)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self
from uuid import UUID

from chassis.domain import Change, NotEntitled, Refused, Tier


class CorrectiveTaskDone(Refused):
    """This task has been done before, by {completed_by}."""

    completed_by: str


class OutcomeMissing(Refused):
    """Say what was done: it must not be empty."""


@dataclass(frozen=True, slots=True)
class CorrectiveTaskCompleted:
    """What an incident asked for was done."""

    action_id: UUID
    incident_id: UUID
    completed_by: str
    outcome: str
    completed_at: datetime


@dataclass(frozen=True, slots=True)
class CorrectiveTask:
    """What one person has to change because of an incident. Its id is that of governance's corrective action."""

    id: UUID
    incident_id: UUID
    description: str
    owner_id: str
    department_id: str | None
    due_on: date
    outcome: str | None = None
    completed_by: str | None = None
    completed_at: datetime | None = None
    version: int = 0

    def complete(self, by: str, outcome: str, now: datetime) -> Change[Self]:
        """Say what was done."""
        if self.completed_by is not None:
            raise CorrectiveTaskDone(completed_by=self.completed_by)
        if not outcome.strip():
            raise OutcomeMissing
        done = replace(
            self, outcome=outcome.strip(), completed_by=by, completed_at=now, version=self.version + 1
        )  # fmt: skip
        return Change(done, CorrectiveTaskCompleted(self.id, self.incident_id, by, outcome.strip(), now))


@dataclass(frozen=True, slots=True)
class Officers:
    """Who sees and completes the tasks of every department: their roles, and what a refusal calls them."""

    roles: frozenset[str]
    called: str

    def include(self, roles: frozenset[str]) -> bool:
        """Whether somebody of these roles is one of them."""
        return not self.roles.isdisjoint(roles)


def must_complete(
    task: CorrectiveTask, by: str, roles: frozenset[str], department_id: str | None, officers: Officers
) -> None:
    """Raises NotEntitled for all but its owner, the leader of the owner's department and the officers."""
    leads = "department_leader" in roles and department_id is not None and department_id == task.department_id
    if not (by == task.owner_id or leads or officers.include(roles)):
        raise NotEntitled(
            action="Completing a corrective task",
            tier=Tier.DEPARTMENT.value,
            deciders=f"its owner ({task.owner_id}), the leader of the department or {officers.called}",
        )
