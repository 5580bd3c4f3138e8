"""One caller's operations over a stream: queries and mutations with one result, subscriptions with many."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import structlog

from chassis.subscriptions.operations import Asked, Ended
from chassis.subscriptions.websocket import Closed, token_of
from gateway import telemetry
from gateway.authentication import Authentication, Unauthenticated
from gateway.authorization import NOBODY, Viewer
from gateway.engine import Answer, Engine, Prepared, SubgraphUnavailable
from gateway.limits import Document, OperationRefused
from gateway.parameters import Rejected, from_content
from gateway.persisted import DocumentRefused, PersistedDocuments
from gateway.policies import Policies
from gateway.settings import GatewaySettings
from gateway.subgraphs import OnBehalf, Subgraphs
from gateway.subscriptions.upstream import Refused, Upstreams
from gateway.subscriptions.waiting import Waiting
from gateway.telemetry import Tracing

if TYPE_CHECKING:
    from chassis.caller import Caller
    from gateway.subscriptions.followed import Followed

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Graph:
    """What sessions need of the gateway. Another supergraph changes `engine` and `subgraphs`."""

    engine: Engine
    subgraphs: Subgraphs
    authentication: Authentication
    settings: GatewaySettings
    tracing: Tracing
    policies: Policies
    documents: PersistedDocuments
    check: Callable[[str], Awaitable[Document]]
    is_open: Callable[[Document, str | None], bool]
    followed: Followed | None

    @property
    def upstreams(self) -> Upstreams:
        """The subgraphs as sources of payloads."""
        return Upstreams(self.subgraphs.addresses, self.settings)

    def session(self, caller: Caller | None, authorization: bytes, request_id: str) -> GatewaySession:
        """What this caller may run."""
        return GatewaySession(self, caller, authorization, request_id)

    async def open(self, headers: Mapping[bytes, bytes], payload: Mapping[str, Any]) -> GatewaySession:
        """The session of whoever opens a WebSocket. Raises Closed when the token is missing or not good."""
        given = token_of(headers, payload)
        request_id = telemetry.request_id(headers.get(b"x-request-id", b"").decode("latin-1"))
        try:
            caller = await self.authentication.caller(given)
        except Unauthenticated as error:
            raise Closed(4403 if error.status == 401 else 1013, f"{error.code}: {error}") from None
        needs_token = self.authentication.is_on and self.settings.require_token
        if caller is None and needs_token and not self.settings.in_development:
            raise Closed(4403, f"UNAUTHENTICATED: {self.authentication.missing()}")
        return self.session(caller, given.encode("latin-1", "replace"), request_id)


class GatewaySession:
    """One caller."""

    def __init__(self, graph: Graph, caller: Caller | None, authorization: bytes, request_id: str) -> None:
        self._graph = graph
        self._caller = caller
        self._authorization = authorization
        self._request_id = request_id
        self._viewer = NOBODY if caller is None else Viewer(caller.claims, graph.policies)

    @property
    def expires_at(self) -> float:
        """When the token ends, in seconds since 1970."""
        return math.inf if self._caller is None else self._caller.expires_at

    async def run(self, asked: Asked) -> AsyncGenerator[bytes, None]:
        """The results of an operation. Raises Ended when it is refused or cannot go on."""
        graph = self._graph
        try:
            given = from_content(asked.content, graph.documents)
            document = await graph.check(given.query)
        except Rejected as rejected:
            raise Ended([rejected.error]) from None
        except DocumentRefused as refused:
            telemetry.operations_refused_total.labels(refused.code).inc()
            raise Ended.because(refused.code, str(refused)) from None
        except OperationRefused as refused:
            telemetry.operations_refused_total.labels(refused.error["extensions"]["code"]).inc()
            raise Ended([refused.error]) from None
        if self._caller is None and not graph.is_open(document, given.operation_name):
            missing = graph.authentication.missing()
            raise Ended.because(missing.code, str(missing))
        if asked.is_safe and document.kind(given.operation_name) == "mutation":
            raise Ended.because("METHOD_NOT_ALLOWED", "Send mutations by POST.")
        prepared = await graph.engine.prepare(
            given.query,
            given.variables,
            given.operation_name,
            introspection=graph.settings.introspects,
            viewer=self._viewer,
            rejects=graph.settings.unauthorized == "reject",
            max_cost=graph.settings.max_cost if graph.settings.cost_mode == "enforce" else None,
        )
        if prepared.cost is not None:
            telemetry.operation_cost.labels("refused" if isinstance(prepared, Answer) else "ok").observe(prepared.cost)
        if isinstance(prepared, Answer):
            raise Ended(orjson.loads(prepared.body)["errors"])
        async with aclosing(self._results(prepared)) as results:
            async for result in results:
                yield result

    def _results(self, prepared: Prepared) -> AsyncGenerator[bytes, None]:
        source = prepared.source()
        if prepared.planned.operation.kind != "subscription" or source is None:
            return self._once(prepared)
        followed = self._graph.followed
        if followed is not None:
            following = followed.find(prepared, self._caller)
            if following is not None:
                return followed.results(following, self._authorization, self._ask)
        return self._forwarded(prepared, *source)

    async def _once(self, prepared: Prepared) -> AsyncGenerator[bytes, None]:
        with self._graph.tracing.request("GraphQL", None) as traceparent:
            on_behalf = self._on_behalf(traceparent)
            subgraphs = self._graph.subgraphs
            result = await self._graph.engine.answer(prepared, subgraphs.fetch(on_behalf), subgraphs.present(on_behalf))
        yield result

    async def _ask(self, query: str, variables: dict[str, Any]) -> Answer:
        """The answer to a query as it is now: nothing of it is from before the call."""
        with self._graph.tracing.request("GraphQL subscription", None) as traceparent:
            on_behalf = self._on_behalf(traceparent)
            return await self._graph.engine.execute(
                query,
                variables,
                None,
                self._graph.subgraphs.fetch(on_behalf, fresh=True),
                introspection=self._graph.settings.introspects,
                present=self._graph.subgraphs.present(on_behalf),
                viewer=self._viewer,
                rejects=self._graph.settings.unauthorized == "reject",
            )

    async def _forwarded(self, prepared: Prepared, subgraph: str, body: bytes) -> AsyncGenerator[bytes, None]:
        settings = self._graph.settings
        waiting = Waiting(results=settings.max_waiting_results, size=settings.max_subgraph_bytes)
        reading = asyncio.create_task(self._read(subgraph, body, waiting))
        try:
            async with aclosing(waiting.results()) as payloads:
                async for payload in payloads:
                    with self._graph.tracing.request("GraphQL subscription", None) as traceparent:
                        on_behalf = self._on_behalf(traceparent)
                        fetch = self._graph.subgraphs.fetch(on_behalf, fresh=True)
                        present = self._graph.subgraphs.present(on_behalf)
                        result = await self._graph.engine.complete(prepared, payload, fetch, present)
                    yield result
        finally:
            reading.cancel()
            await asyncio.wait([reading])

    async def _read(self, subgraph: str, body: bytes, waiting: Waiting) -> None:
        with self._graph.tracing.request("GraphQL subscription", None) as traceparent:
            on_behalf = self._on_behalf(traceparent)
        try:
            async with aclosing(self._graph.upstreams.subscribe(subgraph, body, on_behalf)) as payloads:
                async for payload in payloads:
                    waiting.put(payload)
            waiting.end()
        except Refused as refused:
            present = self._graph.subgraphs.present(on_behalf)
            errors = [present(subgraph, error) if present else error for error in refused.errors]
            waiting.end(Ended(errors))
        except SubgraphUnavailable as error:
            _log.warning("a subscription broke off", subgraph=subgraph, why=error.reason, request_id=self._request_id)
            waiting.end(
                Ended.because(
                    "SUBGRAPH_UNAVAILABLE",
                    f"Subgraph {subgraph} is unavailable, and changes may have been missed. Subscribe again.",
                )
            )
        except Exception as error:
            waiting.end(error)

    def _on_behalf(self, traceparent: str) -> OnBehalf:
        return OnBehalf(self._authorization, traceparent, self._request_id)
