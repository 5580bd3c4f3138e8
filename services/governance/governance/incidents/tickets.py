"""The service desk's incidents as they come in: matched to a tool by its code or name, never guessed (C9)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from chassis.domain import Change, Refused


class TicketSettled(Refused):
    """The ticket {ticket} has been settled before: it is {standing}."""

    ticket: str
    standing: str


@dataclass(frozen=True, slots=True)
class TicketDismissed:
    """A ticket of the service desk was looked at by a person and is no AI incident."""

    ticket: str
    dismissed_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Telling:
    """What one message of the service desk says."""

    number: str
    summary: str
    configuration_item: str | None
    category: str | None
    priority: int | None
    state: str
    opened_at: datetime
    resolved_at: datetime | None
    reopen_count: int
    told_at: datetime


@dataclass(frozen=True, slots=True)
class Dismissal:
    """A ticket's end in the inbox; nothing follows, so it is the first and only version."""

    id: str
    version: int = 1


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as last told, and what became of it here."""

    telling: Telling
    incident_id: UUID | None = None
    dismissed_by: str | None = None
    dismissed_because: str | None = None

    def told(self, telling: Telling) -> Self:
        """What was told last counts, in whichever order it arrives."""
        return replace(self, telling=telling) if telling.told_at >= self.telling.told_at else self

    @property
    def waits(self) -> bool:
        """Whether nobody has said yet what becomes of it."""
        return self.incident_id is None and self.dismissed_by is None

    def matched(self, incident_id: UUID) -> Self:
        """It is an AI incident."""
        self._must_wait()
        return replace(self, incident_id=incident_id)

    def dismiss(self, by: str, reason: str) -> tuple[Self, Change[Dismissal]]:
        """It is none."""
        self._must_wait()
        number = self.telling.number
        return replace(self, dismissed_by=by, dismissed_because=reason), Change(
            Dismissal(number), TicketDismissed(number, by, reason)
        )

    def _must_wait(self) -> None:
        if not self.waits:
            standing = "dismissed" if self.dismissed_by else "matched to an incident"
            raise TicketSettled(ticket=self.telling.number, standing=standing)


def names(telling: Telling) -> frozenset[str]:
    """The words by which a ticket may name a tool, as they are compared."""
    return frozenset(
        text.strip().lower() for text in (telling.configuration_item, telling.category) if text and text.strip()
    )


def the_one(tools: Collection[UUID]) -> UUID | None:
    """The tool that is meant; none when no or several tools could be."""
    return next(iter(tools)) if len(set(tools)) == 1 else None
