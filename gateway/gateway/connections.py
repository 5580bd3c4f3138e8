"""The gateway's side of a client's connection: uvicorn's, with bounds on the head of a request and fewer system calls."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, Literal, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.settings import GatewaySettings

_REFUSAL = (
    b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
)


class Connection(HttpToolsProtocol):
    """A connection on which each request must arrive in time, and its head within a size.

    Nothing is timed for a request that comes in one piece, as nearly all do.
    """

    head_seconds: ClassVar[float]
    body_seconds: ClassVar[float]
    head_bytes: ClassVar[int]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self.transport = cast(asyncio.Transport, _Coalescing(transport, self.loop))
        self._size = 0
        self._awaits: Literal["head", "body"] | None = "head"
        self._patience: asyncio.TimerHandle | None = self.loop.call_later(self.head_seconds, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._wait_for(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, and wait for the rest of a request that is not complete."""
        self._size += len(data)
        super().data_received(data)
        if self._awaits is None:
            return
        if self._awaits == "head" and self._size > self.head_bytes:
            self._refuse(
                b"431 Request Header Fields Too Large", b"The headers are larger than %d bytes." % self.head_bytes
            )
        elif self._patience is None:
            seconds = self.head_seconds if self._awaits == "head" else self.body_seconds
            self._patience = self.loop.call_later(seconds, self._give_up)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._wait_for("head")
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is complete."""
        self._size = 0
        self._wait_for("body")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """It is complete."""
        self._size = 0
        self._wait_for(None)
        super().on_message_complete()

    def _wait_for(self, what: Literal["head", "body"] | None) -> None:
        self._awaits = what
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if self._awaits == "body" and not self.cycle.response_started:
            self._refuse(b"408 Request Timeout", b"The body did not arrive within %g s." % self.body_seconds)
        else:
            self.transport.close()

    def _refuse(self, status: bytes, words: bytes) -> None:
        self.transport.write(_REFUSAL % (status, len(words), words))
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
    bounds = {
        "head_seconds": settings.header_seconds,
        "body_seconds": settings.body_seconds,
        "head_bytes": settings.max_header_bytes,
    }
    return type("BoundedConnection", (Connection,), bounds)
