"""What tools ask of those who want or have them, as governance tells it (C1, C2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool and the credentials its approval demands."""

    id: UUID
    name: str | None
    credential_types: tuple[str, ...]
    suspended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Need:
    """Somebody asks for a tool, or has it: the credentials they must hold for that reason."""

    request_id: UUID
    employee_id: str
    tool: Tool
    missing: frozenset[str]
    due_at: datetime | None
    granted: bool

    @property
    def credential_types(self) -> frozenset[str]:
        """What the tool demands, and what governance found missing. Once access is granted only the tool's demands stand."""
        demanded = frozenset(self.tool.credential_types)
        return demanded if self.granted else demanded | self.missing

    @property
    def reason(self) -> str:
        """In words for the learner."""
        name = self.tool.name or "a tool"
        return (
            f"Your access to {name} depends on it."
            if self.granted
            else f"You asked for access to {name}; it waits for this."
        )
