"""The schema that clients see: the supergraph without join directives and without @inaccessible parts."""

from __future__ import annotations

from typing import Any

from graphql import (
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    SchemaDefinitionNode,
    build_ast_schema,
)
from graphql.language import REMOVE, Visitor, visit

from gateway.supergraph import SupergraphError

_KEPT_DIRECTIVES = frozenset({"deprecated", "specifiedBy", "oneOf"})
_EXECUTABLE = frozenset(
    {
        "QUERY",
        "MUTATION",
        "SUBSCRIPTION",
        "FIELD",
        "FRAGMENT_DEFINITION",
        "FRAGMENT_SPREAD",
        "INLINE_FRAGMENT",
        "VARIABLE_DEFINITION",
    }
)
_MACHINERY = ("join__", "link__", "core__", "federation__")


def build_api_schema(document: DocumentNode) -> GraphQLSchema:
    """Build the client's schema; raises `SupergraphError`."""
    hidden = {
        node.name.value  # type: ignore[attr-defined]
        for node in document.definitions
        if getattr(node, "name", None) and _inaccessible(node)
    }
    try:
        schema = build_ast_schema(visit(document, _Public(hidden)), assume_valid_sdl=True)
        for interface in schema.type_map.values():
            getattr(interface, "fields", None)
    except (GraphQLError, TypeError) as error:
        raise SupergraphError(f"The supergraph does not give a valid schema: {error}") from error
    return schema


def narrowed_enums(document: DocumentNode) -> frozenset[str]:
    """The enums with values that clients must not see."""
    return frozenset(
        node.name.value
        for node in document.definitions
        if isinstance(node, EnumTypeDefinitionNode) and any(map(_inaccessible, node.values or ()))
    )


def _inaccessible(node: Node) -> bool:
    return any(directive.name.value == "inaccessible" for directive in getattr(node, "directives", None) or ())


class _Public(Visitor):
    def __init__(self, hidden: set[str]) -> None:
        super().__init__()
        self._hidden = hidden

    def enter(self, node: Node, *_: Any) -> Any:
        name = getattr(getattr(node, "name", None), "value", "")
        if isinstance(node, DirectiveDefinitionNode):
            kept = any(location.value in _EXECUTABLE for location in node.locations)
            return None if kept and not name.startswith(_MACHINERY) else REMOVE
        if node.kind == "directive":
            return None if name in _KEPT_DIRECTIVES else REMOVE
        if node.kind == "named_type":
            return REMOVE if name in self._hidden else None
        if isinstance(node, SchemaDefinitionNode):
            return None
        if name.startswith(_MACHINERY) and node.kind.endswith("type_definition"):
            return REMOVE
        return REMOVE if _inaccessible(node) else None
