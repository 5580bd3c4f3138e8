"""Tells the relay that events were committed, in whatever process it works.

A commit rings in its own process. Where the relay is in another one, the ring is carried there by NOTIFY in a transaction of
its own, so that no command waits for it; those that come meanwhile go together. One that is lost costs a poll's time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import structlog

_log = structlog.get_logger(__name__)
_CHANNEL = "events_recorded"
_NOTIFY = f"BEGIN; SET LOCAL synchronous_commit = off; NOTIFY {_CHANNEL}; COMMIT"
_TOGETHER_SECONDS = 0.01
_RETRY_SECONDS = 1.0


class Bell:
    """The bell of one process."""

    def __init__(self, pool: asyncpg.Pool[asyncpg.Record]) -> None:
        self.rung = asyncio.Event()
        self._pool = pool
        self._to_carry = asyncio.Event()
        self._relay_is_here = False

    def ring(self) -> None:
        """Events were committed."""
        self.rung.set()
        if not self._relay_is_here:
            self._to_carry.set()

    async def carry(self) -> None:
        """Ring in the other processes too, for ever."""
        while True:
            await self._to_carry.wait()
            self._to_carry.clear()
            try:
                async with self._pool.acquire(timeout=_RETRY_SECONDS) as connection:
                    await connection.execute(_NOTIFY)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.info("the relay was not woken and will look by itself", why=str(error))
                await asyncio.sleep(_RETRY_SECONDS)
            await asyncio.sleep(_TOGETHER_SECONDS)

    @asynccontextmanager
    async def heard(self, session: asyncpg.Connection[asyncpg.Record]) -> AsyncIterator[asyncio.Event]:
        """The relay is here; through its session it hears the others. Yields what is set whenever there may be events."""
        await session.add_listener(_CHANNEL, self._hear)
        self._relay_is_here = True
        try:
            yield self.rung
        finally:
            self._relay_is_here = False

    def _hear(self, *_: Any) -> None:
        self.rung.set()
