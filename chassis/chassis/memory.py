"""How Python's garbage collector treats a process that has started: what it loaded stays."""

from __future__ import annotations

import gc

_OBJECTS_BETWEEN_COLLECTIONS = 10_000


def settle() -> None:
    """Set all that lives now aside from collection, for good. To look through a schema again and again holds requests up, by
    some 100 ms each time; only what requests make is looked through from now on."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 10, 10)
