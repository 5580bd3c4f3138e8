"""What operations cost, by hand-counted examples."""

from __future__ import annotations

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from gateway.cost_directives import CostDirectives
from gateway.costs import Costs, Price
from gateway.features import Features
from gateway.supergraph import SupergraphError

SDL = """
schema @link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@listSize", {name: "@cost", as: "@price"}]) {
  query: Query
  mutation: Mutation
}
directive @link(url: String, import: [Import]) repeatable on SCHEMA
scalar Import
directive @price(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR
directive @listSize(
  assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true
) on FIELD_DEFINITION
type Query {
  book(id: ID): Book
  books: [Book]
  best: [Book] @listSize(assumedSize: 5)
  search(text: String @price(weight: 3), filter: Filter): Book
  page(first: Int = 20, last: Int): [Book]
    @listSize(slicingArguments: ["first", "last"], requireOneSlicingArgument: false)
  one(first: Int, last: Int): [Book] @listSize(assumedSize: 4, slicingArguments: ["first", "last"])
  nested(paging: Paging): [Book] @listSize(slicingArguments: ["paging.size"])
  shelf(first: Int): Shelf @listSize(slicingArguments: ["first"], sizedFields: ["books", "edges"])
}
type Mutation { rename(id: ID): Book }
input Filter { year: Int tags: [Tag] cheap: Boolean @price(weight: 7) }
input Tag { name: String @price(weight: 2) }
input Paging { size: Int }
type Book { title: String isbn: Code author: Author heavy: String @price(weight: 8) }
type Author @price(weight: 4) { name: String books: [Book] }
type Shelf { books: [Book] edges: [Edge] total: Int }
type Edge { node: Book }
scalar Code @price(weight: 2)
"""
DOCUMENT = parse(SDL)
SCHEMA: GraphQLSchema = build_schema(SDL)


def price(query: str) -> Price:
    document = parse(query)
    assert validate(SCHEMA, document) == []
    costs = Costs(SCHEMA, CostDirectives(DOCUMENT, Features(DOCUMENT)), 10)
    return next(iter(costs.prices(document).values()))


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ __typename }", 0),
        ("{ __schema { types { name } } }", 0),
        ("{ book { title } }", 1),
        ("{ book { title isbn heavy } }", 11),
        ("{ book { author { name } } }", 5),
        ("{ books { title } }", 10),
        ("{ books { author { name } } }", 50),
        ("{ books { author { books { isbn } } } }", 10 * (1 + 4 + 10 * (1 + 2))),
        ("{ best { title } }", 5),
        ("{ a: book { title } b: book { title } }", 2),
        ('{ search(text: "x") { title } }', 4),
        ("{ search(text: null) { title } }", 1),
        ("{ search(filter: {year: 1}) { title } }", 2),
        ('{ search(filter: {cheap: true, tags: [{name: "a"}, {name: "b"}, {}]}) { title } }', 1 + 1 + 7 + 3 + 3 + 1),
        ("{ page { title } }", 20),
        ("{ page(first: 3) { title } }", 3),
        ("{ page(first: 3, last: 7) { title } }", 7),
        ("{ page(first: -3) { title } }", 0),
        ("{ one(last: 6) { title } }", 6),
        ("{ nested(paging: {size: 7}) { title } }", 7 + 1),
        ("{ shelf(first: 3) { total books { isbn } edges { node { title } } } }", 1 + 3 * 3 + 3 * 2),
        ("{ shelf(first: 3) { ...F } } fragment F on Shelf { ... { books { title } } }", 1 + 3),
        ("mutation { rename { title } }", 11),
        ("{ book { title @skip(if: true) author @include(if: false) { name } } }", 1),
    ],
)
def test_an_operation(query: str, cost: float) -> None:
    found = price(query)
    assert isinstance(found.amount, float), "nothing here depends on variables"
    assert found.amount == cost


@pytest.mark.parametrize(
    ("query", "variables", "cost"),
    [
        ("query ($n: Int) { page(first: $n) { isbn } }", {"n": 4}, 12),
        ("query ($n: Int = 6) { page(first: $n) { isbn } }", {}, 18),
        ("query ($n: Int) { page(first: $n) { isbn } }", {}, 30),
        ("query ($n: Int) { page(first: $n, last: 2) { title } }", {"n": 1}, 2),
        ("query ($p: Paging) { nested(paging: $p) { title } }", {"p": {"size": 3}}, 3 + 1),
        ("query ($n: Int) { nested(paging: {size: $n}) { title } }", {"n": 3}, 3 + 1),
        ("query ($n: Int) { shelf(first: $n) { books { title } } }", {"n": 5}, 6),
        ("query ($f: Filter) { search(filter: $f) { title } }", {"f": {"cheap": True}}, 9),
        ("query ($c: Boolean) { search(filter: {cheap: $c}) { title } }", {"c": True}, 9),
        ("query ($t: String) { search(text: $t) { title } }", {"t": "x"}, 4),
        ("query ($t: String) { search(text: $t) { title } }", {}, 1),
        ("query ($y: Boolean!) { book { title author @include(if: $y) { name } } }", {"y": True}, 5),
        ("query ($y: Boolean!) { book { title author @skip(if: $y) { name } } }", {"y": True}, 1),
    ],
)
def test_variables_count(query: str, variables: dict[str, object], cost: float) -> None:
    found = price(query)
    assert callable(found.amount)
    assert found.of(variables) == cost


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ("{ one { title } }", True),
        ("{ one(first: 1, last: 2) { title } }", True),
        ("{ one(first: 1) { title } }", False),
        ("{ page { title } }", False),
    ],
)
def test_exactly_one_slicing_argument_where_it_is_required(query: str, missing: bool) -> None:
    assert (price(query).unsliced == "Query.one needs exactly one of the arguments first or last.") is missing


def test_a_weight_that_is_no_number() -> None:
    document = parse('type Query { a: Int @cost(weight: "heavy") }')
    with pytest.raises(SupergraphError, match="weight is not a number"):
        CostDirectives(document, Features(document))
