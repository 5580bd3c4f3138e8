"""One run: a platform of its own, a workload, faults drawn from a seed, then rest, then the proof."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.platform import Platform
from deploy.local.settings import SERVICES, Ports, Settings
from tests.chaos.bus import Bus
from tests.chaos.checker import Checker
from tests.chaos.faults import Faults
from tests.chaos.graph import Graph
from tests.chaos.ledger import Ledger
from tests.chaos.settle import open_databases, settle
from tests.chaos.sources import Sources
from tests.chaos.stories import Stories, everything

_AT_ONCE = 4
_SETTLE_SECONDS = 180.0
_TELL_LAST = 120.0


@dataclass(slots=True)
class World:
    """Everything that a fault or a test needs."""

    platform: Platform
    ledger: Ledger
    faults: Faults
    sources: Sources
    bus: Bus
    stories: Stories
    chance: random.Random
    said: list[str] = field(default_factory=list)

    async def tell_again(self) -> None:
        """The outside repeats what it told: the embedded broker forgets what nobody has read when it is killed."""
        await self.sources.tell_again(everything(self.ledger.told))
        lives: dict[str, list[str]] = {}
        for rumour in self.ledger.rumours.values():
            lives.setdefault(rumour.subject, []).append(rumour.id)
        for ids in lives.values():
            await self.bus.tell([self.ledger.rumours[id] for id in ids])
        await self.bus.spoil_again()

    async def verdict(self) -> list[str]:
        """Let the system come to rest and return everything that is wrong then."""
        databases = await open_databases(self.platform)
        try:
            moving = await settle(databases, self.ledger, _SETTLE_SECONDS)
            violations = [f"does not come to rest: {what}" for what in moving]
            return violations + await Checker(databases, self.ledger).check()
        finally:
            for database in databases.values():
                await database.close()


@contextlib.asynccontextmanager
async def world(state: Path, seed: int, say: Callable[[str], None] = print) -> AsyncIterator[World]:
    """A running platform with its organisation, before anything goes wrong."""
    chance = random.Random(seed)
    name = f"r{seed % 100000}"
    heard: list[Callable[[str], None]] = [say]
    settings = Settings(
        state=state / ".state",
        ports=Ports.free(),
        apache_kafka=os.environ.get("BROKER") == "kafka",
        postgres_options=("fsync=off", "full_page_writes=off"),
    )

    def told(what: str) -> None:
        for hears in heard:
            hears(what)

    async with Platform(settings, told) as platform:
        ledger = Ledger()
        faults = Faults(platform, random.Random(chance.getrandbits(64)))
        heard.append(faults.heard)
        graph = Graph(platform, ledger, random.Random(chance.getrandbits(64)), name)
        sources = Sources(platform, ledger, random.Random(chance.getrandbits(64)), name)
        bus = Bus(platform, ledger, random.Random(chance.getrandbits(64)), name)
        stories = Stories(graph, sources, bus, random.Random(chance.getrandbits(64)), name)
        try:
            await stories.prepare()
            yield World(platform, ledger, faults, sources, bus, stories, chance)
        finally:
            await graph.close()
            await sources.close()


@contextlib.asynccontextmanager
async def busy(here: World) -> AsyncIterator[None]:
    """The workload runs inside; afterwards its last stories have been told to their end."""
    stop = asyncio.Event()
    running = asyncio.create_task(here.platform.unless_broken(here.stories.run(stop, _AT_ONCE)))
    try:
        yield
        stop.set()
        await asyncio.wait([running], timeout=_TELL_LAST)
    finally:
        running.cancel()
        await asyncio.wait([running])
    if not running.cancelled():
        running.result()


async def at_random(here: World, seconds: float, kills: int | None = None) -> None:
    """Faults at random moments for so long, or until so many processes were killed."""
    chance, faults = here.chance, here.faults
    end = time.monotonic() + seconds

    async def cut() -> None:
        await faults.cut_sessions(chance.choice(SERVICES))

    async def pause() -> None:
        await faults.pause(chance.choice((*SERVICES, "gateway", "broker")), chance.uniform(0.5, 8))

    async def broker() -> None:
        await faults.kill("broker")
        await asyncio.sleep(2)
        await asyncio.gather(*(here.platform.wait_ready(name) for name in SERVICES))
        await here.tell_again()

    async def service() -> None:
        await faults.kill(chance.choice(SERVICES))

    async def several() -> None:
        await asyncio.gather(*(faults.kill(name) for name in chance.sample(SERVICES, chance.randint(2, 4))))

    kinds: tuple[tuple[Callable[[], Awaitable[None]], int], ...] = (
        (service, 12), (several, 3), (cut, 4), (pause, 4), (broker, 1), (here.bus.poison, 1),
        (lambda: faults.kill("gateway"), 3), (lambda: faults.kill("postgres"), 2),
    )  # fmt: skip
    happenings, weights = zip(*kinds, strict=True)
    while time.monotonic() < end and (kills is None or faults.killed < kills):
        await asyncio.sleep(chance.uniform(0.5, 6))
        if chance.random() < 0.3:
            faults.arm()
        (happening,) = chance.choices(happenings, weights)
        await here.platform.unless_broken(_as_coroutine(happening))


async def _as_coroutine(happening: Callable[[], Awaitable[None]]) -> None:
    await happening()
