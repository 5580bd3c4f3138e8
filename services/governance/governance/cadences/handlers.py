"""What reviews do with figures that metrics tell of, and with the first sponsor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.database import Transaction
from governance.cadences import repository
from governance.cadences.domain import Snapshot


@dataclass(frozen=True, slots=True)
class SnapshotPublished:
    """What is read of metrics.snapshot-published."""

    snapshot_id: UUID
    occurrence_id: UUID
    as_of: date
    content_hash: str
    sponsor_at_or_above_median: bool | None


async def snapshot_published(tx: Transaction, event: SnapshotPublished) -> None:
    """The figures of a review are here; the first ones stay."""
    snapshot = Snapshot(event.snapshot_id, event.content_hash, event.as_of, event.sponsor_at_or_above_median)
    change = (await repository.get_for_update(tx, event.occurrence_id)).pin(snapshot)
    if change is not None:
        await repository.save(tx, change)
