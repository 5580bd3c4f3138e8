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
subscription_operations_open = Gauge(
    "subscription_operations_open", "Operations whose results are being streamed.", ["service", "transport"]
)
subscription_results_total = Counter(
    "subscription_results_total", "Results that were streamed to clients.", ["service", "transport"]
)
subscription_operations_ended_total = Counter(
    "subscription_operations_ended_total",
    "Streamed operations that ended, by reason.",
    ["service", "transport", "reason"],
)
websocket_connections_open = Gauge("websocket_connections_open", "WebSocket connections of clients.", ["service"])
database_connections_count = Gauge("database_connections_count", "Pool connections.", ["service", "state"])

outbox_unpublished_messages = Gauge("outbox_unpublished_messages", "Events not yet on the bus.", ["service"])
outbox_oldest_unpublished_seconds = Gauge(
    "outbox_oldest_unpublished_seconds", "Age of the oldest event that is not yet on the bus.", ["service"]
)
outbox_published_total = Counter("outbox_published_total", "Events the broker acknowledged.", ["service"])
consumer_lag_messages = Gauge("consumer_lag_messages", "Messages on the bus that were not read yet.", ["service"])
inbox_handled_total = Counter("inbox_handled_total", "Events that took effect.", ["service"])
inbox_parked_total = Counter("inbox_parked_total", "Events set aside as dead letters.", ["service", "error"])
dead_letters_open = Gauge("dead_letters_open", "Dead letters that wait, by state.", ["service", "state"])


def exposition() -> bytes:
    """All metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)
