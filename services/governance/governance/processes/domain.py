"""Processes and their effective standards as the process service told of them: who answers, and which tools they need."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Process:
    """A business process."""

    id: UUID
    code: str
    name: str
    department_id: str
    owner_id: str | None
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Standard:
    """The version of a standard operating procedure that is effective, and the tools that its steps use."""

    sop_id: UUID
    process_id: UUID
    version: int
    tool_ids: tuple[UUID, ...]
