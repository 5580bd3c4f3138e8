"""Clients that speak the streaming protocols word for word."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from gateway.testing.serving import Running

_PATIENCE = 10


class Socket:
    """A WebSocket with graphql-transport-ws."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def subscribe(self, id: str, query: str, **more: Any) -> None:
        await self.send({"id": id, "type": "subscribe", "payload": {"query": query, **more}})

    async def next(self) -> Any:
        """The next message."""
        return json.loads(await asyncio.wait_for(self.connection.recv(), _PATIENCE))

    async def data(self) -> Any:
        """The data of the next message, which must be a good result."""
        message = await self.next()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]

    async def closed(self) -> tuple[int, str]:
        """Read on until the server closes: the code and the reason."""
        try:
            while True:
                await asyncio.wait_for(self.connection.recv(), _PATIENCE)
        except ConnectionClosed:
            return self.connection.close_code or 0, self.connection.close_reason or ""


@asynccontextmanager
async def socket(
    gateway: Running, init: dict[str, Any] | None = None, *, subprotocol: str = "graphql-transport-ws", **more: Any
) -> AsyncIterator[Socket]:
    """A connection; acknowledged when `init` is given."""
    url = str(gateway.http.base_url).replace("http", "ws", 1).rstrip("/") + "/graphql"
    async with connect(url, subprotocols=[Subprotocol(subprotocol)], proxy=None, **more) as connection:
        client = Socket(connection)
        if init is not None:
            await client.send({"type": "connection_init", "payload": init})
            assert await client.next() == {"type": "connection_ack"}
        yield client


@asynccontextmanager
async def event_stream(
    gateway: Running, query: str, headers: dict[str, str] | None = None, **more: Any
) -> AsyncIterator[AsyncGenerator[tuple[str, Any], None]]:
    """The events of one request, each its name and its data; comments are left out."""

    async def read(answer: httpx.Response) -> AsyncGenerator[tuple[str, Any], None]:
        name = ""
        async for line in answer.aiter_lines():
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data:"):
                yield name, json.loads(line[5:]) if line[5:].strip() else None

    given = {"accept": "text/event-stream"} | (headers or {})
    async with gateway.http.stream("POST", "/graphql", json={"query": query, **more}, headers=given) as answer:
        assert answer.status_code == 200, await answer.aread()
        yield read(answer)
