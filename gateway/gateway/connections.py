"""The gateway's side of a client's connection: uvicorn's, with bounds on the head of a request and fewer system calls."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.settings import GatewaySettings

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n"
    b"connection: close\r\n\r\n%b"
)


class Connection(HttpToolsProtocol):
    """A connection whose requests must name themselves within a time and a size."""

    head_seconds: ClassVar[float]
    head_bytes: ClassVar[int]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self.transport = cast(asyncio.Transport, _Coalescing(transport, self.loop))
        self._size = 0
        self._reads_head = True
        self._patience: asyncio.TimerHandle | None = self.loop.call_later(self.head_seconds, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; a head that is too long, or does not end, is not waited for."""
        self._size += len(data)
        super().data_received(data)
        if not self._reads_head:
            return
        if self._size > self.head_bytes:
            words = b"The headers are larger than %d bytes." % self.head_bytes
            self.transport.write(_TOO_LARGE % (len(words), words))
            self.transport.close()
        elif self._patience is None:
            self._patience = self.loop.call_later(self.head_seconds, self._give_up)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._reads_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is complete."""
        self._reads_head = False
        self._size = 0
        self._stop_waiting()
        super().on_headers_complete()

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        self.transport.close()


class _Coalescing:
    """A transport that sends what is written in one turn of the loop at once: head and body of an answer together."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _flush(self) -> None:
        if self._held:
            held, self._held = self._held, []
            self._transport.write(b"".join(held))


def connection_class(settings: GatewaySettings) -> type[Connection]:
    """The class of connections with these bounds; uvicorn makes the connections itself."""
    bounds = {"head_seconds": settings.header_seconds, "head_bytes": settings.max_header_bytes}
    return type("BoundedConnection", (Connection,), bounds)
