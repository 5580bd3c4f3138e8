"""Active sponsorship and the living model: figures whose parts are shown first (L07, L08, L13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.domain import Change, Refused

PASSIVE_BELOW = 0.5


class Part(StrEnum):
    """What active sponsorship is made of."""

    REVIEWS_ON_TIME = "reviews_on_time"
    MEETINGS_CHAIRED = "meetings_chaired"
    OWN_TRAINING = "own_training"
    OWN_USE = "own_use"
    VISIBLE = "visible"


class Structure(StrEnum):
    """What is declared and can be alive or shelfware."""

    COMMITTEES = "committees"
    POLICIES = "policies"
    PROCEDURES = "procedures"
    CADENCES = "cadences"


class AppearanceKind(StrEnum):
    """How a sponsor is visible."""

    SESSION = "session"
    COMMUNICATION = "communication"


class NothingSaid(Refused):
    """Say in a title what was led or said."""


@dataclass(frozen=True, slots=True)
class Score:
    """One part: `reached` out of `possible`; unknown when nothing is possible yet."""

    part: Part
    reached: int
    possible: int

    @property
    def value(self) -> float | None:
        """From 0 to 1, or None when it is not known."""
        return self.reached / self.possible if self.possible else None


@dataclass(frozen=True, slots=True)
class SponsorAppeared:
    """The sponsor led a session or said something to the organisation."""

    appearance_id: UUID
    employee_id: str
    kind: AppearanceKind
    title: str


@dataclass(frozen=True, slots=True)
class SponsorshipFoundPassive:
    """At a missed review, active sponsorship was below one half: the parts say where."""

    occurrence_id: UUID
    sponsor_id: str
    index: float
    parts: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Appearance:
    """Something the sponsor led or said."""

    id: UUID
    employee_id: str
    kind: AppearanceKind
    title: str
    at: datetime
    version: int = 1

    @classmethod
    def record(cls, id: UUID, employee_id: str, kind: AppearanceKind, title: str, now: datetime) -> Change[Appearance]:
        """Keep it."""
        if not title.strip():
            raise NothingSaid
        return Change(
            cls(id, employee_id, kind, title.strip(), now), SponsorAppeared(id, employee_id, kind, title.strip())
        )


@dataclass(frozen=True, slots=True)
class PassiveAlert:
    """That sponsorship was found passive, kept for one review."""

    id: UUID
    occurrence_id: UUID
    version: int = 1

    @classmethod
    def raise_for(
        cls, id: UUID, occurrence_id: UUID, sponsor_id: str, parts: Sequence[Score]
    ) -> Change[PassiveAlert] | None:
        """Tell of passive sponsorship; nothing when it is active enough, or when nothing is known."""
        found = index(parts)
        if found is None or found >= PASSIVE_BELOW:
            return None
        event = SponsorshipFoundPassive(occurrence_id, sponsor_id, round(found, 4), tuple(parts))
        return Change(cls(id, occurrence_id), event)


def index(parts: Sequence[Score]) -> float | None:
    """The mean of the parts that are known."""
    known = [part.value for part in parts if part.value is not None]
    return sum(known) / len(known) if known else None


@dataclass(frozen=True, slots=True)
class Vitality:
    """How many structures of a kind are declared, and how many showed a sign of life in the last ninety days."""

    structure: Structure
    declared: int
    alive: int


def living_ratio(found: Sequence[Vitality]) -> float | None:
    """Structures with a sign of life out of all that are declared; None while none is."""
    declared = sum(each.declared for each in found)
    return sum(each.alive for each in found) / declared if declared else None
