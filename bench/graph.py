"""The platform with its demo organisation: requests a second of a one-service and a four-service query, and memory."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path

import psutil

from deploy.local.demo.load import load
from deploy.local.platform import Platform
from deploy.local.settings import HOST, Ports, Settings

CONNECTIONS = 16
SECONDS = 8.0
QUERIES = {
    "one_service": '{ employee(id: "%s") { name jobFunction department { name } } }',
    "four_services": """{ employee(id: "%s") { name department { name }
        trainingStatus { assigned overdue } workflows { edges { node { name } } } reportingGroup { counted since } } }""",
}


class Connection:
    """One keep-alive connection that sends the same request again and again."""

    def __init__(self, port: int, token: str, query: str) -> None:
        body = json.dumps({"query": query}).encode()
        self._port = port
        self._request = (
            f"POST /graphql HTTP/1.1\r\nhost: {HOST}\r\nauthorization: Bearer {token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        ).encode() + body

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection(HOST, self._port)

    async def ask(self) -> bytes:
        """Send and read one answer."""
        self._writer.write(self._request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return await self._reader.readexactly(length)


async def rate(port: int, token: str, query: str) -> dict[str, float]:
    """Requests a second and latencies at 16 connections; every answer is checked before it is counted."""
    connections = [Connection(port, token, query) for _ in range(CONNECTIONS)]
    await asyncio.gather(*(connection.open() for connection in connections))
    expected = await connections[0].ask()
    answer = json.loads(expected)
    assert "errors" not in answer, answer
    assert answer["data"]["employee"], answer
    latencies: list[float] = []
    end = time.perf_counter() + SECONDS

    async def work(connection: Connection) -> None:
        while (started := time.perf_counter()) < end:
            assert await connection.ask() == expected
            latencies.append(time.perf_counter() - started)

    await asyncio.gather(*(work(connection) for connection in connections))
    latencies.sort()
    return {
        "per_s": len(latencies) / SECONDS,
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p99_ms": latencies[len(latencies) * 99 // 100] * 1000,
    }


async def measure(state: Path) -> dict[str, float]:
    """All figures of this part."""
    figures: dict[str, float] = {}
    started = time.perf_counter()
    async with Platform(Settings(state=state, ports=Ports.free()), lambda _: None) as platform:
        figures["ready_s"] = time.perf_counter() - started
        await load(platform, lambda _: None)
        figures["ready_with_demo_s"] = time.perf_counter() - started
        token = platform.token("ai-steward")
        someone = json.loads(
            await _once(platform.settings.ports.gateway, token, "{ employees(first: 1) { edges { node { id } } } }")
        )["data"]["employees"]["edges"][0]["node"]["id"]
        for name, query in QUERIES.items():
            for unit, value in (await rate(platform.settings.ports.gateway, token, query % someone)).items():
                figures[f"{name}_{unit}"] = value
        for name, pid in platform.processes.items():
            process = psutil.Process(pid)
            everyone = [process, *process.children(recursive=True)]
            figures[f"memory_{name}_mb"] = sum(one.memory_full_info().pss for one in everyone) / 2**20
    return figures


async def _once(port: int, token: str, query: str) -> bytes:
    connection = Connection(port, token, query)
    await connection.open()
    return await connection.ask()


def run() -> dict[str, float]:
    """Measure on a platform of this run's own."""
    with tempfile.TemporaryDirectory(prefix="opmodel-bench-") as folder:
        return asyncio.run(measure(Path(folder) / ".state"))
