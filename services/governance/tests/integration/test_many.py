"""One tool with thousands of grants is suspended and comes back in sets, not one by one (C4)."""

from __future__ import annotations

import time

from tests.integration.organisation import OFFICER, STEWARD, Organisation

from chassis.database import Database

MANY = 3000


async def test_thousands_of_grants_follow_their_tool_in_one_transaction_C4(
    organisation: Organisation, database: Database
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool)
    async with database.transaction() as tx:
        await tx.execute(
            """
            WITH who AS (SELECT n, 'P' || n AS id, uuidv7() AS request, uuidv7() AS grant_id FROM generate_series(1, $1) n),
            people AS (INSERT INTO employees (id, name) SELECT id, id FROM who),
            asked AS (
                INSERT INTO access_requests (id, employee_id, tool_id, data_class, context, justification, status, missing,
                    requested_at, expires_at, closed_at, version)
                SELECT request, id, $2, 'CLIENT', 'CLIENT_WORK', '', 'fulfilled', '[]', $3, $3, $3, 1 FROM who
            )
            INSERT INTO access_grants (id, request_id, employee_id, tool_id, data_class, context, valid_from,
                suspended_for, version)
            SELECT grant_id, request, id, $2, 'CLIENT', 'CLIENT_WORK', $3, '{}', 1 FROM who
            """,
            MANY, tool, tx.now,
        )  # fmt: skip
    started = time.perf_counter()
    await o.do(OFFICER, "suspendTool", "tool { id }", toolId=tool, reason="leaks")
    took = time.perf_counter() - started
    counted = await o.ask(OFFICER, "query($id: ID!) { tool(id: $id) { grantCount } }", id=tool)
    assert counted["tool"]["grantCount"] == 0
    assert len(await o.events("access-suspended")) == MANY
    await o.do(STEWARD, "reinstateTool", "tool { id }", toolId=tool, motionId=await o.passed("REINSTATE_TOOL", tool))
    assert len(await o.events("access-restored")) == MANY
    assert took < 10, f"suspending took {took:.1f} s"
