"""@skip and @include with variables: a plan fetches only what its conditions leave."""

from itertools import product
from pathlib import Path

import pytest

from gateway.testing.federation import Federation

SHOP = Path(__file__).parent / "graphs" / "shop"
QUERY = """query Q($a: Boolean!, $b: Boolean = true) {
  products @skip(if: $a) { name ... @include(if: $b) { inStock reviews @skip(if: $b) { id } } reviews @include(if: $a) { body } }
  me @include(if: $a) @skip(if: $b) { id name }
  users { id ...F @include(if: $b) }
  __typename @skip(if: $a)
}
fragment F on User { email reviews @include(if: $a) { id } }"""


@pytest.mark.parametrize(("a", "b"), list(product([True, False], [True, False, None])))
async def test_every_combination_answers_as_one_schema(a: bool, b: bool | None) -> None:
    federation = Federation.load(SHOP)
    variables = {"a": a} if b is None else {"a": a, "b": b}
    assert await federation.ask(QUERY, variables) == federation.reference(QUERY, variables)


async def test_a_subgraph_without_wanted_fields_is_not_asked() -> None:
    federation = Federation.load(SHOP)
    query = "query Q($a: Boolean!) { users { id } products @include(if: $a) { reviews { id } } }"
    assert await federation.ask(query, {"a": False}) == {"data": {"users": [{"id": "u1"}, {"id": "u2"}]}}
    assert [name for name, _ in federation.calls] == ["users"]
    nothing = "query Q($a: Boolean!) { users @include(if: $a) { id } }"
    assert await federation.ask(nothing, {"a": False}) == {"data": {}}
    assert federation.calls == []
