"""What pilots mean for metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction
from metrics.baselines import commands, repository
from metrics.baselines.domain import Kpi, Study


@dataclass(frozen=True, slots=True)
class PilotPlanned:
    """A pilot was planned."""

    pilot_id: UUID
    process_id: UUID
    process_code: str
    employee_ids: tuple[str, ...]
    kpis: tuple[Kpi, ...]


@dataclass(frozen=True, slots=True)
class PilotStoodStill:
    """A pilot was paused, or runs again."""

    pilot_id: UUID


@dataclass(frozen=True, slots=True)
class PilotWindowClosed:
    """Nothing more is collected."""

    pilot_id: UUID
    started_at: datetime
    closed_at: datetime


def _when(tx: Transaction) -> datetime:
    assert tx.cause is not None
    return tx.cause.time


async def pilot_planned(tx: Transaction, event: PilotPlanned) -> None:
    """Collect its baselines."""
    study = Study(
        event.pilot_id, event.process_id, event.process_code, event.employee_ids, event.kpis, _when(tx)
    )  # fmt: skip
    await commands.begin(tx, study)


async def pilot_paused(tx: Transaction, event: PilotStoodStill) -> None:
    """What is completed from now on does not count."""
    await repository.pause(tx, event.pilot_id, _when(tx))


async def pilot_resumed(tx: Transaction, event: PilotStoodStill) -> None:
    """What is completed from now on counts again."""
    await repository.resume(tx, event.pilot_id, _when(tx))


async def pilot_window_closed(tx: Transaction, event: PilotWindowClosed) -> None:
    """Compare it with its baseline."""
    await commands.compare(tx, event.pilot_id, event.started_at, event.closed_at)
