"""What is kept of the process service's events."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction
from governance.processes import repository
from governance.processes.domain import Process, Standard


@dataclass(frozen=True, slots=True)
class ProcessRegistered:
    """What is read of process.process-registered."""

    process_id: UUID
    code: str
    name: str
    department_id: str
    owner_id: str | None = None


@dataclass(frozen=True, slots=True)
class ProcessOwnerChanged:
    """What is read of process.process-owner-changed."""

    process_id: UUID
    owner_id: str | None = None


@dataclass(frozen=True, slots=True)
class ProcessRetired:
    """What is read of process.process-retired."""

    process_id: UUID


@dataclass(frozen=True, slots=True)
class SopEffective:
    """What is read of process.sop-effective."""

    sop_id: UUID
    process_id: UUID
    version: int
    tools: tuple[UUID, ...] = ()
    steps: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SopWithdrawn:
    """What is read of process.sop-withdrawn."""

    sop_id: UUID
    version: int


async def process_registered(tx: Transaction, event: ProcessRegistered) -> None:
    """A process exists."""
    await repository.add(
        tx, Process(event.process_id, event.code, event.name, event.department_id, event.owner_id or None)
    )


async def process_owner_changed(tx: Transaction, event: ProcessOwnerChanged) -> None:
    """Somebody else answers for a process."""
    await repository.owned_by(tx, event.process_id, event.owner_id or None)


async def process_retired(tx: Transaction, event: ProcessRetired) -> None:
    """A process is no more."""
    await repository.retire(tx, event.process_id)


async def sop_effective(tx: Transaction, event: SopEffective) -> None:
    """A standard holds, needs these tools and has these steps."""
    await repository.hold(tx, Standard(event.sop_id, event.process_id, event.version, event.tools, event.steps))


async def sop_withdrawn(tx: Transaction, event: SopWithdrawn) -> None:
    """A version of a standard holds no longer."""
    await repository.withdraw(tx, event.sop_id, event.version)
