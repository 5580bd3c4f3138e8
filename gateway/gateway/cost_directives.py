"""`@cost` and `@listSize` as they stand in a supergraph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, FieldDefinitionNode, InputObjectTypeDefinitionNode, Node, value_from_ast_untyped

from gateway.features import Features
from gateway.supergraph import SupergraphError


@dataclass(frozen=True, slots=True)
class ListSize:
    """How long a list may be."""

    assumed_size: int | None
    slicing_arguments: tuple[str, ...]
    sized_fields: tuple[str, ...]
    requires_one: bool


class CostDirectives:
    """The weights and list sizes by coordinate."""

    def __init__(self, document: DocumentNode, features: Features) -> None:
        """Raises SupergraphError for a weight that is no number."""
        self._cost = features.directive("cost", "cost")
        self._list_size = features.directive("cost", "listSize")
        self._types: dict[str, float] = {}
        self._fields: dict[tuple[str, str], float] = {}
        self._arguments: dict[tuple[str, str, str], float] = {}
        self._input_fields: dict[tuple[str, str], float] = {}
        self._sizes: dict[tuple[str, str], ListSize] = {}
        for node in document.definitions:
            self._read(node)

    def field(self, coordinate: tuple[str, str], returned: str, *, is_composite: bool) -> float:
        """The weight of one value of a field."""
        weight = self._fields.get(coordinate, self._types.get(returned))
        return weight if weight is not None else float(is_composite)

    def list_size(self, coordinate: tuple[str, str]) -> ListSize | None:
        """What is said of the length of a field's list."""
        return self._sizes.get(coordinate)

    def argument(self, coordinate: tuple[str, str, str]) -> float | None:
        """The weight of an argument, if it has one."""
        return self._arguments.get(coordinate)

    def input_field(self, coordinate: tuple[str, str]) -> float | None:
        """The weight of a field of an input type, if it has one."""
        return self._input_fields.get(coordinate)

    def _read(self, node: Any) -> None:
        name = getattr(getattr(node, "name", None), "value", None)
        if name is None:
            return
        for weight in self._weights(node):
            self._types[name] = weight
        for field in getattr(node, "fields", None) or ():
            coordinate = (name, field.name.value)
            fields = self._input_fields if isinstance(node, InputObjectTypeDefinitionNode) else self._fields
            for weight in self._weights(field):
                fields[coordinate] = weight
            if isinstance(field, FieldDefinitionNode):
                self._read_field(field, coordinate)

    def _read_field(self, field: FieldDefinitionNode, coordinate: tuple[str, str]) -> None:
        for argument in field.arguments or ():
            for weight in self._weights(argument):
                self._arguments[(*coordinate, argument.name.value)] = weight
        for given in _given(field, self._list_size):
            self._sizes[coordinate] = ListSize(
                given.get("assumedSize"),
                tuple(given.get("slicingArguments") or ()),
                tuple(given.get("sizedFields") or ()),
                given.get("requireOneSlicingArgument") is not False,
            )

    def _weights(self, node: Node) -> Iterator[float]:
        for given in _given(node, self._cost):
            try:
                yield float(given["weight"])
            except (KeyError, TypeError, ValueError):
                raise SupergraphError(f"It has a @{self._cost} whose weight is not a number.") from None


def _given(node: Node, directive: str) -> Iterator[dict[str, Any]]:
    for each in getattr(node, "directives", None) or ():
        if each.name.value == directive:
            yield {argument.name.value: value_from_ast_untyped(argument.value) for argument in each.arguments or ()}
