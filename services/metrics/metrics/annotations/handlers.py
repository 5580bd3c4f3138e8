"""What governance does to tools while they are measured (C4)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction
from metrics.annotations import commands
from metrics.annotations.domain import Kind


@dataclass(frozen=True, slots=True)
class ToolChanged:
    """governance.tool-approved, -suspended and -reinstated: which tool."""

    tool_id: UUID


async def tool_approved(tx: Transaction, event: ToolChanged) -> None:
    """The series has a beginning."""
    assert tx.cause is not None
    await commands.note_moment(tx, event.tool_id, Kind.APPROVED, tx.cause.time)


async def tool_suspended(tx: Transaction, event: ToolChanged) -> None:
    """The series has a gap."""
    assert tx.cause is not None
    await commands.begin_suspension(tx, event.tool_id, tx.cause.time)


async def tool_reinstated(tx: Transaction, event: ToolChanged) -> None:
    """The gap is closed."""
    assert tx.cause is not None
    await commands.end_suspension(tx, event.tool_id, tx.cause.time)
