"""The gateway's settings, and the files that ship with it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, UrlConstraints, model_validator
from pydantic_core import Url

from chassis.settings import ProcessSettings

_SUBGRAPH_VARIABLE = re.compile(r"SUBGRAPH_([A-Z0-9_]+)_URL")
_SUBSCRIPTIONS_VARIABLE = re.compile(r"SUBGRAPH_([A-Z0-9_]+)_SUBSCRIPTIONS")
_HttpUrl = Annotated[Url, UrlConstraints(allowed_schemes=["http", "https"], host_required=True)]


def shipped(name: str) -> Path:
    """A file that belongs to the gateway and lies beside the package, where people look for it."""
    return Path(__file__).parents[1] / name


def variable_for(subgraph: str) -> str:
    """The environment variable that says where a subgraph is."""
    return f"SUBGRAPH_{re.sub('[^A-Z0-9]', '_', subgraph.upper())}_URL"


def _named_by_environment() -> dict[str, str]:
    return {name: url for name, url in os.environ.items() if _SUBGRAPH_VARIABLE.fullmatch(name) and url}


def _spoken_by_environment() -> dict[str, str]:
    return {name: how for name, how in os.environ.items() if _SUBSCRIPTIONS_VARIABLE.fullmatch(name) and how}


def named_types(text: str) -> dict[str, frozenset[str]]:
    """Read `governance.Tool,governance.Policy` as the types of each subgraph. Raises ValueError."""
    found: dict[str, set[str]] = {}
    for each in filter(None, (part.strip() for part in text.split(","))):
        graph, dot, name = each.rpartition(".")
        if not dot or not graph or not name:
            raise ValueError(f"{each} is not of the form subgraph.Type, such as governance.Tool")
        found.setdefault(graph, set()).add(name)
    return {graph: frozenset(names) for graph, names in found.items()}


class GatewaySettings(ProcessSettings):
    """What the gateway is told from outside. Nothing is needed to serve a supergraph file alone."""

    supergraph: Path = Field(
        default_factory=lambda: shipped("supergraph.graphql"), description="the path of a supergraph SDL file"
    )
    subgraph_urls: dict[str, _HttpUrl] = Field(
        default_factory=_named_by_environment,
        validate_default=True,
        description="an http or https address, one variable SUBGRAPH_<NAME>_URL for each subgraph that is elsewhere",
    )
    subgraph_subscriptions: dict[str, Literal["ws", "sse"]] = Field(
        default_factory=_spoken_by_environment,
        validate_default=True,
        description="ws or sse, one variable SUBGRAPH_<NAME>_SUBSCRIPTIONS for each subgraph that differs from ws",
    )
    policies: Path | None = Field(None, description="the path of a TOML file with a rule for each @policy")
    require_token: bool = Field(
        True, description="true or false: whether every request needs a token where an issuer is trusted"
    )
    unauthorized: Literal["null", "reject"] = Field(
        "null", description="null or reject: what becomes of a field that the caller may not see, or of its operation"
    )
    header_rules: Path | None = Field(
        None, description="the path of a TOML file that says which headers pass to and from subgraphs"
    )
    persisted_documents: Path | None = Field(
        None, description="the path of a manifest of documents, in Apollo's or Relay's form"
    )
    persisted_only: bool = Field(
        False, description="true or false: whether only documents of PERSISTED_DOCUMENTS are executed"
    )
    automatic_persisted_queries: bool = Field(
        True, description="true or false: whether clients may register documents by their hash"
    )
    kafka_bootstrap_servers: str = Field("", description="host:port, several with commas between; unset: no ingress")
    development_key_file: Path | None = Field(
        None, description="the path of the key that signs development tokens; it is made when it is not there"
    )
    scim_url: _HttpUrl | None = Field(
        None, description="the address of SCIM 2.0 (http://host:port/scim); unset: beside the graph of governance"
    )
    introspection: bool | None = Field(None, description="true or false; unset: only in development")
    mask_errors: bool | None = Field(None, description="true or false; unset: only in production")
    csrf_prevention: bool = Field(True, description="true or false")
    cors_origins: str = Field(
        "", description="origins of web pages that may ask, such as https://app.example, with commas"
    )
    deduplication: bool = Field(
        True, description="true or false: whether equal queries of one caller that are under way share one answer"
    )

    entity_cache: str = Field(
        "", description="types whose entities are cached until an event names them: subgraph.Type, with commas"
    )
    entity_cache_shared: str = Field(
        "", description="those of ENTITY_CACHE of which every caller is told the same: subgraph.Type, with commas"
    )
    entity_cache_seconds: float = Field(60, gt=0, description="seconds that an entity is cached, at most")
    entity_cache_bytes: int = Field(64_000_000, ge=100_000, description="bytes of the entity cache, at least 100000")
    reload_seconds: float = Field(
        5, ge=0, description="seconds between looks at the supergraph, policies and documents; 0: only on SIGHUP"
    )
    warm_up_operations: int = Field(
        200, ge=0, description="operations asked last that are planned before another supergraph is put to use"
    )

    max_body_bytes: int = Field(1_000_000, ge=1_000, description="bytes of a GraphQL request, at least 1000")
    max_header_bytes: int = Field(32_768, ge=4_096, description="bytes of a request's headers, at least 4096")
    header_seconds: float = Field(10, gt=0, description="seconds in which a request's headers must arrive")
    body_seconds: float = Field(10, gt=0, description="seconds in which a request's body must arrive")
    max_document_characters: int = Field(100_000, ge=1_000, description="characters of a GraphQL document")
    max_tokens: int = Field(800, ge=10, description="tokens of a GraphQL document, at least 10")
    max_definitions: int = Field(150, ge=1, description="operations and fragments of a GraphQL document")
    max_depth: int = Field(32, ge=1, le=60, description="levels of a GraphQL operation, 1 to 60")
    max_aliases: int = Field(200, ge=0, description="aliases of a GraphQL operation")
    max_root_fields: int = Field(30, ge=1, description="root fields of a GraphQL operation")
    max_fields: int = Field(1_000, ge=1, description="fields of a GraphQL operation, its fragments expanded")
    max_directives: int = Field(200, ge=0, description="directives in a GraphQL document")

    cost_mode: Literal["off", "measure", "enforce"] = Field(
        "off", description="off, measure or enforce: whether the cost of operations is estimated, and held to MAX_COST"
    )
    max_cost: float = Field(1_000, gt=0, description="what an operation may cost")
    cost_list_size: int = Field(10, ge=0, description="how long a list is taken to be of which nothing is said")

    max_websockets: int = Field(5_000, ge=0, description="WebSocket connections of clients, at most; 0: none")
    max_event_streams: int = Field(5_000, ge=0, description="event streams (SSE) of clients, at most; 0: none")
    max_operations_per_websocket: int = Field(50, ge=1, description="operations at once on one WebSocket")
    connection_init_seconds: float = Field(5, gt=0, description="seconds in which a WebSocket must be initialised")
    keep_alive_seconds: float = Field(12, gt=0, description="seconds between signs of life on an open stream")
    slow_client_seconds: float = Field(20, gt=0, description="seconds in which a client must take a result")
    max_waiting_results: int = Field(100, ge=1, description="results of a subscription that wait for a slow client")
    event_driven_subscriptions: bool = Field(
        True, description="true or false: whether fields that say which events they follow are served from the bus"
    )

    subgraph_connections: int = Field(100, ge=1, le=10_000, description="connections to one subgraph, at most")
    subgraph_connect_seconds: float = Field(3, gt=0, description="seconds in which a subgraph must accept a connection")
    subgraph_seconds: float = Field(30, gt=0, description="seconds in which a subgraph must answer")
    breaker_failures: int = Field(20, ge=0, description="failures after which a subgraph is left alone; 0: never")
    breaker_window_seconds: float = Field(10, gt=0, description="seconds within which these failures must be")
    breaker_open_seconds: float = Field(2, gt=0, description="seconds for which a subgraph is left alone")
    max_subgraph_bytes: int = Field(20_000_000, ge=1_000, description="bytes of a subgraph's answer, at least 1000")

    ingress_max_body_bytes: int = Field(5_000_000, ge=1_000, description="bytes of a delivery of events")
    ingress_max_event_bytes: int = Field(900_000, ge=1_000, le=900_000, description="bytes of one event's data")
    ingress_max_events: int = Field(1_000, ge=1, description="events in one batch")
    ingress_acknowledge_seconds: float = Field(5, gt=0, description="seconds in which the broker must acknowledge")
    webhook_secrets: SecretStr = Field(
        SecretStr(""),
        description='a JSON object of sources and their keys: {"acme-hris": {"role": "hris", "keys": ["whsec_..."]}}',
    )
    copilot_tool: str = Field("github-copilot", min_length=1, description="the code of GitHub Copilot in governance")
    copilot_logins: dict[str, str] = Field(
        default_factory=dict, description='a JSON object of GitHub logins and employee ids: {"octo_acme": "E0042"}'
    )
    bamboohr_api_url: _HttpUrl | None = Field(
        None, description="https://<company>.bamboohr.com/api/v1, to read the values that an event only names"
    )
    bamboohr_api_key: SecretStr = Field(SecretStr(""), description="a key of BambooHR's API")

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        wrong = []
        if self.development_key_file and not self.in_development:
            wrong.append(
                "DEVELOPMENT_KEY_FILE is for development only: anybody who can read it can make any token. Unset it, "
                "and set JWKS_URL, TOKEN_ISSUER and TOKEN_AUDIENCE to those of your identity provider"
            )
        if self.persisted_only and not self.persisted_documents:
            wrong.append("PERSISTED_ONLY is set, so PERSISTED_DOCUMENTS must name the documents that may be executed")
        wrong += self._entity_cache_faults()
        if self.jwks_url and not self.development_key_file and not (self.token_issuer and self.token_audience):
            wrong.append("JWKS_URL is set, so TOKEN_ISSUER and TOKEN_AUDIENCE must be set too")
        if self.kafka_bootstrap_servers and not (self.jwks_url or self.development_key_file):
            wrong.append(
                "KAFKA_BOOTSTRAP_SERVERS opens the event ingress, and nobody could be told from anybody else there. "
                "Set JWKS_URL, TOKEN_ISSUER and TOKEN_AUDIENCE too"
            )
        if self.webhook_secrets.get_secret_value():
            # Imported only here: a gateway without signed sources needs nothing of it.
            from gateway.ingress.signatures import WrongSecrets, signers  # noqa: PLC0415

            try:
                signers(self.webhook_secrets.get_secret_value())
            except WrongSecrets as error:
                wrong.append(str(error))
        if wrong:
            raise ValueError(".\n".join(wrong))
        return self

    def _entity_cache_faults(self) -> list[str]:
        try:
            cached, shared = named_types(self.entity_cache), named_types(self.entity_cache_shared)
        except ValueError as error:
            return [f"In ENTITY_CACHE or ENTITY_CACHE_SHARED {error}"]
        wrong = []
        if cached and not self.kafka_bootstrap_servers:
            wrong.append("ENTITY_CACHE needs the bus to hear of changes. Set KAFKA_BOOTSTRAP_SERVERS, or unset it")
        if any(not names <= cached.get(graph, frozenset()) for graph, names in shared.items()):
            wrong.append("ENTITY_CACHE_SHARED may name only types of ENTITY_CACHE")
        return wrong

    @property
    def introspects(self) -> bool:
        """Whether clients may read the schema."""
        return self.in_development if self.introspection is None else self.introspection

    @property
    def masks_errors(self) -> bool:
        """Whether clients see that something failed inside, but not what."""
        return not self.in_development if self.mask_errors is None else self.mask_errors

    def addresses(self, subgraphs: Mapping[str, str]) -> dict[str, str]:
        """Where the supergraph's subgraphs are: as the environment says, else as the supergraph file says."""
        return {
            name: str(self.subgraph_urls[variable]) if (variable := variable_for(name)) in self.subgraph_urls else url
            for name, url in subgraphs.items()
        }

    def speaks_sse(self, subgraph: str) -> bool:
        """Whether subscriptions go to this subgraph as server-sent events."""
        variable = variable_for(subgraph).removesuffix("_URL") + "_SUBSCRIPTIONS"
        return self.subgraph_subscriptions.get(variable) == "sse"

    def unknown_subgraphs(self, subgraphs: Mapping[str, str]) -> list[str]:
        """Variables that name a subgraph which the supergraph does not have."""
        return sorted(self.subgraph_urls.keys() - {variable_for(name) for name in subgraphs})
