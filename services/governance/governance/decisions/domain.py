"""Decision records: append-only; a reversal is a new decision that names the one it reverses (G31)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.domain import Change, Tier
from governance.rights.domain import DecisionType


@dataclass(frozen=True, slots=True)
class DecisionRecorded:
    """Something was decided; this record never changes."""

    decision_id: UUID
    decision_type: DecisionType
    tier: Tier
    subject_kind: str
    subject_id: str
    outcome: str
    decided_by: str
    motion_id: UUID | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided what about which thing, on what basis, and who disagreed."""

    id: UUID
    decision_type: DecisionType
    tier: Tier
    subject_kind: str
    subject_id: str
    outcome: str
    decided_by: str
    motion_id: UUID | None
    rationale: str
    evidence: dict[str, Any]
    dissent: tuple[str, ...]
    reverses: UUID | None
    effective_at: datetime
    version: int = 1

    def recorded(self) -> Change[Decision]:
        """The record and its event."""
        event = DecisionRecorded(
            self.id,
            self.decision_type,
            self.tier,
            self.subject_kind,
            self.subject_id,
            self.outcome,
            self.decided_by,
            self.motion_id,
        )
        return Change(self, event)
