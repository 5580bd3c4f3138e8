"""What is committed in this service, told as it happens to whoever watches in this process.

The events are read from Postgres, so any number of processes may watch, and the bus may be down. A transaction that
commits late leaves a gap in the numbering behind which others are visible already; each gap is looked at again until no
transaction that was running when it was first seen can still fill it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, Self

import asyncpg
import structlog

if TYPE_CHECKING:
    from chassis.database import Database

_POLL_SECONDS = 0.1
_RETRY_SECONDS = 1.0
_BATCH = 1_000
# How far back a transaction that is running may have taken its number when somebody begins to watch.
_LOOK_BACK = 10_000
_WAITING = 256
_LONGEST = timedelta(days=1)
Attribute = Literal["subject", "key"]
ATTRIBUTES: tuple[Attribute, ...] = ("subject", "key")
_log = structlog.get_logger(__name__)

# The time leaves out the partitions of events that are long over.
_NEXT = """
    SELECT seq, type, subject, key FROM events WHERE seq = ANY($2::bigint[]) AND time > $4
    UNION ALL
    (SELECT seq, type, subject, key FROM events WHERE seq > $1 AND time > $4 ORDER BY seq LIMIT $3)
    ORDER BY seq
"""
_GAPS = """
    SELECT number FROM generate_series($1::bigint, $2::bigint) AS number
    EXCEPT SELECT seq FROM events WHERE seq BETWEEN $1 AND $2
"""
_HORIZON = """
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest,
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next
"""


class FellBehind(Exception):
    """More changes wait than are kept for one watcher."""


class Watcher:
    """Somebody who waits for events of some types. Iterating waits for the next one's type; raises FellBehind."""

    def __init__(self, types: frozenset[str]) -> None:
        self._types = types
        self._waiting: asyncio.Queue[str | None] = asyncio.Queue(_WAITING + 1)

    def tell(self, type: str) -> None:
        """Keep an event that matters; one too many ends the watching."""
        if type in self._types and not self._waiting.full():
            self._waiting.put_nowait(type if self._waiting.qsize() < _WAITING else None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        type = await self._waiting.get()
        if type is None:
            raise FellBehind
        return type


class Changes:
    """Reads the events of one service while anybody watches."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # By what they watch: a subject or a key, so that an event costs only those whom it concerns.
        self._watchers: dict[tuple[Attribute, str], set[Watcher]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._placed: asyncio.Future[None] | None = None

    @contextlib.asynccontextmanager
    async def watch(self, types: frozenset[str], attribute: Attribute, value: str) -> AsyncIterator[Watcher]:
        """Every event of these types with this subject or key that is committed from now on.

        What is read inside the block is never older than the first of them.
        """
        watcher = Watcher(types)
        same = self._watchers.setdefault((attribute, value), set())
        same.add(watcher)
        if self._placed is None:
            self._placed = asyncio.get_running_loop().create_future()
            self._reading = asyncio.create_task(self._read(self._placed), name="changes")
        try:
            await asyncio.shield(self._placed)
            yield watcher
        finally:
            same.discard(watcher)
            if not same and self._watchers.get((attribute, value)) is same:
                del self._watchers[attribute, value]
            if not self._watchers:
                await self._rest()

    async def _rest(self) -> None:
        reading, self._reading, self._placed = self._reading, None, None
        if reading is not None:
            reading.cancel()
            await asyncio.wait([reading])

    async def _read(self, placed: asyncio.Future[None]) -> None:
        place: _Place | None = None
        while True:
            try:
                if place is None:
                    place = await self._here()
                    placed.set_result(None)
                more = await self._step(place)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
                _log.warning("changes cannot be read just now", why=str(error))
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                await asyncio.sleep(0 if more else _POLL_SECONDS)

    async def _here(self) -> _Place:
        async with self._database.read() as connection:
            last = await connection.fetchval("SELECT coalesce(max(seq), 0) FROM events")
            gaps = await connection.fetch(_GAPS, max(last - _LOOK_BACK, 1), last)
        return _Place(last, {row["number"]: None for row in gaps})

    async def _step(self, place: _Place) -> bool:
        """Tell what is new. True when there may be more already."""
        async with self._database.read() as connection:
            # Before the events: a transaction that has ended by now is seen by the next statement.
            horizon = await connection.fetchrow(_HORIZON) if place.gaps else None
            rows = await connection.fetch(_NEXT, place.last, list(place.gaps), _BATCH, connection.now - _LONGEST)
        place.advance(rows)
        if horizon is not None:
            place.close_gaps(horizon["oldest"], horizon["next"])
        for row in rows:
            for attribute in ATTRIBUTES:
                for watcher in self._watchers.get((attribute, row[attribute]), ()):
                    watcher.tell(row["type"])
        return len(rows) >= _BATCH


@dataclass(slots=True)
class _Place:
    """How far the events were read: the last number, and the numbers before it that may still be filled.

    For each gap the number of the next transaction when it was first looked for in vain; None before that.
    """

    last: int
    gaps: dict[int, int | None]

    def advance(self, rows: list[Any]) -> None:
        """Note what was found; skipped numbers become gaps."""
        for row in rows:
            seq = row["seq"]
            if seq <= self.last:
                self.gaps.pop(seq, None)
            else:
                self.gaps.update(dict.fromkeys(range(self.last + 1, seq)))
                self.last = seq

    def close_gaps(self, oldest: int, following: int) -> None:
        """Give up gaps of which every transaction that could fill them has ended."""
        for seq, bound in tuple(self.gaps.items()):
            if bound is None:
                self.gaps[seq] = following
            elif bound <= oldest:
                del self.gaps[seq]
