"""The server's side of the graphql-transport-ws protocol, as ASGI: many operations of one caller on one connection.

The protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from starlette.types import Message, Receive, Scope, Send

from chassis import metrics
from chassis.subscriptions.operations import Asked, Ended, Malformed, Session, parse, running

SUBPROTOCOL = "graphql-transport-ws"
_LONGEST_ID = 128
_GOING_AWAY = 1001


class Closed(Exception):
    """The connection ends with this code; the message is the reason that the client is told."""

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        super().__init__(reason[:120])


class Door(Protocol):
    """Decides who may come in."""

    def open(self, headers: Mapping[bytes, bytes], payload: Mapping[str, Any]) -> Awaitable[Session]:
        """The caller, by the headers of the handshake and the payload of connection_init. Raises Closed."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one process and one client may have at once."""

    connections: int = 5_000
    operations: int = 50
    init_seconds: float = 5
    send_seconds: float = 20


class WebSocketEndpoint:
    """All WebSocket connections of one process."""

    def __init__(self, door: Door, bounds: Bounds, *, service: str) -> None:
        self.door = door
        self.bounds = bounds
        self.service = service
        self._connections: set[_Connection] = set()
        self._draining = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until it ends."""
        await receive()  # websocket.connect
        if self._draining or len(self._connections) >= self.bounds.connections:
            await _refuse_handshake(scope, receive, send)
            return
        connection = _Connection(scope, receive, send, endpoint=self)
        self._connections.add(connection)
        metrics.websocket_connections_open.labels(self.service).inc()
        try:
            await connection.serve()
        finally:
            metrics.websocket_connections_open.labels(self.service).dec()
            self._connections.discard(connection)

    def drain(self) -> None:
        """Complete every operation and close every connection; let nobody new in."""
        self._draining = True
        for connection in self._connections:
            connection.drain()


class _Connection:
    """One connection. Messages are read one after another; each operation is a task."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, endpoint: WebSocketEndpoint) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._door = endpoint.door
        self._bounds = endpoint.bounds
        self._service = endpoint.service
        self._session: Session | None = None
        self._initialised = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._broken: Closed | None = None

    async def serve(self) -> None:
        """Read until the client, or something that is wrong, ends the connection."""
        if SUBPROTOCOL not in self._scope.get("subprotocols", ()):
            await self._send({"type": "websocket.accept"})
            await self._close(Closed(4406, "Subprotocol not acceptable"))
            return
        await self._send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
        self._reading = asyncio.create_task(self._read())
        try:
            await asyncio.wait([self._reading])
            failure = None if self._reading.cancelled() else self._reading.exception()
        finally:
            self._reading.cancel()
            for task in self._operations.values():
                task.cancel()
            if self._operations:
                await asyncio.wait(list(self._operations.values()))
        closed = self._broken if failure is None else failure
        if isinstance(closed, Closed):
            await self._close(closed)
        elif closed is not None:
            raise closed

    def drain(self) -> None:
        """Complete what runs and close."""
        asyncio.ensure_future(self._leave())  # noqa: RUF006 - it ends with the connection

    async def _leave(self) -> None:
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(1):
                for id in tuple(self._operations):
                    await self._tell({"id": id, "type": "complete"})
        self._end(Closed(_GOING_AWAY, "The server is going away"))

    def _end(self, closed: Closed) -> None:
        self._broken = self._broken or closed
        if self._reading is not None:
            self._reading.cancel()

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(self._bounds.init_seconds) as patience:
                while True:
                    message = await self._receive()
                    if message["type"] == "websocket.disconnect":
                        return
                    await self._take(_content(message))
                    if self._initialised and patience.when() is not None:
                        patience.reschedule(None)
        except TimeoutError:
            raise Closed(4408, "Connection initialisation timeout") from None

    async def _take(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "connection_init":
            await self._initialise(message.get("payload"))
        elif kind == "ping":
            await self._tell({"type": "pong"})
        elif kind == "pong":
            pass
        elif kind == "subscribe":
            self._subscribe(message)
        elif kind == "complete":
            task = self._operations.pop(_id_of(message), None)
            if task is not None:
                task.cancel()
        else:
            raise Closed(4400, "Invalid message: its `type` is not one of the protocol")

    async def _initialise(self, payload: Any) -> None:
        if self._initialised:
            raise Closed(4429, "Too many initialisation requests")
        if not isinstance(payload, dict | None):
            raise Closed(4400, "Invalid message: `payload` must be an object")
        self._initialised = True
        self._session = await self._door.open(dict(self._scope["headers"]), payload or {})
        await self._tell({"type": "connection_ack"})

    def _subscribe(self, message: dict[str, Any]) -> None:
        id = _id_of(message)
        if self._session is None:
            raise Closed(4401, "Unauthorized")
        try:
            asked = parse(message.get("payload"))
        except Malformed as error:
            raise Closed(4400, f"Invalid message: {error}") from None
        if id in self._operations:
            raise Closed(4409, f"Subscriber for {id} already exists")
        if len(self._operations) >= self._bounds.operations:
            most = f"At most {self._bounds.operations} operations at once on one connection."
            refusal = self._refuse(id, Ended.because("TOO_MANY_OPERATIONS", most))
            self._operations[id] = asyncio.create_task(refusal)
        else:
            self._operations[id] = asyncio.create_task(self._operate(id, self._session, asked))

    async def _operate(self, id: str, session: Session, asked: Asked) -> None:
        head = b'{"id":' + orjson.dumps(id) + b',"type":"next","payload":'
        try:
            async with running(session, asked, service=self._service, transport="websocket") as results:
                async for result in results:
                    await self._write(head + result + b"}")
            await self._finish(id, {"id": id, "type": "complete"})
        except Ended as ended:
            await self._refuse(id, ended)
        except Closed as closed:
            self._end(closed)

    async def _refuse(self, id: str, ended: Ended) -> None:
        try:
            await self._finish(id, {"id": id, "type": "error", "payload": ended.errors})
        except Closed as closed:
            self._end(closed)

    async def _finish(self, id: str, message: dict[str, Any]) -> None:
        # First forgotten: as soon as the client reads this, it may use the id again.
        if self._operations.get(id) is asyncio.current_task():
            del self._operations[id]
            await self._tell(message)

    async def _tell(self, message: dict[str, Any]) -> None:
        await self._write(orjson.dumps(message, default=str))

    async def _write(self, text: bytes) -> None:
        """Raises Closed when the client does not read."""
        try:
            async with asyncio.timeout(self._bounds.send_seconds):
                await self._send({"type": "websocket.send", "text": text.decode()})
        except TimeoutError:
            raise Closed(1013, "The client reads too slowly") from None

    async def _close(self, closed: Closed) -> None:
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(1):
                await self._send({"type": "websocket.close", "code": closed.code, "reason": str(closed)})


def _content(message: Message) -> dict[str, Any]:
    """Raises Closed when it is no message of the protocol."""
    text = message.get("text")
    if text is None:
        raise Closed(4400, "Invalid message: send text, not bytes")
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Closed(4400, "Invalid message: it is not JSON") from None
    if not isinstance(content, dict) or not isinstance(content.get("type"), str):
        raise Closed(4400, "Invalid message: it must be an object with a `type`")
    return content


def _id_of(message: dict[str, Any]) -> str:
    id = message.get("id")
    if not isinstance(id, str) or not 0 < len(id) <= _LONGEST_ID:
        raise Closed(4400, f"Invalid message: `id` must be a string of 1 to {_LONGEST_ID} characters")
    return id


def token_of(headers: Mapping[bytes, bytes], payload: Mapping[str, Any]) -> str:
    """What stands in `authorization`: of connection_init's payload, of the `headers` there, or of the handshake."""
    inner = payload.get("headers")
    for source in (payload, inner if isinstance(inner, dict) else {}):
        for name, value in source.items():
            if name.lower() == "authorization" and isinstance(value, str):
                return value
    return headers.get(b"authorization", b"").decode("latin-1")


async def _refuse_handshake(scope: Scope, receive: Receive, send: Send) -> None:
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1013})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"retry-after", b"2")]
    await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b"Too many connections. Try again in a moment."})
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            # uvicorn complains of whoever returns before the connection is gone.
            await receive()
            await receive()
