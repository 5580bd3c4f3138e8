"""Separation of duties between tools: two tools that nobody may have together, unless an exception holds (G13)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from chassis.domain import Change, Refused


class SameTool(Refused):
    """A tool cannot be separated from itself. Name two."""


class SeparationReasonMissing(Refused):
    """Say why nobody may have both: people whom it concerns read it."""


class AlreadySeparated(Refused):
    """{first} and {second} are separated already."""

    first: str
    second: str


class SeparationEnded(Refused):
    """This separation ended on {ended_at}."""

    ended_at: str


@dataclass(frozen=True, slots=True)
class ToolsSeparated:
    """Nobody may have both tools from now on, except by an exception from the policy."""

    separation_id: UUID
    first_tool_id: UUID
    second_tool_id: UUID
    policy_id: str
    reason: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class ToolSeparationEnded:
    """The two tools may be had together again."""

    separation_id: UUID
    first_tool_id: UUID
    second_tool_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Separation:
    """A rule that two tools are never together in one hand; the order of the two says nothing."""

    id: UUID
    first_id: UUID
    second_id: UUID
    policy: str
    reason: str
    decided_by: str
    decided_at: datetime
    ended_at: datetime | None = None
    ended_because: str | None = None
    version: int = 1

    @classmethod
    def decide(
        cls, id: UUID, tools: tuple[UUID, UUID], *, policy: str, reason: str, by: str, now: datetime
    ) -> Change[Separation]:
        """Separate two tools. Raises SameTool or SeparationReasonMissing."""
        first, second = sorted(tools)
        if first == second:
            raise SameTool
        if not reason.strip():
            raise SeparationReasonMissing
        after = cls(id, first, second, policy, reason.strip(), by, now)
        return Change(after, ToolsSeparated(id, first, second, policy, after.reason, by))

    def end(self, reason: str, now: datetime) -> Change[Self]:
        """Let people have both again. Raises SeparationEnded or SeparationReasonMissing."""
        if self.ended_at is not None:
            raise SeparationEnded(ended_at=self.ended_at.date().isoformat())
        if not reason.strip():
            raise SeparationReasonMissing
        after = replace(self, ended_at=now, ended_because=reason.strip(), version=self.version + 1)
        return Change(after, ToolSeparationEnded(self.id, self.first_id, self.second_id, reason.strip()))
