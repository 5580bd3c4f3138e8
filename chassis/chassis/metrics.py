"""What Prometheus reads. One registry per process; names are `<noun>_<unit>`."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST

http_request_duration_seconds = Histogram(
    "http_request_duration_seconds",
    "How long requests took.",
    ["service", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
http_requests_in_flight = Gauge("http_requests_in_flight", "Requests being answered now.", ["service"])
graphql_operations_total = Counter("graphql_operations_total", "GraphQL operations by outcome.", ["service", "outcome"])
graphql_refusals_total = Counter("graphql_refusals_total", "Mutations that the rules refused.", ["service", "code"])
database_connections_count = Gauge("database_connections_count", "Pool connections.", ["service", "state"])


def exposition() -> bytes:
    """All metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)
