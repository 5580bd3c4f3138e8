"""Files that change while the gateway runs: what they say is put to use without a restart.

The new engine is built in a thread, and plans what was asked last before anybody is answered by it. A file that is
broken changes nothing: what was loaded before is kept, and the log and a metric say so.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from gateway import telemetry
from gateway.loading import CannotStart, Loaded
from gateway.settings import GatewaySettings

if TYPE_CHECKING:
    from gateway.app import Gateway

_log = structlog.get_logger(__name__)
_Look = tuple[tuple[int, int, int] | None, ...]


class Reloading:
    """Looks at the files now and then, and at once when woken."""

    def __init__(self, gateway: Gateway, settings: GatewaySettings) -> None:
        self._gateway = gateway
        self._settings = settings
        self._paths = [
            path for path in (settings.supergraph, settings.policies, settings.persisted_documents) if path is not None
        ]
        self._seen = _look(self._paths)
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Read the files now, whether they look changed or not."""
        self._woken.set()

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch while inside."""
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _watch(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._settings.reload_seconds or None):
                    await self._woken.wait()
            looks = await asyncio.to_thread(_look, self._paths)
            if self._woken.is_set() or looks != self._seen:
                self._woken.clear()
                self._seen = looks
                await self._reload()

    async def _reload(self) -> None:
        began = time.monotonic()
        before = self._gateway.loaded
        recent = before.engine.remembered(self._settings.warm_up_operations)
        try:
            loaded = await asyncio.to_thread(Loaded.read, self._settings, before)
            warmed = 0
            if loaded.engine is not before.engine:
                warmed = await asyncio.to_thread(loaded.engine.warm_up, recent)
        except CannotStart as error:
            telemetry.reloads_total.labels("broken").inc()
            telemetry.files_broken.set(1)
            _log.error("a file that changed is broken; what was loaded before is kept", why=str(error))
            return
        except Exception:
            telemetry.reloads_total.labels("broken").inc()
            telemetry.files_broken.set(1)
            _log.exception("what changed cannot be loaded; what was loaded before is kept")
            return
        self._gateway.use(loaded)
        telemetry.reloads_total.labels("loaded").inc()
        telemetry.files_broken.set(0)
        if loaded.engine is not before.engine:
            # The old engine was set aside from collection at the start; now it is to go, and the new one to stay.
            del before
            gc.unfreeze()
            gc.collect()
            gc.freeze()
        _log.info("reloaded", operations_planned=warmed, seconds=round(time.monotonic() - began, 3))


def _look(paths: list[Path]) -> _Look:
    """What tells a file that changed from one that did not: also another file under the same name."""
    found: list[tuple[int, int, int] | None] = []
    for path in paths:
        try:
            status = path.stat()
            found.append((status.st_mtime_ns, status.st_size, status.st_ino))
        except OSError:
            found.append(None)
    return tuple(found)
