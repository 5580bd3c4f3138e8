"""What is remembered is bounded, and what stands twice is read once."""

from __future__ import annotations

from graphql import parse, print_ast

from gateway.caches import Bounded
from gateway.parsing import parsed


def test_what_was_used_longest_ago_is_forgotten_first() -> None:
    remembered: Bounded[str, int] = Bounded(size=3, weight=1_000)
    for number, key in enumerate("abc"):
        remembered.put(key, number, 1)
    assert remembered.get("a") == 0
    remembered.put("d", 3, 1)
    assert [remembered.get(key) for key in "abcd"] == [0, None, 2, 3]


def test_heavy_values_make_room() -> None:
    remembered: Bounded[int, str] = Bounded(size=1_000, weight=100)
    for number in range(50):
        remembered.put(number, "x", 10)
    assert [number for number in range(50) if remembered.get(number)] == list(range(40, 50))
    remembered.put(49, "y", 1)
    remembered.put(50, "x", 9)
    assert remembered.get(40) == "x"
    remembered.put(51, "x", 11)
    assert remembered.get(51) is None


def test_a_field_that_stands_twice_side_by_side_is_kept_once() -> None:
    shown = print_ast(parsed("{ a a b { c c ...F d: c c @skip(if: true) c(x: 1) } b { c } a } fragment F on B { e e }"))
    expected = "{ a b { c ...F d: c c @skip(if: true) c(x: 1) } b { c } } fragment F on B { e }"
    assert shown == print_ast(parse(expected))
