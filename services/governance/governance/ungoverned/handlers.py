"""What metrics tells of use without leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.database import Transaction
from governance.ungoverned import commands
from governance.ungoverned.domain import UseKind


@dataclass(frozen=True, slots=True)
class UsageUngovernedDetected:
    """What is read of metrics.usage-ungoverned-detected."""

    detection_id: UUID
    tool: str
    day: date
    kind: UseKind
    tool_id: UUID | None = None
    department_id: str | None = None
    employee_id: str | None = None


@dataclass(frozen=True, slots=True)
class UsageUngovernedCleared:
    """What is read of metrics.usage-ungoverned-cleared."""

    detection_id: UUID


async def usage_detected(tx: Transaction, event: UsageUngovernedDetected) -> None:
    """Every alert is counted, none is dropped."""
    await commands.count(
        tx, event.detection_id, kind=event.kind, tool=event.tool, tool_id=event.tool_id, day=event.day,
        department_id=event.department_id, employee_id=event.employee_id,
    )  # fmt: skip


async def usage_cleared(tx: Transaction, event: UsageUngovernedCleared) -> None:
    """It was allowed after all."""
    await commands.take_back(tx, event.detection_id)
