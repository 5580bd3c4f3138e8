"""Mutations run one after another, over several subgraphs, each with what it reads."""

from typing import Any

import orjson

from gateway.engine import Engine

SUPERGRAPH = """
schema @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) { query: Query mutation: Mutation }
enum join__Graph {
  COUNTER @join__graph(name: "counter", url: "http://counter.test")
  LOG @join__graph(name: "log", url: "http://log.test")
}
type Query @join__type(graph: COUNTER) @join__type(graph: LOG) {
  count: Int @join__field(graph: COUNTER)
  entries: [String] @join__field(graph: LOG)
}
type Mutation @join__type(graph: COUNTER) @join__type(graph: LOG) {
  add(by: Int!): Counter @join__field(graph: COUNTER)
  note(text: String!): Note @join__field(graph: LOG)
}
type Counter @join__type(graph: COUNTER, key: "id") @join__type(graph: LOG, key: "id") {
  id: ID!
  value: Int @join__field(graph: COUNTER)
  notes: Int @join__field(graph: LOG)
}
type Note @join__type(graph: LOG) { text: String query: Query }
"""


class Recorder:
    """Answers what the queries of this module ask, and keeps their order."""

    def __init__(self, answers: list[Any]) -> None:
        self.calls: list[tuple[str, str, str]] = []
        self._answers = iter(answers)

    async def fetch(self, subgraph: str, body: bytes, kind: str) -> bytes:
        self.calls.append((subgraph, kind, orjson.loads(body)["query"]))
        return orjson.dumps({"data": next(self._answers)})


async def test_mutations_keep_their_order_over_subgraphs() -> None:
    engine = Engine.from_sdl(SUPERGRAPH)
    recorder = Recorder(
        [
            {"one": {"id": "c", "value": 1}, "two": {"value": 3}},
            {"_entities": [{"notes": 0}]},
            {"note": {"text": "x", "query": {"entries": ["x"]}}},
            {"count": 3},
            {"three": {"value": 4}},
        ]
    )
    query = """mutation {
      one: add(by: 1) { value notes } two: add(by: 2) { value } __typename
      note(text: "x") { text query { count entries } }
      three: add(by: 1) { value }
    }"""
    answer = await engine.execute(query, None, None, recorder.fetch)
    assert orjson.loads(answer.body) == {
        "data": {
            "one": {"value": 1, "notes": 0},
            "two": {"value": 3},
            "__typename": "Mutation",
            "note": {"text": "x", "query": {"count": 3, "entries": ["x"]}},
            "three": {"value": 4},
        }
    }
    assert list(orjson.loads(answer.body)["data"]) == ["one", "two", "__typename", "note", "three"]
    assert [(name, kind) for name, kind, _ in recorder.calls] == [
        ("counter", "mutation"),
        ("log", "query"),
        ("log", "mutation"),
        ("counter", "query"),
        ("counter", "mutation"),
    ]
    assert recorder.calls[0][2] == "mutation { one: add(by: 1) { value id } two: add(by: 2) { value } }"
    assert recorder.calls[3][2] == "query { count }"


async def test_the_same_mutation_twice_runs_twice() -> None:
    engine = Engine.from_sdl(SUPERGRAPH)
    recorder = Recorder([{"a": {"value": 1}, "b": {"value": 2}}])
    answer = await engine.execute(
        "mutation { a: add(by: 1) { value } b: add(by: 1) { value } }", None, None, recorder.fetch
    )
    assert orjson.loads(answer.body) == {"data": {"a": {"value": 1}, "b": {"value": 2}}}


async def test_a_failed_mutation_does_not_stop_the_next() -> None:
    engine = Engine.from_sdl(SUPERGRAPH)
    recorder = Recorder([{"one": None}, {"note": {"text": "x"}}])
    answer = await engine.execute(
        'mutation { one: add(by: 1) { notes } note(text: "x") { text } }', None, None, recorder.fetch
    )
    assert orjson.loads(answer.body) == {"data": {"one": None, "note": {"text": "x"}}}
