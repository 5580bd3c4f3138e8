"""What is remembered within bounds, and what is done once for all who ask for it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Bounded(Generic[Key, Value]):
    """A mapping that forgets what was not used for the longest time: more than `size` values, or than `weight` together.

    By weight, so that large values cannot fill the memory.
    """

    def __init__(self, size: int, weight: int) -> None:
        self._size = size
        self._most = weight
        self._weight = 0
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """The value, which is thereby used."""
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def keys(self) -> Iterable[Key]:
        """The keys, the one used last at the end."""
        return self._values.keys()

    def put(self, key: Key, value: Value, weight: int) -> None:
        """Remember a value; one that weighs more than a tenth of everything is not worth it."""
        if key in self._values:
            self._weight -= self._values.pop(key)[1]
        if weight > self._most // 10:
            return
        self._values[key] = (value, weight)
        self._weight += weight
        while len(self._values) > self._size or self._weight > self._most:
            _, (_, forgotten) = self._values.popitem(last=False)
            self._weight -= forgotten


class Once(Generic[Key, Value]):
    """Does a piece of work once for all who ask while it is done; large pieces leave the event loop free."""

    def __init__(self) -> None:
        self._running: dict[Key, asyncio.Future[Value]] = {}

    async def run(self, key: Key, work: Callable[[], Value], *, is_large: bool) -> Value:
        """The result of `work`, which runs in a thread when it is large."""
        running = self._running.get(key)
        if running is not None:
            return await asyncio.shield(running)
        if not is_large:
            return work()
        task = self._running[key] = asyncio.ensure_future(asyncio.to_thread(work))
        task.add_done_callback(lambda _: self._running.pop(key, None))
        # Whoever asked first may be cancelled; the others still want the result.
        return await asyncio.shield(task)
