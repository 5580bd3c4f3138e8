"""A missed review is the occasion to ask whether sponsorship became passive (L08)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction, new_id
from governance.leadership import repository
from governance.leadership.domain import PassiveAlert


@dataclass(frozen=True, slots=True)
class CadenceMissed:
    """What is read of governance.cadence-missed."""

    occurrence_id: UUID
    sponsor_id: str | None


async def cadence_missed(tx: Transaction, event: CadenceMissed) -> None:
    """Tell of passive sponsorship, with the parts."""
    if event.sponsor_id is None:
        return
    parts = await repository.scores(tx, event.sponsor_id)
    change = PassiveAlert.raise_for(new_id(), event.occurrence_id, event.sponsor_id, parts)
    if change is not None:
        await repository.save_alert(tx, change)
