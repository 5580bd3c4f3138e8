"""Traces by W3C Trace Context: every request has a trace id, and with an exporter configured also spans."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_exporting = False
_W3C = TraceContextTextMapPropagator()
_ids = random.Random()  # noqa: S311 - they tie lines together, they keep no secret
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")


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
    here = trace.get_current_span().get_span_context()
    if not here.is_valid:
        return None
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}"


def current_trace_id() -> str | None:
    """The trace id alone, for logs and for answers that people quote."""
    here = trace.get_current_span().get_span_context()
    return f"{here.trace_id:032x}" if here.is_valid else None


@contextmanager
def span(
    name: str,
    *,
    traceparent: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, str | int] | None = None,
) -> Iterator[Span]:
    """Do something as a span: under `traceparent` when given, else under the current span, else in a trace of its own."""
    if not _exporting:
        unrecorded = _unrecorded(traceparent)
        token = context.attach(trace.set_span_in_context(unrecorded))
        try:
            yield unrecorded
        finally:
            context.detach(token)
        return
    parent = _W3C.extract({"traceparent": traceparent}) if traceparent else context.get_current()
    tracer = trace.get_tracer("chassis")
    with tracer.start_as_current_span(name, context=parent, kind=kind, attributes=attributes) as started:
        yield started


def _unrecorded(traceparent: str | None) -> NonRecordingSpan:
    """Without the SDK nobody gives out trace ids, yet logs and events are to be tied together: take the one that came in,
    or the current one, else draw one here."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if match is not None:
        given = SpanContext(
            int(match[1], 16), int(match[2], 16), is_remote=True, trace_flags=TraceFlags(int(match[3], 16))
        )
        if given.is_valid:
            return NonRecordingSpan(given)
    if traceparent is None:
        here = trace.get_current_span().get_span_context()
        if here.is_valid:
            return NonRecordingSpan(here)
    drawn = SpanContext(_ids.getrandbits(128), _ids.getrandbits(64), is_remote=False, trace_flags=TraceFlags(0))
    return NonRecordingSpan(drawn)
