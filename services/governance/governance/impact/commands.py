"""Telling what a decision about a tool would do. Nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from chassis.caller import Caller
from chassis.database import Connection
from chassis.domain import NotEntitled, Tier
from governance.impact import repository
from governance.impact.domain import BlastRadius, alternatives, outside, stopped
from governance.processes import repository as processes
from governance.rights import commands as rights
from governance.rights.domain import Decider
from governance.scope.domain import Scope
from governance.separations import repository as separations
from governance.tools import repository as tools
from governance.tools.domain import Status
from governance.use_cases import repository as use_cases

_MOST = 100
_MAY_ASK = frozenset({Decider.AI_STEWARD, Decider.COMPLIANCE_OFFICER, Decider.EXECUTIVE_SPONSOR, Decider.COMMITTEE})


async def blast_radius(
    connection: Connection, *, caller: Caller, tool_id: UUID, remaining: Sequence[Scope] | None
) -> BlastRadius:
    """What suspending the tool would reach, or leaving it only the remaining scope."""
    tool = await tools.get(connection, tool_id)
    standing = await rights.standing(connection, caller)
    if standing.isdisjoint(_MAY_ASK) and caller.employee_id != tool.owner_id and not caller.has("auditor"):
        raise NotEntitled(
            action="Asking what a decision about a tool would do",
            tier=Tier.ENTERPRISE.value,
            deciders="the AI steward, the compliance officer, the committee, the executive sponsor or the tool's owner",
        )
    groups = outside(await repository.active(connection, tool_id), remaining)
    approved = await tools.listing(connection, status=Status.APPROVED, search=None, after=None, limit=1000)
    rules = (await separations.of_tools(connection, [tool_id])).get(tool_id, [])
    apart = await tools.by_ids(
        connection, [id for rule in rules for id in (rule.first_id, rule.second_id) if id != tool_id]
    )
    counted = await repository.counted(connection, tool_id)
    whole = remaining is None
    return BlastRadius(
        tool=tool,
        groups=groups,
        holders=await repository.holders(connection, tool_id, groups),
        suspended_already=counted.suspended,
        waiting_requests=counted.requests,
        standards=tuple(await processes.needing(connection, tool_id, limit=_MOST)) if whole else (),
        use_cases=stopped(await use_cases.using(connection, [tool_id], limit=_MOST), remaining),
        prompts=counted.prompts if whole else 0,
        teams_preferring=counted.teams if whole else 0,
        open_motions=counted.motions,
        open_incidents=counted.incidents,
        alternatives=alternatives(groups, tool_id, [each for each in approved if each.id not in apart])[:10],
        separated_from=tuple(apart.values()),
    )
