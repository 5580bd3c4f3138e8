"""Whatever happens at once, nobody holds active access that the rules would not allow now, and none twice (G18, G20, G03)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest

from chassis.database import Database
from governance.testing import BOSS, CLIENT_WORK, DANA, OFFICER, STEWARD, Organisation, RunDue

INTERNAL = {"dataClass": "INTERNAL", "context": "INTERNAL"}
USES = (CLIENT_WORK, INTERNAL)
OTHER = "E0098"
ACTIVE = """SELECT employee_id, tool_id::text, data_class, context FROM access_grants
    WHERE revoked_at IS NULL AND cardinality(suspended_for) = 0"""


class Life:
    """Random things that happen to access, several at once."""

    def __init__(self, o: Organisation, seed: int, tools: list[str]) -> None:
        self.o = o
        self.dice = random.Random(seed)
        self.tools = tools
        self.restrictions: list[str] = []

    def something(self) -> Awaitable[object]:
        one = self.dice.choice(
            (self.request, self.request, self.request, self.restrict, self.lift, self.move, self.revoke)
        )
        return one()

    async def command(self, who: str, field: str, select: str, **input: Any) -> Any:
        """What it answers; that it is refused, or has to be given again, is fine."""
        kind = field[0].upper() + field[1:] + "Input"
        query = f"mutation($input: {kind}!) {{ {field}(input: $input) {{ {select} errors {{ code }} }} }}"
        answer = await self.o.graph(query, {"input": input}, caller=self.o.caller(who))
        return (answer["data"] or {}).get(field) or {}

    async def request(self) -> None:
        await self.command(
            self.dice.choice((DANA, OTHER)), "requestAccess", "accessRequest { id }", toolId=self.dice.choice(self.tools),
            **self.dice.choice(USES),
        )  # fmt: skip

    async def restrict(self) -> None:
        made = await self.command(
            BOSS, "restrictTool", "restriction { id }", departmentId="sales", removed=[self.dice.choice(USES)],
            toolId=self.dice.choice([None, *self.tools]), reason="audit",
            reviewBy=(self.o.clock.now.date() + timedelta(days=30)).isoformat(),
        )  # fmt: skip
        if made.get("restriction"):
            self.restrictions.append(made["restriction"]["id"])

    async def lift(self) -> None:
        if self.restrictions:
            id = self.dice.choice(self.restrictions)
            await self.command(BOSS, "liftRestriction", "restriction { id }", restrictionId=id, reason="done")

    async def move(self) -> None:
        to = self.dice.choice(("sales", "support"))
        await self.o.deliver(
            "hris.employee-transferred.v1",
            {"employee_id": OTHER, "effective_date": self.o.clock.now.date().isoformat(),
             "department": {"id": to, "name": to.title()}, "manager_id": BOSS},
            subject=OTHER,
        )  # fmt: skip

    async def revoke(self) -> None:
        found = await self.o.grants(DANA)
        if found:
            id = self.dice.choice(found)["id"]
            await self.command(STEWARD, "revokeAccess", "accessGrant { id }", grantId=id, reason="tidying")


@pytest.mark.parametrize("seed", range(3))
async def test_active_access_is_always_allowed_and_never_double_G18_G20_G03(
    organisation: Organisation, database: Database, run_due: RunDue, seed: int
) -> None:
    o = organisation
    o.roles[BOSS] = "department_leader"
    await o.hire(OTHER, department="support", manager_id=BOSS)
    tools = [await o.propose("one"), await o.propose("two")]
    await o.approve(tools[0])
    await o.approve(tools[1], scope=[{**CLIENT_WORK, "departmentId": "support"}, INTERNAL])
    life = Life(o, seed, tools)
    seen = 0
    for round_ in range(8):
        await asyncio.gather(*(life.something() for _ in range(4)))
        if round_ == 3:
            await life.command(OFFICER, "suspendTool", "tool { id }", toolId=tools[0], reason="leak")
        await run_due()
        async with database.read() as connection:
            active = [tuple(row) for row in await connection.fetch(ACTIVE)]
        assert len(active) == len(set(active))
        seen += len(active)
        for who, tool, data_class, context in active:
            answer = await o.ask(
                STEWARD,
                """query($e: ID!, $t: ID!, $d: DataClass!, $c: UsageContext!) {
                    canUse(employeeId: $e, toolId: $t, dataClass: $d, context: $c) { allowed reasons { rule satisfied } } }""",
                e=who, t=tool, d=data_class, c=context,
            )  # fmt: skip
            assert answer["canUse"]["allowed"], (who, tool, data_class, context, answer)
    assert seen > 0
