"""What decides whether use was allowed: what governance says of tools, departments and names of tools."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from chassis.database import Transaction
from metrics.tools import commands as tools
from metrics.ungoverned import commands


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a tool's scope; that there is one is all that matters here."""


@dataclass(frozen=True, slots=True)
class DepartmentRestricted:
    """governance.department-restricted: what is left of the tool for the department; null when it differs by tool."""

    restriction_id: UUID
    department_id: str
    tool_id: UUID | None = None
    remaining: tuple[Row, ...] | None = None


@dataclass(frozen=True, slots=True)
class RestrictionLifted:
    """governance.department-restriction-lifted: which one."""

    restriction_id: UUID
    department_id: str
    tool_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ToolDecided:
    """governance.tool-approved, -suspended and -reinstated: which tool."""

    tool_id: UUID


@dataclass(frozen=True, slots=True)
class CaseSettled:
    """governance.ungoverned-case-settled: a name that sources use belongs to a tool."""

    name: str | None = None
    tool_id: UUID | None = None


async def day_to_judge(tx: Transaction, id: str, at: datetime) -> None:
    """A day was counted, or something about it has changed."""
    await commands.judge_day(tx, date.fromisoformat(id), at)


async def department_restricted(tx: Transaction, event: DepartmentRestricted) -> None:
    """Only what takes the whole tool away says something of use whose data nobody states."""
    if event.remaining == ():
        await commands.restrict(tx, event.restriction_id, event.department_id, event.tool_id, _day(tx))


async def restriction_lifted(tx: Transaction, event: RestrictionLifted) -> None:
    """The department's people may use it again."""
    await commands.lift(tx, event.restriction_id, event.department_id, event.tool_id, _day(tx))


async def tool_decided(tx: Transaction, event: ToolDecided) -> None:
    """The tool stands differently since that day."""
    await commands.tool_decided(tx, event.tool_id, _day(tx))


async def case_settled(tx: Transaction, event: CaseSettled) -> None:
    """Use under that name is the tool's, before and from now on."""
    if event.name is not None and event.tool_id is not None:
        await tools.name(tx, event.name, event.tool_id)


def _day(tx: Transaction) -> date:
    assert tx.cause is not None
    return tx.cause.time.astimezone(UTC).date()
