"""Nothing that departments and teams command, in whatever order, lets anybody do more (G02, G03)."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from governance.testing import BOSS, DANA, STEWARD, Organisation

CLASSES = ("CLIENT", "INTERNAL", "CONFIDENTIAL")
CONTEXTS = ("CLIENT_WORK", "INTERNAL")
OTHER = "E0098"


class Tiers:
    """Gives random commands of a department and of teams, and asks `canUse` for everything."""

    def __init__(self, o: Organisation, seed: int, tools: list[str]) -> None:
        self.o = o
        self.dice = random.Random(seed)
        self.tools = tools
        self.probes = list(product((DANA, OTHER), tools, CLASSES, CONTEXTS))
        self.made: dict[str, list[str]] = {"restriction": [], "prompt": [], "useCase": []}

    async def allowed(self) -> set[tuple[str, ...]]:
        """Who may use what for what, but for the grant that each still lacks."""
        asked = "\n".join(
            f'p{n}: canUse(employeeId: "{who}", toolId: "{tool}", dataClass: {data}, context: {context})'
            " { reasons { rule satisfied } }"
            for n, (who, tool, data, context) in enumerate(self.probes)
        )
        found = await self.o.ask(STEWARD, f"{{ {asked} }}")
        return {
            probe
            for n, probe in enumerate(self.probes)
            if all(each["satisfied"] for each in found[f"p{n}"]["reasons"] if each["rule"] != "GRANT_ACTIVE")
        }

    async def command(self) -> None:
        """One command; that it is refused is fine."""
        await self.dice.choice(
            (self.restrict, self.restrict, self.lift, self.prefer, self.share, self.promote, self.register)
        )()

    async def answer(self, who: str, field: str, what: str, **input: Any) -> None:
        payload = await self.o.answer(who, field, f"{what} {{ id }}", **input)
        if payload[what] is not None and what in self.made:
            self.made[what].append(payload[what]["id"])

    def use(self) -> dict[str, str]:
        return {"dataClass": self.dice.choice(CLASSES), "context": self.dice.choice(CONTEXTS)}

    async def restrict(self) -> None:
        tool = self.dice.choice([None, *self.tools])
        await self.answer(
            BOSS, "restrictTool", "restriction", departmentId=self.dice.choice(("sales", "support")), toolId=tool,
            removed=[self.use() for _ in range(self.dice.randint(0, 2))], reason="audit",
            **({"remaining": [self.use()]} if self.dice.random() < 0.3 else {}),
            reviewBy=(self.o.clock.now.date() + timedelta(days=self.dice.randint(0, 95))).isoformat(),
        )  # fmt: skip

    async def lift(self) -> None:
        if self.made["restriction"]:
            id = self.dice.choice(self.made["restriction"])
            await self.answer(BOSS, "liftRestriction", "restriction", restrictionId=id, reason="done")

    async def prefer(self) -> None:
        chosen = self.dice.sample(self.tools, self.dice.randint(0, len(self.tools)))
        await self.o.answer(DANA, "preferTools", "preference { team { id } }", teamId="sales-one", toolIds=chosen)

    async def share(self) -> None:
        await self.answer(
            DANA, "sharePrompt", "prompt", teamId="sales-one", title="x", body=f"{self.dice.random()}",
            toolIds=[self.dice.choice(self.tools)],
        )  # fmt: skip

    async def promote(self) -> None:
        if self.made["prompt"]:
            id = self.dice.choice(self.made["prompt"])
            await self.answer(
                BOSS, "promotePrompt", "prompt", promptId=id, visibility=self.dice.choice(("DEPARTMENT", "ENTERPRISE"))
            )

    async def register(self) -> None:
        await self.answer(
            BOSS, "registerUseCase", "useCase", departmentId="sales", title="x", toolIds=[self.dice.choice(self.tools)],
            ownerId=BOSS, **self.use(),
        )  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
async def test_no_sequence_of_department_and_team_commands_widens_anything_G02_G03(
    organisation: Organisation, seed: int
) -> None:
    o = organisation
    o.roles[BOSS] = "department_leader"
    await o.hire(OTHER, department="support")
    tools = [await o.propose("one"), await o.propose("two"), await o.propose("three")]
    await o.approve(tools[0])
    await o.approve(tools[1], scope=[{"dataClass": "CLIENT", "context": "CLIENT_WORK", "departmentId": "support"}])
    tiers = Tiers(o, seed, tools)
    enterprise = await tiers.allowed()
    assert {probe[1] for probe in enterprise} == set(tools[:2])
    before = enterprise
    for _ in range(15):
        lifts = len(tiers.made["restriction"])
        await tiers.command()
        now = await tiers.allowed()
        assert now <= enterprise
        assert {each for each in now if each[0] == OTHER} == {each for each in enterprise if each[0] == OTHER}
        if len(tiers.made["restriction"]) > lifts:
            before = now
    assert before <= enterprise
    for id in dict.fromkeys(tiers.made["restriction"]):
        await o.answer(BOSS, "liftRestriction", "restriction { id }", restrictionId=id, reason="done")
    assert await tiers.allowed() == enterprise
