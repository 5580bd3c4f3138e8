"""Processes and their effective standards as the process service told of them: who answers, and which tools they need."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.domain import Refused


@dataclass(frozen=True, slots=True)
class Process:
    """A business process."""

    id: UUID
    code: str
    name: str
    department_id: str
    owner_id: str | None
    retired: bool = False


class StepUnknown(Refused):
    """Version {version} of the procedure has no step {step}; it has {steps}. Name one of them, or none."""

    version: int
    step: int
    steps: str


@dataclass(frozen=True, slots=True)
class Standard:
    """The version of a standard operating procedure that is effective, the tools that its steps use, and the steps' numbers;
    none when it was told of before its steps were."""

    sop_id: UUID
    process_id: UUID
    version: int
    tool_ids: tuple[UUID, ...]
    steps: tuple[int, ...] = ()

    def must_have(self, step: int) -> None:
        """Raises StepUnknown when it is known that there is no such step."""
        if self.steps and step not in self.steps:
            raise StepUnknown(version=self.version, step=step, steps=", ".join(map(str, self.steps)))
