"""Seats: the days on which a person could use a tool because governance had granted it (M05's ledger)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class Happening(StrEnum):
    """What governance did to a grant."""

    GRANTED = "granted"
    SUSPENDED = "suspended"
    RESTORED = "restored"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class SeatChange:
    """One step in the life of a grant. `sequence` is governance's own order of them."""

    sequence: int
    happening: Happening
    on: date


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `from_date` up to, but without, `to_date`."""

    from_date: date
    to_date: date | None

    def holds_on(self, day: date) -> bool:
        """Whether the day belongs to the span."""
        return self.from_date <= day and (self.to_date is None or day < self.to_date)


@dataclass(frozen=True, slots=True)
class Seat:
    """A grant as the denominators see it.

    `ends_on` is the first day after its term, `left_on` its holder's first day gone.
    """

    grant_id: UUID
    employee_id: str
    tool_id: UUID
    ends_on: date | None = None
    left_on: date | None = None


def spans(seat: Seat, changes: Iterable[SeatChange]) -> tuple[Span, ...]:
    """The days on which the seat counts, whatever the order its changes became known in.

    A day counts when the grant was active at its end: the day of the grant does, the day of a suspension, of a
    revocation or of leaving does not. After a revocation, or after its holder left, a seat never counts again.
    """
    found: list[Span] = []
    since: date | None = None
    granted = False
    for change in sorted(changes, key=lambda change: change.sequence):
        match change.happening:
            case Happening.GRANTED:
                granted, since = True, change.on
            case Happening.RESTORED if granted and since is None:
                since = change.on
            case Happening.SUSPENDED | Happening.REVOKED if since is not None:
                found.append(Span(since, change.on))
                since = None
            case _:
                pass
        if change.happening is Happening.REVOKED:
            break
    if since is not None:
        found.append(Span(since, None))
    end = min((day for day in (seat.ends_on, seat.left_on) if day is not None), default=None)
    return tuple(clipped for span in found if (clipped := _clip(span, end)) is not None)


def _clip(span: Span, end: date | None) -> Span | None:
    ends = [day for day in (span.to_date, end) if day is not None]
    to_date = min(ends) if ends else None
    return None if to_date is not None and to_date <= span.from_date else Span(span.from_date, to_date)
