"""One subscription at a subgraph, on behalf of one caller: its payloads, over graphql-transport-ws or server-sent events.

A connection that is lost ends the subscription with an error: who goes on as if nothing had been may have missed a payload.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.typing import Subprotocol

from chassis.subscriptions.event_stream import MEDIA_TYPE
from chassis.subscriptions.websocket import SUBPROTOCOL
from gateway.engine import SubgraphUnavailable
from gateway.settings import GatewaySettings
from gateway.subgraphs import OnBehalf

_ID = "1"
_PING_SECONDS = 20
_CLOSE_SECONDS = 1


class Refused(Exception):
    """The subgraph does not execute the operation; `errors` are its own."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        self.errors = errors
        super().__init__("the subgraph refused the subscription")


@dataclass(frozen=True, slots=True)
class Upstreams:
    """The subgraphs as sources of payloads."""

    addresses: Mapping[str, str]
    settings: GatewaySettings

    def subscribe(self, subgraph: str, body: bytes, on_behalf: OnBehalf) -> AsyncGenerator[bytes, None]:
        """The payloads, each a GraphQL response as JSON. Raises SubgraphUnavailable or Refused."""
        if self.settings.speaks_sse(subgraph):
            return self._by_events(subgraph, body, on_behalf)
        return self._by_websocket(subgraph, body, on_behalf)

    async def _by_websocket(self, subgraph: str, body: bytes, on_behalf: OnBehalf) -> AsyncGenerator[bytes, None]:
        url = self.addresses[subgraph]
        try:
            async with connect(
                url.replace("http", "ws", 1),
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                additional_headers=_headers(on_behalf),
                user_agent_header=None,
                compression=None,
                proxy=None,
                ssl=ssl.create_default_context() if url.startswith("https") else None,
                open_timeout=self.settings.subgraph_connect_seconds,
                ping_interval=_PING_SECONDS,
                close_timeout=_CLOSE_SECONDS,
                max_size=self.settings.max_subgraph_bytes,
            ) as socket:
                async with asyncio.timeout(self.settings.subgraph_seconds):
                    await _initialise(socket, on_behalf)
                subscribe = {"id": _ID, "type": "subscribe", "payload": orjson.Fragment(body)}
                await socket.send(orjson.dumps(subscribe).decode())
                async for payload in _payloads(socket):
                    yield payload
        except TimeoutError:
            raise SubgraphUnavailable(subgraph, "it did not open the subscription in time") from None
        except InvalidHandshake as error:
            raise SubgraphUnavailable(subgraph, f"it does not speak {SUBPROTOCOL}: {error}") from None
        except (OSError, WebSocketException, _Broken) as error:
            raise SubgraphUnavailable(subgraph, f"the subscription broke off: {error}") from None

    async def _by_events(self, subgraph: str, body: bytes, on_behalf: OnBehalf) -> AsyncGenerator[bytes, None]:
        settings = self.settings
        headers = _headers(on_behalf) | {"accept": MEDIA_TYPE, "content-type": "application/json"}
        # Between events there may be silence, though not for ever: servers send comments.
        limits = httpx.Timeout(settings.subgraph_connect_seconds, read=max(settings.subgraph_seconds, 60))
        try:
            async with (
                httpx.AsyncClient(trust_env=False, timeout=limits) as http,
                http.stream("POST", self.addresses[subgraph], content=body, headers=headers) as answer,
            ):
                if not answer.headers.get("content-type", "").startswith(MEDIA_TYPE):
                    raise Refused(_errors(await answer.aread()))
                async for payload in _events(answer, settings.max_subgraph_bytes):
                    yield payload
        except (httpx.HTTPError, _Broken) as error:
            raise SubgraphUnavailable(subgraph, f"the subscription broke off: {error}") from None


class _Broken(Exception):
    """What comes is not the protocol, or it ended too early."""


def _headers(on_behalf: OnBehalf) -> dict[str, str]:
    headers = {"traceparent": on_behalf.traceparent, "x-request-id": on_behalf.request_id}
    if on_behalf.authorization:
        headers["authorization"] = on_behalf.authorization.decode("latin-1")
    return headers


async def _initialise(socket: ClientConnection, on_behalf: OnBehalf) -> None:
    payload = {"authorization": on_behalf.authorization.decode("latin-1")} if on_behalf.authorization else {}
    await socket.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
    while (message := _read(await socket.recv()))["type"] != "connection_ack":
        if message["type"] == "ping":
            await socket.send('{"type":"pong"}')


async def _payloads(socket: ClientConnection) -> AsyncGenerator[bytes, None]:
    is_over = False
    try:
        async for text in socket:
            message = _read(text)
            kind = message["type"]
            if kind == "next":
                yield orjson.dumps(message.get("payload"))
            elif kind == "ping":
                await socket.send('{"type":"pong"}')
            elif kind == "complete":
                is_over = True
                return
            elif kind == "error":
                is_over = True
                raise Refused(_list(message.get("payload")))
        raise _Broken(f"it was closed with {socket.close_code} {socket.close_reason}")
    finally:
        if not is_over:
            with contextlib.suppress(WebSocketException, OSError):
                await socket.send(orjson.dumps({"id": _ID, "type": "complete"}).decode())


def _read(text: str | bytes) -> dict[str, Any]:
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _Broken("a message is not JSON") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise _Broken("a message has no type")
    return message


async def _events(answer: httpx.Response, longest: int) -> AsyncGenerator[bytes, None]:
    name, data, size = "", bytearray(), 0
    async for line in answer.aiter_lines():
        size += len(line)
        if size > longest:
            raise _Broken(f"an event is longer than {longest} bytes")
        if line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("data:"):
            data += line[5:].strip().encode()
        elif not line:
            if name == "complete":
                return
            if name == "next" and data:
                yield bytes(data)
            name, data, size = "", bytearray(), 0
    raise _Broken("the stream ended without being complete")


def _errors(body: bytes) -> list[dict[str, Any]]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _Broken("it answered with no event stream") from None
    return _list(content.get("errors") if isinstance(content, dict) else None)


def _list(errors: Any) -> list[dict[str, Any]]:
    found = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    return found or [{"message": "The subgraph refused the subscription."}]
