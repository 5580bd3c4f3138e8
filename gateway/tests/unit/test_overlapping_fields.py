"""The linear rule refuses what the rule of graphql-core refuses, and nothing else."""

import json
import time
from pathlib import Path
from random import Random

import pytest
from graphql import GraphQLSchema, OverlappingFieldsCanBeMergedRule, build_schema, parse, validate

from gateway.engine import Engine
from gateway.overlapping_fields import OverlappingFieldsRule
from gateway.testing.random_operations import random_selection

GRAPHS = Path(__file__).parents[1] / "corpus" / "graphs"
SCHEMA = build_schema("""
  interface Pet { name(n: Int): String owner: Person pet: Pet }
  type Dog implements Pet { name(n: Int): String owner: Person pet: Pet barks: Boolean! age: Int size: [Int] id: ID! }
  type Cat implements Pet { name(n: Int): String owner: Person pet: Pet lives: Int! age: Int! size: Int id: ID! }
  type Person { name(n: Int): String pets: [Pet] pet: Pet! }
  union Any = Dog | Cat | Person
  type Query { pet: Pet any: Any me: Person dog: Dog }
""")


def conflicts(schema: GraphQLSchema, query: str) -> tuple[bool, bool]:
    document = parse(query)
    return (
        bool(validate(schema, document, [OverlappingFieldsRule])),
        bool(validate(schema, document, [OverlappingFieldsCanBeMergedRule])),
    )


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ("{ pet { name } pet { name owner { name } } }", False),
        ("{ pet { name } pet { name: owner { name } } }", True),
        ("{ pet { name(n: 1) name(n: 2) } }", True),
        ("{ pet { ... on Dog { x: name(n: 1) } ... on Cat { x: name(n: 2) } } }", False),
        ("{ pet { x: name ... on Cat { x: name(n: 2) } } }", True),
        ("{ pet { ... on Dog { age } ... on Cat { age } } }", True),
        ("{ pet { ... on Dog { size } ... on Cat { size } } }", True),
        ("{ pet { ... on Dog { x: barks } ... on Cat { x: lives } } }", True),
        ("{ any { ... on Dog { x: owner { y: name } } ... on Person { x: pet { y: name } } } }", True),
        ("{ any { ... on Dog { x: owner { y: name } } ... on Cat { x: pet { y: name(n: 3) } } } }", False),
        ("{ any { ... on Dog { x: owner { y: name } } ... on Cat { x: pet { ... on Dog { y: id } } } } }", True),
        (
            "{ dog { pet { ...F } pet { ...G } } } fragment F on Pet { x: name } fragment G on Pet { x: name(n: 1) }",
            True,
        ),
        ("{ dog { ...F } } fragment F on Dog { a: id ...G } fragment G on Dog { a: barks }", True),
        ("{ me { pets { x: name } } me { pets { x: owner { name } } } }", True),
    ],
)
def test_the_rule_agrees_with_the_specification(query: str, refused: bool) -> None:
    assert conflicts(SCHEMA, query) == (refused, refused)


@pytest.mark.parametrize("name", ["abstract", "shop", "types_differ"])
def test_the_rule_agrees_on_random_operations(name: str) -> None:
    schema = Engine.from_sdl((GRAPHS / name / "supergraph.graphql").read_text()).api_schema
    arguments = json.loads((GRAPHS / name / "data.json").read_text()).get("arguments", {})

    conflicting = 0
    for seed in range(150):
        random = Random(seed)
        selections = [random_selection(schema, arguments, random) for _ in range(random.randint(2, 3))]
        together = "{ " + " ".join(selection[1:-1] for selection in selections) + " }"
        ours, theirs = conflicts(schema, together)
        assert ours == theirs, together
        conflicting += ours
    assert 0 < conflicting < 150


def test_hostile_documents_cost_little() -> None:
    doubling = "{ dog { ...F0 } } " + " ".join(
        f"fragment F{n} on Dog {{ pet {{ ...F{n + 1} }} p: pet {{ ...F{n + 1} }} }}" for n in range(40)
    )
    for query in [
        "{ " + "me { name } " * 2000 + "}",
        "{ " + " ".join(f"x: me {{ name(n: {n}) }}" for n in range(2000)) + " }",
        doubling + " fragment F40 on Dog { id }",
        "{ dog { ...A } } fragment A on Dog { pet { ...B } } fragment B on Dog { pet { ...A } }",
    ]:
        document = parse(query)
        start = time.process_time()
        validate(SCHEMA, document, [OverlappingFieldsRule])
        assert time.process_time() - start < 1
