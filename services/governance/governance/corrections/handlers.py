"""What process and training tell of their tasks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction
from governance.corrections import commands


@dataclass(frozen=True, slots=True)
class CorrectiveTaskCompleted:
    """process. and training.corrective-task-completed: what was done."""

    action_id: UUID
    completed_by: str
    outcome: str
    completed_at: datetime


async def task_completed(tx: Transaction, event: CorrectiveTaskCompleted) -> None:
    """The action is done (C9)."""
    await commands.done_elsewhere(tx, event.action_id, event.completed_by, event.outcome, event.completed_at)
