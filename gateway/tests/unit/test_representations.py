"""What a subgraph is told of objects: each distinct representation once, none when a key is missing."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from gateway.choose import Input
from gateway.places import Place, Position
from gateway.plan import Part
from gateway.representations import build_grouping, build_representation

BOOKS = Place(Position("Book", None, None), ("Book",))
BOOK = frozenset({"Book"})
KEY = Part(BOOKS, None, (Input("isbn", "isbn", BOOK, is_key=True),))
REQUIRING = Part(
    BOOKS, None, (Input("isbn", "isbn", BOOK, is_key=True), Input("price", "price_EUR", BOOK, is_key=False))
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 2), st.text("ab1", max_size=1), st.lists(st.integers(0, 1), max_size=1)
)
VALUES = st.lists(st.fixed_dictionaries({}, optional={"isbn": SCALARS, "price_EUR": SCALARS}), max_size=8)


def test_equal_objects_are_asked_for_once() -> None:
    values = [{"isbn": "1", "price_EUR": 3}, {"isbn": "2", "price_EUR": None}, {"isbn": "1", "price_EUR": 3}]
    written, same = build_grouping([REQUIRING])(values)
    assert written == [
        b'{"__typename":"Book","isbn":"1","price":3}',
        b'{"__typename":"Book","isbn":"2","price":null}',
    ]
    assert same == [[values[0], values[2]], [values[1]]]


def test_without_a_key_or_a_requirement_there_is_nothing_to_ask() -> None:
    assert build_grouping([REQUIRING])([{"isbn": None, "price_EUR": 1}, {"isbn": "1"}, {"price_EUR": 1}]) == ([], [])
    assert build_grouping([KEY])([{"isbn": None}, {}]) == ([], [])


@given(VALUES)
def test_what_is_written_at_once_is_what_each_object_would_be_written_as(values: list[dict[str, object]]) -> None:
    for part in (KEY, REQUIRING):
        build = build_representation(part)
        expected: dict[bytes, list[int]] = {}
        for value in values:
            representation = build(value)
            if representation is not None:
                expected.setdefault(orjson.dumps(representation), []).append(id(value))
        written, same = build_grouping([part])(values)
        assert dict(zip(written, ([id(one) for one in some] for some in same), strict=True)) == expected
