"""Noting on a tool's series what governance did to the tool."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis.database import Transaction, new_id
from metrics.annotations import repository
from metrics.annotations.domain import Annotation, Kind


async def note_moment(tx: Transaction, tool_id: UUID, kind: Kind, at: datetime) -> None:
    """Something happened at one moment."""
    await repository.add(tx, Annotation(new_id(), tool_id, kind, at, at))


async def begin_suspension(tx: Transaction, tool_id: UUID, at: datetime) -> None:
    """From now on figures of the tool say little about its users' interest."""
    await repository.add(tx, Annotation(new_id(), tool_id, Kind.SUSPENDED, at, None))


async def end_suspension(tx: Transaction, tool_id: UUID, at: datetime) -> None:
    """The tool is back."""
    await repository.end_suspension(tx, tool_id, at)
    await note_moment(tx, tool_id, Kind.REINSTATED, at)
