"""The HTTP side of a service: /graphql by POST and WebSocket, health and metrics; requests counted, timed and traced."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import orjson
import structlog
from opentelemetry.trace import SpanKind, StatusCode
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import health, metrics, tracing
from chassis.caller import Caller, KeysUnavailable, TokenRefused, Tokens
from chassis.database import Database
from chassis.graphql import Context, execute
from chassis.graphql.sessions import ServiceDoor
from chassis.health import Readiness
from chassis.service import Service
from chassis.subscriptions import event_stream
from chassis.subscriptions.event_stream import EventStreams
from chassis.subscriptions.operations import Asked
from chassis.subscriptions.websocket import Bounds, WebSocketEndpoint

LARGEST_BODY = 1_048_576
_JSON = "application/json"
_GRAPHQL = "application/graphql-response+json"
_SLOW_SECONDS = 1.0
_log = structlog.get_logger(__name__)


def app(
    service: Service,
    database: Database,
    readiness: Readiness,
    tokens: Tokens | None,
    *,
    introspection: bool = False,
    request_seconds: float = 30,
) -> Starlette:
    """The ASGI application of `serve`. Without `tokens` every token is refused."""
    door = ServiceDoor(service.schema, database, tokens, introspection=introspection)
    sockets = WebSocketEndpoint(door, Bounds(), service=service.name)
    endpoint = GraphQLEndpoint(
        service, database, tokens, door, introspection=introspection, request_seconds=request_seconds
    )
    readiness.on_stop += (sockets.drain, endpoint.streams.drain)
    return Starlette(
        routes=[
            Route("/graphql", endpoint),
            WebSocketRoute("/graphql", sockets),
            *health.routes(readiness, database),
            *(service.routes(database, tokens) if service.routes else ()),
        ],
        middleware=[Middleware(Observed, service=service.name)],
    )


def health_app(service: Service, database: Database, readiness: Readiness) -> Starlette:
    """The ASGI application of `work`: health and metrics only."""
    return Starlette(routes=health.routes(readiness, database), middleware=[Middleware(Observed, service=service.name)])


class Rejected(Exception):
    """The request cannot be answered; the client gets a GraphQL error with this status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status = status
        self.code = code
        super().__init__(message)


class GraphQLEndpoint:
    """GraphQL over HTTP by POST. Raw ASGI, because this is the one hot route."""

    def __init__(
        self,
        service: Service,
        database: Database,
        tokens: Tokens | None,
        door: ServiceDoor,
        *,
        introspection: bool,
        request_seconds: float,
    ) -> None:
        self.streams = EventStreams(
            service=service.name,
            streams=Bounds().connections,
            keep_alive_seconds=12,
            send_seconds=Bounds().send_seconds,
        )
        self._door = door
        self._schema = service.schema
        self._database = database
        self._tokens = tokens
        self._introspection = introspection
        self._request_seconds = request_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        accept = headers.get("accept", "")
        media_type = _media_type(accept)
        try:
            if event_stream.is_wanted(accept.encode("latin-1")):
                await self._stream(scope, headers, receive, send)
                return
            async with asyncio.timeout(self._request_seconds):
                body, status = await self._answer(scope, headers, receive, media_type)
        except Rejected as error:
            body, status = _told(error), error.status
        except TimeoutError:
            late = f"There was no answer within {self._request_seconds:g} seconds, and it was given up. Try again, or ask for less."
            body, status = _told(Rejected(503, "TIMEOUT", late)), 503
        await _respond(send, status, body, media_type)

    async def _stream(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        async with asyncio.timeout(self._request_seconds):
            caller, (query, variables, operation_name) = await self._asked(scope, headers, receive)
        if self.streams.is_full:
            raise Rejected(503, "TOO_MANY_STREAMS", "Too many event streams are open. Try again in a moment.")
        asked = Asked(query, variables, operation_name)
        await self.streams.answer(self._door.session(caller), asked, receive, send)

    async def _asked(
        self, scope: Scope, headers: Headers, receive: Receive
    ) -> tuple[Caller | None, tuple[str, dict[str, Any] | None, str | None]]:
        if scope["method"] != "POST":
            raise Rejected(405, "METHOD_NOT_ALLOWED", "Send GraphQL requests by POST.")
        if headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
            raise Rejected(415, "UNSUPPORTED_MEDIA_TYPE", f"Send the request as {_JSON}.")
        caller = await self._caller(headers)
        return caller, _request(await _body(headers, receive))

    async def _answer(
        self, scope: Scope, headers: Headers, receive: Receive, media_type: str
    ) -> tuple[dict[str, Any], int]:
        caller, (query, variables, operation_name) = await self._asked(scope, headers, receive)
        context = Context(self._database, caller, introspection=self._introspection)
        with tracing.span(f"GraphQL {operation_name}" if operation_name else "GraphQL") as span:
            answer = await execute(self._schema, context, query, variables, operation_name)
            if answer.errors:
                span.set_status(StatusCode.ERROR, answer.errors[0]["message"])
        refused = not answer.executed and media_type == _GRAPHQL
        return answer.body(), 400 if refused else 200

    async def _caller(self, headers: Headers) -> Caller | None:
        authorization = headers.get("authorization")
        if authorization is None:
            return None
        if self._tokens is None:
            raise Rejected(401, "INVALID_TOKEN", "This service accepts no tokens: JWKS_URL is not set.")
        try:
            return await self._tokens.caller(authorization)
        except TokenRefused as error:
            raise Rejected(401, error.code, str(error)) from None
        except KeysUnavailable:
            message = "The token cannot be checked: the issuer's keys cannot be read. Try again in a moment."
            raise Rejected(503, "KEYS_UNAVAILABLE", message) from None


def _told(error: Rejected) -> dict[str, Any]:
    return {"errors": [{"message": str(error), "extensions": {"code": error.code}}]}


def _media_type(accept: str) -> str:
    return _GRAPHQL if _GRAPHQL in accept else _JSON


async def _body(headers: Headers, receive: Receive) -> bytes:
    too_large = Rejected(413, "TOO_LARGE", f"The request is larger than {LARGEST_BODY} bytes.")
    announced = headers.get("content-length", "")
    if announced.isdigit() and int(announced) > LARGEST_BODY:
        raise too_large
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Rejected(400, "BAD_REQUEST", "The request ended before its body.")
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > LARGEST_BODY:
            raise too_large
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _request(body: bytes) -> tuple[str, dict[str, Any] | None, str | None]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Rejected(400, "BAD_REQUEST", f"The body is not JSON: {error}.") from None
    if not isinstance(content, dict):
        raise Rejected(400, "BAD_REQUEST", "The body must be a JSON object; batches are not accepted.")
    query, variables, name = content.get("query"), content.get("variables"), content.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise Rejected(400, "BAD_REQUEST", "`query` must be a GraphQL document.")
    if not isinstance(variables, dict | None):
        raise Rejected(400, "BAD_REQUEST", "`variables` must be an object.")
    if not isinstance(name, str | None):
        raise Rejected(400, "BAD_REQUEST", "`operationName` must be a string.")
    return query, variables, name


async def _respond(send: Send, status: int, body: dict[str, Any], media_type: str) -> None:
    content = orjson.dumps(body, default=str)
    headers = [
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        (b"content-length", str(len(content)).encode()),
    ]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if status == 405:
        headers.append((b"allow", b"POST"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


class Observed:
    """Counts and times each request and puts it into the caller's trace."""

    def __init__(self, inner: ASGIApp, *, service: str) -> None:
        self._inner = inner
        self._service = service
        self._in_flight = metrics.http_requests_in_flight.labels(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        status = 500
        began = time.perf_counter()

        async def observe(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        traceparent = Headers(scope=scope).get("traceparent")
        with (
            self._in_flight.track_inprogress(),
            tracing.span(f"{scope['method']} {scope['path']}", traceparent=traceparent, kind=SpanKind.SERVER) as span,
        ):
            try:
                await self._inner(scope, receive, observe)
            finally:
                took = time.perf_counter() - began
                route = getattr(scope.get("route"), "path", "other")
                span.set_attribute("http.response.status_code", status)
                metrics.http_request_duration_seconds.labels(self._service, route, str(status)).observe(took)
                if took > _SLOW_SECONDS or status >= 500:
                    _log.warning("slow or failed request", route=route, status=status, seconds=round(took, 3))
