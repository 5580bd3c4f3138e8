"""Shape what the subgraphs brought into the client's answer, with nulls as the GraphQL specification says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
)

from gateway.fast_projection import AMISS, FastProjection
from gateway.places import TYPENAME, Place, Position

Complete = Callable[[Any], Any]
Path = list[str | int]


class _NullError(Exception):
    """A null where the schema allows none; caught at the nearest nullable place above."""


_NULL = _NullError()


def _required(value: Any) -> Any:
    if value is None:
        raise _NULL
    return value


class Projection:
    """The projection of one root position."""

    def __init__(self, schema: GraphQLSchema, position: Position, narrowed: frozenset[str] = frozenset()) -> None:
        """`narrowed` names the enums of which clients may not see every value."""
        self._schema = schema
        self._narrowed = narrowed
        self._passing: dict[Position, bool] = {}
        self.position = position
        self._broken = False
        self.direct = self.passes(position)
        self._fast = FastProjection(schema, position, self.passes, narrowed)
        self._careful: Complete | None = None

    def project(self, data: dict[str, Any]) -> tuple[dict[str, Any] | None, list[tuple[Path, str]]]:
        """The answer's data, with the path and name of each field that was null but must not be."""
        try:
            return self._fast.project(data), []
        except AMISS:
            pass
        if self._careful is None:
            self._careful = self._object(self.position)
        self._broken = False
        try:
            answer = self._careful(data)
        except _NullError:
            answer = None
            self._broken = True
        faults: list[tuple[Path, str]] = []
        if self._broken:
            self._inspect(self.position, data, [], faults)
        return answer, faults

    def passes(self, position: Position) -> bool:
        """Whether one fetch brings the objects as the client wants them: then they are passed on as they are.

        The subgraph has then seen to nulls already: its types are never weaker than the client's.
        """
        known = self._passing.get(position)
        if known is None:
            known = self._passing[position] = self._passes(position)
        return known

    def _passes(self, position: Position) -> bool:
        if position.abstract or len(position.places[0].nodes) != 1:
            return False
        place = position.places[0]
        uses = place.nodes[0].uses
        if len(place.uses) != len(place.visible) or len(uses) != len(place.uses):
            return False
        for (key, use), own in zip(place.visible, place.uses, strict=True):
            if use is not own or use.slot != key or use not in uses:
                return False
            if use.child is not None and not self.passes(use.child):
                return False
            if use.child is None:
                named = get_named_type(self._type_of(place.sample, use.name))
                if named.name in self._narrowed:
                    return False
        return True

    # the careful way

    def _object(self, position: Position) -> Complete:
        shapes = {name: self._shape(place, name) for place in position.places for name in place.types}
        if not position.typed:
            return next(iter(shapes.values()))

        def by_type(value: Any) -> Any:
            if value.__class__ is not dict:
                raise _NULL
            shape = shapes.get(value.get(TYPENAME, ""))
            if shape is None:
                self._broken = True
                return None
            return shape(value)

        return by_type

    def _shape(self, place: Place, type_name: str) -> Complete:
        """A function that makes the answer's object in one expression."""
        known: dict[str, Any] = {"null": _NULL}
        entries: list[str] = []
        for number, (key, use) in enumerate(place.visible):
            found = f"get({use.slot!r})"
            if use.name == TYPENAME:
                made = found if place.position.typed else repr(type_name)
            else:
                kind = self._type_of(type_name, use.name)
                complete = self._complete(kind, use.child)
                if complete is None:
                    made = found
                else:
                    known[f"complete{number}"] = complete
                    made = f"complete{number}({found})"
            entries.append(f"{key!r}: {made}")
        source = (
            "def shape(value):\n"
            "    if value.__class__ is not dict:\n"
            "        raise null\n"
            "    get = value.get\n"
            f"    return {{{', '.join(entries)}}}\n"
        )
        exec(source, known)  # noqa: S102 - only names and slots that the GraphQL grammar allows stand in it, quoted
        shape: Complete = known["shape"]
        return shape

    def _type_of(self, type_name: str, field: str) -> GraphQLOutputType:
        return self._schema.type_map[type_name].fields[field].type  # type: ignore[attr-defined, no-any-return]

    def _complete(self, kind: GraphQLOutputType, child: Position | None) -> Complete | None:
        """How to complete a value; None when it may stand as it is."""
        passes = child is not None and self.passes(child)
        if isinstance(kind, GraphQLNonNull):
            return self._non_null(None if passes else self._inner(kind.of_type, child))
        inner = None if passes else self._inner(kind, child)
        if inner is None:
            return None

        def nullable(value: Any) -> Any:
            if value is None:
                return None
            try:
                return inner(value)
            except _NullError:
                self._broken = True
                return None

        return nullable

    def _non_null(self, inner: Complete | None) -> Complete:
        if inner is None:
            return _required

        def non_null(value: Any) -> Any:
            made = None if value is None else inner(value)
            if made is None:
                raise _NULL
            return made

        return non_null

    def _inner(self, kind: GraphQLOutputType, child: Position | None) -> Complete | None:
        """For values that are not null."""
        if isinstance(kind, GraphQLList):
            item = self._complete(kind.of_type, child)

            def items(value: Any) -> Any:
                if value.__class__ is not list:
                    raise _NULL
                return [item(one) for one in value] if item is not None else value

            return items
        if child is not None:
            return self._object(child)
        named = get_named_type(kind)
        if isinstance(named, GraphQLEnumType) and named.name in self._narrowed:
            values = frozenset(named.values)

            def enum(value: Any) -> Any:
                if value in values:
                    return value
                raise _NULL

            return enum
        return None

    # and once more, to say where a null came from

    def _inspect(self, position: Position, value: dict[str, Any], path: Path, faults: list[tuple[Path, str]]) -> None:
        type_name = value.get(TYPENAME) if position.typed else None
        places = [place for place in position.places if type_name is None or type_name in place.types]
        if not places:
            return
        owner = type_name or places[0].sample
        for key, use in places[0].visible:
            if use.name != TYPENAME:
                field = _FieldOf(f"{owner}.{use.name}", use.child, faults)
                self._look(self._type_of(owner, use.name), field, value.get(use.slot), [*path, key])

    def _look(self, kind: GraphQLOutputType, field: _FieldOf, value: Any, path: Path) -> None:
        required = isinstance(kind, GraphQLNonNull)
        inner: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        child = field.child
        if value is None:
            if required:
                field.fault(path, f"Cannot return null for non-nullable field {field.name}.")
        elif isinstance(inner, GraphQLList):
            if not isinstance(value, list):
                field.fault(path, f"Expected a list for field {field.name}.")
                return
            for index, item in enumerate(value):
                self._look(inner.of_type, field, item, [*path, index])
        elif child is not None:
            if not isinstance(value, dict):
                field.fault(path, f"Expected an object for field {field.name}.")
            elif child.typed and not any(value.get(TYPENAME) in place.types for place in child.places):
                field.fault(path, f"Field {field.name} gave an object of an unknown type.")
            else:
                self._inspect(child, value, path, field.faults)
        elif isinstance(inner, GraphQLEnumType) and inner.name in self._narrowed and value not in inner.values:
            field.fault(path, f'Enum "{inner.name}" has no such value for field {field.name}.')


@dataclass(frozen=True, slots=True)
class _FieldOf:
    name: str
    child: Position | None
    faults: list[tuple[Path, str]]

    def fault(self, path: Path, message: str) -> None:
        self.faults.append((path, message))
