"""Random valid operations over a schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)
from hypothesis import strategies as st

Draw = st.DrawFn


@st.composite
def operations(draw: Draw, schema: GraphQLSchema, arguments: Mapping[str, list[Any]], depth: int = 5) -> str:
    """A query; arguments take their values from `arguments` by name."""
    assert schema.query_type is not None
    writer = _Writer(draw, schema, arguments)
    return writer.selection(schema.query_type, depth)


class _Writer:
    def __init__(self, draw: Draw, schema: GraphQLSchema, arguments: Mapping[str, list[Any]]) -> None:
        self._draw = draw
        self._schema = schema
        self._arguments = arguments
        self._aliases = 0

    def selection(self, kind: Any, depth: int) -> str:
        parts = self._fields(kind, depth)
        if is_abstract_type(kind):
            for possible in self._schema.get_possible_types(kind):
                if self._draw(st.booleans()):
                    parts.append(f"... on {possible.name} {self.selection(possible, depth)}")
            if not parts:
                parts.append("__typename")
        return "{ " + " ".join(parts) + " }"

    def _fields(self, kind: GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType, depth: int) -> list[str]:
        if isinstance(kind, GraphQLUnionType):
            return ["__typename"] if self._draw(st.booleans()) else []
        names = [
            name
            for name, field in kind.fields.items()
            if (depth > 1 or not is_composite_type(get_named_type(field.type)))
            and all(
                argument in self._arguments
                for argument, given in field.args.items()
                if given.type.__class__.__name__ == "GraphQLNonNull"
            )
        ]
        chosen = self._draw(st.lists(st.sampled_from(names), max_size=4)) if names else []
        if not chosen and not is_abstract_type(kind):
            return ["__typename"]
        return [self._field(kind, name, depth) for name in chosen]

    def _field(self, kind: GraphQLObjectType | GraphQLInterfaceType, name: str, depth: int) -> str:
        field = kind.fields[name]
        given = {
            argument: self._draw(st.sampled_from(self._arguments[argument]))
            for argument in field.args
            if argument in self._arguments
        }
        text = name + (f"({', '.join(f'{key}: {json.dumps(value)}' for key, value in given.items())})" if given else "")
        if given or self._draw(st.integers(0, 3)) == 0:
            self._aliases += 1
            text = f"a{self._aliases}: {text}"
        below = get_named_type(field.type)
        return f"{text} {self.selection(below, depth - 1)}" if is_composite_type(below) else text
