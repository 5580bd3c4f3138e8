"""Asking the subgraphs on behalf of one caller: forwarded headers, one retry, shared answers, masked errors."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import structlog

from gateway import telemetry
from gateway.breaker import Breaker, State
from gateway.engine import SubgraphUnavailable
from gateway.header_rules import Header, HeaderRules
from gateway.http_client import Answer, Pool, Reset, Unreachable
from gateway.settings import GatewaySettings
from gateway.telemetry import Tracing

Kind = Literal["query", "mutation"]
Fetch = Callable[[str, bytes, str], Awaitable[bytes]]
Present = Callable[[str, dict[str, Any]], dict[str, Any]]
_Shared = dict[tuple[str | bytes, ...], "asyncio.Future[Answer]"]
# Servers close idle connections after some seconds (uvicorn: 5). A query that meets such a close is sent again; a
# mutation must not be, so it takes only a connection that was used just now.
_IDLE_SECONDS: dict[Kind, float] = {"query": 60.0, "mutation": 1.0}
_INTERNAL_CODES = {
    *(None, "INTERNAL", "INTERNAL_ERROR", "INTERNAL_SERVER_ERROR", "DOWNSTREAM_SERVICE_ERROR"),
    # The client's document is valid, so a subgraph that refuses the gateway's speaks of its own schema.
    *("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"),
}
# Where servers put their inside beside an error that is meant for clients.
_INSIDE = frozenset({"stacktrace", "stackTrace", "exception", "debugMessage", "trace", "originalError"})
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class OnBehalf:
    """Whose request this is. With `rules`, headers of the `client` are passed on, and those of answers `received`."""

    authorization: bytes
    traceparent: str
    request_id: str
    client: Iterable[Header] = ()
    rules: HeaderRules | None = None
    received: list[tuple[str, list[Header]]] = field(default_factory=list)
    _headers: bytes = b""

    def headers(self, subgraph: str, traceparent: str) -> bytes:
        """The lines that a subgraph gets. Without rules and spans of their own, requests of one client have the same."""
        if self.rules is not None:
            own = [(b"traceparent", traceparent.encode()), (b"x-request-id", self.request_id.encode())]
            if self.authorization:
                own.insert(0, (b"authorization", self.authorization))
            return self.rules.of_request(subgraph, own, self.client)
        if traceparent != self.traceparent:
            return self._lines(traceparent)
        if not self._headers:
            self._headers = self._lines(traceparent)
        return self._headers

    def identity(self, subgraph: str) -> tuple[bytes, ...]:
        """What else than the token a subgraph's answer may depend on: the headers that the client sent for it."""
        return () if self.rules is None else (self.rules.of_request(subgraph, (), self.client),)

    def _lines(self, traceparent: str) -> bytes:
        lines = f"traceparent: {traceparent}\r\nx-request-id: {self.request_id}\r\n".encode()
        return b"authorization: %b\r\n%b" % (self.authorization, lines) if self.authorization else lines


class Subgraphs:
    """The subgraphs of one supergraph, with the connections to each; `mutated` is told of every mutation sent to one."""

    def __init__(
        self,
        addresses: Mapping[str, str],
        settings: GatewaySettings,
        tracing: Tracing,
        *,
        before: Subgraphs | None = None,
    ) -> None:
        """Where an address is the same as `before`, its connections and its breaker are taken over."""
        kept = {} if before is None else {name for name, url in addresses.items() if before.addresses.get(name) == url}
        self.addresses: Mapping[str, str] = addresses
        self._pools: dict[str, Pool] = {
            name: before._pools[name]
            if before is not None and name in kept
            else Pool(
                url,
                connections=settings.subgraph_connections,
                connect_seconds=settings.subgraph_connect_seconds,
                longest=settings.max_subgraph_bytes,
            )
            for name, url in addresses.items()
        }
        self._breakers: dict[str, Breaker] = {
            name: before._breakers[name]
            if before is not None and name in kept
            else Breaker(
                failures=settings.breaker_failures,
                window_seconds=settings.breaker_window_seconds,
                open_seconds=settings.breaker_open_seconds,
                clock=time.monotonic,
                changed=partial(_tell, name),
            )
            for name in addresses
        }
        self._within = settings.subgraph_seconds
        self._masks = settings.masks_errors
        self._shares = settings.deduplication
        self._tracing = tracing
        self.mutated: Callable[[str], None] | None = None
        # Under way, by caller: one caller's answers are never another's.
        self._under_way: dict[bytes, _Shared] = {}

    def fetch(self, on_behalf: OnBehalf, *, fresh: bool = False) -> Fetch:
        """How the engine reaches subgraphs for this caller; with `fresh` no answer is from before the call."""

        def fetch(subgraph: str, body: bytes, kind: str) -> Awaitable[bytes]:
            if kind == "mutation":
                return self._mutate(on_behalf, subgraph, body)
            if self._shares and not fresh:
                return self._share(on_behalf, subgraph, body)
            return self._alone(on_behalf, subgraph, body)

        return fetch

    def _taken(self, on_behalf: OnBehalf, subgraph: str, answer: Answer) -> bytes:
        if on_behalf.rules is not None and on_behalf.rules.has_responses:
            on_behalf.received.append((subgraph, answer.headers))
        return answer.body

    async def _alone(self, on_behalf: OnBehalf, subgraph: str, body: bytes) -> bytes:
        return self._taken(on_behalf, subgraph, await self._ask(on_behalf, subgraph, body, "query"))

    async def _mutate(self, on_behalf: OnBehalf, subgraph: str, body: bytes) -> bytes:
        try:
            return self._taken(on_behalf, subgraph, await self._ask(on_behalf, subgraph, body, "mutation"))
        finally:
            # A query that began before the change must not answer one that comes after it.
            self._under_way.pop(on_behalf.authorization, None)
            if self.mutated is not None:
                self.mutated(subgraph)

    async def _share(self, on_behalf: OnBehalf, subgraph: str, body: bytes) -> bytes:
        callers = self._under_way.setdefault(on_behalf.authorization, {})
        key: tuple[str | bytes, ...] = (subgraph, body, *on_behalf.identity(subgraph))
        equal = callers.get(key)
        if equal is not None:
            telemetry.subgraph_requests_shared_total.labels(subgraph).inc()
            return self._taken(on_behalf, subgraph, await asyncio.shield(equal))
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        callers[key] = answer
        try:
            content = await self._ask(on_behalf, subgraph, body, "query")
        except BaseException as error:
            shown = error if isinstance(error, SubgraphUnavailable) else SubgraphUnavailable(subgraph, "was not asked")
            answer.set_exception(shown)
            answer.exception()  # nobody may be waiting for it
            raise
        else:
            answer.set_result(content)
            return self._taken(on_behalf, subgraph, content)
        finally:
            if callers.get(key) is answer:
                del callers[key]
            if not callers and self._under_way.get(on_behalf.authorization) is callers:
                del self._under_way[on_behalf.authorization]

    async def _ask(self, on_behalf: OnBehalf, subgraph: str, body: bytes, kind: Kind) -> Answer:
        breaker = self._breakers.get(subgraph)
        if breaker is None:
            raise SubgraphUnavailable(subgraph, "the supergraph has it no more")
        if breaker.state != "closed" and not breaker.allows():
            telemetry.subgraph_requests_refused_total.labels(subgraph).inc()
            raise SubgraphUnavailable(
                subgraph, "it failed too often", retry_after=max(1, math.ceil(breaker.seconds_left))
            )
        began = time.perf_counter()
        outcome = "abandoned"
        pool = self._pools[subgraph]
        try:
            with self._tracing.subgraph_request(subgraph, kind, on_behalf.traceparent) as traceparent:
                headers = on_behalf.headers(subgraph, traceparent)
                try:
                    answer = await pool.post(headers, body, idle_at_most=_IDLE_SECONDS[kind], within=self._within)
                except Reset:
                    if kind == "mutation":
                        raise
                    answer = await pool.post(headers, body, idle_at_most=-1, within=self._within)
            if not _is_graphql(answer):
                raise Unreachable(f"it answered with HTTP status {answer.status} and no GraphQL")
            outcome = "answered"
            breaker.succeeded()
        except Unreachable as error:
            outcome = "unavailable"
            if error.is_of_server:
                breaker.failed()
            _log.warning("subgraph unavailable", subgraph=subgraph, why=str(error), request_id=on_behalf.request_id)
            reason = "it does not answer" if self._masks else str(error)
            raise SubgraphUnavailable(subgraph, reason) from None
        finally:
            if outcome != "answered":
                breaker.abandoned()
            telemetry.subgraph_answered(subgraph, outcome, time.perf_counter() - began)
        return answer

    def present(self, on_behalf: OnBehalf) -> Present | None:
        """What this caller sees of a subgraph's error: all of it, or where errors are masked only what is meant for clients.

        An error with a code of its own is meant for clients; the text of any other may tell how the inside is built.
        """
        if not self._masks:
            return None

        def present(subgraph: str, error: dict[str, Any]) -> dict[str, Any]:
            extensions = error.get("extensions")
            code = extensions.get("code") if isinstance(extensions, dict) else None
            if isinstance(extensions, dict) and code not in _INTERNAL_CODES:
                shown = {name: value for name, value in extensions.items() if name not in _INSIDE}
                return error | {"extensions": shown}
            _log.error("subgraph error", subgraph=subgraph, error=error, request_id=on_behalf.request_id)
            message = f"Something failed inside. Quote the request id {on_behalf.request_id} when you report it."
            shown = {"code": "INTERNAL_SERVER_ERROR", "requestId": on_behalf.request_id}
            return error | {"message": message, "extensions": shown}

        return present

    def close(self, *, but_for: Subgraphs | None = None) -> None:
        """Close the connections that are idle, and the others after their request; not those that others took over."""
        taken_over = set() if but_for is None else set(but_for._pools.values())
        for pool in self._pools.values():
            if pool not in taken_over:
                pool.close()


def _tell(subgraph: str, state: State) -> None:
    telemetry.subgraph_breaker_open.labels(subgraph).set(state != "closed")
    if state == "open":
        telemetry.subgraph_breaker_opened_total.labels(subgraph).inc()
        _log.warning("subgraph is left alone for a while: it failed too often", subgraph=subgraph)
    elif state == "closed":
        _log.info("subgraph answers again", subgraph=subgraph)


def _is_graphql(answer: Answer) -> bool:
    if answer.status < 300:
        return True
    # Request errors come as 4xx or 5xx with a GraphQL body; a proxy's own JSON has neither `errors` nor `data`.
    return "json" in answer.content_type and (b'"errors"' in answer.body or b'"data"' in answer.body)
