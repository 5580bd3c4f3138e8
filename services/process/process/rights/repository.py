"""Where the caller works, from the token or the directory."""

from __future__ import annotations

from chassis.caller import Caller, scope_of
from chassis.database import Connection
from process.rights.domain import Asker


async def asker(connection: Connection, caller: Caller) -> Asker:
    """Who asks, with the department they work in today."""
    scope = await scope_of(connection, caller)
    return Asker(caller.subject, caller.roles, scope.department_id)
