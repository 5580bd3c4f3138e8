"""The supergraph as an immutable model: which subgraph has which type, key and field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ConstDirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLError,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    OperationType,
    SchemaDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
    value_from_ast_untyped,
)

from gateway.field_set import FieldSet, parse_field_set
from gateway.first_supergraph import upgraded


class SupergraphError(Exception):
    """The supergraph file cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class FieldJoin:
    """How one subgraph has a field."""

    graph: str
    type: str
    external: bool = False
    requires: FieldSet = ()
    provides: FieldSet = ()
    overrides: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the supergraph. `joins` is empty when only an interface object can answer it."""

    name: str
    type: str
    arguments: frozenset[str]
    joins: Mapping[str, FieldJoin]


@dataclass(frozen=True, slots=True)
class Key:
    """By these fields `graph` knows an entity; only a resolvable key lets the gateway enter there."""

    graph: str
    fields: FieldSet
    resolvable: bool


@dataclass(frozen=True, slots=True)
class CompositeType:
    """An object, interface or union type with its part in each subgraph.

    Where it is extended (`extend type` in the sense of federation 1), @external on a key field means nothing.
    """

    name: str
    kind: str
    graphs: frozenset[str]
    interface_object_in: frozenset[str]
    extended_in: frozenset[str]
    keys: tuple[Key, ...]
    fields: Mapping[str, Field]
    interfaces: frozenset[str]
    members: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Supergraph:
    """Everything the planner knows."""

    document: DocumentNode
    graphs: Mapping[str, str]
    types: Mapping[str, CompositeType]
    roots: Mapping[str, str]
    labels: frozenset[str]


@dataclass(slots=True)
class _Draft:
    implementers: dict[str, set[str]] = field(default_factory=dict)
    members: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)


_Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode | UnionTypeDefinitionNode


def read_supergraph(sdl: str) -> Supergraph:
    """Read a composed supergraph; raises `SupergraphError`."""
    try:
        document = parse(sdl, no_location=True)
    except GraphQLError as error:
        raise SupergraphError(f"The supergraph is not valid GraphQL: {error.message}") from error
    document = upgraded(document)
    try:
        return _read(document)
    except KeyError as missing:
        raise SupergraphError(f"A join directive of the supergraph lacks the argument {missing}.") from None
    except GraphQLError as error:
        wrong = " ".join(error.source.body.split()) if error.source else ""
        raise SupergraphError(f"The field set `{wrong}` of the supergraph is not valid: {error.message}") from None


def _read(document: DocumentNode) -> Supergraph:
    ids, graphs = _graphs(document)
    draft = _Draft()
    nodes = [node for node in document.definitions if isinstance(node, _Composite) and not _own(node.name.value)]
    for node in nodes:
        _note_members(node, ids, draft)
    types = {node.name.value: _composite(node, ids, draft) for node in nodes}
    roots = _roots(document, types)
    if "query" not in roots:
        raise SupergraphError("The supergraph has no query type.")
    return Supergraph(document, graphs, types, roots, frozenset(draft.labels))


def _own(name: str) -> bool:
    return name.startswith(("join__", "link__", "core__"))


def _graphs(document: DocumentNode) -> tuple[dict[str, str], dict[str, str]]:
    ids: dict[str, str] = {}
    urls: dict[str, str] = {}
    for node in document.definitions:
        if isinstance(node, EnumTypeDefinitionNode) and node.name.value == "join__Graph":
            for value in node.values or ():
                for given in _directives(value.directives, "join__graph"):
                    ids[value.name.value] = given["name"]
                    urls[given["name"]] = given.get("url") or ""
    if not ids:
        raise SupergraphError("The supergraph names no subgraphs: the enum join__Graph is missing or empty.")
    return ids, urls


def _directives(nodes: Iterable[ConstDirectiveNode] | None, name: str) -> list[dict[str, Any]]:
    return [
        {argument.name.value: value_from_ast_untyped(argument.value) for argument in node.arguments or ()}
        for node in nodes or ()
        if node.name.value == name
    ]


def _graph_of(given: Mapping[str, Any], ids: Mapping[str, str]) -> str:
    graph = ids.get(given["graph"])
    if graph is None:
        raise SupergraphError(f"The supergraph uses the subgraph {given['graph']}, which join__Graph does not list.")
    return graph


def _note_members(node: _Composite, ids: Mapping[str, str], draft: _Draft) -> None:
    name = node.name.value
    if isinstance(node, ObjectTypeDefinitionNode):
        for interface in node.interfaces or ():
            draft.implementers.setdefault(interface.name.value, set()).add(name)
        for given in _directives(node.directives, "join__implements"):
            draft.members.setdefault((given["interface"], _graph_of(given, ids)), set()).add(name)
    elif isinstance(node, UnionTypeDefinitionNode):
        given_members = _directives(node.directives, "join__unionMember")
        for given in given_members:
            draft.members.setdefault((name, _graph_of(given, ids)), set()).add(given["member"])
        if not given_members:
            for given in _directives(node.directives, "join__type"):
                members = {member.name.value for member in node.types or ()}
                draft.members.setdefault((name, _graph_of(given, ids)), set()).update(members)
        draft.implementers.setdefault(name, set()).update(member.name.value for member in node.types or ())


def _composite(node: _Composite, ids: Mapping[str, str], draft: _Draft) -> CompositeType:
    name = node.name.value
    given_types = _directives(node.directives, "join__type")
    graphs = frozenset(_graph_of(given, ids) for given in given_types)
    keys = tuple(
        Key(_graph_of(given, ids), parse_field_set(given["key"]), given.get("resolvable", True))
        for given in given_types
        if given.get("key")
    )
    extended_in = frozenset(_graph_of(given, ids) for given in given_types if given.get("extension"))
    objects_in = frozenset(_graph_of(given, ids) for given in given_types if given.get("isInterfaceObject"))
    fields: dict[str, Field] = {}
    interfaces: frozenset[str] = frozenset()
    kind = "union"
    if not isinstance(node, UnionTypeDefinitionNode):
        kind = "object" if isinstance(node, ObjectTypeDefinitionNode) else "interface"
        fields = {child.name.value: _field(child, graphs, ids, draft) for child in node.fields or ()}
        interfaces = frozenset(interface.name.value for interface in node.interfaces or ())
    members = {
        graph: frozenset(
            draft.implementers.get(name, ()) if graph in objects_in else draft.members.get((name, graph), ())
        )
        for graph in graphs
    }
    if kind == "object":
        members = {graph: frozenset({name}) for graph in graphs}
    return CompositeType(name, kind, graphs, objects_in, extended_in, keys, fields, interfaces, members)


def _field(node: FieldDefinitionNode, graphs: frozenset[str], ids: Mapping[str, str], draft: _Draft) -> Field:
    type_text = print_ast(node.type)
    given_joins = _directives(node.directives, "join__field")
    joins: dict[str, FieldJoin] = {}
    if not given_joins:
        joins = {graph: FieldJoin(graph, type_text) for graph in graphs}
    for given in given_joins:
        if given.get("graph") is None:
            continue
        graph = _graph_of(given, ids)
        label = given.get("overrideLabel")
        if label:
            draft.labels.add(label)
        joins[graph] = FieldJoin(
            graph=graph,
            type=given.get("type") or type_text,
            external=bool(given.get("external") or (given.get("usedOverridden") and not _labelled(given_joins))),
            requires=parse_field_set(given.get("requires")),
            provides=parse_field_set(given.get("provides")),
            overrides=given.get("override"),
            label=label,
        )
    arguments = frozenset(argument.name.value for argument in node.arguments or ())
    return Field(node.name.value, type_text, arguments, joins)


def _labelled(joins: list[dict[str, Any]]) -> bool:
    return any(given.get("overrideLabel") for given in joins)


def _roots(document: DocumentNode, types: Mapping[str, CompositeType]) -> dict[str, str]:
    for node in document.definitions:
        if isinstance(node, SchemaDefinitionNode):
            return {
                operation.operation.value: operation.type.name.value
                for operation in node.operation_types
                if operation.type.name.value in types
            }
    return {kind.value: kind.value.capitalize() for kind in OperationType if kind.value.capitalize() in types}


def named(type_text: str) -> str:
    """The name in a type reference: `[User!]!` gives `User`."""
    return type_text.replace("[", "").replace("]", "").replace("!", "")


__all__ = [
    "CompositeType",
    "Field",
    "FieldJoin",
    "Key",
    "Supergraph",
    "SupergraphError",
    "TypeNode",
    "named",
    "read_supergraph",
]
