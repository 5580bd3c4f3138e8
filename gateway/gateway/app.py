"""The gateway put together: the graph, the event ingress, health and, in development, GraphiQL and its keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis import metrics
from gateway import asyncapi_page, graphiql
from gateway.authentication import Authentication
from gateway.engine import Engine
from gateway.graphql_http import GraphQLEndpoint
from gateway.identity import DevelopmentIdentity
from gateway.loading import Loaded
from gateway.persisted import PersistedDocuments
from gateway.policies import Policies
from gateway.scim import METHODS, Provisioning
from gateway.settings import GatewaySettings, named_types
from gateway.subgraphs import Subgraphs
from gateway.subscriptions.following import followed_fields
from gateway.subscriptions.sockets import GraphQLSockets
from gateway.telemetry import Tracing

if TYPE_CHECKING:
    from gateway.bus_reader import BusReader
    from gateway.entity_cache import EntityCache
    from gateway.entity_cache_rules import Rules
    from gateway.subscriptions.followed import Followed

_log = structlog.get_logger(__name__)


class Gateway:
    """The ASGI application. `/graphql` goes straight to its endpoint; everything else is routed."""

    def __init__(self, loaded: Loaded, settings: GatewaySettings) -> None:
        engine = loaded.engine
        self.loaded = loaded
        self._settings = settings
        identity = DevelopmentIdentity.at(settings.development_key_file) if settings.development_key_file else None
        self._tracing = tracing = Tracing(settings.otel_exporter_otlp_endpoint)
        authentication = Authentication(settings, identity)
        self._has_issuer = authentication.is_on
        addresses = settings.addresses(engine.subgraphs)
        self._subgraphs = Subgraphs(addresses, settings, tracing)
        self._policies = Policies({})
        self._policies.replace(loaded.policies)
        self._documents = PersistedDocuments(
            loaded.manifest, only=settings.persisted_only, registers=settings.automatic_persisted_queries
        )
        self._warn()
        followed = _followed(engine, settings)
        self.entities = _entity_cache(engine, settings) if settings.entity_cache else None
        if self.entities is not None:
            self._subgraphs.mutated = self.entities.mutated
        self._reader = _reader(settings, [one for one in (self.entities, followed) if one is not None])
        self._endpoint = endpoint = GraphQLEndpoint(
            engine,
            self._subgraphs,
            authentication,
            settings,
            tracing,
            policies=self._policies,
            documents=self._documents,
            header_rules=loaded.header_rules,
            followed=followed,
            entities=self.entities,
        )
        self._sockets = GraphQLSockets(endpoint.graph, settings)
        self._drains = (self._sockets.drain, endpoint.streams.drain)
        self._graphql: ASGIApp = _for_web_pages(endpoint, settings.cors_origins) if settings.cors_origins else endpoint
        self._stopping = False
        routes: list[BaseRoute] = [
            Route("/livez", _alive),
            Route("/readyz", self._ready),
            Route("/metrics", _metrics),
        ]
        self._bus = None
        if settings.kafka_bootstrap_servers:
            # Imported only here: a gateway that runs alone needs no Kafka client.
            from gateway import ingress  # noqa: PLC0415
            from gateway.ingress.bus import Bus  # noqa: PLC0415

            self._bus = Bus(settings)
            routes.extend(ingress.routes(self._bus, authentication, settings, tracing))
        provisioning = Provisioning.beside(settings, addresses)
        if provisioning is not None:
            routes.append(Route("/scim/{path:path}", provisioning, methods=list(METHODS)))
        self._provisioning = provisioning
        self._has_page = settings.in_development
        if self._has_page:
            routes.extend(graphiql.routes(settings))
            routes.extend(asyncapi_page.routes())
        if identity is not None:
            keys = identity.jwks()
            routes.append(Route("/.well-known/jwks.json", lambda _: JSONResponse(keys)))
        self._routed = Starlette(routes=routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await self._sockets(scope, receive, send)
        elif scope["type"] != "http" or scope["path"] != "/graphql":
            await self._routed(scope, receive, send)
        elif scope["method"] == "GET" and self._has_page and graphiql.is_wanted(scope):
            await RedirectResponse("/")(scope, receive, send)
        else:
            await self._graphql(scope, receive, send)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the connections to the broker and the subgraphs while inside."""
        if self._bus is not None:
            await self._bus.start()
        if self._reader is not None:
            await self._reader.start()
        try:
            yield
        finally:
            self._subgraphs.close()
            if self._reader is not None:
                await self._reader.stop()
            if self._provisioning is not None:
                await self._provisioning.close()
            if self._bus is not None:
                await self._bus.stop()

    @property
    def reads_bus(self) -> bool:
        """Whether events on the bus are heard of as they happen."""
        return self._reader is not None and self._reader.is_live

    def use(self, loaded: Loaded) -> None:
        """Answer by what these files say from now on."""
        engine, before = loaded.engine, self.loaded.engine
        self.loaded = loaded
        self._policies.replace(loaded.policies)
        self._documents.replace(loaded.manifest)
        if engine is not before:
            subgraphs = Subgraphs(
                self._settings.addresses(engine.subgraphs), self._settings, self._tracing, before=self._subgraphs
            )
            subgraphs.mutated = self._subgraphs.mutated
            if self.entities is not None:
                self.entities = self._entities_of(engine, self.entities)
            self._endpoint.use(engine, subgraphs, self.entities)
            self._subgraphs.close(but_for=subgraphs)
            self._subgraphs = subgraphs
        self._warn()

    def _entities_of(self, engine: Engine, before: EntityCache) -> EntityCache | None:
        """The cache by the rules of another supergraph, if the events of its subgraphs are heard of already."""
        rules = _cache_rules(engine, self._settings)
        if before.use(rules):
            return before
        _log.warning("entities are not cached until a restart: events of other subgraphs would have to be heard of")
        return None

    def _warn(self) -> None:
        engine = self.loaded.engine
        for variable in self._settings.unknown_subgraphs(engine.subgraphs):
            _log.warning("the supergraph has no such subgraph", variable=variable, subgraphs=list(engine.subgraphs))
        _warn_of_closed_fields(engine, self.loaded.policies, has_issuer=self._has_issuer)

    def drain(self) -> None:
        """From now on say that this process is not ready, so that no new requests are sent to it; end what would last."""
        self._stopping = True
        for end in self._drains:
            end()

    async def _ready(self, _: Request) -> Response:
        if self._stopping:
            return JSONResponse({"status": "stopping"}, status_code=503)
        broker = {} if self._bus is None else {"broker": "connected" if self._bus.is_connected else "not connected"}
        return JSONResponse({"status": "ready"} | broker)


def _followed(engine: Engine, settings: GatewaySettings) -> Followed | None:
    """The subscriptions that the bus feeds, when there are any."""
    root = engine.supergraph.roots.get("subscription")
    if root is None or not settings.kafka_bootstrap_servers or not settings.event_driven_subscriptions:
        return None
    fields = followed_fields(engine.supergraph.document, root, engine.api_schema)
    if not fields:
        return None
    # Imported only here: a gateway that runs alone needs no Kafka client.
    from gateway.subscriptions.followed import Followed  # noqa: PLC0415

    return Followed(fields, waiting_results=settings.max_waiting_results, waiting_bytes=settings.max_subgraph_bytes)


def _entity_cache(engine: Engine, settings: GatewaySettings) -> EntityCache:
    from gateway.entity_cache import EntityCache  # noqa: PLC0415 - as above

    rules = _cache_rules(engine, settings)
    return EntityCache(rules, seconds=settings.entity_cache_seconds, max_bytes=settings.entity_cache_bytes)


def _cache_rules(engine: Engine, settings: GatewaySettings) -> Rules:
    from gateway.entity_cache_rules import Rules  # noqa: PLC0415 - as above

    cached, shared = named_types(settings.entity_cache), named_types(settings.entity_cache_shared)
    rules = Rules(engine.supergraph, engine.access, cached, shared)
    if rules.unknown():
        _log.warning("these are no entities of their subgraphs, so they are not cached", types=rules.unknown())
    return rules


def _reader(settings: GatewaySettings, listeners: list[EntityCache | Followed]) -> BusReader | None:
    """One reader of the bus for all who listen; the cache hears of an event before anybody asks because of it."""
    if not listeners:
        return None
    from gateway.bus_reader import BusReader  # noqa: PLC0415 - as above

    reader = BusReader(settings, {topic for listener in listeners for topic in listener.topics})
    for listener in listeners:
        reader.listen(listener)
    return reader


def _warn_of_closed_fields(engine: Engine, policies: Policies, *, has_issuer: bool) -> None:
    if not engine.access.is_guarded:
        return
    if not has_issuer:
        _log.warning("nobody can see the fields that need a token: no issuer is trusted. Set JWKS_URL")
    without_rule = sorted(name for name in engine.access.policies if name not in policies)
    if without_rule:
        _log.warning(
            "policies of the supergraph without a rule are denied. Add them to POLICIES", policies=without_rule
        )


def _for_web_pages(endpoint: ASGIApp, origins: str) -> ASGIApp:
    """Browsers let pages of these origins ask. No cookies: who asks is said by the token alone."""
    return CORSMiddleware(
        endpoint,
        allow_origins=[origin.strip().rstrip("/") for origin in origins.split(",")],
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type", "graphql-require-preflight", "traceparent", "x-request-id"],
        expose_headers=["x-request-id"],
    )


async def _alive(_: Request) -> Response:
    return JSONResponse({"status": "alive"})


async def _metrics(_: Request) -> Response:
    return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)
