"""Asking what a suspension would touch. Nothing is changed."""

from __future__ import annotations

from uuid import UUID

from chassis.caller import Caller
from chassis.database import Connection
from governance.blast import repository
from governance.blast.domain import Blast
from governance.rights import commands as rights
from governance.rights.domain import Decider, DecisionType
from governance.tools import repository as tools
from governance.tools.domain import Tool


async def blast_radius(connection: Connection, *, caller: Caller, tool_id: UUID) -> tuple[Tool, Blast]:
    """Whoever may suspend a tool, its owner, the committee, the sponsor and auditors may ask before they do."""
    tool = await tools.get(connection, tool_id)
    standing = await rights.standing(connection, caller)
    asks = {Decider.COMMITTEE, Decider.EXECUTIVE_SPONSOR, Decider.COMPLIANCE_OFFICER, Decider.AI_STEWARD}
    owns = caller.employee_id is not None and caller.employee_id == tool.owner_id
    if standing.isdisjoint(asks) and not owns and not caller.has("auditor"):
        await rights.refuse(connection, DecisionType.SUSPEND_TOOL)
    return tool, await repository.blast(connection, tool_id)
