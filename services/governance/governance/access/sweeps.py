"""A change that touches thousands of grants is followed in steps, each a short transaction of its own (G20, C4, C13).

Whether somebody may use a tool is decided by the tool and the department's restrictions first, so that nothing outside a new
scope may be done from the moment of the change on; the steps bring the grants and what they tell others after it.
A step takes its locks in the order of every command - people, the tool shared, departments, then requests or grants - and
looks at the facts anew, so commands about other people go on meanwhile and the order of the two does not matter.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis.database import Transaction
from governance.access import commands, repository
from governance.access.events import RequestStatus
from governance.access.repository import Rows
from governance.entitlement import repository as standings
from governance.tools import repository as tools
from governance.tools.domain import Status

SWEEP = commands.SWEEP
# So many grants are followed in some 30 ms, which is what a command about one of their people may have to wait.
STEP = 100


async def step(tx: Transaction, id: str, at: datetime) -> None:
    """Look at the next requests or grants of a tool, in one department or in all, and date the step after this one."""
    tool_id, _, rows, department_id, after = _read(id)
    found = await repository.identify(tx, rows, tool_id, department_id=department_id, after=after, limit=STEP)
    if not found:
        if rows is Rows.GRANTS:
            await commands.sweep_later(tx, tool_id, Rows.REQUESTS, department_id=department_id)
        return
    people = sorted(set(found.values()))
    await standings.lock(tx, people)
    tool = (await tools.get_shared(tx, [tool_id]))[tool_id]
    facts = await commands.facts_of(tx, {tool_id: tool}, people)
    ended = tool.status in (Status.RETIRED, Status.REJECTED)
    why = f"tool {tool.status.value}"
    if rows is Rows.GRANTS:
        grants = await repository.lock_grants(tx, list(found))
        if ended:
            await commands.end_grants(tx, [each.revoke(why, tx.now) for each in grants])
        else:
            await commands.reassess(tx, grants, facts)
    else:
        requests = await repository.lock_requests(tx, list(found))
        if ended:
            closed = [each.close(RequestStatus.CANCELLED, why, tx.now) for each in requests]
            await repository.save_requests(tx, closed)
        else:
            await commands.reconsider(tx, requests, facts)
    await commands.sweep_later(tx, tool_id, rows, department_id=department_id, after=max(found))


def _read(id: str) -> tuple[UUID, UUID, Rows, str | None, UUID | None]:
    tool_id, sweep, rows, after, department_id = id.split(" ", 4)
    return UUID(tool_id), UUID(sweep), Rows(rows), department_id or None, UUID(after) if after != "-" else None
