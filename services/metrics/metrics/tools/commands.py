"""Learning of a tool."""

from __future__ import annotations

from chassis.database import Transaction
from metrics.tools import repository
from metrics.tools.domain import KnownTool
from metrics.usage import commands as usage


async def know(tx: Transaction, tool: KnownTool) -> None:
    """Keep the tool, and give it the use that was stated under its code before."""
    await repository.save(tx, tool)
    await usage.attribute(tx, tool.code, await repository.by_code(tx, tool.code))
