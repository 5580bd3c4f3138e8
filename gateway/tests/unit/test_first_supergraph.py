"""A supergraph of federation 1: owners, value types, keys, @requires and @provides."""

from typing import Any

import orjson
from graphql import parse, print_schema

from gateway.engine import Engine
from gateway.operation import Operation, find_operation, fragments_of

SUPERGRAPH = """
schema
  @core(feature: "https://specs.apollo.dev/core/v0.1")
  @core(feature: "https://specs.apollo.dev/join/v0.1")
{ query: Query }
directive @core(feature: String!) repeatable on SCHEMA
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet) on FIELD_DEFINITION
directive @join__type(graph: join__Graph!, key: join__FieldSet) repeatable on OBJECT | INTERFACE
directive @join__owner(graph: join__Graph!) on OBJECT | INTERFACE
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
scalar join__FieldSet
enum join__Graph {
  GOODS @join__graph(name: "goods", url: "http://goods.test")
  STOCK @join__graph(name: "stock", url: "http://stock.test")
}
type Query {
  goods: [Good] @join__field(graph: GOODS)
  cheapest: Good @join__field(graph: STOCK, provides: "name")
  things: [Thing] @join__field(graph: GOODS)
}
type Good @join__owner(graph: GOODS) @join__type(graph: GOODS, key: "id") @join__type(graph: GOODS, key: "code")
  @join__type(graph: STOCK, key: "id") {
  id: ID! @join__field(graph: GOODS)
  code: String @join__field(graph: GOODS)
  name: String @join__field(graph: GOODS)
  weight: Int @join__field(graph: GOODS)
  shelf: Place @join__field(graph: STOCK)
  postage: Int @join__field(graph: STOCK, requires: "weight")
}
type Place { row: Int column: Int }
union Thing = Good | Place
"""


def planned(query: str) -> list[tuple[str, int, str]]:
    document = parse(query)
    plan = Engine.from_sdl(SUPERGRAPH).plan(Operation(find_operation(document, None), fragments_of(document), {})).plan
    return [(request.graph, request.wave, request.query) for request in plan.requests]


def test_fields_come_from_their_graph_and_the_rest_from_the_owner() -> None:
    assert planned("{ goods { name shelf { row } } }") == [
        ("goods", 0, "query { goods { name id } }"),
        (
            "stock",
            1,
            "query($representations: [_Any!]!) { _entities(representations: $representations) "
            "{ ... on Good { shelf { row } } } }",
        ),
    ]


def test_what_is_required_is_sent_and_what_is_provided_is_not_fetched() -> None:
    assert [graph for graph, *_ in planned("{ goods { postage } }")] == ["goods", "stock"]
    assert planned("{ cheapest { id name } }") == [("stock", 0, "query { cheapest { id name } }")]
    assert [graph for graph, *_ in planned("{ cheapest { code } }")] == ["stock", "goods"]


async def test_clients_see_none_of_it() -> None:
    engine = Engine.from_sdl(SUPERGRAPH)
    shown = print_schema(engine.api_schema)
    assert "join__" not in shown
    assert "@core" not in shown

    async def fetch(_graph: str, _body: bytes, _kind: str) -> bytes:
        things: list[dict[str, Any]] = [{"__typename": "Good", "name": "a"}, {"__typename": "Place", "row": 1}]
        return orjson.dumps({"data": {"things": things}})

    answer = await engine.execute("{ things { ... on Good { name } ... on Place { row } } }", None, None, fetch)
    assert orjson.loads(answer.body) == {"data": {"things": [{"name": "a"}, {"row": 1}]}}
