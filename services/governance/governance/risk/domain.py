"""The risk class of a tool, computed from the answers of its assessment; the unknown is never guessed (G09)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum

from chassis.domain import Refused


class RiskUnknown(Refused):
    """{tool} cannot be approved: its risk class is to be determined. Finish the assessment first: {unanswered}."""

    tool: str
    unanswered: str


class RiskProhibited(Refused):
    """{tool} cannot be approved: what it does is prohibited."""

    tool: str


class Risk(StrEnum):
    """How much harm a tool can do."""

    TO_BE_DETERMINED = "to_be_determined"
    MINIMAL = "minimal"
    LIMITED = "limited"
    HIGH = "high"
    PROHIBITED = "prohibited"


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answers so far; null is not answered yet."""

    manipulates_or_scores_people: bool | None = None
    decides_about_people: bool | None = None
    acts_without_review: bool | None = None
    processes_personal_data: bool | None = None
    speaks_to_the_public: bool | None = None

    def unanswered(self) -> tuple[str, ...]:
        """The questions that are open."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name) is None)

    def risk(self) -> Risk:
        """The class these answers give. A prohibited practice stays prohibited whatever else is open."""
        if self.manipulates_or_scores_people:
            return Risk.PROHIBITED
        if self.unanswered():
            return Risk.TO_BE_DETERMINED
        if self.decides_about_people or (self.acts_without_review and self.processes_personal_data):
            return Risk.HIGH
        if self.speaks_to_the_public or self.processes_personal_data or self.acts_without_review:
            return Risk.LIMITED
        return Risk.MINIMAL

    def must_be_known(self, tool: str) -> None:
        """Refuse while the class cannot be told."""
        if self.risk() is Risk.TO_BE_DETERMINED:
            raise RiskUnknown(tool=tool, unanswered=", ".join(self.unanswered()))
