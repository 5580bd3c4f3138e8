"""Governance decides on a tool: what it said is kept, whatever order it is heard in (P18)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.database import Transaction
from process.tools import repository
from process.tools.domain import Fact


@dataclass(frozen=True, slots=True)
class ToolApproved:
    """The committee approved a tool."""

    tool_id: UUID
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ToolSuspended:
    """A tool may not be used until further notice."""

    tool_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class ToolReinstated:
    """A tool may be used again."""

    tool_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class ToolRetired:
    """A tool will never be used again."""

    tool_id: UUID


async def tool_approved(tx: Transaction, event: ToolApproved) -> None:
    """Procedures may rely on the tool."""
    await _keep(tx, event.tool_id, Fact.APPROVED, code=event.code, name=event.name)


async def tool_suspended(tx: Transaction, event: ToolSuspended) -> None:
    """Procedures may not rely on the tool."""
    await _keep(tx, event.tool_id, Fact.SUSPENDED, code=event.code)


async def tool_reinstated(tx: Transaction, event: ToolReinstated) -> None:
    """Procedures may rely on the tool again."""
    await _keep(tx, event.tool_id, Fact.REINSTATED, code=event.code)


async def tool_retired(tx: Transaction, event: ToolRetired) -> None:
    """Procedures may never rely on the tool again."""
    await _keep(tx, event.tool_id, Fact.RETIRED)


async def _keep(
    tx: Transaction, tool_id: UUID, fact: Fact, *, code: str | None = None, name: str | None = None
) -> None:
    tool = await repository.keep(tx, tool_id)
    told_at = tx.cause.sequence if tx.cause is not None else None
    version = tool.last_version + 1 if told_at is None else told_at
    await repository.save(tx, tool.told(fact, version, code=code, name=name))
