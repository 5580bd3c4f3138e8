"""What is known of a tool, kept so that the order in which events are handled does not matter (P18)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID


class Standing(StrEnum):
    """Whether procedures may rely on a tool."""

    UNKNOWN = "unknown"
    APPROVED = "approved"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class Fact(StrEnum):
    """What can happen to a tool."""

    APPROVED = "approved"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool and, for each kind of fact, the version of the tool at which it last happened (0 = never)."""

    id: UUID
    code: str | None = None
    name: str | None = None
    approved_at: int = 0
    suspended_at: int = 0
    reinstated_at: int = 0
    retired_at: int = 0

    def told(self, fact: Fact, version: int, *, code: str | None = None, name: str | None = None) -> Tool:
        """What is known after this fact too. The latest of each kind counts, so any order gives the same."""
        place = f"{fact.value}_at"
        known = {place: max(getattr(self, place), version)}
        return replace(self, code=self.code or code, name=self.name or name, **known)

    @property
    def last_version(self) -> int:
        """The latest version of the tool that any fact told of."""
        return max(self.approved_at, self.suspended_at, self.reinstated_at, self.retired_at)

    @property
    def standing(self) -> Standing:
        """Only a reinstatement ends a suspension, and nothing ends a retirement."""
        if self.retired_at:
            return Standing.RETIRED
        if self.suspended_at > self.reinstated_at:
            return Standing.SUSPENDED
        return Standing.APPROVED if self.approved_at or self.reinstated_at else Standing.UNKNOWN
