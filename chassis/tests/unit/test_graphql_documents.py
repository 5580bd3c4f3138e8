"""Documents: bounded first, however they are written, and remembered."""

import time

import pytest
from graphql import GraphQLError, parse
from hypothesis import given
from hypothesis import strategies as st

from chassis.graphql.documents import DEEPEST, MOST_ALIASES, Cache, Document, Size, bound
from chassis.graphql.documents import Measure as Measured


def why(text: str) -> str | None:
    errors = bound(Document(parse(text)))
    return errors[0].message if errors else None


def nested(levels: int) -> str:
    return "{" + "a{" * (levels - 1) + "b" + "}" * levels


def test_an_ordinary_document_is_let_through() -> None:
    assert why("query Q { tools { nodes { id name ...F } } } fragment F on Tool { owner { id } }") is None


def test_a_deep_document_is_refused() -> None:
    assert why(nested(DEEPEST)) is None
    assert (
        why(nested(DEEPEST + 1))
        == f"The document is {DEEPEST + 1} levels deep; {DEEPEST} are allowed. Ask for less at once."
    )


def test_depth_is_measured_through_fragments() -> None:
    chain = " ".join(f"fragment F{n} on T {{ a {{ ...F{n + 1} }} }}" for n in range(DEEPEST))
    assert "levels deep" in (why(f"{{ ...F0 }} {chain} fragment F{DEEPEST} on T {{ a {{ b }} }}") or "")


def test_many_aliases_are_refused() -> None:
    assert "aliases" in (why("{" + " ".join(f"a{n}: b" for n in range(MOST_ALIASES + 1)) + "}") or "")


def test_forty_fragments_that_each_spread_the_next_twice_cost_nothing() -> None:
    bomb = " ".join(f"fragment F{n} on T {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40))
    began = time.perf_counter()
    assert "fields" in (why(f"{{ ...F0 }} {bomb} fragment F40 on T {{ a }}") or "")
    assert time.perf_counter() - began < 0.5


def test_a_fragment_that_spreads_itself_ends() -> None:
    assert why("{ ...F } fragment F on T { a ...F }") is None


def test_a_very_long_chain_of_fragments_is_refused() -> None:
    chain = " ".join(f"fragment F{n} on T {{ ...F{n + 1} }}" for n in range(2500))
    assert "nested too deeply" in (why(f"{{ ...F0 }} {chain} fragment F2500 on T {{ a }}") or "")


def test_introspection_is_noticed_inside_fragments() -> None:
    document = Document(parse("{ ...F } fragment F on Query { s: __schema { types { name } } }"))
    bound(document)
    assert document.introspects


def test_too_many_tokens_are_refused_before_they_are_all_read() -> None:
    with pytest.raises(GraphQLError, match="tokens"):
        Cache().get("{" + "a " * 50_000 + "}")


def test_a_document_is_parsed_once() -> None:
    cache = Cache()
    assert cache.get("{ a }") is cache.get("{ a }")
    assert cache.get("{ a }") is not cache.get("{ b }")


selections = st.recursive(
    st.sampled_from(["a", "x: a", "... on T { a }"]),
    lambda inner: st.lists(inner, min_size=1, max_size=4).map(lambda several: "b { " + " ".join(several) + " }"),
    max_leaves=12,
)


@given(st.lists(selections, min_size=1, max_size=5))
def test_a_fragment_counts_as_if_it_were_written_out(parts: list[str]) -> None:
    body = " ".join(parts)

    def size(text: str) -> Size:
        document = parse(text)
        return Measured(Document(document)).selection_set(document.definitions[0].selection_set)  # type: ignore[attr-defined]

    assert size(f"{{ {body} {body} }}") == size(f"{{ ...F ...F }} fragment F on T {{ {body} }}")
