"""A gateway process under attack: what it computed, how much memory it took, and whether others were answered."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import httpx


@dataclass
class Attacked:
    """A gateway that is attacked."""

    http: httpx.AsyncClient
    pid: int
    port: int

    def cpu_seconds(self) -> float:
        """CPU time of all its threads, in the resolution of the scheduler."""
        # Linux: the clock of another process is its number with these bits (clock_getcpuclockid).
        return time.clock_gettime((~self.pid << 3) | 2)

    def forget_peak(self) -> None:
        """Begin to measure the peak of the memory anew."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def memory(self, what: str = "VmHWM") -> float:
        """The peak (VmHWM) or what is used now (VmRSS), in MB."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(what)).split()[1]) / 1024

    async def probe(self) -> float:
        """Somebody else's request; how long the gateway computed until it was answered, in seconds of its CPU."""
        began = self.cpu_seconds()
        answer = await self.http.post("/graphql", json={"query": "{ __typename }"})
        assert answer.json() == {"data": {"__typename": "Query"}}
        return self.cpu_seconds() - began


def slowness() -> float:
    """How much longer this machine takes now than an idle one (20 ms) for the same work; at least 1.

    Neighbours on the same core and its caches make CPU time longer too, and it is not they who are judged.
    """
    times = []
    for _ in range(5):
        began = time.thread_time()
        found: dict[str, object] = {}
        for number in range(100_000):
            key = str(number & 255)
            found[key] = (number, key, found.get(key) is None)
        times.append(time.thread_time() - began)
    return max(1.0, sorted(times)[2] / 0.020)
