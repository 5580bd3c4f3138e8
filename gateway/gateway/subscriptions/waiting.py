"""Results on their way to one client: bounded, and one who is too slow is told so."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from chassis.subscriptions.operations import Ended


def too_slow() -> Ended:
    """What a client is told that does not take its results in time."""
    return Ended.because(
        "SLOW_CLIENT", "Results came faster than they were taken, and the subscription ended. Subscribe again."
    )


class Waiting:
    """A queue between one source and one client. The source never waits; what does not fit ends the queue."""

    def __init__(self, *, results: int, size: int) -> None:
        """At most so many results, and so many bytes of them, wait at once."""
        self._most = results
        self._largest = size
        self._size = 0
        self._results: deque[bytes] = deque()
        self._end: BaseException | None = None
        self._is_over = False
        self._told = asyncio.Event()

    def put(self, result: bytes) -> None:
        """Add a result, unless the queue is over."""
        if self._is_over:
            return
        if len(self._results) >= self._most or (self._results and self._size + len(result) > self._largest):
            self.end(too_slow())
            return
        self._results.append(result)
        self._size += len(result)
        self._told.set()

    def end(self, error: BaseException | None = None) -> None:
        """Nothing comes after what is there; then the client's side raises the error, if there is one."""
        if not self._is_over:
            self._is_over, self._end = True, error
            self._told.set()

    async def results(self) -> AsyncGenerator[bytes, None]:
        """The results in their order. Raises what the queue ended with."""
        while True:
            while self._results:
                result = self._results.popleft()
                self._size -= len(result)
                yield result
            if self._is_over:
                if self._end is not None:
                    raise self._end
                return
            self._told.clear()
            await self._told.wait()
