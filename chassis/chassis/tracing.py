"""Traces by W3C Trace Context: every request has a trace id, and with an exporter configured also spans."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar, Token

from opentelemetry import context, trace
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_exporting = False
_W3C = TraceContextTextMapPropagator()
_ids = random.Random()  # noqa: S311 - they tie lines together, they keep no secret
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")


def configure(service: str, endpoint: str | None) -> None:
    """Export spans by OTLP over HTTP. Without an endpoint nothing is built, and a span costs next to nothing."""
    if not endpoint:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    # Not flushed at exit by the SDK itself: with a collector that does not answer that takes longer than a stop may.
    provider = TracerProvider(resource=Resource.create({"service.name": service}), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    global _exporting  # noqa: PLW0603 - the SDK's provider is one for the process too
    _exporting = True


def flush(seconds: float) -> None:
    """Send the spans that wait, and give up after so many seconds."""
    send = getattr(trace.get_tracer_provider(), "force_flush", None)
    if send is not None:
        sender = threading.Thread(target=send, args=(int(seconds * 1000),), daemon=True)
        sender.start()
        sender.join(seconds)


def current_traceparent() -> str | None:
    """The W3C `traceparent` of what is being done now, to be kept with an event or sent with a request."""
    if not _exporting:
        unrecorded = _unrecorded.get()
        return unrecorded.traceparent if unrecorded else None
    here = trace.get_current_span().get_span_context()
    if not here.is_valid:
        return None
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}"


def current_trace_id() -> str | None:
    """The trace id alone, for logs and for answers that people quote."""
    traceparent = current_traceparent()
    return traceparent[3:35] if traceparent else None


def span(
    name: str,
    *,
    traceparent: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, str | int] | None = None,
) -> AbstractContextManager[Span]:
    """Do something as a span: under `traceparent` when given, else under the current span, else in a trace of its own."""
    if not _exporting:
        return _Unrecorded(traceparent)
    parent = _W3C.extract({"traceparent": traceparent}) if traceparent else context.get_current()
    tracer = trace.get_tracer("chassis")
    return tracer.start_as_current_span(name, context=parent, kind=kind, attributes=attributes)


class _Unrecorded(AbstractContextManager[Span]):
    """Without the SDK nobody gives out trace ids, yet logs and events are to be tied together: take the one that came in,
    or the current one, else draw one here. All of it only when somebody asks, for most events have nobody who does."""

    __slots__ = ("_before", "_given", "_told")

    def __init__(self, given: str | None) -> None:
        self._given = given
        self._told: str | None = None

    def __enter__(self) -> Span:
        self._before: Token[_Unrecorded | None] = _unrecorded.set(self)
        return trace.INVALID_SPAN

    def __exit__(self, *_: object) -> None:
        _unrecorded.reset(self._before)

    @property
    def traceparent(self) -> str:
        if self._told is None:
            self._told = self._find()
        return self._told

    def _find(self) -> str:
        if self._given is None:
            around = self._before.old_value
            if isinstance(around, _Unrecorded):
                return around.traceparent
        elif (match := _TRACEPARENT.fullmatch(self._given)) is not None:
            return f"00-{match[1]}-{match[2]}-{match[3]}"
        return f"00-{_ids.getrandbits(128) | 1:032x}-{_ids.getrandbits(64) | 1:016x}-00"


_unrecorded: ContextVar[_Unrecorded | None] = ContextVar("unrecorded", default=None)
