"""What is many is read and written in sets, not one by one (C4, X01)."""

from __future__ import annotations

import time
from contextlib import AbstractAsyncContextManager

import pytest

from chassis.database import Connection, Database
from governance.testing import BOSS, OFFICER, STEWARD, Organisation

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


async def test_a_page_of_people_and_tools_is_read_in_a_fixed_number_of_queries_X01(
    organisation: Organisation, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    o = organisation
    await o.hire(*(f"E1{n:03}" for n in range(40)), manager_id=BOSS)
    for n in range(5):
        await o.passed("APPROVE_TOOL", await o.propose(f"tool-{n}"))
    reads = 0
    plain = database.read

    def counted() -> AbstractAsyncContextManager[Connection]:
        nonlocal reads
        reads += 1
        return plain()

    monkeypatch.setattr(database, "read", counted)
    people = await o.ask(
        STEWARD,
        """{ employees(first: 100) { nodes { name status department { name teams { name } employees(first: 3) { nodes { id } } }
            team { name department { name } } manager { name reports { id } } accessGrants { id } accessRequests { id } } } }""",
    )
    assert len(people["employees"]["nodes"]) == 48
    assert reads <= 12
    reads = 0
    tools = await o.ask(
        STEWARD,
        """{ tools(first: 100) { nodes { grantCount owner { name } proposedBy { name } decisions { outcome }
            motions { committee { name } tool { code } votes { employee { name } } } } } }""",
    )
    assert len(tools["tools"]["nodes"]) == 5
    assert reads <= 8
