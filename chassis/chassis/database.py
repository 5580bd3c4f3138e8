"""Postgres: one pool per process with time-outs, and the transaction that every command and handler runs in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import UUID

import asyncpg
import orjson
from uuid_utils import compat

from chassis import failpoints
from chassis.backlog import HIGH_WATER, Backlog
from chassis.bell import Bell
from chassis.changes import Changes
from chassis.clock import Clock, SystemClock

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    from chassis.caller import Caller
    from chassis.events import Envelope
    from chassis.patience import Patience
    from chassis.settings import ServiceSettings


K = TypeVar("K")
_MANY = 50


def new_id() -> UUID:
    """A UUIDv7: unique without asking anybody, and in order of creation."""
    return compat.uuid7()


class Connection(Protocol):
    """What SQL needs: asyncpg's four calls, and the time they are made at. jsonb columns are Python objects both ways."""

    @property
    def now(self) -> datetime: ...

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]: ...

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None: ...

    async def fetchval(self, query: str, *args: Any) -> Any: ...

    async def execute(self, query: str, *args: Any) -> str: ...


class _Statements:
    """asyncpg's calls on one connection, at one time."""

    def __init__(self, connection: PoolConnectionProxy[asyncpg.Record], now: datetime) -> None:
        self.connection = connection
        self._now = now

    @property
    def now(self) -> datetime:
        """When this unit of work began, by the injected clock, in UTC."""
        return self._now

    @property
    def today(self) -> date:
        """The day of `now`, in UTC."""
        return self._now.date()

    async def fetch(self, query: str, *args: Any) -> list[asyncpg.Record]:
        return await self.connection.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> asyncpg.Record | None:
        return await self.connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        return await self.connection.fetchval(query, *args)

    async def execute(self, query: str, *args: Any) -> str:
        return await self.connection.execute(query, *args)


class Transaction(_Statements):
    """One unit of work: what it writes and the events it records are committed together or not at all."""

    def __init__(
        self,
        connection: PoolConnectionProxy[asyncpg.Record],
        *,
        service: str,
        now: datetime,
        caller: Caller | None = None,
        cause: Envelope | None = None,
        settings: ServiceSettings | None = None,
    ) -> None:
        super().__init__(connection, now)
        self.service = service
        self.caller = caller
        self.cause = cause
        self.settings = settings
        self.recorded = 0
        self.patience: Patience | None = None

    async def executemany(self, query: str, rows: Sequence[Sequence[Any]]) -> None:
        await self.connection.executemany(query, rows)

    async def copy_new(self, table: str, columns: Sequence[str], rows: Collection[Sequence[Any]]) -> bool:
        """COPY rows that are most likely new, in half the time of INSERT ... ON CONFLICT. False, and nothing is done, when the
        table has one of them already or when they are too few for COPY to pay."""
        if len(rows) < _MANY:
            return False
        try:
            async with self.savepoint():
                await self.connection.copy_records_to_table(table, columns=columns, records=rows)
        except asyncpg.UniqueViolationError:
            return False
        return True

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What fails inside is undone; the transaction goes on."""
        async with self.connection.transaction():
            yield


class Database:
    """The pool of one process, and the bell that wakes its relay after a commit."""

    def __init__(
        self,
        pool: asyncpg.Pool[asyncpg.Record],
        *,
        service: str,
        clock: Clock | None = None,
        acquire_timeout: float = 10,
        high_water: int = HIGH_WATER,
    ) -> None:
        self.pool = pool
        self.service = service
        self.clock: Clock = clock or SystemClock()
        self.bell = Bell(pool)
        self.changes = Changes(self)
        self.backlog = Backlog(self, high_water)
        self._acquire_timeout = acquire_timeout
        self.settings: ServiceSettings | None = None  # what a command may read as `tx.settings`

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        service: str,
        clock: Clock | None = None,
        min_size: int = 1,
        max_size: int = 10,
        statement_timeout: float = 30,
        lock_timeout: float = 10,
        acquire_timeout: float = 10,
        high_water: int = HIGH_WATER,
    ) -> Database:
        """Connect. Time-outs are in seconds and hold for every statement, lock, idle transaction and wait for a connection.
        Above `high_water` unpublished events commands are refused."""
        pool = await asyncpg.create_pool(
            url,
            min_size=min_size,
            max_size=max_size,
            command_timeout=statement_timeout + 5,
            init=_prepare,
            server_settings={
                "application_name": f"opmodel-{service}",
                "timezone": "UTC",
                "statement_timeout": f"{int(statement_timeout * 1000)}",
                "lock_timeout": f"{int(lock_timeout * 1000)}",
                "idle_in_transaction_session_timeout": f"{int(statement_timeout * 1000)}",
            },
        )
        return cls(pool, service=service, clock=clock, acquire_timeout=acquire_timeout, high_water=high_water)

    async def close(self) -> None:
        """Give the connections back; those still busy are cut after five seconds."""
        try:
            await asyncio.wait_for(self.pool.close(), 5)
        except TimeoutError:
            self.pool.terminate()

    @asynccontextmanager
    async def transaction(
        self, *, caller: Caller | None = None, cause: Envelope | None = None
    ) -> AsyncIterator[Transaction]:
        """Run one transaction; it commits when the block ends and is undone when the block raises. TimeoutError when no
        connection comes free."""
        async with self.pool.acquire(timeout=self._acquire_timeout) as connection, connection.transaction():
            tx = Transaction(
                connection,
                service=self.service,
                now=self.clock.now,
                caller=caller,
                cause=cause,
                settings=self.settings,
            )
            yield tx
            failpoints.reach("transaction-before-commit")
        failpoints.reach("transaction-after-commit")
        if tx.recorded:
            self.bell.ring()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """A connection for queries; it writes nothing."""
        async with self.pool.acquire(timeout=self._acquire_timeout) as connection:
            yield _Statements(connection, self.clock.now)


async def _prepare(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + orjson.dumps(value, default=str),
        decoder=lambda value: orjson.loads(value[1:]),
    )
