"""Random valid operations over a schema: queries and mutations with variables, aliases, fragments, conditions and `__typename`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_object_type,
)

_HALF = 0.5
_NESTED = 2
_FIELDS = (0, 1, 1, 2, 2, 3, 4)
Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


@dataclass(frozen=True)
class RandomOperation:
    """A document with one operation, and its variables."""

    text: str
    variables: dict[str, Any]


def random_operation(
    schema: GraphQLSchema, arguments: Mapping[str, list[Any]], random: Random, depth: int = 5
) -> RandomOperation:
    """An operation; arguments take their values from `arguments` by name."""
    root, kind = schema.query_type, "query"
    if schema.mutation_type is not None and random.random() < _HALF:
        root, kind = schema.mutation_type, "mutation"
    assert root is not None
    writer = _Writer(random, schema, arguments)
    body = writer.selection(root, random.randint(2, depth))
    head = f"({', '.join(writer.definitions)})" if writer.definitions else ""
    return RandomOperation(" ".join([f"{kind} Random{head} {body}", *writer.fragments]), writer.variables)


def random_selection(schema: GraphQLSchema, arguments: Mapping[str, list[Any]], random: Random, depth: int = 4) -> str:
    """A selection set of the query type that stands for itself: no variables, no named fragments."""
    assert schema.query_type is not None
    return _Writer(random, schema, arguments, is_plain=True).selection(schema.query_type, depth)


@dataclass
class _Writer:
    random: Random
    schema: GraphQLSchema
    arguments: Mapping[str, list[Any]]
    is_plain: bool = False
    definitions: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    aliases: int = 0

    def one_in(self, number: int) -> bool:
        return self.random.random() * number < 1

    def selection(self, kind: Composite, depth: int, nested: int = 0) -> str:
        parts = self.fields(kind, depth)
        for condition in self.conditions(kind) if nested < _NESTED else []:
            if self.one_in(3):
                parts.append(self.fragment(condition, depth, nested + 1))
        if self.one_in(8):
            parts.append(f"__typename{self.skipping()}")
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def conditions(self, kind: Composite) -> list[Composite]:
        """The types that a fragment may name here: the possible ones, overlapping interfaces, now and then the type itself."""
        if not is_abstract_type(kind):
            return [kind] if self.one_in(8) else []
        possible = set(self.schema.get_possible_types(kind))
        overlapping = [
            other
            for other in self.schema.type_map.values()
            if isinstance(other, GraphQLInterfaceType) and possible & set(self.schema.get_possible_types(other))
        ]
        return [*sorted(possible, key=lambda one: one.name), *overlapping]

    def fragment(self, condition: Composite, depth: int, nested: int) -> str:
        body = self.selection(condition, depth, nested)
        if self.is_plain or not self.one_in(4):
            return f"... on {condition.name}{self.skipping()} {body}"
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {condition.name} {body}")
        return f"...{name}{self.skipping()}"

    def skipping(self) -> str:
        """Now and then a condition, with a literal or a variable."""
        if not self.one_in(8):
            return ""
        directive, holds = self.random.choice(["skip", "include"]), self.one_in(2)
        value = self.variable("Boolean!", holds) if self.one_in(2) and not self.is_plain else json.dumps(holds)
        return f" @{directive}(if: {value})"

    def variable(self, kind: str, value: Any) -> str:
        name = f"v{len(self.definitions)}"
        self.definitions.append(f"${name}: {kind}")
        self.variables[name] = value
        return f"${name}"

    def fields(self, kind: Composite, depth: int) -> list[str]:
        if isinstance(kind, GraphQLUnionType):
            return []
        names = [name for name, found in kind.fields.items() if self.may_ask(found, depth)]
        chosen = self.random.choices(names, k=self.random.choice(_FIELDS)) if names else []
        if chosen or not is_object_type(kind):
            return [self.field(kind.fields[name], name, depth) for name in chosen]
        return ["__typename"]

    def may_ask(self, found: GraphQLField, depth: int) -> bool:
        return (depth > 1 or not is_composite_type(get_named_type(found.type))) and all(
            name in self.arguments or not isinstance(given.type, GraphQLNonNull) for name, given in found.args.items()
        )

    def field(self, found: GraphQLField, name: str, depth: int) -> str:
        given = [
            f"{argument}: {self.argument(argument, str(asked.type))}"
            for argument, asked in found.args.items()
            if argument in self.arguments and (isinstance(asked.type, GraphQLNonNull) or self.one_in(2))
        ]
        text = name + (f"({', '.join(given)})" if given else "")
        if given or self.one_in(4):
            self.aliases += 1
            text = f"a{self.aliases}: {text}"
        text += self.skipping()
        below = get_named_type(found.type)
        return f"{text} {self.selection(below, depth - 1)}" if is_composite_type(below) else text

    def argument(self, name: str, kind: str) -> str:
        value = self.random.choice(self.arguments[name])
        return self.variable(kind, value) if self.one_in(3) and not self.is_plain else json.dumps(value)
