"""What a resolver may use: the database, the caller, the time, and loaders that answer many look-ups with one query."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

import strawberry
from strawberry.dataloader import DataLoader

from chassis import database
from chassis.caller import Caller, NotAuthenticated

K = TypeVar("K")
V = TypeVar("V")
Loader = Callable[[database.Connection, list[K]], Awaitable[Mapping[K, V]]]
_LARGEST_BATCH = 1000


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

    def read(self) -> AbstractAsyncContextManager[database.Connection]:
        """A connection for queries. Do not await `load` while you hold it: that takes a connection of its own."""
        return self.database.read()

    async def load(self, loader: Loader[K, V], key: K) -> V | None:
        """What `loader` finds for the key, or None. All keys asked for at the same time become one call."""
        found: DataLoader[K, V | None] | None = self._loaders.get(loader)
        if found is None:
            found = self._loaders[loader] = DataLoader(self._batch(loader), max_batch_size=_LARGEST_BATCH)
        return await found.load(key)

    def _batch(self, loader: Loader[K, V]) -> Callable[[list[K]], Awaitable[list[V | None]]]:
        async def batch(keys: list[K]) -> list[V | None]:
            async with self.database.read() as connection:
                found = await loader(connection, keys)
            return [found.get(key) for key in keys]

        return batch


Info = strawberry.Info[Context, None]
