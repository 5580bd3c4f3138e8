"""Places where a test may have this process killed as by `kill -9`, to see that nothing is lost and nothing happens twice.

`FAILPOINTS="relay-acknowledged=0.01,inbox-claimed=0.05"` arms points with a probability each; `FAILPOINTS_SEED` repeats a run.
Nothing is armed without the variable, and never outside development.
"""

from __future__ import annotations

import os
import random
import signal

POINTS = frozenset(
    {
        "transaction-before-commit",
        "transaction-after-commit",
        "relay-mid-batch",
        "relay-acknowledged",
        "inbox-claimed",
        "inbox-parking",
        "consumer-committed",
        "consumer-revoking",
    }
)
_armed: dict[str, float] = {}
_chance = random.Random()  # noqa: S311 - it decides when to fail, not what is secret


class UnknownFailpoint(Exception):
    """FAILPOINTS names a point that does not exist, or a probability that is none."""


def arm(environment: str | None, *, seed: str | None, in_development: bool) -> None:
    """Arm the points that the environment names. Raises UnknownFailpoint."""
    _armed.clear()
    if not environment or not in_development:
        return
    for entry in environment.split(","):
        name, _, probability = entry.strip().partition("=")
        if name not in POINTS:
            raise UnknownFailpoint(f"FAILPOINTS names {name!r}; there are {', '.join(sorted(POINTS))}.")
        try:
            _armed[name] = float(probability or 1)
        except ValueError:
            raise UnknownFailpoint(f"FAILPOINTS gives {name} the probability {probability!r}; give a number.") from None
    _chance.seed(seed)


def reach(name: str) -> None:
    """Die here, if this point is armed and chance will have it."""
    if _armed and _chance.random() < _armed.get(name, 0):
        os.kill(os.getpid(), signal.SIGKILL)
