"""What goes wrong: killed, stopped and cut off processes, at moments drawn from one seed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import time
from collections import Counter
from typing import Any

import asyncpg

from deploy.local.platform import Platform
from deploy.local.postgres import database_url
from deploy.local.settings import SERVICES

_GRACE = 6.0  # The supervisor gives up on what dies five times within seconds of its start; that is no fault to inject.
_YOUNG = 2
FAILPOINTS = ",".join(
    f"{name}={probability}"
    for name, probability in {
        "transaction-before-commit": 0.002,
        "transaction-after-commit": 0.002,
        "relay-mid-batch": 0.003,
        "relay-acknowledged": 0.01,
        "inbox-claimed": 0.004,
        "inbox-parking": 0.05,
        "consumer-committed": 0.004,
        "consumer-revoking": 0.2,
    }.items()
)


class Faults:
    """Injects faults into a running platform and counts them."""

    def __init__(self, platform: Platform, chance: random.Random) -> None:
        self._platform = platform
        self._chance = chance
        self.kills: Counter[str] = Counter()
        self.others: Counter[str] = Counter()
        self.log: list[str] = []
        self._began = time.monotonic()
        self._expected: Counter[str] = Counter()
        self._young: Counter[str] = Counter()

    @property
    def killed(self) -> int:
        """How many processes were killed, by us or at a failpoint."""
        return self.kills.total()

    async def kill(self, name: str) -> None:
        """SIGKILL a process once it has lived long enough; the supervisor starts it again."""
        child = await self._alive(name)
        if child is None:
            return
        self._note(f"kill {name}")
        self.kills[name] += 1
        self._expected[name] += 1
        self._platform.kill(name)

    async def pause(self, name: str, seconds: float) -> None:
        """SIGSTOP a process for a while, as a busy or swapping machine would."""
        child = await self._alive(name)
        if child is None:
            return
        self._note(f"stop {name} for {seconds:.1f} s")
        self.others["stopped"] += 1
        pid = child.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    async def cut_sessions(self, service: str) -> None:
        """Terminate some of a service's database sessions."""
        self.others["sessions cut"] += 1
        self._note(f"cut sessions of {service}")
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            connection = await asyncpg.connect(database_url(self._platform.database_server, service), timeout=5)
            try:
                await connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pid <> pg_backend_pid() AND random() < $1",
                    self._chance.uniform(0.3, 1),
                )
            finally:
                await asyncio.wait_for(connection.close(), 5)

    def arm(self) -> None:
        """Have the services die at failpoints from their next start on; each start with its own seed."""
        for name in SERVICES:
            self._environment(name).update(FAILPOINTS=FAILPOINTS, FAILPOINTS_SEED=str(self._chance.getrandbits(32)))

    async def disarm(self) -> None:
        """Have them live: those that are armed are started without failpoints."""
        for name in SERVICES:
            environment = self._environment(name)
            environment.pop("FAILPOINTS_SEED", None)
            if environment.pop("FAILPOINTS", None):
                await self.kill(name)

    def heard(self, said: str) -> None:
        """The supervisor says of everything that ended by itself; what we did not kill died at a failpoint."""
        name, ended, _ = said.partition(" ended (SIGKILL)")
        if not ended:
            return
        lived = time.monotonic() - self._platform.children[name].started_at
        self._young[name] = self._young[name] + 1 if lived < _GRACE else 0
        if self._expected[name]:
            self._expected[name] -= 1
        else:
            self._note(f"{name} died at a failpoint")
            self.kills[f"{name} at a failpoint"] += 1
        environment = self._environment(name)
        if self._young[name] >= _YOUNG:
            environment.pop("FAILPOINTS", None)
        if "FAILPOINTS" in environment:
            environment["FAILPOINTS_SEED"] = str(self._chance.getrandbits(32))

    def _environment(self, name: str) -> dict[str, Any]:
        environment = self._platform.children[name].environment
        assert isinstance(environment, dict)
        return environment

    async def _alive(self, name: str, within: float = 60) -> Any:
        """The process, once it has lived for a while; None when it does not come up in time."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            child = self._platform.children[name]
            if child.pid is not None and time.monotonic() - child.started_at > _GRACE:
                return child
            await asyncio.sleep(0.1)
        return None

    def _note(self, what: str) -> None:
        self.log.append(f"{time.monotonic() - self._began:7.1f} s  {what}")
