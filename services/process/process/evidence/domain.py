"""The evidence pack of a pilot: plan, proof of the gate, comparison, guardrails and gaps in one document that never changes
and is found again by its hash (P16)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from process.plans.domain import Guardrail, QualityRate


@dataclass(frozen=True, slots=True)
class Measured:
    """What metrics found: changes are shares of the median, so -0.2 is 20 % less; rates are shares of the pilot's units."""

    comparison_id: UUID
    verdict: str
    effect: float | None
    ci_low: float | None
    ci_high: float | None
    n_before: int
    n_after: int
    rates: Mapping[QualityRate, float | None]
    caveats: tuple[str, ...]
    event_id: str


@dataclass(frozen=True, slots=True)
class EvidencePack:
    """What a pilot showed; `content` is plain JSON and `content_hash` its SHA-256 with sorted keys."""

    id: UUID
    pilot_id: UUID
    verdict: str
    content: Mapping[str, Any]
    content_hash: str
    made_at: datetime

    @classmethod
    def make(cls, id: UUID, pilot_id: UUID, verdict: str, content: Mapping[str, Any], now: datetime) -> EvidencePack:
        """Close a pack."""
        return cls(id, pilot_id, verdict, content, hash_of(content), now)


def hash_of(content: Mapping[str, Any]) -> str:
    """The SHA-256 of a pack's content."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def breached(guardrails: Sequence[Guardrail], rates: Mapping[QualityRate, float | None]) -> tuple[QualityRate, ...]:
    """The guardrails whose rate lies above the limit; one that was not measured is none of them."""
    found = []
    for one in guardrails:
        rate = rates.get(one.rate)
        if rate is not None and rate > one.limit:
            found.append(one.rate)
    return tuple(found)
