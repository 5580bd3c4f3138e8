"""`canUse`, people who leave, and a scope cut that touches 50,000 grants while others go on with their work."""

from __future__ import annotations

import asyncio
import random
import time
from uuid import UUID

from bench.governance.asking import Asking, percentile, timed
from chassis import due
from chassis.database import Database, Transaction, new_id
from chassis.testing import a_caller
from governance.access import commands as access
from governance.scope.domain import DataClass, Scope, UsageContext
from governance.service import service
from governance.tools import repository as tools

TIMES = 400
LEAVERS = 50
_MAY = """query($who: ID!, $tool: ID!) { canUse(employeeId: $who, toolId: $tool, dataClass: CLIENT, context: CLIENT_WORK)
    { allowed reasons { rule satisfied explanation nextStep } } }"""


async def entitlement(asking: Asking, employees: int, tool_ids: list[UUID]) -> dict[str, float]:
    """`canUse` about random people and tools, and about twenty tools at once."""

    async def one(_: int) -> None:
        variables = {"who": f"P{random.randint(1, employees)}", "tool": str(random.choice(tool_ids))}
        await asking.answer(_MAY, variables)

    twenty = "query($who: ID!) {" + " ".join(
        f't{n}: canUse(employeeId: $who, toolId: "{tool_id}", dataClass: CLIENT, context: CLIENT_WORK) {{ allowed }}'
        for n, tool_id in enumerate(tool_ids[:20])
    ) + "}"  # fmt: skip

    async def many(_: int) -> None:
        await asking.answer(twenty, {"who": f"P{random.randint(1, employees)}"})

    await timed(50, one)
    began = time.process_time()
    took = await timed(TIMES, one)
    spent = (time.process_time() - began) / TIMES * 1000
    await timed(20, many)
    together = await timed(TIMES // 4, many)
    return {
        "canUse p50 ms": percentile(0.5, took),
        "canUse p99 ms": percentile(0.99, took),
        "canUse CPU ms": spent,
        "canUse for 20 tools at once p50 ms": percentile(0.5, together),
    }


async def terminations(database: Database, employees: int) -> dict[str, float]:
    """People with ten grants each leave: what the service does when the directory says so, events recorded, to the commit."""
    leavers = [f"P{employees - n}" for n in range(LEAVERS)]

    async def one(n: int) -> None:
        async with database.transaction() as tx:
            await access.employment_ended(tx, leavers[n])

    took = await timed(LEAVERS, one)
    async with database.read() as connection:
        left = await connection.fetchval(
            "SELECT count(*) FROM access_grants WHERE employee_id = ANY($1) AND revoked_at IS NULL", leavers
        )
        told = await connection.fetchval(
            "SELECT count(*) FROM events WHERE type LIKE 'governance.access-revoked.%' AND key = ANY($1)", leavers
        )
    assert (left, told) == (0, 10 * LEAVERS), (left, told)
    return {"termination p50 ms": percentile(0.5, took), "termination slowest ms": took[-1]}


class Requests:
    """People who ask for a tool, one after the other: a command like any other."""

    def __init__(self, database: Database, tool_id: UUID, first: int) -> None:
        self._database = database
        self._tool_id = tool_id
        self._people = iter(range(first, 50_000))

    async def next(self, _: int) -> None:
        """The next person asks."""
        async with self._database.transaction() as tx:
            await access.request_access(
                tx, caller=a_caller(f"P{next(self._people)}"), tool_id=self._tool_id, data_class=DataClass.INTERNAL,
                context=UsageContext.INTERNAL, region=None, justification="", valid_until=None,
            )  # fmt: skip


async def scope_cut(database: Database, tool_id: UUID, other: UUID, first: int) -> dict[str, float]:
    """The most popular tool loses a use that 50,000 grants are for, while people who hold it,
    from this number on, ask for another tool."""
    requests = Requests(database, other, first)
    await timed(20, requests.next)
    alone = await timed(300, requests.next)
    async with database.read() as connection:
        touched = await connection.fetchval(
            "SELECT count(*) FROM access_grants WHERE tool_id = $1 AND revoked_at IS NULL", tool_id
        )
    started = time.perf_counter()
    async with database.transaction() as tx:
        await _cut(tx, tool_id)
    committed = time.perf_counter() - started
    steps: list[float] = []

    async def work() -> None:
        while True:
            begun = time.perf_counter()
            if not await due.run_next(database, service.all_due):
                return
            steps.append((time.perf_counter() - begun) * 1000)

    sweep = asyncio.create_task(work())
    meanwhile: list[float] = []
    while not sweep.done():
        meanwhile += await timed(1, requests.next)
    await sweep
    whole = time.perf_counter() - started
    async with database.read() as connection:
        left = await connection.fetchval(
            "SELECT count(*) FROM access_grants WHERE tool_id = $1 AND data_class = 'CLIENT' AND revoked_at IS NULL"
            " AND suspended_for = '{}'",
            tool_id,
        )
    assert left == 0, left
    steps.sort()
    meanwhile.sort()
    return {
        "cut: grants": float(touched),
        "cut: command ms": committed * 1000,
        "cut: all suspended s": whole,
        "cut: step p50 ms": percentile(0.5, steps),
        "cut: longest step ms": steps[-1],
        "requestAccess before p50 ms": percentile(0.5, alone),
        "requestAccess before p99 ms": percentile(0.99, alone),
        "requestAccess meanwhile p50 ms": percentile(0.5, meanwhile),
        "requestAccess meanwhile p99 ms": percentile(0.99, meanwhile),
        "requestAccess meanwhile slowest ms": meanwhile[-1],
    }


async def _cut(tx: Transaction, tool_id: UUID) -> None:
    tool = await tools.get_for_update(tx, tool_id)
    change = tool.change_scope(new_id(), (Scope(DataClass.INTERNAL, UsageContext.INTERNAL),))
    await tools.save(tx, change)
    await access.tool_changed(tx, change.after)
