"""A time limit for each of many short steps, for next to nothing.

asyncio.timeout sets a timer for every step and takes it back, which costs more than most steps. Here each task has one timer
that looks, when it goes off, at how long the present step has run.
"""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from weakref import ref


class Patience:
    """How long each step of the current task may take. `with patience:` around awaited work cancels it when it takes longer, and
    raises TimeoutError then. Steps follow one another."""

    __slots__ = ("_began", "_seconds", "_task", "_timed", "expired")

    def __init__(self, seconds: float) -> None:
        task = asyncio.current_task()
        assert task is not None, "a step is part of a task"
        self._task = ref(task)  # The timer must not keep alive what has ended.
        self._seconds = seconds
        self._began: float | None = None
        self.expired = False
        self._timed = False

    def __enter__(self) -> None:
        self._began, self.expired = time.monotonic(), False
        if not self._timed:
            self._timed = True
            asyncio.get_running_loop().call_later(self._seconds, self._look)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._began = None
        if not self.expired:
            return
        task = self._task()
        # Who else asked this task to end still gets what they asked for.
        if task is not None and task.uncancel() == 0 and kind is asyncio.CancelledError:
            raise TimeoutError(f"it did not end in {self._seconds:g} seconds") from error

    def _look(self) -> None:
        self._timed = False
        task = self._task()
        if task is None or task.done() or self._began is None or self.expired:
            return
        left = self._began + self._seconds - time.monotonic()
        if left > 0:
            self._timed = True
            asyncio.get_running_loop().call_later(left, self._look)
        else:
            self.expired = True
            task.cancel()
