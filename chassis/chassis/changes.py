"""What is committed in this service, told as it happens to whoever watches in this process.

The events are read from Postgres, so any number of processes may watch, and the bus may be down. A transaction that
commits late leaves a gap in the numbering behind which others are visible already; each gap is looked at again until no
transaction that was running when it was first seen can still fill it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

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


@dataclass(frozen=True, slots=True)
class Changed:
    """One event, as far as it matters to know whether to look again."""

    type: str
    subject: str
    key: str


class FellBehind(Exception):
    """More changes wait than are kept for one watcher."""


class Watcher:
    """The changes for one who watches, in order. Iterating waits for the next; raises FellBehind."""

    def __init__(self, matches: Callable[[Changed], bool]) -> None:
        self._matches = matches
        self._waiting: asyncio.Queue[Changed | None] = asyncio.Queue(_WAITING + 1)

    def tell(self, change: Changed) -> None:
        """Keep a change that matters here; one too many ends the watching."""
        if self._matches(change) and not self._waiting.full():
            self._waiting.put_nowait(change if self._waiting.qsize() < _WAITING else None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Changed:
        change = await self._waiting.get()
        if change is None:
            raise FellBehind
        return change


class Changes:
    """Reads the events of one service while anybody watches."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._watchers: set[Watcher] = set()
        self._reading: asyncio.Task[None] | None = None
        self._placed: asyncio.Future[None] | None = None

    @contextlib.asynccontextmanager
    async def watch(self, matches: Callable[[Changed], bool]) -> AsyncIterator[Watcher]:
        """Every change that matches and is committed from now on. What is read inside the block is never older."""
        watcher = Watcher(matches)
        self._watchers.add(watcher)
        if self._placed is None:
            self._placed = asyncio.get_running_loop().create_future()
            self._reading = asyncio.create_task(self._read(self._placed), name="changes")
        try:
            await asyncio.shield(self._placed)
            yield watcher
        finally:
            self._watchers.discard(watcher)
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
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
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
            change = Changed(row["type"], row["subject"], row["key"])
            for watcher in tuple(self._watchers):
                watcher.tell(change)
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
