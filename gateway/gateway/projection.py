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

from gateway.places import TYPENAME, Place, Position

Complete = Callable[[Any], Any]
Path = list[str | int]


class _NullError(Exception):
    """A null where the schema allows none; caught at the nearest nullable place above."""


_NULL = _NullError()


class Projection:
    """The projection of one root position."""

    def __init__(self, schema: GraphQLSchema, position: Position) -> None:
        self._schema = schema
        self.position = position
        self._broken = False
        self._project = self._object(position)

    def project(self, data: dict[str, Any]) -> tuple[dict[str, Any] | None, list[tuple[Path, str]]]:
        """The answer's data, with the path and name of each field that was null but must not be."""
        self._broken = False
        try:
            answer = self._project(data)
        except _NullError:
            answer = None
            self._broken = True
        faults: list[tuple[Path, str]] = []
        if self._broken:
            self._inspect(self.position, data, [], faults)
        return answer, faults

    # the fast way

    def _object(self, position: Position) -> Complete:
        shapes = {name: self._shape(place, name) for place in position.places for name in place.types}
        if len(shapes) == 1 or not position.typed:
            return next(iter(shapes.values()))

        def by_type(value: Any) -> Any:
            shape = shapes.get(value.get(TYPENAME))
            if shape is None:
                return None
            return shape(value)

        return by_type

    def _shape(self, place: Place, type_name: str) -> Complete:
        leaves: list[tuple[str, str]] = []
        fields: list[tuple[str, str | None, Complete | None, Any]] = []
        for key, use in place.visible:
            if use.name == TYPENAME:
                constant = None if place.position.typed else type_name
                fields.append((key, TYPENAME if constant is None else None, None, constant))
                continue
            complete = self._complete(self._type_of(type_name, use.name), use.child)
            fields.append((key, use.slot, complete, None))
            leaves.append((key, use.slot))
        if len(leaves) == len(fields) and all(complete is None for _, _, complete, _ in fields):

            def only_leaves(value: Any) -> Any:
                get = value.get
                return {key: get(slot) for key, slot in leaves}

            return only_leaves

        def shape(value: Any) -> Any:
            get = value.get
            answer = {}
            for key, slot, complete, constant in fields:
                if slot is None:
                    answer[key] = constant
                elif complete is None:
                    answer[key] = get(slot)
                else:
                    answer[key] = complete(get(slot))
            return answer

        return shape

    def _type_of(self, type_name: str, field: str) -> GraphQLOutputType:
        return self._schema.type_map[type_name].fields[field].type  # type: ignore[attr-defined, no-any-return]

    def _complete(self, kind: GraphQLOutputType, child: Position | None) -> Complete | None:
        """How to complete a value; None when it may stand as it is."""
        if isinstance(kind, GraphQLNonNull):
            return self._non_null(self._inner(kind.of_type, child))
        inner = self._inner(kind, child)
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
        def non_null(value: Any) -> Any:
            if value is None:
                raise _NULL
            if inner is not None:
                value = inner(value)
                if value is None:
                    raise _NULL
            return value

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
            project = self._object(child)

            def composite(value: Any) -> Any:
                if value.__class__ is not dict:
                    raise _NULL
                return project(value)

            return composite
        named = get_named_type(kind)
        if isinstance(named, GraphQLEnumType):
            values = frozenset(named.values)

            def enum(value: Any) -> Any:
                if value in values:
                    return value
                raise _NULL

            return enum
        return None

    # the slow way, to say where a null came from

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
                if required:
                    field.fault(path, f"Field {field.name} gave an object of an unknown type.")
            else:
                self._inspect(child, value, path, field.faults)
        elif isinstance(inner, GraphQLEnumType) and value not in inner.values:
            field.fault(path, f'Enum "{inner.name}" has no such value for field {field.name}.')


@dataclass(frozen=True, slots=True)
class _FieldOf:
    name: str
    child: Position | None
    faults: list[tuple[Path, str]]

    def fault(self, path: Path, message: str) -> None:
        self.faults.append((path, message))
