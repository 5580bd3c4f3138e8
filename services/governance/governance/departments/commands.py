"""Restricting tools in a department, and ending that (G23, C13)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from uuid import UUID

from chassis import directory, due
from chassis.caller import Caller
from chassis.database import Transaction, new_id
from chassis.domain import Change, NotFound
from governance.access import commands as access
from governance.departments import repository
from governance.departments.domain import AlreadyRestricted, Restriction
from governance.rights import commands as rights
from governance.rights.domain import DecisionType
from governance.scope.domain import Scope
from governance.tools import repository as tools
from governance.tools.domain import Tool

REVIEW = "department-restriction-review"


async def restrict_tool(
    tx: Transaction,
    *,
    caller: Caller,
    department_id: str,
    tool_id: UUID | None,
    removed: Sequence[Scope],
    remaining: Sequence[Scope] | None,
    reason: str,
    review_by: date,
) -> Restriction:
    """The leader takes uses of a tool, or of every tool, away; grants of the department outside are suspended at once."""
    if department_id not in await directory.departments(tx, [department_id]):
        raise NotFound(what="department", id=department_id)
    by = await rights.require(tx, caller, DecisionType.RESTRICT_TOOL, department_id=department_id)
    allowed = (await tools.get(tx, tool_id)).scope if tool_id is not None else ()
    held_still = await _hold(tx, department_id, tool_id)
    if tool_id is not None:
        allowed = held_still[tool_id].scope
    change = Restriction.impose(
        new_id(),
        department_id,
        tool_id=tool_id,
        allowed=allowed,
        removed=tuple(dict.fromkeys(removed)),
        remaining=None if remaining is None else tuple(dict.fromkeys(remaining)),
        reason=reason,
        review_by=review_by,
        by=by,
        today=tx.now.date(),
    )
    if await repository.is_restricted(tx, department_id, tool_id):
        raise AlreadyRestricted(department=department_id)
    await repository.save(tx, change)
    await due.at(tx, REVIEW, change.after.id, datetime.combine(review_by, time(), UTC))
    await access.department_changed(tx, department_id, held_still)
    return change.after


async def lift_restriction(tx: Transaction, *, caller: Caller, restriction_id: UUID, reason: str) -> Restriction:
    """The leader ends a restriction before its date; what it suspended comes back."""
    known = await repository.get(tx, restriction_id)
    await rights.require(tx, caller, DecisionType.RESTRICT_TOOL, department_id=known.department_id)
    held_still = await _hold(tx, known.department_id, known.tool_id)
    change = (await repository.get(tx, restriction_id)).lift(reason)
    await due.cancel(tx, REVIEW, restriction_id)
    return await _ended(tx, change, held_still)


async def review_due(tx: Transaction, id: str, at: datetime) -> None:
    """The date to look at a restriction came: without a new one it holds no longer."""
    known = await repository.get(tx, UUID(id))
    held_still = await _hold(tx, known.department_id, known.tool_id)
    change = (await repository.get(tx, UUID(id))).lapse(tx.now.date())
    if change is not None:
        await _ended(tx, change, held_still)


async def _ended(tx: Transaction, change: Change[Restriction], held_still: dict[UUID, Tool]) -> Restriction:
    await repository.save(tx, change)
    await access.department_changed(tx, change.after.department_id, held_still)
    return change.after


async def _hold(tx: Transaction, department_id: str, tool_id: UUID | None) -> dict[UUID, Tool]:
    """The tools first, then the department: in the order of every other command."""
    held_still = await tools.get_shared(tx, [tool_id] if tool_id is not None else await tools.in_use(tx))
    await repository.lock(tx, department_id)
    return held_still
