"""GraphQL over server-sent events, in "distinct connections" mode: one HTTP request, one operation, a stream of results.

The protocol: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import asyncio
import contextlib

import orjson
from starlette.types import Receive, Send

from chassis.subscriptions.operations import Asked, Ended, Session, running

MEDIA_TYPE = "text/event-stream"
_COMPLETE = b"event: complete\ndata:\n\n"
_KEEP_ALIVE = b":\n\n"


def is_wanted(accept: bytes) -> bool:
    """Whether the client asks for events and for nothing else before them."""
    return accept.lower().lstrip().startswith(MEDIA_TYPE.encode())


class EventStreams:
    """All event streams of one process."""

    def __init__(self, *, service: str, streams: int, keep_alive_seconds: float, send_seconds: float) -> None:
        self._service = service
        self._most = streams
        self._keep_alive_seconds = keep_alive_seconds
        self._send_seconds = send_seconds
        self._open: set[asyncio.Task[None]] = set()

    @property
    def is_full(self) -> bool:
        """Whether no further stream may be opened."""
        return len(self._open) >= self._most

    def drain(self) -> None:
        """Complete every stream."""
        for task in self._open:
            task.cancel()

    async def answer(
        self,
        session: Session,
        asked: Asked,
        receive: Receive,
        send: Send,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        """Answer one request by the stream of its results."""
        lines = [
            (b"content-type", f"{MEDIA_TYPE}; charset=utf-8".encode()),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
            *headers,
        ]
        await send({"type": "http.response.start", "status": 200, "headers": lines})
        writer = _Writer(send, self._send_seconds)
        streaming = asyncio.create_task(self._stream(session, asked, writer))
        leaving = asyncio.create_task(_gone(receive))
        quiet = asyncio.create_task(writer.keep_alive(self._keep_alive_seconds))
        self._open.add(streaming)
        try:
            await asyncio.wait([streaming, leaving, quiet], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open.discard(streaming)
            is_drained = streaming.cancelled()
            for task in (streaming, leaving, quiet):
                task.cancel()
            await asyncio.wait([streaming, leaving, quiet])
        if is_drained:
            await writer.write(_COMPLETE)
        if not writer.is_stuck:
            with contextlib.suppress(OSError):
                await send({"type": "http.response.body", "body": b""})

    async def _stream(self, session: Session, asked: Asked, writer: _Writer) -> None:
        try:
            async with running(session, asked, service=self._service, transport="sse") as results:
                async for result in results:
                    await writer.write(b"event: next\ndata: " + result + b"\n\n")
        except Ended as ended:
            # The protocol has no error event: what is wrong is a result like any other.
            errors = orjson.dumps({"errors": ended.errors}, default=str)
            await writer.write(b"event: next\ndata: " + errors + b"\n\n")
        await writer.write(_COMPLETE)


class _Writer:
    """Writes to a client, but does not wait for ever until it reads."""

    def __init__(self, send: Send, send_seconds: float) -> None:
        self._send = send
        self._send_seconds = send_seconds
        self.is_stuck = False

    async def write(self, chunk: bytes) -> None:
        """Raises Ended when the client does not read."""
        if self.is_stuck:
            return
        try:
            async with asyncio.timeout(self._send_seconds):
                await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        except TimeoutError:
            self.is_stuck = True
            raise Ended.because("SLOW_CLIENT", "The client reads too slowly.") from None

    async def keep_alive(self, seconds: float) -> None:
        """Comments in between, so that nobody on the way takes the connection for dead."""
        with contextlib.suppress(Ended):
            while True:
                await self.write(_KEEP_ALIVE)
                await asyncio.sleep(seconds)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
