"""Nothing that departments and teams command, in whatever order, lets anybody do more (G02, G03)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from governance.testing import BOSS, DANA, STEWARD, Organisation

CLASSES = ("CLIENT", "INTERNAL", "CONFIDENTIAL")
CONTEXTS = ("CLIENT_WORK", "INTERNAL")
OTHER = "E0098"


class Tiers:
    """Gives commands of a department and of teams as the dice fall, and asks `canUse` for everything."""

    def __init__(self, o: Organisation, seed: int, tools: list[str]) -> None:
        self.o = o
        self.dice = random.Random(seed)
        self.tools = tools
        self.probes = list(product((DANA, OTHER), tools, CLASSES, CONTEXTS))
        self.made: dict[str, list[str]] = {"restriction": [], "prompt": [], "useCase": []}
        self.now: set[tuple[str, ...]] = set()
        self.done: Counter[str] = Counter()

    async def look(self) -> set[tuple[str, ...]]:
        """Who may use what for what, but for the grant that each still lacks."""
        asked = "\n".join(
            f'p{n}: canUse(employeeId: "{who}", toolId: "{tool}", dataClass: {data}, context: {context})'
            " { reasons { rule satisfied } }"
            for n, (who, tool, data, context) in enumerate(self.probes)
        )
        found = await self.o.ask(STEWARD, f"{{ {asked} }}")
        self.now = {
            probe
            for n, probe in enumerate(self.probes)
            if all(each["satisfied"] for each in found[f"p{n}"]["reasons"] if each["rule"] != "GRANT_ACTIVE")
        }
        return self.now

    async def look_after(self, command: Callable[[], Awaitable[None]]) -> set[tuple[str, ...]]:
        """Give a command, and look."""
        await command()
        return await self.look()

    async def answer(self, who: str, field: str, what: str, select: str = "id", **input: Any) -> None:
        """Give a command; that it is refused is fine, that it is carried out is counted."""
        payload = await self.o.answer(who, field, f"{what} {{ {select} }}", **input)
        if payload[what] is not None:
            self.done[field] += 1
            if what in self.made and field in ("restrictTool", "sharePrompt", "registerUseCase"):
                self.made[what].append(payload[what]["id"])

    def use(self) -> dict[str, str]:
        """A use that somebody in sales has today, and now and then any."""
        here = [probe[2:] for probe in self.probes if probe in self.now and probe[0] == DANA]
        if not here or self.dice.random() < 0.2:
            here = list(product(CLASSES, CONTEXTS))
        return dict(zip(("dataClass", "context"), self.dice.choice(here), strict=True))

    def tool(self) -> str:
        return self.dice.choice(self.tools if self.dice.random() < 0.1 else self.tools[:2])

    async def restrict(self) -> None:
        remaining = {"remaining": [self.use()]} if self.dice.random() < 0.2 else {}
        await self.answer(
            BOSS, "restrictTool", "restriction", departmentId="support" if self.dice.random() < 0.1 else "sales",
            toolId=None if self.dice.random() < 0.2 else self.tool(), removed=[self.use()], reason="audit", **remaining,
            reviewBy=(self.o.clock.now.date() + timedelta(days=self.dice.randint(1, 90))).isoformat(),
        )  # fmt: skip

    async def lift(self) -> None:
        if self.made["restriction"]:
            id = self.dice.choice(self.made["restriction"])
            await self.answer(BOSS, "liftRestriction", "restriction", restrictionId=id, reason="done")

    async def prefer(self) -> None:
        chosen = self.dice.sample(self.tools[:2], self.dice.randint(1, 2))
        await self.answer(DANA, "preferTools", "preference", "team { id }", teamId="sales-one", toolIds=chosen)

    async def share(self) -> None:
        await self.answer(
            DANA,
            "sharePrompt",
            "prompt",
            teamId="sales-one",
            title="x",
            body=f"{self.dice.random()}",
            toolIds=[self.tool()],
        )

    async def promote(self) -> None:
        if self.made["prompt"]:
            id = self.dice.choice(self.made["prompt"])
            await self.answer(BOSS, "promotePrompt", "prompt", promptId=id, visibility="DEPARTMENT")

    async def register(self) -> None:
        await self.answer(
            BOSS, "registerUseCase", "useCase", departmentId="sales", title="x", toolIds=[self.tool()], ownerId=BOSS,
            **self.use(),
        )  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
async def test_no_sequence_of_department_and_team_commands_widens_anything_G02_G03(
    organisation: Organisation, seed: int
) -> None:
    o = organisation
    o.roles[BOSS] = "department_leader"
    await o.hire(OTHER, department="support")
    tools = [await o.propose("one"), await o.propose("two"), await o.propose("three")]
    everywhere = [{"dataClass": data, "context": context} for data, context in product(CLASSES, CONTEXTS)]
    await o.approve(tools[0], scope=everywhere)
    await o.approve(tools[1], scope=[*everywhere[:3], {**everywhere[3], "departmentId": "support"}])
    tiers = Tiers(o, seed, tools)
    enterprise = await tiers.look()
    elsewhere = {probe for probe in enterprise if probe[0] == OTHER}
    kinds = [tiers.register, tiers.share, tiers.promote, tiers.prefer, tiers.restrict, tiers.restrict]
    smallest = len(enterprise)
    for command in [*kinds, *tiers.dice.choices([*kinds, tiers.lift], k=9), tiers.restrict, tiers.lift]:
        before = tiers.now
        now = await tiers.look_after(command)
        assert now <= (enterprise if command == tiers.lift else before), command
        assert elsewhere <= now
        smallest = min(smallest, len(now))
    assert smallest < len(enterprise), "nothing was ever taken away"
    assert set(tiers.done) >= {"registerUseCase", "sharePrompt", "promotePrompt", "preferTools", "restrictTool"}, (
        tiers.done
    )
    for id in tiers.made["restriction"]:
        await o.answer(BOSS, "liftRestriction", "restriction { id }", restrictionId=id, reason="done")
    assert await tiers.look() == enterprise
