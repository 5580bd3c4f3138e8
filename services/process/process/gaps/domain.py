"""Gaps: what a pilot shows to be missing, routed to the pillar that can close it, and the refinement that did (P15, L11)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.domain import Change, NotEntitled, Refused, Tier


class Pillar(StrEnum):
    """The parts of the operating model."""

    GOVERNANCE = "governance"
    TRAINING = "training"
    PROCESS = "process"
    METRICS = "metrics"


ROUTED_TO = {
    Pillar.GOVERNANCE: "ai_steward",
    Pillar.TRAINING: "curriculum_owner",
    Pillar.PROCESS: "process_owner",
    Pillar.METRICS: "metrics_owner",
}
"""The role that closes the gaps of each pillar."""


class Severity(StrEnum):
    """How much a gap matters."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class RefinementKind(StrEnum):
    """What of the operating model was refined."""

    POLICY = "policy"
    TOOL = "tool"
    DECISION = "decision"
    COURSE = "course"
    REQUIREMENT = "requirement"
    PROCEDURE = "procedure"
    METRIC = "metric"


class GapUndescribed(Refused):
    """A gap needs a description. Say what was missing, and what happened because of it."""


class GapResolvedAlready(Refused):
    """This gap was resolved already."""


class RefinementUnnamed(Refused):
    """Name what was refined and how, so that it can be found from the gap."""


@dataclass(frozen=True, slots=True)
class GapLogged:
    """A pilot showed something to be missing."""

    gap_id: UUID
    pilot_id: UUID
    process_id: UUID
    pillar: Pillar
    severity: Severity
    description: str
    routed_to: str


@dataclass(frozen=True, slots=True)
class Refinement:
    """What was refined because of a gap: its kind, its id or code, and how it was changed."""

    kind: RefinementKind
    ref: str
    note: str


@dataclass(frozen=True, slots=True)
class GapResolved:
    """The operating model was refined because of a gap."""

    gap_id: UUID
    pilot_id: UUID
    process_id: UUID
    pillar: Pillar
    refinement: Refinement
    resolved_by: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is missing in a pillar."""

    id: UUID
    pilot_id: UUID
    process_id: UUID
    pillar: Pillar
    severity: Severity
    description: str
    logged_by: str
    logged_at: datetime
    version: int
    refinement: Refinement | None = None
    resolved_by: str | None = None
    resolved_at: datetime | None = None

    @classmethod
    def log(  # noqa: PLR0917 - the facts of a gap
        cls,
        id: UUID,
        pilot_id: UUID,
        process_id: UUID,
        pillar: Pillar,
        severity: Severity,
        description: str,
        by: str,
        now: datetime,
    ) -> Change[Gap]:
        """Note what is missing; it goes to the role that answers for the pillar."""
        if not description.strip():
            raise GapUndescribed
        event = GapLogged(id, pilot_id, process_id, pillar, severity, description, ROUTED_TO[pillar])
        return Change(cls(id, pilot_id, process_id, pillar, severity, description, by, now, 1), event)

    @property
    def routed_to(self) -> str:
        """The role that is to close it."""
        return ROUTED_TO[self.pillar]

    def resolve(self, refinement: Refinement, by: str, roles: frozenset[str], now: datetime) -> Change[Gap]:
        """Name the refinement that closes it: for the role of its pillar and AI stewards."""
        if roles.isdisjoint({self.routed_to, "ai_steward"}):
            who = " or ".join(dict.fromkeys((self.routed_to, "ai_steward")))
            raise NotEntitled(
                action=f"Resolving a gap of {self.pillar.value}", tier=Tier.ENTERPRISE.value, deciders=who
            )
        if self.resolved_at is not None:
            raise GapResolvedAlready
        if not (refinement.ref.strip() and refinement.note.strip()):
            raise RefinementUnnamed
        event = GapResolved(self.id, self.pilot_id, self.process_id, self.pillar, refinement, by)
        after = replace(self, refinement=refinement, resolved_by=by, resolved_at=now, version=self.version + 1)
        return Change(after, event)
