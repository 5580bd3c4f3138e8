"""Learning of a tool."""

from __future__ import annotations

from uuid import UUID

from chassis.database import Transaction
from metrics.tools import repository
from metrics.tools.domain import KnownTool
from metrics.usage import commands as usage


async def know(tx: Transaction, tool: KnownTool) -> None:
    """Keep the tool, and give it the use that was stated under its code before."""
    if await repository.save(tx, tool):
        await usage.attributed(tx, tool.id)
    await usage.attribute(tx, tool.code, await repository.by_code(tx, tool.code))


async def name(tx: Transaction, name: str, tool_id: UUID) -> None:
    """A source's name for a tool was linked to it: use under that name is the tool's."""
    await repository.name(tx, name, tool_id)
    await usage.attribute(tx, name, tool_id)
