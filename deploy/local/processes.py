"""A child process that never outlives its parent, and says what happened to it."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL = 1
_LOG_LIMIT = 5_000_000


def die_with_parent(death_signal: int) -> None:
    """Have the kernel signal this process when its parent dies, even by kill -9. Linux only; a no-op elsewhere."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, death_signal, 0, 0, 0)


def _prepare(death_signal: int, parent: int) -> Callable[[], None]:
    def prepare() -> None:
        die_with_parent(death_signal)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


@dataclass(slots=True)
class Child:
    """One process in a group of its own, with its output in a log file."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    cwd: Path
    user: int | None = None
    stop_signal: int = signal.SIGTERM
    insist_signal: int = signal.SIGKILL
    death_signal: int = signal.SIGKILL
    started_at: float = 0.0
    process: asyncio.subprocess.Process | None = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self.process.pid if self.process and self.process.returncode is None else None

    async def start(self) -> None:
        """Start the process; its output is appended to the log."""
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                cwd=self.cwd,
                env=dict(self.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
                user=self.user,
                group=self.user,
                extra_groups=None if self.user is None else [],
                preexec_fn=_prepare(self.death_signal, os.getpid()),
            )
        self.started_at = time.monotonic()

    async def wait(self) -> int:
        """Wait for the end of the process and return its exit code."""
        assert self.process is not None
        return await self.process.wait()

    def signal(self, number: int) -> None:
        """Send a signal to the process and everything it started, also when the process itself is gone."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    async def stop(self, within: float = 3.5) -> None:
        """Ask the process to end, then insist."""
        if self.process is None:
            return
        for number, patience in ((self.stop_signal, within), (self.insist_signal, 1.0)):
            if self.process.returncode is None:
                with contextlib.suppress(ProcessLookupError, TimeoutError):
                    self.process.send_signal(number)
                    await asyncio.wait_for(self.process.wait(), patience)
        self.signal(signal.SIGKILL)
        await self.process.wait()

    def last_lines(self, count: int = 15) -> str:
        """The end of its log, for a person who has to know why it does not run."""
        try:
            return "\n".join(f"    {line}" for line in self.log.read_text(errors="replace").splitlines()[-count:])
        except OSError:
            return ""
