"""Choosing tools as a team (G24)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from chassis import directory
from chassis.caller import Caller
from chassis.database import Transaction
from chassis.domain import NotFound
from governance.preferences import repository
from governance.preferences.domain import Preference, prefer
from governance.rights import commands as rights
from governance.rights.domain import DecisionType
from governance.tools import repository as tools


async def prefer_tools(tx: Transaction, *, caller: Caller, team_id: str, tool_ids: Sequence[UUID]) -> Preference:
    """A member of the team says which approved tools it prefers, the first one most."""
    if team_id not in await directory.teams(tx, [team_id]):
        raise NotFound(what="team", id=team_id)
    by = await rights.require(tx, caller, DecisionType.PREFER_TOOL, team_id=team_id)
    found = await tools.get_shared(tx, tool_ids)
    for tool_id in tool_ids:
        if tool_id not in found:
            raise NotFound(what="tool", id=str(tool_id))
    before = await repository.lock(tx, team_id)
    change = prefer(team_id, [found[id] for id in tool_ids], before=before, by=by, now=tx.now)
    await repository.save(tx, change)
    return change.after
