"""Whether the same rules are seen everywhere: where departments differ, and where nothing happens (G33)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MIN_GROUP = 5


class Inconsistency(StrEnum):
    """What is different somewhere."""

    RESTRICTS = "restricts"
    RESTRICTION_UNLOOKED = "restriction_unlooked"
    ZERO_USE = "zero_use"
    NO_USE_CASE = "no_use_case"
    NO_STANDARD = "no_standard"
    TEAMS_WITHOUT_PROMPTS = "teams_without_prompts"


@dataclass(frozen=True, slots=True)
class Department:
    """What is known of a department today; `active` counts who used any tool in the last 28 days."""

    department_id: str
    people: int
    active: int
    granted: int
    use_cases: int
    standards: int
    restrictions: int
    past_half: int
    teams: int
    teams_with_prompts: int

    @property
    def shown_active(self) -> int | None:
        """How many people are active; nothing about fewer than five people."""
        return self.active if self.people >= MIN_GROUP else None

    def inconsistencies(self) -> tuple[Inconsistency, ...]:
        """What is different here; a small group is not judged by its use."""
        found = {
            Inconsistency.RESTRICTS: self.restrictions > 0,
            Inconsistency.RESTRICTION_UNLOOKED: self.past_half > 0,
            Inconsistency.ZERO_USE: self.people >= MIN_GROUP and self.active == 0 and self.restrictions == 0,
            Inconsistency.NO_USE_CASE: self.use_cases == 0,
            Inconsistency.NO_STANDARD: self.standards == 0,
            Inconsistency.TEAMS_WITHOUT_PROMPTS: self.teams_with_prompts < self.teams,
        }
        return tuple(kind for kind, holds in found.items() if holds)
