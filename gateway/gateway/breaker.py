"""A breaker for each subgraph: one that fails too often is left alone for a while, and nobody waits for it meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

State = Literal["closed", "open", "half-open"]


class Breaker:
    """Opens when within a window there were at least so many failures, and at least as many as successes.

    After `open_seconds` one request is let through. Its success closes the breaker, its failure opens it again.
    """

    def __init__(
        self,
        *,
        failures: int,
        window_seconds: float,
        open_seconds: float,
        clock: Callable[[], float],
        changed: Callable[[State], None],
    ) -> None:
        """Without `failures` (0) it never opens. `clock` gives seconds; `changed` is told every new state."""
        self._most = failures
        self._window = window_seconds
        self._pause = open_seconds
        self._clock = clock
        self._changed = changed
        self.state: State = "closed"
        self._is_probing = False
        self._retry_at = 0.0
        self._window_ends = 0.0
        self._calls = self._failures = 0

    def allows(self) -> bool:
        """Whether a request may be sent now; in the half-open state only one may at a time."""
        if self.state == "closed":
            return True
        if self.state == "open" and self._clock() >= self._retry_at:
            self._become("half-open")
        if self.state == "open" or self._is_probing:
            return False
        self._is_probing = True
        return True

    @property
    def seconds_left(self) -> float:
        """How long it stays open."""
        return max(0.0, self._retry_at - self._clock())

    def succeeded(self) -> None:
        """A request that was allowed was answered."""
        if self.state == "half-open":
            self._is_probing = False
            self._calls = self._failures = 0
            self._become("closed")
        elif self._failures:
            # Successes count only beside failures: where nothing fails there is nothing to count.
            self._calls += 1

    def failed(self) -> None:
        """A request that was allowed was not answered."""
        if not self._most:
            return
        now = self._clock()
        if self.state == "half-open":
            self._open(now)
        elif self.state == "closed":
            if now >= self._window_ends:
                self._calls = self._failures = 0
                self._window_ends = now + self._window
            self._calls += 1
            self._failures += 1
            if self._failures >= self._most and self._failures * 2 >= self._calls:
                self._open(now)

    def abandoned(self) -> None:
        """A request that was allowed was given up by who asked, so nothing is known of the subgraph."""
        if self.state == "half-open":
            self._is_probing = False

    def _open(self, now: float) -> None:
        self._is_probing = False
        self._calls = self._failures = 0
        self._retry_at = now + self._pause
        self._become("open")

    def _become(self, state: State) -> None:
        self.state = state
        self._changed(state)
