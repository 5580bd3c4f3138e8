"""What is many is read and written in sets, not one by one (C4, X01)."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import pytest

from chassis.database import Connection, Database
from governance.access.sweeps import STEP
from governance.testing import BOSS, DANA, OFFICER, STEWARD, Organisation, RunDue

MANY = 3000


async def test_thousands_of_grants_follow_their_tool_in_short_steps_and_nobody_uses_it_meanwhile_C4(
    organisation: Organisation, database: Database, run_due: RunDue
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool)
    await many_grants(database, tool)
    await o.request(tool)
    assert await allowed(o, tool)
    await o.do(OFFICER, "suspendTool", "tool { id }", toolId=tool, reason="leaks")
    assert not await allowed(o, tool)
    assert await o.events("access-suspended") == []
    assert await run_due() == (MANY + 1) // STEP + 3
    counted = await o.ask(OFFICER, "query($id: ID!) { tool(id: $id) { grantCount } }", id=tool)
    assert counted["tool"]["grantCount"] == 0
    assert len(await o.events("access-suspended")) == MANY + 1
    await o.do(STEWARD, "reinstateTool", "tool { id }", toolId=tool, motionId=await o.passed("REINSTATE_TOOL", tool))
    await run_due()
    assert len(await o.events("access-restored")) == MANY + 1
    assert await allowed(o, tool)
    o.roles[BOSS] = "department_leader"
    await o.do(BOSS, "restrictTool", "restriction { id }", departmentId="sales", toolId=tool, reason="audit",
               remaining=[], reviewBy="2026-04-01")  # fmt: skip
    assert (await o.grants())[0]["suspendedFor"] == ["DEPT_RESTRICTED"]
    await o.do(STEWARD, "retireTool", "tool { id }", toolId=tool, motionId=await o.passed("RETIRE_TOOL", tool))
    await run_due()
    assert len(await o.events("access-revoked")) == MANY + 1


async def test_a_department_with_thousands_of_grants_is_followed_in_steps_C13(
    organisation: Organisation, database: Database, run_due: RunDue
) -> None:
    o = organisation
    tool = await o.propose()
    await o.approve(tool)
    await many_grants(database, tool)
    async with database.transaction() as tx:
        await tx.execute(
            "INSERT INTO memberships (employee_id, department_id, from_date, is_people_manager)"
            " SELECT id, 'sales', '2024-01-01', false FROM employees WHERE id LIKE 'P%'"
        )
    await o.hire("elsewhere", department="it")
    for who in (DANA, "elsewhere"):
        await o.request(tool, who)
    o.roles[BOSS] = "department_leader"
    await o.do(BOSS, "restrictTool", "restriction { id }", departmentId="sales", toolId=tool, reason="audit",
               remaining=[], reviewBy="2026-04-01")  # fmt: skip
    assert not await allowed(o, tool)
    assert await o.events("access-suspended") == []
    await run_due()
    assert {data["reason"] for _, data in await o.events("access-suspended")} == {"dept_restricted"}
    assert len(await o.events("access-suspended")) == MANY + 1
    assert [grant["status"] for grant in await o.grants("elsewhere")] == ["ACTIVE"]


async def many_grants(database: Database, tool: str) -> None:
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


async def allowed(o: Organisation, tool: str) -> bool:
    found = await o.ask(
        DANA,
        "query($tool: ID!, $person: ID!) { canUse(employeeId: $person, toolId: $tool, dataClass: CLIENT, context: CLIENT_WORK)"
        " { allowed } }",
        tool=tool, person=DANA,
    )  # fmt: skip
    return bool(found["canUse"]["allowed"])


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
