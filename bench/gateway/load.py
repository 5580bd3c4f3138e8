"""Connections that each send the same request as soon as its last answer was found right."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any, cast

import httptools


class WrongAnswer(Exception):
    """A router answered something else than one schema over all the data does."""


@dataclass
class Question:
    """A query and its right answer; other bytes that mean the same are read once and then known."""

    query: str
    expected: dict[str, Any]
    known: bytes = b""

    def check(self, status: int, body: bytes) -> None:
        """Raises WrongAnswer."""
        if body == self.known:
            return
        if status != 200 or json.loads(body) != self.expected:
            raise WrongAnswer(f"HTTP {status}: {body[:500]!r} is not the answer to {self.query}")
        self.known = body

    def request(self, token: str) -> bytes:
        """The HTTP request."""
        body = json.dumps({"query": self.query}).encode()
        return (
            f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n"
            f"content-type: application/json\r\naccept: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        ).encode() + body


@dataclass
class Load:
    """What so many connections got in so many seconds: each answer's latency in seconds."""

    seconds: float
    latencies: list[float]

    def percentile(self, share: float) -> float:
        """A latency in milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


class _Client(asyncio.Protocol):
    def __init__(self, question: Question, request: bytes, ends: float, latencies: list[float]) -> None:
        self._question = question
        self._request = request
        self._ends = ends
        self._latencies = latencies
        self._parser = httptools.HttpResponseParser(self)
        self._chunks: list[bytes] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        self._began = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(WrongAnswer(f"the router closed the connection: {error}"))

    def on_body(self, chunk: bytes) -> None:
        self._chunks.append(chunk)

    def on_message_complete(self) -> None:
        body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks = []
        now = time.perf_counter()
        try:
            self._question.check(self._parser.get_status_code(), body)
        except WrongAnswer as error:
            self.done.set_exception(error)
            return
        self._latencies.append(now - self._began)
        if now < self._ends:
            # Not from within the parser: the next answer needs a parser that has finished with this one.
            asyncio.get_running_loop().call_soon(self._begin)
        else:
            self.done.set_result(None)
            self._transport.close()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._send()


async def put_load(port: int, question: Question, token: str, *, connections: int, seconds: float) -> Load:
    """Ask on so many connections for so long. Raises WrongAnswer."""
    request = question.request(token)
    latencies: list[float] = []
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    clients = [
        (
            await loop.create_connection(
                lambda: _Client(question, request, began + seconds, latencies), "127.0.0.1", port
            )
        )[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(client.done for client in clients))
    return Load(time.perf_counter() - began, latencies)
