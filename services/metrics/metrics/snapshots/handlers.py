"""What snapshots are taken for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.database import Transaction
from metrics.snapshots import commands


@dataclass(frozen=True, slots=True)
class CadenceDue:
    """What is read of governance.cadence-due."""

    occurrence_id: UUID
    as_of: date
    sponsor_id: str | None = None


async def cadence_due(tx: Transaction, event: CadenceDue) -> None:
    """A review wants the figures as they are known now."""
    await commands.take_snapshot(tx, occurrence_id=event.occurrence_id, as_of=event.as_of, sponsor_id=event.sponsor_id)
