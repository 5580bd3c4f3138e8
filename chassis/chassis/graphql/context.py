"""What a resolver may use: the database, the caller, the time, and loaders that answer many look-ups with one query."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import strawberry
from strawberry.dataloader import DataLoader

from chassis import database, events
from chassis.caller import Caller, NotAuthenticated
from chassis.changes import Attribute

K = TypeVar("K")
V = TypeVar("V")
Loader = Callable[[database.Connection, list[K]], Awaitable[Mapping[K, V]]]
_LARGEST_BATCH = 1000
_holding: ContextVar[bool] = ContextVar("holding", default=False)


class Context:
    """One request's context."""

    def __init__(
        self, database: database.Database, caller: Caller | None = None, *, introspection: bool = True
    ) -> None:
        self.database = database
        self.caller = caller
        self.now = database.clock.now
        self.introspection = introspection
        self._loaders: dict[Any, DataLoader[Any, Any]] = {}

    def require_caller(self) -> Caller:
        """The caller. Raises NotAuthenticated when nobody is signed in."""
        if self.caller is None:
            raise NotAuthenticated
        return self.caller

    @asynccontextmanager
    async def changes(
        self, *follows: type, subject: str | None = None, key: str | None = None
    ) -> AsyncIterator[AsyncIterator[None]]:
        """For a subscription: once for the state as it is, then once for each of these events committed here.

        Only events of this subject, or with this key: one of them must be given. What was loaded is forgotten each time.
        Raises FellBehind in the iteration when the client takes the payloads too slowly.
        """

        if (subject is None) is (key is None):
            raise TypeError("Say which subject, or which key, the changes are to have.")
        types = frozenset(events.type_of(self.database.service, event) for event in follows)
        attribute: Attribute = "key" if subject is None else "subject"
        async with self.database.changes.watch(types, attribute, subject or key or "") as watcher:

            async def times() -> AsyncGenerator[None, None]:
                yield
                async for _ in watcher:
                    self._loaders.clear()
                    self.now = self.database.clock.now
                    yield

            iterator = times()
            try:
                yield iterator
            finally:
                await iterator.aclose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[database.Connection]:
        """A connection for queries. While you hold it, `load` and another `read` are refused."""
        _refuse_second()
        async with self.database.read() as connection:
            held = _holding.set(True)
            try:
                yield connection
            finally:
                _holding.reset(held)

    async def load(self, loader: Loader[K, V], key: K) -> V | None:
        """What `loader` finds for the key, or None. All keys asked for at the same time become one call."""
        _refuse_second()
        return await self._loader(loader).load(key)

    def prime(self, loader: Loader[K, V], found: Mapping[K, V]) -> None:
        """What was read already is not loaded again."""
        self._loader(loader).prime_many(found)

    def _loader(self, loader: Loader[K, V]) -> DataLoader[K, V | None]:
        found: DataLoader[K, V | None] | None = self._loaders.get(loader)
        if found is None:
            found = self._loaders[loader] = DataLoader(self._batch(loader), max_batch_size=_LARGEST_BATCH)
        return found

    def _batch(self, loader: Loader[K, V]) -> Callable[[list[K]], Awaitable[list[V | None]]]:
        async def batch(keys: list[K]) -> list[V | None]:
            async with self.database.read() as connection:
                found = await loader(connection, keys)
            return [found.get(key) for key in keys]

        return batch


def _refuse_second() -> None:
    """Requests that each hold a connection and wait for a second one exhaust the pool and then wait for ever."""
    if _holding.get():
        raise RuntimeError("This resolver already holds a connection. Leave its `read` block before `load` or `read`.")


Info = strawberry.Info[Context, None]
