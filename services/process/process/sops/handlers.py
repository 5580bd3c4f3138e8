"""What procedures do when a tool's standing changes and when their day comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction
from process.sops import commands


@dataclass(frozen=True, slots=True)
class ToolDecided:
    """Governance decided something about a tool; what it was is kept by the tools' own handler, which comes first."""

    tool_id: UUID


async def tool_decided(tx: Transaction, event: ToolDecided) -> None:
    """Flag or clear what needs the tool, activate or end fallbacks, put into force what waited (P18)."""
    await commands.weigh_tool(tx, event.tool_id)


async def effective_from(tx: Transaction, id: str, at: datetime) -> None:
    """An approved version's moment has come."""
    sop_id, _, number = id.partition("/")
    await commands.come_into_force(tx, UUID(sop_id), int(number))
