"""What the gateway measures, and the trace that a request carries on to the subgraphs."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache

from opentelemetry.trace import SpanKind
from prometheus_client import Counter, Gauge, Histogram

from chassis import metrics, tracing

_SERVICE = "gateway"
# Ids that need not be secret, only different; the system's own randomness costs a system call each time.
_ids = random.Random()  # noqa: S311
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class _InFlight:
    """Counts what is entered and not left."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> None:
        self.count += 1

    def __exit__(self, *_: object) -> None:
        self.count -= 1


requests_in_flight = _InFlight()
metrics.http_requests_in_flight.labels(_SERVICE).set_function(lambda: requests_in_flight.count)
subgraph_request_duration_seconds = metrics.Durations(
    "subgraph_request_duration_seconds",
    "How long subgraphs took to answer.",
    ["subgraph", "outcome"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
subgraph_requests_refused_total = Counter(
    "subgraph_requests_refused_total",
    "Requests that were not sent because the subgraph's breaker was open.",
    ["subgraph"],
)
subgraph_breaker_opened_total = Counter(
    "subgraph_breaker_opened_total", "How often a subgraph's breaker opened.", ["subgraph"]
)
subgraph_breaker_open = Gauge(
    "subgraph_breaker_open", "Whether a subgraph is left alone now, because it failed too often.", ["subgraph"]
)
subgraph_requests_shared_total = Counter(
    "subgraph_requests_shared_total", "Subgraph queries that shared the answer of an equal one under way.", ["subgraph"]
)
operations_refused_total = Counter("operations_refused_total", "Requests refused before they were planned.", ["code"])
entity_cache_hits_total = Counter("entity_cache_hits_total", "Entities answered from the entity cache.", ["subgraph"])
entity_cache_misses_total = Counter("entity_cache_misses_total", "Entities that had to be asked for.", ["subgraph"])
entity_cache_invalidations_total = Counter(
    "entity_cache_invalidations_total", "Kept entities that an event made forget.", ["subgraph"]
)
entity_cache_bytes = Gauge("entity_cache_bytes", "What the entity cache takes.")
bus_events_total = Counter("bus_events_total", "Events read from the bus.", ["topic"])
operation_cost = Histogram(
    "operation_cost",
    "What operations may cost at most, as estimated before they are executed.",
    ["result"],
    buckets=(1, 10, 100, 1_000, 10_000, 100_000, 1_000_000),
)
followed_operations_total = Counter(
    "followed_operations_total", "Queries run for subscriptions that follow events.", ["field"]
)
reloads_total = Counter(
    "reloads_total", "How often the supergraph, policies or documents were read again after a change.", ["outcome"]
)
files_broken = Gauge("files_broken", "Whether a file that changed is broken, so that what it said before is in use.")
ingress_events_total = Counter("ingress_events_total", "Events delivered over HTTP.", ["type", "outcome"])

# Looking a label up costs more than counting.
_requests = cache(metrics.http_request_duration_seconds.labels)
_subgraph_requests = cache(subgraph_request_duration_seconds.labels)


def answered(route: str, status: int, seconds: float) -> None:
    """Count and time a request; `route` is one of the few that there are."""
    _requests(_SERVICE, route, str(status)).observe(seconds)


def subgraph_answered(subgraph: str, outcome: str, seconds: float) -> None:
    """Count and time a request to a subgraph."""
    _subgraph_requests(subgraph, outcome).observe(seconds)


def request_id(given: str | None) -> str:
    """The client's own request id when it can be quoted safely, else a new one."""
    if given and _REQUEST_ID.fullmatch(given):
        return given
    return f"{_ids.getrandbits(64):016x}"


class Tracing:
    """Continues the client's trace or begins one. Spans are made only when somebody collects them."""

    def __init__(self, endpoint: str | None) -> None:
        self._exports = endpoint is not None

    def request(self, name: str, traceparent: str | None) -> AbstractContextManager[str]:
        """One request of a client; yields the `traceparent` to send on."""
        given = traceparent if traceparent and _TRACEPARENT.fullmatch(traceparent) else None
        if not self._exports:
            return nullcontext(given or f"00-{_ids.getrandbits(128):032x}-{_ids.getrandbits(64):016x}-00")
        return self._request(name, given)

    @contextmanager
    def _request(self, name: str, traceparent: str | None) -> Iterator[str]:
        with tracing.span(name, traceparent=traceparent, kind=SpanKind.SERVER):
            yield tracing.current_traceparent() or ""

    def subgraph_request(self, subgraph: str, kind: str, traceparent: str) -> AbstractContextManager[str]:
        """One request to a subgraph within a client's; yields the `traceparent` to send."""
        return self._subgraph_request(subgraph, kind, traceparent) if self._exports else nullcontext(traceparent)

    @contextmanager
    def _subgraph_request(self, subgraph: str, kind: str, traceparent: str) -> Iterator[str]:
        with tracing.span(f"{subgraph} {kind}", kind=SpanKind.CLIENT, attributes={"graphql.subgraph": subgraph}):
            yield tracing.current_traceparent() or traceparent
