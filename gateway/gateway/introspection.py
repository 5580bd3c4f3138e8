"""Introspection fields are answered by the gateway itself, from the client's schema."""

from __future__ import annotations

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
)

from gateway.operation import Operation

INTROSPECTION_FIELDS = frozenset({"__schema", "__type"})


def split_introspection(
    fields: dict[str, list[FieldNode]],
) -> tuple[dict[str, list[FieldNode]], dict[str, list[FieldNode]]]:
    """The root fields for subgraphs, and those for the gateway."""
    own = {key: nodes for key, nodes in fields.items() if nodes[0].name.value in INTROSPECTION_FIELDS}
    return {key: nodes for key, nodes in fields.items() if key not in own}, own


def introspection_document(operation: Operation, fields: dict[str, list[FieldNode]]) -> DocumentNode:
    """An operation of the introspection fields only."""
    definition = operation.definition
    selections = tuple(node for nodes in fields.values() for node in nodes)
    own = OperationDefinitionNode(
        operation=definition.operation,
        name=definition.name,
        variable_definitions=definition.variable_definitions,
        directives=(),
        selection_set=SelectionSetNode(selections=selections),
    )
    return DocumentNode(definitions=(own, *operation.fragments.values()))


def introspect(
    schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any]
) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """Data and errors of the introspection fields."""
    result = execute_sync(schema, document, variable_values=variables)
    return result.data, [dict(error.formatted) for error in result.errors or ()]
