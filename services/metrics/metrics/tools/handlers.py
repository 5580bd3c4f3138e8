"""What governance says of tools."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction
from metrics.tools import commands
from metrics.tools.domain import KnownTool


@dataclass(frozen=True, slots=True)
class ToolNamed:
    """governance.tool-proposed and -approved: the names of a tool."""

    tool_id: UUID
    code: str
    name: str


async def tool_proposed(tx: Transaction, event: ToolNamed) -> None:
    """Its code can be resolved from now on."""
    await commands.know(tx, KnownTool(event.tool_id, event.code, event.name, approved=False))


async def tool_approved(tx: Transaction, event: ToolNamed) -> None:
    """It is the one that its code means, should another have it too."""
    await commands.know(tx, KnownTool(event.tool_id, event.code, event.name, approved=True))
