"""Notes on a tool's series: what governance did to it and when, so that a suspension is not read as disinterest (C4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID


class Kind(StrEnum):
    """What happened to the tool."""

    APPROVED = "approved"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"


@dataclass(frozen=True, slots=True)
class Annotation:
    """Something that held for a time. A single moment begins and ends at once; without an end it still holds."""

    id: UUID
    tool_id: UUID
    kind: Kind
    from_time: datetime
    to_time: datetime | None

    def touches(self, first: date, last: date) -> bool:
        """Whether it held at any time of the days from `first` to `last`."""
        begins = datetime.combine(first, time(), UTC)
        ends = datetime.combine(last + timedelta(days=1), time(), UTC)
        return self.from_time < ends and (self.to_time is None or self.to_time >= begins)
