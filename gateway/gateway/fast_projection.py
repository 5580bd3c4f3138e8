"""The projection for answers in which nothing is missing: generated code without any check.

It raises (a missing key, a null where an object belongs) as soon as something is amiss; `Projection` then starts again
with care. What a subgraph answered is of its own types, which are never weaker than the client's, so only what is
missing or merged from several fetches can be wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import GraphQLList, GraphQLNonNull, GraphQLOutputType, GraphQLSchema, get_named_type

from gateway.places import DENIED, TYPENAME, Place, Position

AMISS = (KeyError, TypeError, AttributeError, ValueError)


class FastProjection:
    """Writes one function for each place below a position; `source` is what was generated."""

    def __init__(
        self, schema: GraphQLSchema, position: Position, passes: Callable[[Position], bool], narrowed: frozenset[str]
    ) -> None:
        self._schema = schema
        self._passes = passes
        self._narrowed = narrowed
        self._names: dict[str, Any] = {}
        self._functions: list[str] = []
        root = self._object(position)
        self.source = "\n".join(self._functions)
        exec(self.source, self._names)  # noqa: S102 - GraphQL names and numbers only, quoted
        self.project: Callable[[dict[str, Any]], dict[str, Any]] = self._names[root]

    def _object(self, position: Position) -> str:
        names = {name: place for place in position.places for name in place.types}
        if not position.typed:
            place = position.places[0]
            return self._shape(place, place.sample)
        shapes = ", ".join(f"{name!r}: {self._shape(place, name)}" for name, place in names.items())
        number = len(self._functions)
        self._functions.append(
            f"shapes{number} = {{{shapes}}}\ndef by_type{number}(v):\n    return shapes{number}[v['__typename']](v)"
        )
        return f"by_type{number}"

    def _shape(self, place: Place, type_name: str) -> str:
        entries: list[str] = []
        for key, use in place.visible:
            found = f"v[{use.slot!r}]"
            if use.slot == DENIED and not self._is_required(type_name, use.name):
                made = "None"
            elif use.name == TYPENAME:
                made = found if place.position.typed else repr(type_name)
            else:
                kind = self._schema.type_map[type_name].fields[use.name].type  # type: ignore[attr-defined]
                made = self._value(kind, use.child, found)
            entries.append(f"{key!r}: {made}")
        number = len(self._functions)
        self._functions.append(f"def shape{number}(v):\n    return {{{', '.join(entries)}}}")
        return f"shape{number}"

    def _is_required(self, type_name: str, field: str) -> bool:
        return isinstance(self._schema.type_map[type_name].fields[field].type, GraphQLNonNull)  # type: ignore[attr-defined]

    def _value(self, kind: GraphQLOutputType, child: Position | None, found: str) -> str:
        if child is not None:
            return found if self._passes(child) else self._nested(kind, self._object(child), found, 0)
        named = get_named_type(kind).name
        if named not in self._narrowed:
            return found
        known = f"only_{named}"
        self._names[known] = _only(frozenset(self._schema.type_map[named].values))  # type: ignore[attr-defined]
        return self._nested(kind, known, found, 0)

    def _nested(self, kind: GraphQLOutputType, function: str, found: str, depth: int) -> str:
        inner: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        value = found
        guard = ""
        if not isinstance(kind, GraphQLNonNull):
            # A walrus within a comprehension would leave its scope: items have a name already.
            value = found if found.isidentifier() else f"x{depth}"
            guard = f"None if {found if found.isidentifier() else f'(x{depth} := {found})'} is None else "
        if isinstance(inner, GraphQLList):
            item = f"i{depth}"
            made = f"[{self._nested(inner.of_type, function, item, depth + 1)} for {item} in {value}]"
        else:
            made = f"{function}({value})"
        return guard + made


def _only(values: frozenset[str]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in values:
            raise ValueError(value)
        return value

    return check
