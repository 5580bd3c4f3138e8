"""WebSockets of clients: who may open one."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.types import Receive, Scope, Send

from chassis.subscriptions.websocket import Bounds, WebSocketEndpoint
from gateway.settings import GatewaySettings
from gateway.subscriptions.sessions import Graph


class GraphQLSockets:
    """The WebSocket side of /graphql."""

    def __init__(self, graph: Graph, settings: GatewaySettings) -> None:
        bounds = Bounds(
            connections=settings.max_websockets,
            operations=settings.max_operations_per_websocket,
            init_seconds=settings.connection_init_seconds,
            send_seconds=settings.slow_client_seconds,
        )
        self._endpoint = WebSocketEndpoint(graph, bounds, service="gateway")
        self._prevents_forgery = settings.csrf_prevention
        self._origins = {origin.strip().rstrip("/") for origin in settings.cors_origins.split(",") if origin.strip()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["path"] == "/graphql" and self._may_open(dict(scope["headers"])):
            await self._endpoint(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 1008})

    def drain(self) -> None:
        """Complete and close all."""
        self._endpoint.drain()

    def _may_open(self, headers: dict[bytes, bytes]) -> bool:
        """No page of another origin may: browsers open WebSockets to anywhere without asking first."""
        origin = headers.get(b"origin", b"").decode("latin-1")
        if not origin or not self._prevents_forgery or origin in self._origins or "*" in self._origins:
            return True
        return urlsplit(origin).netloc == headers.get(b"host", b"").decode("latin-1")
