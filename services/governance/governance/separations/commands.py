"""Separating tools, and ending that. Nobody loses both: of two grants the later one is suspended (G13)."""

from __future__ import annotations

from uuid import UUID

from chassis.caller import Caller
from chassis.database import Transaction, new_id
from chassis.domain import Change
from governance.access import commands as access
from governance.policies import repository as policies
from governance.rights import commands as rights
from governance.rights.domain import DecisionType
from governance.separations import repository
from governance.separations.domain import AlreadySeparated, Separation
from governance.tools import repository as tools
from governance.tools.domain import Tool


async def separate_tools(
    tx: Transaction, *, caller: Caller, first_id: UUID, second_id: UUID, policy: str, reason: str
) -> Separation:
    """Decide that nobody may have both; an exception from the policy is the way out."""
    by = await rights.require(tx, caller, DecisionType.SEPARATE_TOOLS)
    await policies.named(tx, policy)
    change = Separation.decide(new_id(), (first_id, second_id), policy=policy, reason=reason, by=by, now=tx.now)
    held_still = await _hold(tx, change.after)
    if await repository.are_separated(tx, change.after.first_id, change.after.second_id):
        first, second = (tool.name for tool in held_still)
        raise AlreadySeparated(first=first, second=second)
    return await _follow(tx, change, held_still)


async def end_tool_separation(tx: Transaction, *, caller: Caller, separation_id: UUID, reason: str) -> Separation:
    """Let people have both again; what was suspended for it comes back."""
    await rights.require(tx, caller, DecisionType.SEPARATE_TOOLS)
    held_still = await _hold(tx, await repository.get(tx, separation_id))
    return await _follow(tx, (await repository.get(tx, separation_id)).end(reason, tx.now), held_still)


async def _hold(tx: Transaction, separation: Separation) -> list[Tool]:
    """Both tools, locked in the order of their ids, so that nobody is granted either meanwhile."""
    return [await tools.get_for_update(tx, id) for id in (separation.first_id, separation.second_id)]


async def _follow(tx: Transaction, change: Change[Separation], held_still: list[Tool]) -> Separation:
    await repository.save(tx, change)
    for tool in held_still:
        await access.tool_changed(tx, tool)
    return change.after
