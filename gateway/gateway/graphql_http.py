"""GraphQL over HTTP: what is asked, in which form it is answered, and with which status.

The one hot route, so it is raw ASGI: routing, request and response objects would cost more than the rest of it.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from starlette.types import Receive, Scope, Send

from chassis.subscriptions import event_stream
from chassis.subscriptions import operations as stream_operations
from chassis.subscriptions.event_stream import EventStreams
from gateway import telemetry
from gateway.authentication import Authentication, Unauthenticated
from gateway.authorization import NOBODY, Viewer
from gateway.bodies import BodyRefused, read
from gateway.engine import Answer, Engine
from gateway.header_rules import HeaderRules
from gateway.limits import Document, Limits, OperationRefused
from gateway.parameters import Rejected, content_of_body, content_of_query_string, from_content
from gateway.persisted import DocumentRefused, PersistedDocuments
from gateway.policies import NO_POLICIES, Policies
from gateway.settings import GatewaySettings
from gateway.subgraphs import OnBehalf, Subgraphs
from gateway.subscriptions.sessions import Graph
from gateway.telemetry import Tracing

if TYPE_CHECKING:
    from chassis.caller import Caller
    from gateway.entity_cache import EntityCache
    from gateway.subscriptions.followed import Followed

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
Headers = tuple[tuple[bytes, bytes], ...]
_PARSED_IN_A_THREAD = 2_000
# A browser sends these only after the server has allowed it to (a CORS preflight).
_PREFLIGHTED = (b"graphql-require-preflight", b"apollo-require-preflight", b"x-apollo-operation-name", b"authorization")
_SIMPLE_TYPES = ("", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
_HOW_TO_PREFLIGHT = "Send the header `GraphQL-Require-Preflight: 1`, so that no web page can send it in a user's name."
_log = structlog.get_logger(__name__)


class GraphQLEndpoint:
    """POST and GET /graphql."""

    def __init__(
        self,
        engine: Engine,
        subgraphs: Subgraphs,
        authentication: Authentication,
        settings: GatewaySettings,
        tracing: Tracing,
        *,
        policies: Policies = NO_POLICIES,
        documents: PersistedDocuments,
        header_rules: HeaderRules | None = None,
        followed: Followed | None = None,
        entities: EntityCache | None = None,
    ) -> None:
        self._engine = engine
        self._entities = entities
        self._subgraphs = subgraphs
        self._authentication = authentication
        self._limits = Limits(settings)
        self._settings = settings
        self._policies = policies
        self._documents = documents
        self._header_rules = header_rules
        self._rejects = settings.unauthorized == "reject"
        self._max_cost = settings.max_cost if settings.cost_mode == "enforce" else None
        self._tracing = tracing
        self.graph = Graph(
            engine=engine,
            subgraphs=subgraphs,
            authentication=authentication,
            settings=settings,
            tracing=tracing,
            policies=policies,
            documents=documents,
            check=self._checked,
            is_open=self._is_open,
            followed=followed,
        )
        self.streams = EventStreams(
            service="gateway",
            streams=settings.max_event_streams,
            keep_alive_seconds=settings.keep_alive_seconds,
            send_seconds=settings.slow_client_seconds,
        )

    def use(self, engine: Engine, subgraphs: Subgraphs, entities: EntityCache | None) -> None:
        """Answer from another supergraph from now on; requests under way end on the one they began with."""
        self._engine, self._subgraphs, self._entities = engine, subgraphs, entities
        self.graph.engine, self.graph.subgraphs = engine, subgraphs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = time.perf_counter()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request_id = telemetry.request_id(_text(headers, b"x-request-id"))
        media_type = JSON
        more: Headers = ()
        with telemetry.requests_in_flight:
            try:
                if event_stream.is_wanted(headers.get(b"accept", b"")):
                    await self._stream(scope, headers, receive, send, request_id)
                    return
                media_type = _media_type(headers.get(b"accept", b""))
                status, body, more = await self._answer(scope, headers, receive, media_type, request_id)
            except Rejected as rejected:
                status, body, more = rejected.status, _errors(rejected.error), rejected.headers
            except Exception:
                _log.exception("a request failed", request_id=request_id)
                message = f"Something failed inside. Quote the request id {request_id} when you report it."
                extensions = {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id}
                status, body = 500, _errors({"message": message, "extensions": extensions})
        form = (b"content-type", _CONTENT_TYPES[media_type])
        await _respond(send, status, body, (form, (b"x-request-id", request_id.encode()), *more))
        telemetry.answered("/graphql", status, time.perf_counter() - began)

    async def _stream(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send, request_id: str
    ) -> None:
        caller = await self._known(scope["method"], headers)
        if self.streams.is_full:
            raise Rejected(
                503, "TOO_MANY_STREAMS", "Too many event streams are open. Try again.", (b"retry-after", b"2")
            )
        content = await self._content(scope, headers, receive)
        session = self.graph.session(caller, headers.get(b"authorization", b""), request_id)
        asked = stream_operations.Asked("", content=content, is_safe=scope["method"] == "GET")
        more = ((b"vary", b"accept, authorization"), (b"x-request-id", request_id.encode()))
        await self.streams.answer(session, asked, receive, send, more)

    async def _answer(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, media_type: str, request_id: str
    ) -> tuple[int, bytes, Headers]:
        method = scope["method"]
        caller = await self._known(method, headers)
        try:
            asked = from_content(await self._content(scope, headers, receive), self._documents)
        except DocumentRefused as refused:
            return _refused({"message": str(refused), "extensions": {"code": refused.code}}, media_type)
        try:
            document = await self._checked(asked.query)
        except OperationRefused as refused:
            return _refused(refused.error, media_type)
        if caller is None and not self._is_open(document, asked.operation_name):
            raise _unauthenticated(self._authentication.missing())
        self._allow(document.kind(asked.operation_name), method)
        with self._tracing.request("GraphQL", _text(headers, b"traceparent")) as traceparent:
            on_behalf = OnBehalf(headers.get(b"authorization", b""), traceparent, request_id)
            if self._header_rules is not None:
                on_behalf.client, on_behalf.rules = scope["headers"], self._header_rules
            answer = await self._engine.execute(
                asked.query,
                asked.variables,
                asked.operation_name,
                self._subgraphs.fetch(on_behalf),
                introspection=self._settings.introspects,
                present=self._subgraphs.present(on_behalf),
                viewer=NOBODY if caller is None else Viewer(caller.claims, self._policies),
                rejects=self._rejects,
                max_cost=self._max_cost,
                entities=self._entities.of(on_behalf.authorization) if self._entities is not None else None,
            )
        more = () if answer.cost is None else _priced(answer, answer.cost)
        if self._header_rules is not None:
            more = (*more, *self._header_rules.of_response(on_behalf.received))
        return _status(answer, media_type), answer.body, more

    async def _known(self, method: str, headers: dict[bytes, bytes]) -> Caller | None:
        """Who asks, once it is known that nobody was made to. Raises Rejected."""
        if method not in ("POST", "GET"):
            raise Rejected(405, "METHOD_NOT_ALLOWED", "Send GraphQL requests by POST or GET.", (b"allow", b"GET, POST"))
        content_type = _text(headers, b"content-type").partition(";")[0].strip().lower()
        self._prevent_forgery(method, content_type, headers)
        try:
            return await self._authentication.caller(_text(headers, b"authorization"))
        except Unauthenticated as error:
            raise _unauthenticated(error) from None

    async def _checked(self, query: str) -> Document:
        remembered = self._limits.remembered(query)
        if remembered is not None:
            return remembered
        if len(query) > _PARSED_IN_A_THREAD:
            return await asyncio.to_thread(self._limits.check, query)
        return self._limits.check(query)

    def _prevent_forgery(self, method: str, content_type: str, headers: Mapping[bytes, bytes]) -> None:
        if method == "POST" and content_type != JSON:
            raise Rejected(415, "UNSUPPORTED_MEDIA_TYPE", f"Send the request as {JSON}, with that content type.")
        if method == "POST" or not self._settings.csrf_prevention or content_type not in _SIMPLE_TYPES:
            return
        if _may_be_forged(headers) and not any(name in headers for name in _PREFLIGHTED):
            raise Rejected(400, "PREFLIGHT_REQUIRED", f"A GET request could be forged. {_HOW_TO_PREFLIGHT}")

    async def _content(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> dict[str, Any]:
        if scope["method"] == "GET":
            return content_of_query_string(scope["query_string"])
        try:
            body = await read(headers, receive, self._settings.max_body_bytes)
        except BodyRefused as error:
            raise Rejected(error.status, error.code, str(error)) from None
        return content_of_body(body)

    def _is_open(self, document: Document, operation_name: str | None) -> bool:
        if not self._authentication.is_on or not self._settings.require_token:
            return True
        return self._settings.in_development and document.is_about_schema_only(operation_name)

    def _allow(self, kind: str | None, method: str) -> None:
        if kind == "subscription":
            how = "A subscription has many answers. Send it over a WebSocket (graphql-transport-ws), or accept text/event-stream."
            raise Rejected(400, "SUBSCRIPTION_NEEDS_STREAM", how)
        if kind == "mutation" and method == "GET":
            raise Rejected(405, "METHOD_NOT_ALLOWED", "Send mutations by POST.", (b"allow", b"POST"))


@lru_cache(maxsize=256)
def _media_type(accept: bytes) -> str:
    """The form of the answer by the `Accept` header. Raises Rejected when neither form is accepted."""
    best: tuple[float, str] | None = None
    for part in accept.decode("latin-1").lower().split(",") if accept else ("*/*",):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((_quality(each) for each in parameters if each.startswith("q=")), 1.0)
        charset = next((each[8:].strip('"') for each in parameters if each.startswith("charset=")), "utf-8")
        form = {GRAPHQL: GRAPHQL, JSON: JSON, "*/*": JSON, "application/*": JSON}.get(name)
        if form and quality > 0 and charset in ("utf-8", "utf8") and (best is None or quality > best[0]):
            best = (quality, form)
    if best is None:
        raise Rejected(406, "NOT_ACCEPTABLE", f"Answers come as {GRAPHQL} or {JSON}; accept one of them.")
    return best[1]


def _quality(parameter: str) -> float:
    return float(parameter[2:]) if re.fullmatch(r"q=[01](\.\d{0,3})?", parameter) else 0.0


def _refused(error: dict[str, Any], media_type: str) -> tuple[int, bytes, Headers]:
    telemetry.operations_refused_total.labels(error["extensions"]["code"]).inc()
    return _invalid_status(media_type), _errors(error), ()


def _priced(answer: Answer, cost: float) -> Headers:
    telemetry.operation_cost.labels("ok" if answer.status_hint == "ok" else "refused").observe(cost)
    return ((b"x-operation-cost", b"%g" % cost),)


def _status(answer: Answer, media_type: str) -> int:
    if answer.status_hint == "ok":
        return 200
    return 403 if answer.status_hint == "forbidden" else _invalid_status(media_type)


def _may_be_forged(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser may send this for a page of another site.

    Browsers tell whose page it is by `Sec-Fetch-Site` (W3C Fetch Metadata); old ones, and any over plain HTTP, are
    known by their name alone, which a page cannot change unasked. What is no browser sends nothing for strangers.
    """
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site not in (b"same-origin", b"none")
    return b"origin" in headers or headers.get(b"user-agent", b"").startswith(b"Mozilla/")


def _invalid_status(media_type: str) -> int:
    """A request that is not executed is the client's error, but clients of the older form expect 200."""
    return 400 if media_type == GRAPHQL else 200


def _unauthenticated(error: Unauthenticated) -> Rejected:
    if error.status != 401:
        return Rejected(error.status, error.code, str(error), (b"retry-after", b"2"))
    challenge = b'Bearer error="invalid_token"' if error.code != "UNAUTHENTICATED" else b"Bearer"
    return Rejected(401, error.code, str(error), (b"www-authenticate", challenge))


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")


def _errors(error: dict[str, Any]) -> bytes:
    return orjson.dumps({"errors": [error]})


async def _respond(send: Send, status: int, body: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> None:
    lines = [
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"vary", b"accept, authorization"),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})


_CONTENT_TYPES = {name: f"{name}; charset=utf-8".encode() for name in (JSON, GRAPHQL)}
