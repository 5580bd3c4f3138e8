"""What stopping a tool would do to procedures: some fall back, the others stop (P18)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Hit:
    """A procedure whose version in force needs the tool."""

    sop_id: UUID
    process_id: UUID
    fallback_version: int | None
    blocked: bool
