"""Pilots follow what happens elsewhere: a condition lost pauses them, a condition back lets them run again (C4, C8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction
from chassis.directory import Person
from process.pilots import commands, repository


@dataclass(frozen=True, slots=True)
class ToolDecided:
    """Governance decided something about a tool; what it was is kept by handlers that come first."""

    tool_id: UUID


@dataclass(frozen=True, slots=True)
class PilotPrepared:
    """Another service told how far a pilot is; what it told is kept by handlers that come first."""

    pilot_id: UUID


async def preparation_weighed(tx: Transaction, event: PilotPrepared) -> None:
    """Weigh the pilot."""
    await commands.weigh(tx, await repository.known_for_update(tx, event.pilot_id))


async def tool_weighed(tx: Transaction, event: ToolDecided) -> None:
    """Weigh the pilots that need the tool."""
    await commands.weigh(tx, await repository.using_for_update(tx, event.tool_id))


async def contact_left(tx: Transaction, person: Person) -> None:
    """Nobody can be called any more."""
    await commands.weigh(tx, await repository.calling_for_update(tx, person.id))


async def contact_joined(tx: Transaction, person: Person) -> None:
    """Somebody can be called again."""
    await commands.weigh(tx, await repository.calling_for_update(tx, person.id))


async def window_ends(tx: Transaction, id: str, at: datetime) -> None:
    """The end of a pilot's window has come."""
    await commands.window_ends(tx, UUID(id))
