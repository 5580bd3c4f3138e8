"""Supergraphs of federation 1 (`join/v0.1`), told in the words of federation 2.

There a type has one owner; what a field does not say belongs to the owner, and a type without one is a value type that
every subgraph may have (https://specs.apollo.dev/join/v0.1/).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TypeVar

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    InterfaceTypeDefinitionNode,
    Node,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
    value_from_ast_untyped,
)

from gateway.field_set import FieldSet, parse_field_set

_Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode | UnionTypeDefinitionNode
_Node = TypeVar("_Node", bound=Node)
_FEATURE = "https://specs.apollo.dev/join/v0.1"


def upgraded(document: DocumentNode) -> DocumentNode:
    """The same supergraph with the directives of federation 2; a document of federation 2 as it is."""
    if not any(
        given.get("feature") == _FEATURE
        for node in document.definitions
        if isinstance(node, SchemaDefinitionNode)
        for given in _directives(node.directives, "core")
    ):
        return document
    return _Upgrade(document).document()


class _Upgrade:
    def __init__(self, document: DocumentNode) -> None:
        self._definitions = document.definitions
        self._types = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, _Composite) and not node.name.value.startswith(("join__", "core__"))
        }
        self._graphs = [
            value.name.value
            for node in document.definitions
            if isinstance(node, EnumTypeDefinitionNode) and node.name.value == "join__Graph"
            for value in node.values or ()
        ]
        self._keys = {
            name: [(given["graph"], given["key"]) for given in _directives(node.directives, "join__type")]
            for name, node in self._types.items()
        }
        self._provided: set[tuple[str, str, str]] = set()
        for node in self._types.values():
            for field in getattr(node, "fields", None) or ():
                for given in _directives(field.directives, "join__field"):
                    self._note(_named(field), given.get("graph"), parse_field_set(given.get("provides")))

    def document(self) -> DocumentNode:
        """The definitions, those of composite types in the new words."""
        return DocumentNode(definitions=tuple(self._definition(node) for node in self._definitions))

    def _note(self, type_name: str, graph: str | None, fields: FieldSet) -> None:
        for selected in fields:
            owner = selected.on[-1] if selected.on else type_name
            if graph is not None:
                self._provided.add((owner, selected.name, graph))
            below = self._field(owner, selected.name)
            if below is not None:
                self._note(_named(below), graph, selected.children)

    def _field(self, type_name: str, name: str) -> FieldDefinitionNode | None:
        fields = getattr(self._types.get(type_name), "fields", None) or ()
        return next((field for field in fields if field.name.value == name), None)

    def _definition(self, node: DefinitionNode) -> DefinitionNode:
        if not isinstance(node, _Composite) or node.name.value not in self._types:
            return node
        name = node.name.value
        owner = next((given["graph"] for given in _directives(node.directives, "join__owner")), None)
        known = list(dict.fromkeys([*([owner] if owner else []), *(graph for graph, _ in self._keys[name])]))
        known = known or self._graphs
        keyed = {graph for graph, _ in self._keys[name]}
        texts = [f"@join__type(graph: {graph})" for graph in known if graph not in keyed]
        texts += [f"@join__type(graph: {graph}, key: {json.dumps(key)})" for graph, key in self._keys[name]]
        for interface in getattr(node, "interfaces", None) or ():
            texts += [f'@join__implements(graph: {graph}, interface: "{interface.name.value}")' for graph in known]
        changed: dict[str, Any] = {"directives": (*_others(node.directives), *_parsed(texts))}
        if not isinstance(node, UnionTypeDefinitionNode):
            changed["fields"] = tuple(self._joined(name, owner, field) for field in node.fields or ())
        return _copy(node, changed)

    def _joined(self, type_name: str, owner: str | None, field: FieldDefinitionNode) -> FieldDefinitionNode:
        name = field.name.value
        given = [one for one in _directives(field.directives, "join__field") if one.get("graph")]
        if not given and owner is None:
            return _copy(field, {"directives": _others(field.directives)})
        if not given and owner is not None:
            given = [{"graph": owner}]
        graphs = {one["graph"] for one in given}
        texts = [f"@join__field({', '.join(_arguments(one))})" for one in given]
        for graph, key in self._keys[type_name]:
            if graph not in graphs and any(selected.name == name for selected in parse_field_set(key)):
                graphs.add(graph)
                texts.append(f"@join__field(graph: {graph})")
        texts += [
            f"@join__field(graph: {graph}, external: true)"
            for graph in self._graphs
            if graph not in graphs and (type_name, name, graph) in self._provided
        ]
        return _copy(field, {"directives": (*_others(field.directives), *_parsed(texts))})


def _arguments(given: dict[str, Any]) -> list[str]:
    return [f"{name}: {value if name == 'graph' else json.dumps(value)}" for name, value in given.items()]


def _named(field: FieldDefinitionNode) -> str:
    return print_ast(field.type).strip("[]!")


def _directives(nodes: Iterable[ConstDirectiveNode] | None, name: str) -> list[dict[str, Any]]:
    return [
        {argument.name.value: value_from_ast_untyped(argument.value) for argument in node.arguments or ()}
        for node in nodes or ()
        if node.name.value == name
    ]


def _others(nodes: Iterable[ConstDirectiveNode] | None) -> tuple[ConstDirectiveNode, ...]:
    return tuple(node for node in nodes or () if not node.name.value.startswith("join__"))


def _parsed(texts: list[str]) -> tuple[ConstDirectiveNode, ...]:
    if not texts:
        return ()
    definition = parse(f"type T {' '.join(texts)} {{ f: Int }}", no_location=True).definitions[0]
    assert isinstance(definition, ObjectTypeDefinitionNode)
    return tuple(definition.directives or ())


def _copy(node: _Node, changed: dict[str, Any]) -> _Node:
    return type(node)(**({name: getattr(node, name) for name in node.keys if name != "loc"} | changed))
