"""Snapshots: the figures of a day as they were known at one moment, fixed by their hash (C11, M14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from statistics import median
from uuid import UUID

from chassis.domain import Change


@dataclass(frozen=True, slots=True)
class SnapshotPublished:
    """Figures are pinned. Of the sponsor it says only whether they were active on as many days as the median person."""

    snapshot_id: UUID
    occurrence_id: UUID
    as_of: date
    content_hash: str
    sponsor_at_or_above_median: bool | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Figures as JSON, never changed."""

    id: UUID
    occurrence_id: UUID
    as_of: date
    taken_at: datetime
    figures: str
    content_hash: str
    version: int = 1

    @classmethod
    def take(
        cls, id: UUID, occurrence_id: UUID, *, as_of: date, figures: bytes, sponsor: bool | None, now: datetime
    ) -> Change[Snapshot]:
        """Pin figures: sorted JSON, so that equal figures have equal hashes."""
        after = cls(id, occurrence_id, as_of, now, figures.decode(), sha256(figures).hexdigest())
        return Change(after, SnapshotPublished(id, occurrence_id, as_of, after.content_hash, sponsor))


def at_or_above_median(person: str | None, active_days: Mapping[str, int]) -> bool | None:
    """Whether a person was active, and on at least as many days as the median of all who are counted, the idle too.

    `active_days` has an entry for everybody who is counted. None when the person is not among them.
    """
    if person is None or person not in active_days:
        return None
    return active_days[person] > 0 and active_days[person] >= median(active_days.values())
