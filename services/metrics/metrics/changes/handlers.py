"""What other services tell of changes and of what went wrong after them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction
from metrics.changes import repository


@dataclass(frozen=True, slots=True)
class ToolApproved:
    """What is read of governance.tool-approved."""

    tool_id: UUID


@dataclass(frozen=True, slots=True)
class ToolSuspended:
    """What is read of governance.tool-suspended."""

    tool_id: UUID
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class SopVersionTold:
    """What is read of process.sop-effective and -withdrawn."""

    sop_id: UUID
    process_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class IncidentOpened:
    """What is read of governance.incident-opened."""

    incident_id: UUID
    opened_at: datetime
    tool_id: UUID | None = None
    process_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class IncidentContained:
    """What is read of governance.incident-contained."""

    incident_id: UUID
    opened_at: datetime
    contained_at: datetime
    tool_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class IncidentReopened:
    """What is read of governance.incident-reopened."""

    incident_id: UUID


async def tool_approved(tx: Transaction, event: ToolApproved) -> None:
    """A tool is a change from its approval on."""
    assert tx.cause is not None
    await repository.add_tool(tx, tx.cause.id, event.tool_id, tx.cause.time)


async def tool_suspended(tx: Transaction, event: ToolSuspended) -> None:
    """An emergency takes the approval back; a suspension for want of a review does not."""
    assert tx.cause is not None
    if event.emergency:
        await repository.take_tool_back(tx, event.tool_id, tx.cause.time)


async def sop_effective(tx: Transaction, event: SopVersionTold) -> None:
    """A version of a procedure is a change from its first day on."""
    assert tx.cause is not None
    await repository.add_version(
        tx, tx.cause.id, process_id=event.process_id, sop_id=event.sop_id, version=event.version, at=tx.cause.time
    )


async def sop_withdrawn(tx: Transaction, event: SopVersionTold) -> None:
    """A version that people followed is taken back; one that they never did was no change."""
    assert tx.cause is not None
    await repository.take_version_back(tx, event.sop_id, event.version, tx.cause.time)


async def incident_opened(tx: Transaction, event: IncidentOpened) -> None:
    """Something went wrong with a tool or in a process."""
    await repository.open_incident(tx, event.incident_id, event.tool_id, event.process_id, event.opened_at)


async def incident_contained(tx: Transaction, event: IncidentContained) -> None:
    """It does no further harm."""
    await repository.contain_incident(tx, event.incident_id, event.tool_id, event.opened_at, event.contained_at)


async def incident_reopened(tx: Transaction, event: IncidentReopened) -> None:
    """It was not contained after all."""
    await repository.reopen_incident(tx, event.incident_id)
