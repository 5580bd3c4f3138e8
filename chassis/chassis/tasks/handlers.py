"""What governance asks for because of an incident."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis.database import Transaction
from chassis.tasks import commands
from chassis.tasks.domain import CorrectiveTask


@dataclass(frozen=True, slots=True)
class CorrectiveActionAssigned:
    """governance.corrective-action-assigned: who has to do what by when, in which pillar."""

    action_id: UUID
    incident_id: UUID
    pillar: str
    description: str
    owner_id: str
    due_on: date
    department_id: str | None = None


async def corrective_action_assigned(tx: Transaction, event: CorrectiveActionAssigned) -> None:
    """It is a task here when it is for this pillar, which is named as its service (C9)."""
    if event.pillar == tx.service:
        await commands.assign(
            tx,
            CorrectiveTask(
                event.action_id, event.incident_id, event.description, event.owner_id, event.department_id, event.due_on
            ),
        )
