"""What pilots mean for training (T21)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction
from chassis.directory import Person
from training.assignments import repository as learners
from training.cohorts import commands


@dataclass(frozen=True, slots=True)
class PilotPlanned:
    """A pilot was planned."""

    pilot_id: UUID
    name: str
    employee_ids: tuple[str, ...]
    credential_types: tuple[str, ...]
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class PilotEnded:
    """A pilot was decided or given up."""

    pilot_id: UUID


async def pilot_planned(tx: Transaction, event: PilotPlanned) -> None:
    """Its cohort has to learn what it needs until it starts."""
    await commands.form(
        tx,
        pilot_id=event.pilot_id,
        name=event.name,
        employee_ids=event.employee_ids,
        credential_types=event.credential_types,
        starts_at=event.starts_at,
    )


async def pilot_ended(tx: Transaction, event: PilotEnded) -> None:
    """Nobody has to learn anything for it any more."""
    await commands.dissolve(tx, event.pilot_id)


async def member_joined(tx: Transaction, person: Person) -> None:
    """Somebody counts among the cohorts that name them."""
    await _changed(tx, person)


async def member_left(tx: Transaction, person: Person) -> None:
    """Somebody does not count among their cohorts any more."""
    await _changed(tx, person)


async def _changed(tx: Transaction, person: Person) -> None:
    await learners.lock_learners(tx, [person.id])
    await commands.member_changed(tx, person.id)
