"""The change failure rate and the time to contain, after DORA's four keys (M19, C9).

A change is an approval of a tool or a version of a procedure that takes effect. Governance's own reversal rate looks at its
decisions; this looks at what became of the work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

WATCHED = timedelta(days=90)


class Kind(StrEnum):
    """What changed."""

    TOOL = "tool"
    PROCEDURE = "procedure"


@dataclass(frozen=True, slots=True)
class Rollout:
    """A change in force from a moment on, what followed it, and what went wrong after it.

    `followed_at` is the next change of the same tool, or of a procedure of the same process; `incident_at` the first incident
    with that tool, or in that process, that was opened since; `taken_back_at` the emergency suspension or the withdrawal.
    """

    kind: Kind
    made_at: datetime
    followed_at: datetime | None = None
    incident_at: datetime | None = None
    taken_back_at: datetime | None = None

    @property
    def failed(self) -> bool:
        """Within ninety days it was taken back, or an incident was opened before the next change of the same thing."""
        end = self.made_at + WATCHED
        answers_until = end if self.followed_at is None else min(end, self.followed_at)
        taken_back = self.taken_back_at is not None and self.taken_back_at < end
        return taken_back or (self.incident_at is not None and self.incident_at < answers_until)

    def watched(self, now: datetime) -> bool:
        """Whether its ninety days still run."""
        return now < self.made_at + WATCHED


@dataclass(frozen=True, slots=True)
class Failures:
    """How many changes there were, how many of them failed, and how many others still may."""

    changes: int
    failed: int
    watched: int

    @classmethod
    def of(cls, rollouts: Sequence[Rollout], now: datetime) -> Failures:
        """Count."""
        stand = [each for each in rollouts if not each.failed]
        return cls(len(rollouts), len(rollouts) - len(stand), sum(each.watched(now) for each in stand))

    def __add__(self, other: Failures) -> Failures:
        return Failures(self.changes + other.changes, self.failed + other.failed, self.watched + other.watched)

    @property
    def rate(self) -> float | None:
        """Failed out of all changes; None without any."""
        return self.failed / self.changes if self.changes else None


NONE = Failures(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Containment:
    """How many incidents were contained, and the hours from their opening to that: the median and the 85th percentile."""

    incidents: int
    median_hours: float | None
    p85_hours: float | None


def by_kind(rollouts: Iterable[Rollout], now: datetime) -> dict[Kind, Failures]:
    """The failures of each kind of change."""
    found = list(rollouts)
    return {kind: Failures.of([each for each in found if each.kind is kind], now) for kind in Kind}
