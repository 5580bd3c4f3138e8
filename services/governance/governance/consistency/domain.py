"""Whether the same rules are seen everywhere: where departments differ, where nothing happens, and what has nobody or
nothing behind it (G33)."""

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


class FindingKind(StrEnum):
    """What is not as the rules want it."""

    ACCESS_BEYOND_EXCEPTION = "access_beyond_exception"
    EVIDENCE_MISSING = "evidence_missing"
    POLICY_PAST_REVIEW = "policy_past_review"
    PROCESS_WITHOUT_OWNER = "process_without_owner"
    PROMPT_WITHOUT_OWNER = "prompt_without_owner"
    STANDARD_ON_STOPPED_TOOL = "standard_on_stopped_tool"
    TOOL_PAST_REVIEW = "tool_past_review"
    TOOL_WITHOUT_OWNER = "tool_without_owner"
    USE_CASE_ON_STOPPED_TOOL = "use_case_on_stopped_tool"
    USE_CASE_PAST_REVIEW = "use_case_past_review"
    USE_CASE_WITHOUT_OWNER = "use_case_without_owner"


NEXT_STEPS = {
    FindingKind.ACCESS_BEYOND_EXCEPTION: "The compliance officer revokes the access, or grants a new exception.",
    FindingKind.EVIDENCE_MISSING: "See in the compliance register which events are expected, and do what makes them.",
    FindingKind.POLICY_PAST_REVIEW: "Whoever may publish it confirms the policy until another date, revises or withdraws it.",
    FindingKind.PROCESS_WITHOUT_OWNER: "A leader of its department names an owner, in process.",
    FindingKind.PROMPT_WITHOUT_OWNER: "Its team or a leader of its department names an owner, or retires it.",
    FindingKind.STANDARD_ON_STOPPED_TOOL: "The process owner puts its fallback, or a version without the tool, into effect.",
    FindingKind.TOOL_PAST_REVIEW: "The committee looks at the tool again, before its access is suspended.",
    FindingKind.TOOL_WITHOUT_OWNER: "The AI steward names somebody who answers for the tool.",
    FindingKind.USE_CASE_ON_STOPPED_TOOL: "Its owner names another tool, or retires the use case.",
    FindingKind.USE_CASE_PAST_REVIEW: "A leader of its department confirms it until another date, or retires it.",
    FindingKind.USE_CASE_WITHOUT_OWNER: "A leader of its department names an owner, or retires the use case.",
}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that is not as the rules want it; ordered by kind, then by what it is about."""

    kind: FindingKind
    subject: str
    name: str
    department_id: str | None = None

    @property
    def next_step(self) -> str:
        """Who can mend it, and how."""
        return NEXT_STEPS[self.kind]

    @property
    def key(self) -> str:
        """Its place in the order."""
        return f"{self.kind} {self.subject}"
