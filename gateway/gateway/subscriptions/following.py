"""Which events a subscription field follows, as its service declares with `@eventDriven`, and the query that answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    NameNode,
    ObjectTypeDefinitionNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    print_ast,
    value_from_ast_untyped,
)
from graphql.language import Visitor, visit

from gateway.engine import Prepared
from gateway.operation import collect

DIRECTIVE = "eventDriven"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FollowedField:
    """A field of Subscription that gives what `query` gives, anew after each event that matters.

    An event of `types` matters when its subject is the value of the argument `subject`, or, without one, when its key is
    the subject of the caller's token.
    """

    name: str
    query: str
    types: frozenset[str]
    subject: str | None


@dataclass(frozen=True, slots=True)
class Following:
    """One operation over a followed field."""

    field: FollowedField
    value: str
    query: str
    variables: dict[str, Any]


def followed_fields(document: DocumentNode, subscription: str, schema: GraphQLSchema) -> dict[str, FollowedField]:
    """The fields of a supergraph that say which events they follow. What cannot be right is left out, and logged."""
    found = {}
    for node in document.definitions:
        if isinstance(node, ObjectTypeDefinitionNode) and node.name.value == subscription:
            for field in node.fields or ():
                for directive in field.directives or ():
                    if directive.name.value == DIRECTIVE:
                        given = {
                            argument.name.value: value_from_ast_untyped(argument.value)
                            for argument in directive.arguments or ()
                        }
                        made = FollowedField(
                            field.name.value, given["query"], frozenset(given["types"]), given.get("subject")
                        )
                        wrong = _what_is_wrong(made, schema)
                        if wrong is None:
                            found[made.name] = made
                        else:
                            _log.warning("a subscription is not served from the bus", field=made.name, why=wrong)
    return found


def _what_is_wrong(field: FollowedField, schema: GraphQLSchema) -> str | None:
    query, subscription = schema.query_type, schema.subscription_type
    if query is None or subscription is None or field.name not in subscription.fields:
        return "clients do not see it"
    own, other = subscription.fields[field.name], query.fields.get(field.query)
    if other is None:
        return f"there is no query {field.query}"
    if str(own.type) != str(other.type):
        return f"it gives {own.type}, but the query {field.query} gives {other.type}"
    if not own.args.keys() <= other.args.keys():
        return f"the query {field.query} does not have all of its arguments"
    if field.subject is not None and field.subject not in own.args:
        return f"it has no argument {field.subject}"
    return None


def sameness(value: object) -> str:
    """Equal for the ways in which one id may be written."""
    text = str(value)
    try:
        return str(UUID(text))
    except ValueError:
        return text


def as_query(prepared: Prepared, field: FollowedField, caller: str | None) -> Following | None:
    """The operation as a query. None when what to follow is not known: then the subgraph has to say."""
    operation = prepared.planned.operation
    collected = collect(operation, "", lambda *_: True, [operation.definition.selection_set])
    ((response_key, nodes),) = collected.fields.items()
    value = caller if field.subject is None else _argument(nodes[0], field.subject, prepared)
    if value is None:
        return None
    selections = tuple(_renamed(node, response_key, field.query) for node in nodes)
    selection_set = SelectionSetNode(selections=selections)
    fragments = _spread(selection_set, operation.fragments)
    reader = _Variables()
    for part in (selection_set, *fragments):
        visit(part, reader)
    definition = OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=operation.definition.name,
        variable_definitions=tuple(
            node for node in operation.definition.variable_definitions or () if node.variable.name.value in reader.found
        ),
        directives=(),
        selection_set=selection_set,
    )
    text = print_ast(DocumentNode(definitions=(definition, *fragments)))
    variables = {name: given for name, given in prepared.values.items() if name in reader.found}
    return Following(field, sameness(value), text, variables)


def _renamed(node: FieldNode, response_key: str, name: str) -> FieldNode:
    return FieldNode(
        alias=NameNode(value=response_key),
        name=NameNode(value=name),
        arguments=node.arguments,
        directives=(),
        selection_set=node.selection_set,
    )


def _argument(node: FieldNode, name: str, prepared: Prepared) -> Any:
    given: ArgumentNode | None = next((each for each in node.arguments or () if each.name.value == name), None)
    if given is None:
        return None
    if isinstance(given.value, VariableNode):
        variable = given.value.name.value
        if variable in prepared.values:
            return prepared.values[variable]
        definitions = prepared.planned.operation.definition.variable_definitions or ()
        default = next((each.default_value for each in definitions if each.variable.name.value == variable), None)
        return None if default is None else value_from_ast_untyped(default)
    return value_from_ast_untyped(given.value)


def _spread(
    selection_set: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> list[FragmentDefinitionNode]:
    """The fragments that a selection set spreads, and those that they spread."""
    reader = _Spreads()
    visit(selection_set, reader)
    found: dict[str, FragmentDefinitionNode] = {}
    while reader.found:
        name = reader.found.pop()
        if name not in found:
            found[name] = fragments[name]
            visit(fragments[name], reader)
    return list(found.values())


class _Spreads(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        self.found.add(node.name.value)


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.found.add(node.name.value)
