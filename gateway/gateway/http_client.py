"""HTTP/1.1 to the subgraphs over kept connections: small, because every request waits for it several times.

A connection carries one request at a time. An idle one may have been closed by the other side just when it is used
again; `Reset` tells the caller that nothing was answered on it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import httptools


class Unreachable(Exception):
    """There is no answer. The message says why; `is_of_server` whether the server is to blame and not the request."""

    is_of_server = True


class Reset(Unreachable):
    """A connection that had been idle was closed before a byte of the answer came."""


class TooLong(Unreachable):
    """The answer is longer than allowed: too much was asked for."""

    is_of_server = False


class NoneFree(Unreachable):
    """All connections were in use for too long: too many requests are under way."""

    is_of_server = False


@dataclass(slots=True)
class Answer:
    """What the other side answered."""

    status: int
    content_type: str
    body: bytes
    headers: list[tuple[bytes, bytes]]


class _Connection(asyncio.Protocol):
    """One connection. The parser calls the `on_` methods."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._answered: asyncio.Future[Answer] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._deadline = 0.0
        self._within = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self._silent = True
        self.used = False
        self.idle_since = 0.0
        self._expect()

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    async def exchange(self, request: bytes, within: float) -> Answer:
        """Send a request and wait for its answer. Raises Unreachable, or Reset on a used connection."""
        if self._transport is None:
            raise Reset("the connection was closed")
        self._silent = True
        answered: asyncio.Future[Answer] = self._loop.create_future()
        self._answered = answered
        self._within = within
        self._deadline = self._loop.time() + within
        # One timer for the whole life of a connection: it looks again when it rings too early.
        if self._alarm is None or self._alarm.when() > self._deadline:
            self._set_alarm(self._deadline)
        self._transport.write(request)
        try:
            return await answered
        except BaseException:
            self.close()
            raise
        finally:
            self.used = True
            self.idle_since = self._loop.time()
            self._answered = None

    def close(self) -> None:
        self._stop_alarm()
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def _set_alarm(self, when: float) -> None:
        self._stop_alarm()
        self._alarm = self._loop.call_at(when, self._ring)

    def _stop_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _ring(self) -> None:
        self._alarm = None
        if self._answered is None:
            return
        if self._loop.time() < self._deadline:
            self._set_alarm(self._deadline)
        else:
            self._fail(Unreachable(f"no answer within {self._within:g} s"))

    def _expect(self) -> None:
        self._headers: list[tuple[bytes, bytes]] = []
        self._size = 0
        self._chunks: list[bytes] = []
        self._in_body = False

    # --- what the transport tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's transports do not derive from it

    def data_received(self, data: bytes) -> None:
        if self._answered is None:
            self.close()
            return
        self._silent = False
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(Unreachable(f"the answer is not HTTP: {error}"))

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._stop_alarm()
        if self._answered is None or self._answered.done():
            return
        if self._in_body and error is None and not self._has(b"content-length") and not self._has(b"transfer-encoding"):
            self.on_message_complete()
        elif self._silent and self.used:
            self._fail(Reset("the kept connection was reset"))
        else:
            self._fail(Unreachable("the connection was closed before the answer was complete"))

    # --- what the parser tells

    def on_message_begin(self) -> None:
        self._expect()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._in_body = True

    def on_body(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > self._longest:
            self._fail(TooLong(f"the answer is longer than {self._longest} bytes"))
            return
        self._chunks.append(chunk)

    def on_message_complete(self) -> None:
        answered, status = self._answered, self._parser.get_status_code()
        if answered is None or answered.done():
            return
        if status < 200:  # an interim answer; the real one follows
            return
        chunks, self._chunks = self._chunks, []
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        if not self._parser.should_keep_alive():
            self.close()
        content_type = self._header(b"content-type").decode("latin-1").lower()
        answered.set_result(Answer(status, content_type, body, self._headers))

    def _header(self, wanted: bytes) -> bytes:
        return next((value for name, value in self._headers if name.lower() == wanted), b"")

    def _has(self, wanted: bytes) -> bool:
        return any(name.lower() == wanted for name, _ in self._headers)

    def _fail(self, error: Unreachable) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(error)


class Pool:
    """The connections to one address, at most `connections`; who finds none free waits for one."""

    def __init__(self, url: str, *, connections: int, connect_seconds: float, longest: int) -> None:
        parts = urlsplit(url)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (443 if self._tls else 80)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._head = (
            f"POST {path} HTTP/1.1\r\nhost: {parts.netloc.rpartition('@')[2]}\r\ncontent-type: application/json\r\n"
            "accept: application/graphql-response+json, application/json;q=0.9\r\n"
        ).encode()
        self._most = connections
        self._connect_seconds = connect_seconds
        self._longest = longest
        self._open = 0
        self._is_retired = False
        self._idle: list[_Connection] = []
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def post(self, headers: bytes, body: bytes, *, idle_at_most: float, within: float) -> Answer:
        """Post JSON; `headers` are further lines, each with its line end. Raises Unreachable or Reset."""
        request = b"%b%bcontent-length: %d\r\n\r\n%b" % (self._head, headers, len(body), body)
        connection = self._take_idle(idle_at_most) or await self._take(idle_at_most, within)
        try:
            return await connection.exchange(request, within)
        finally:
            self._give_back(connection)

    def _take_idle(self, idle_at_most: float) -> _Connection | None:
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open and now - connection.idle_since <= idle_at_most:
                return connection
            connection.close()
            self._open -= 1
        return None

    async def _take(self, idle_at_most: float, within: float) -> _Connection:
        while self._open >= self._most:
            await self._turn(within)
            connection = self._take_idle(idle_at_most)
            if connection is not None:
                return connection
        return await self._connect()

    async def _turn(self, within: float) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(within):
                await turn
        except BaseException as error:
            if turn in self._waiting:
                self._waiting.remove(turn)
            else:
                self._wake_next()
            if isinstance(error, TimeoutError):
                raise NoneFree(f"no connection free within {within:g} s") from None
            raise

    async def _connect(self) -> _Connection:
        self._open += 1
        try:
            async with asyncio.timeout(self._connect_seconds):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: _Connection(self._longest), self._host, self._port, ssl=self._tls
                )
        except BaseException as error:
            self._open -= 1
            self._wake_next()
            if isinstance(error, TimeoutError):
                raise Unreachable(f"no connection within {self._connect_seconds:g} s") from None
            if isinstance(error, OSError):
                raise Unreachable(f"no connection: {error}") from None
            raise
        return connection

    def _give_back(self, connection: _Connection) -> None:
        if connection.is_open and not self._is_retired:
            self._idle.append(connection)
        else:
            connection.close()
            self._open -= 1
        if self._waiting:
            self._wake_next()

    def _wake_next(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def close(self) -> None:
        """Close what is idle; connections in use close with their request, and none is kept from now on."""
        self._is_retired = True
        while self._idle:
            self._idle.pop().close()
            self._open -= 1
