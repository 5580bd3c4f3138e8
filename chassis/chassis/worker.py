"""What a service does beside answering: relay its outbox, read the bus, handle due dates, retry dead letters."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from chassis import due, letters, metrics, partitions
from chassis.consumer import Consumer
from chassis.database import Database
from chassis.inbox import Handling
from chassis.relay import Relay

if TYPE_CHECKING:
    from chassis.service import Service
    from chassis.settings import ServiceSettings

_log = structlog.get_logger(__name__)
_LONGEST_DELAY = 5.0
_KEYS_KEPT = timedelta(days=7)


class Worker:
    """The background tasks of one service; each is started again, with growing delay, when it fails."""

    def __init__(self, service: Service, settings: ServiceSettings, database: Database) -> None:
        self._database = database
        handling = Handling(service.all_listens, seconds=settings.handler_seconds)
        self._loops: dict[str, Callable[[], Awaitable[None]]] = {
            "relay": lambda: Relay(database, settings).run(),
            "consumer": lambda: Consumer(database, settings, handling).run(),
            "due dates": lambda: due.run(database, service.all_due),
            "dead letters": lambda: self._retry(handling),
            "idempotency keys": self._forget_keys,
            "backlog": database.backlog.report,
            "partitions": lambda: partitions.keep(database, timedelta(days=settings.inbox_retention_days)),
        }
        for name, loop in service.loops.items():
            self._loops[name] = partial(loop, database, settings)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start the loops; they go on until `stop`."""
        self._tasks = [asyncio.create_task(self._keep(name, loop), name=name) for name, loop in self._loops.items()]

    async def stop(self) -> None:
        """Stop within a few seconds. What is in flight is either committed or undone; nothing is dropped."""
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks, timeout=4) if self._tasks else None

    async def _keep(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        delay = 0.2
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await loop()
                return
            except Exception as error:
                if asyncio.get_running_loop().time() - began > 10 * delay:
                    delay = 0.2
                _log.warning(f"{name} starts again", error=type(error).__name__, why=str(error), delay_seconds=delay)
                await asyncio.sleep(delay * random.uniform(0.8, 1.2))  # noqa: S311
                delay = min(delay * 2, _LONGEST_DELAY)

    async def _forget_keys(self) -> None:
        """A key is remembered for a week; who repeats a command later means another one."""
        while True:
            async with self._database.transaction() as tx:
                gone = await tx.execute(
                    "DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY("
                    "SELECT ctid FROM idempotency_keys WHERE created_at < $1 LIMIT 5000))",
                    tx.now - _KEYS_KEPT,
                )
            if gone != "DELETE 5000":
                await asyncio.sleep(3600)

    async def _retry(self, handling: Handling) -> None:
        while True:
            tried = await letters.retry_due(self._database, handling) + await letters.advance(self._database, handling)
            if not tried:
                counts = await letters.waiting(self._database)
                for state in ("parked", "queued", "held"):
                    metrics.dead_letters_open.labels(self._database.service, state).set(counts.get(state, 0))
                await asyncio.sleep(1)
