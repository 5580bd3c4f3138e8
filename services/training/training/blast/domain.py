"""What stopping a tool would do to training: due dates that only its use asks for stand still (C4)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pauses:
    """Open assignments for the sake of a tool, those of them that have no other reason, and those at a standstill."""

    assignments: int = 0
    only_for_it: int = 0
    paused_already: int = 0
