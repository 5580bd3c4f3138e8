"""Requests that ask for too much are refused before anything is planned, and nobody else waits for it."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator

from graphql import get_introspection_query
from hypothesis import given
from hypothesis import strategies as st

from gateway.limits import Limits, OperationRefused
from gateway.settings import GatewaySettings
from gateway.testing.serving import Start

SETTINGS = GatewaySettings(environment="development")


def code_for(query: str, **settings: int) -> str | None:
    """The code with which a document is refused."""
    try:
        Limits(SETTINGS.model_copy(update=settings)).check(query)
    except OperationRefused as refused:
        return str(refused.error["extensions"]["code"])
    return None


def nested(levels: int) -> str:
    return "{a" * levels + "}" * levels


def doubling(fragments: int) -> str:
    chain = " ".join(f"fragment F{n} on Q {{ ...F{n + 1} ...F{n + 1} }}" for n in range(fragments))
    return f"{{ ...F0 }} {chain} fragment F{fragments} on Q {{ a }}"


class TestDepth:
    def test_the_most_is_allowed(self) -> None:
        assert code_for(nested(5), max_depth=5) is None
        assert code_for(nested(6), max_depth=5) == "OPERATION_TOO_DEEP"

    def test_counts_through_fragments(self) -> None:
        assert code_for("{ a { ...F } } fragment F on Q { b { c } }", max_depth=2) == "OPERATION_TOO_DEEP"

    def test_brackets_are_counted_before_the_parser_sees_them(self) -> None:
        assert code_for("{a(x:" + "[" * 3000 + "]" * 3000 + ")}") in ("OPERATION_TOO_DEEP", "TOO_MANY_TOKENS")
        assert code_for("{a(x:" + "[" * 150 + "]" * 150 + ")}") == "OPERATION_TOO_DEEP"

    def test_a_long_chain_of_fragments_is_no_way_around(self) -> None:
        chain = " ".join(f"fragment F{n} on Q {{ ...F{n + 1} }}" for n in range(500))
        assert code_for(f"{{ ...F0 }} {chain}", max_tokens=9_000, max_definitions=999) == "OPERATION_TOO_DEEP"


class TestFields:
    def test_are_counted_with_fragments_expanded(self) -> None:
        assert code_for(doubling(3), max_fields=8, max_root_fields=8) is None
        assert code_for(doubling(4), max_fields=8, max_root_fields=20) == "TOO_MANY_FIELDS"

    def test_forty_doubling_fragments_are_refused_at_once(self) -> None:
        began = time.thread_time()
        assert code_for(doubling(40)) == "TOO_MANY_ROOT_FIELDS"
        assert time.thread_time() - began < 0.5

    def test_at_the_root(self) -> None:
        assert code_for("{ a ...F } fragment F on Q { b c }", max_root_fields=3) is None
        assert code_for("{ a ...F } fragment F on Q { b c }", max_root_fields=2) == "TOO_MANY_ROOT_FIELDS"


def test_aliases_are_counted_with_fragments_expanded() -> None:
    assert code_for("{ x: a y: b { ...F ...F } } fragment F on B { z: c }", max_aliases=4) is None
    assert code_for("{ x: a y: b { ...F ...F } } fragment F on B { z: c }", max_aliases=3) == "TOO_MANY_ALIASES"


def test_directives() -> None:
    assert code_for("{ a @x @y b @x }", max_directives=3) is None
    assert code_for("{ a @x @y b @x }", max_directives=2) == "TOO_MANY_DIRECTIVES"


def test_definitions() -> None:
    assert code_for("{ ...F } fragment F on Q { a }", max_definitions=2) is None
    assert code_for("{ ...F } fragment F on Q { a }", max_definitions=1) == "TOO_MANY_DEFINITIONS"
    assert code_for("{ a } fragment F on Q { a }") == "GRAPHQL_VALIDATION_FAILED"


def test_tokens() -> None:
    assert code_for("{ a b c }", max_tokens=5) is None
    assert code_for("{ a b c }", max_tokens=4) == "TOO_MANY_TOKENS"
    assert code_for("#\n" * 50_000) == "TOO_MANY_TOKENS"


def test_the_length_of_a_document() -> None:
    assert code_for('{ a(x: "' + "x" * 200_000 + '") }') == "DOCUMENT_TOO_LONG"


class TestIntrospection:
    def test_the_usual_query_is_within_the_limits(self) -> None:
        query = get_introspection_query(
            descriptions=True, specified_by_url=True, directive_is_repeatable=True, schema_description=True
        )
        assert code_for(query) is None

    def test_lists_within_lists_are_not(self) -> None:
        query = "{ __schema { types { fields { type { fields { type { fields { type { fields { name }}}}}}}}}}"
        assert code_for(query) == "INTROSPECTION_TOO_DEEP"

    def test_a_type_of_the_graph_may_have_fields_called_fields(self) -> None:
        assert code_for("{ a { fields { fields { fields { fields { name }}}}}}") is None

    def test_what_asks_for_nobodys_data(self) -> None:
        def about_schema_only(query: str) -> bool:
            return Limits(SETTINGS).check(query).is_about_schema_only(None)

        assert about_schema_only("{ __typename __schema { types { name } } }")
        assert about_schema_only("{ ... on Query { __typename } ...F } fragment F on Query { __typename }")
        assert not about_schema_only("{ __typename a }")
        assert not about_schema_only("{ __typename ...F } fragment F on Query { a }")
        assert not about_schema_only("{ ...Missing }")
        assert not about_schema_only("{ ...B } fragment A on Query { ...B a } fragment B on Query { ...A }")


@given(st.text(max_size=300))
def test_any_text_is_either_refused_in_words_or_counted(text: str) -> None:
    code_for(text)


@given(st.text(alphabet='{}()[]"\\#.:$@!a1- \n', max_size=200))
def test_any_punctuation_is_either_refused_in_words_or_counted(text: str) -> None:
    code_for(text)


def test_what_is_remembered_is_bounded() -> None:
    limits = Limits(SETTINGS)
    for number in range(6_000):
        limits.check(f"{{ a{number} }}")
    assert limits.remembered("{ a0 }") is None
    assert limits.remembered("{ a5999 }") is not None


class TestBodies:
    async def test_one_that_is_too_large_is_not_read(self, start: Start) -> None:
        gateway = await start(max_body_bytes=1_000)
        answer = await gateway.ask("{ free }" + " " * 1_000)
        assert answer.status_code == 413

    async def test_one_that_does_not_say_how_large_it_is(self, start: Start) -> None:
        gateway = await start(max_body_bytes=1_000)

        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(20):
                yield b" " * 100

        answer = await gateway.http.post("/graphql", content=chunks(), headers={"content-type": "application/json"})
        assert answer.status_code == 413

    async def test_one_that_comes_too_slowly(self, start: Start) -> None:
        gateway = await start(body_seconds=0.1)
        url = gateway.http.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(
            b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"
        )
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()

    async def test_one_that_is_compressed(self, start: Start) -> None:
        gateway = await start()
        headers = {"content-type": "application/json", "content-encoding": "gzip"}
        answer = await gateway.http.post("/graphql", content=gzip.compress(b" " * 10_000_000), headers=headers)
        assert answer.status_code == 415


class TestHeads:
    async def test_one_that_is_too_large(self, start: Start) -> None:
        gateway = await start(max_header_bytes=4_096)
        url = gateway.http.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(b"POST /graphql HTTP/1.1\r\n" + b"x: y\r\n" * 1_000)
        assert (await reader.read()).startswith(b"HTTP/1.1 431")
        writer.close()

    async def test_one_that_comes_too_slowly(self, start: Start) -> None:
        gateway = await start(header_seconds=0.1)
        url = gateway.http.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(b"POST /graphql HT")
        assert await reader.read() == b""
        writer.close()

    async def test_one_after_another_on_one_connection(self, start: Start) -> None:
        gateway = await start(header_seconds=0.1, max_header_bytes=4_096)
        for _ in range(100):
            assert (await gateway.ask("{ __typename }")).status_code == 200
        url = gateway.http.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        request = b'POST /graphql HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 24\r\n\r\n{"query":"{__typename}"}'
        writer.write(request + request)
        answers = await reader.readuntil(b'{"data":{"__typename":"Query"}}')
        answers += await reader.readuntil(b'{"data":{"__typename":"Query"}}')
        assert answers.count(b"HTTP/1.1 200") == 2
        writer.write(request[:20])
        assert await reader.read() == b""
        writer.close()
