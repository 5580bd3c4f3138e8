"""The gateway's side of a client's connection: uvicorn's, with bounds on requests and a short way for the hot route."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Literal

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.exchange import Exchange
from gateway.settings import GatewaySettings

_HOT = b"/graphql"
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
        self._size = 0
        self._idle_since = 0.0
        self._awaits: Literal["head", "body"] | None = "head"
        self._patience: asyncio.TimerHandle | None = self.loop.call_later(self.head_seconds, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._wait_for(None)
        super().connection_lost(exc)
        super()._unset_keepalive_if_required()

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
        """Its head is complete: what is for the hot route and waits for nothing else begins the short way."""
        self._size = 0
        self._wait_for("body")
        parser, busy = self.parser, self.cycle is not None and not self.cycle.response_complete
        if self.url != _HOT or busy or self.expect_100_continue or parser.should_upgrade():
            super().on_headers_complete()
            return
        if parser.get_http_version() != "1.1" or parser.get_method() != b"POST":
            super().on_headers_complete()
            return
        self.scope |= {"method": "POST", "path": "/graphql", "raw_path": _HOT, "query_string": b""}
        self.cycle = Exchange(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=[],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        self._start_asgi_task(self.cycle, self.app)

    def on_message_complete(self) -> None:
        """It is complete."""
        self._size = 0
        self._wait_for(None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request; one timer for many requests, which looks again when it rings too early."""
        self._idle_since = self.loop.time()
        if self.pipeline or self.timeout_keep_alive_task is None:
            super().on_response_complete()
        else:
            self.server_state.total_requests += 1
            if not self.transport.is_closing():
                self.flow.resume_reading()

    def timeout_keep_alive_handler(self) -> None:
        """Close what has been idle for so long."""
        self.timeout_keep_alive_task = None
        ends = self._idle_since + self.timeout_keep_alive
        if self.cycle is None or not self.cycle.response_complete:
            return
        if self._awaits is None and self.loop.time() < ends:
            self.timeout_keep_alive_task = self.loop.call_at(ends, self.timeout_keep_alive_handler)
        elif self._awaits is None:
            super().timeout_keep_alive_handler()

    def _unset_keepalive_if_required(self) -> None:
        """Leave the timer: setting it anew for each request costs more than looking at the time when it rings."""

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


def connection_class(settings: GatewaySettings) -> type[Connection]:
    """The class of connections with these bounds; uvicorn makes the connections itself."""
    bounds = {
        "head_seconds": settings.header_seconds,
        "body_seconds": settings.body_seconds,
        "head_bytes": settings.max_header_bytes,
    }
    return type("BoundedConnection", (Connection,), bounds)
