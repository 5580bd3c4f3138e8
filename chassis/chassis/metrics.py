"""What Prometheus reads. One registry per process; names are `<noun>_<unit>`."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, generate_latest
from prometheus_client.metrics_core import HistogramMetricFamily
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Durations(Collector):
    """A Prometheus histogram of seconds for what happens in the event loop, in which nobody counts beside us.

    Without the locks and checks of the library's own an observation costs a tenth.
    """

    def __init__(self, name: str, documentation: str, labels: Sequence[str], buckets: Sequence[float]) -> None:
        """`buckets` are the upper bounds in seconds, ascending; the infinite one is added."""
        self._family = (name, documentation, labels)
        self._buckets = tuple(buckets)
        self._series: dict[tuple[str, ...], _Observed] = {}
        REGISTRY.register(self)

    def labels(self, *values: str) -> _Observed:
        """The series with these values of the labels."""
        series = self._series.get(values)
        if series is None:
            if len(values) != len(self._family[2]):
                raise ValueError(f"{self._family[0]} has the labels {', '.join(self._family[2])}")
            series = self._series[values] = _Observed(self._buckets)
        return series

    def describe(self) -> Iterator[HistogramMetricFamily]:
        """What the registry asks instead of collecting."""
        yield self._empty()

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """What Prometheus reads."""
        family = self._empty()
        for values, series in self._series.items():
            family.add_metric(values, buckets=series.cumulative(), sum_value=series.seconds)
        yield family

    def _empty(self) -> HistogramMetricFamily:
        name, documentation, labels = self._family
        return HistogramMetricFamily(name, documentation, labels=labels)


class _Observed:
    """One series: how many in each bucket, and the seconds of all together."""

    __slots__ = ("_bounds", "_counts", "seconds")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self.seconds = 0.0

    def observe(self, seconds: float) -> None:
        """Count one that took so long."""
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self.seconds += seconds

    def cumulative(self) -> list[tuple[str, float]]:
        """Each bucket's upper bound and how many were within it."""
        total, found = 0, []
        for bound, count in zip((*map(str, self._bounds), "+Inf"), self._counts, strict=True):
            total += count
            found.append((bound, float(total)))
        return found


http_request_duration_seconds = Durations(
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
