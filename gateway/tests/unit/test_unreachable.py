"""What a supergraph promises and no subgraph can answer is an error of the operation, and what can be answered is answered."""

import orjson
import pytest

from gateway.engine import Engine

HEAD = """
schema @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query }
enum join__Graph { A @join__graph(name: "a", url: "http://a.test") B @join__graph(name: "b", url: "http://b.test") }
"""
# Each subgraph names the key of one of the two types @external: neither can tell both.
EXTERNAL_KEYS = (
    HEAD
    + """
type Query @join__type(graph: A) @join__type(graph: B) { thing: Thing }
interface Thing @join__type(graph: A) @join__type(graph: B) { id: ID! }
type Cup implements Thing @join__implements(graph: A, interface: "Thing") @join__implements(graph: B, interface: "Thing")
  @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID! @join__field(graph: A) @join__field(graph: B, external: true)
}
type Jar implements Thing @join__implements(graph: A, interface: "Thing") @join__implements(graph: B, interface: "Thing")
  @join__type(graph: A, key: "id") @join__type(graph: B, key: "id") {
  id: ID! @join__field(graph: A, external: true) @join__field(graph: B)
}
"""
)
# No type implements the interface; one subgraph holds it as an object that others cannot enter.
NOBODY = (
    HEAD
    + """
type Query @join__type(graph: A) @join__type(graph: B) {
  a: Node @join__field(graph: A)
  b: Node @join__field(graph: B)
}
interface Node @join__type(graph: A, key: "id")
  @join__type(graph: B, key: "id", resolvable: false, isInterfaceObject: true) {
  id: ID!
  note: String @join__field(graph: B)
}
"""
)


async def ask(supergraph: str, query: str, given: object) -> tuple[list[tuple[str, str]], dict[str, object]]:
    asked: list[tuple[str, str]] = []

    async def fetch(graph: str, body: bytes, _kind: str) -> bytes:
        asked.append((graph, orjson.loads(body)["query"]))
        return orjson.dumps({"data": given})

    answer = await Engine.from_sdl(supergraph).execute(query, None, None, fetch)
    return asked, orjson.loads(answer.body)


@pytest.mark.parametrize(
    ("supergraph", "query", "field"),
    [
        (EXTERNAL_KEYS, "{ thing { id } }", "Thing.id"),
        (EXTERNAL_KEYS, "{ thing { id ... on Jar { id } } }", "Thing.id"),
        (NOBODY, "{ a { note } }", "Node.note"),
    ],
)
async def test_it_is_told_which_field(supergraph: str, query: str, field: str) -> None:
    asked, answer = await ask(supergraph, query, {})
    assert asked == []
    assert answer.keys() == {"errors"}
    assert field in str(answer["errors"])


async def test_of_one_type_it_can_be_told() -> None:
    given = {"thing": {"__typename": "Jar", "id": "1"}}
    asked, answer = await ask(EXTERNAL_KEYS, "{ thing { ... on Jar { id } } }", given)
    assert asked == [("b", "query { thing { __typename ... on Jar { id } } }")]
    assert answer == {"data": {"thing": {"id": "1"}}}


async def test_an_interface_without_types_is_answered_where_it_is_an_object() -> None:
    asked, answer = await ask(NOBODY, "{ b { id note } }", {"b": {"id": "1", "note": "x"}})
    assert asked == [("b", "query { b { id note } }")]
    assert answer == {"data": {"b": {"id": "1", "note": "x"}}}
