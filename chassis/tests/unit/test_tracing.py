"""Traces without a collector: ids go in, through and out."""

from chassis.tracing import current_trace_id, current_traceparent, span

GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_outside_of_a_span_there_is_no_trace() -> None:
    assert current_traceparent() is None
    assert current_trace_id() is None


def test_a_trace_that_came_in_goes_out() -> None:
    with span("handle", traceparent=GIVEN):
        assert current_trace_id() == "0af7651916cd43dd8448eb211c80319c"
        assert (current_traceparent() or "").startswith("00-0af7651916cd43dd8448eb211c80319c-")


def test_a_request_without_a_trace_gets_one_that_its_inner_spans_share() -> None:
    with span("outer"):
        outer = current_trace_id()
        with span("inner"):
            assert current_trace_id() == outer is not None
    assert current_trace_id() is None


def test_a_malformed_traceparent_starts_a_new_trace() -> None:
    with span("handle", traceparent="nonsense"):
        assert current_trace_id() is not None
