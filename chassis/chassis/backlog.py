"""How far the bus is behind: the events that wait in the outbox, and the mark above which no more are made."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from chassis import metrics
from chassis.domain import Refused

if TYPE_CHECKING:
    from chassis.database import Database

HIGH_WATER = 50_000
_LOOK_SECONDS = 1.0
_REPORT_SECONDS = 3.0


class BusBehind(Refused):
    """{waiting} events wait for the bus, which does not take them now. Send the same again in {retry_after_seconds} seconds."""

    waiting: int
    retry_after_seconds: int


class Backlog:
    """The depth of one service's outbox, looked at once a second at most."""

    def __init__(self, database: Database, high_water: int) -> None:
        self._database = database
        self._high_water = high_water
        self._depth = 0
        self._looked = float("-inf")

    async def require_room(self) -> None:
        """Let a command go on. Raises BusBehind above the high-water mark."""
        if not await self.has_room():
            raise BusBehind(waiting=self._depth, retry_after_seconds=5)

    async def has_room(self) -> bool:
        """Whether more events may be made."""
        now = time.monotonic()
        if now - self._looked > _LOOK_SECONDS:
            self._looked = now
            async with self._database.read() as connection:
                self._depth = await connection.fetchval(
                    "SELECT count(*) FROM (SELECT FROM outbox LIMIT $1) o", self._high_water + 1
                )
        return self._depth <= self._high_water

    async def until_room(self) -> None:
        """Wait: whoever handles what others did makes events too."""
        while not await self.has_room():
            await asyncio.sleep(_LOOK_SECONDS)

    async def report(self) -> None:
        """Tell depth and age to the metrics, for ever; also while the broker cannot be reached."""
        while True:
            async with self._database.read() as connection:
                depth, oldest = await connection.fetchrow(  # type: ignore[misc]  # an aggregate always has a row
                    "SELECT count(*), min(time) FROM (SELECT time FROM outbox LIMIT 1000000) o"
                )
                age = (connection.now - oldest).total_seconds() if oldest else 0.0
            metrics.outbox_unpublished_messages.labels(self._database.service).set(depth)
            metrics.outbox_oldest_unpublished_seconds.labels(self._database.service).set(max(age, 0.0))
            await asyncio.sleep(_REPORT_SECONDS)
