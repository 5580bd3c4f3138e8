"""Traces without a collector: ids go in, through and out."""

import asyncio
import sys

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


EXPORTING = """
import sys, time
from chassis import tracing
tracing.configure("things", sys.argv[1])
with tracing.span("outer", traceparent=sys.argv[2]):
    with tracing.span("a span of ours"):
        print(tracing.current_traceparent())
began = time.monotonic()
tracing.flush(1.0)
assert time.monotonic() - began < 1.5
"""


async def export_to(address: str) -> tuple[int, bytes, bytes]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", EXPORTING, address, GIVEN,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await asyncio.wait_for(process.communicate(), 20)
    return process.returncode or 0, out, errors


async def test_with_a_collector_spans_are_sent_to_it() -> None:
    received: list[bytes] = []

    async def collect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        received.append(head + await reader.readexactly(length))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(collect, "127.0.0.1", 0) as server:
        code, out, errors = await export_to(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    assert code == 0, errors.decode()
    assert out.startswith(b"00-0af7651916cd43dd8448eb211c80319c-")
    assert received[0].startswith(b"POST /v1/traces ")


async def test_a_collector_that_does_not_answer_holds_nobody_up() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        loop = asyncio.get_running_loop()
        began = loop.time()
        code, _, errors = await export_to(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        assert code == 0, errors.decode()
        assert loop.time() - began < 8
