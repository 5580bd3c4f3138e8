"""The cohort of a pilot: who has to be trained before it starts, and whether enough of them are (T21)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from chassis.domain import Change

READY_SHARE = 0.8
"""The share of the cohort, of those who work here, that has to hold every credential."""


@dataclass(frozen=True, slots=True)
class CohortFormed:
    """A pilot was planned: its cohort is assigned what it has to learn."""

    pilot_id: UUID
    members: int
    credential_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CohortReady:
    """Enough of a pilot's cohort are trained."""

    pilot_id: UUID
    trained: int
    required: int


@dataclass(frozen=True, slots=True)
class CohortFellShort:
    """A pilot's cohort that was ready is not any more: credentials ended, or people left."""

    pilot_id: UUID
    trained: int
    required: int


@dataclass(frozen=True, slots=True)
class CohortDissolved:
    """The pilot is over; nobody has to learn anything for it any more."""

    pilot_id: UUID


@dataclass(frozen=True, slots=True)
class Cohort:
    """The people of a pilot and what they need; the id is the pilot's."""

    id: UUID
    name: str
    employee_ids: tuple[str, ...]
    credential_types: tuple[str, ...]
    due_at: datetime
    ready: bool
    trained: int
    required: int
    version: int
    ended_at: datetime | None = None

    @classmethod
    def form(
        cls,
        pilot_id: UUID,
        name: str,
        employee_ids: tuple[str, ...],
        credential_types: tuple[str, ...],
        due_at: datetime,
    ) -> Change[Cohort]:
        """Prepare the people of a pilot until it starts."""
        event = CohortFormed(pilot_id, len(employee_ids), credential_types)
        required = needed(len(employee_ids))
        return Change(cls(pilot_id, name, employee_ids, credential_types, due_at, False, 0, required, 1), event)

    @property
    def reason(self) -> str:
        """Why its people need the credentials, in words for them."""
        return f"You take part in the pilot {self.name}."

    def count(self, here: int, trained: int) -> Cohort:
        """With as many of its people working here and trained; not told unless `weigh` says so."""
        return replace(self, trained=trained, required=needed(here))

    def weigh(self, here: int, trained: int) -> Change[Cohort] | None:
        """Become ready with enough trained people, and fall short without; a cohort of nobody is never ready."""
        ready = here > 0 and trained >= needed(here)
        if self.ended_at is not None or ready == self.ready:
            return None
        told = CohortReady if ready else CohortFellShort
        after = replace(self.count(here, trained), ready=ready, version=self.version + 1)
        return Change(after, told(self.id, trained, needed(here)))

    def dissolve(self, now: datetime) -> Change[Cohort] | None:
        """The pilot is over."""
        if self.ended_at is not None:
            return None
        return Change(replace(self, ended_at=now, version=self.version + 1), CohortDissolved(self.id))


def needed(here: int) -> int:
    """How many of so many people have to be trained."""
    return math.ceil(READY_SHARE * here)
