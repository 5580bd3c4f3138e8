"""An operation as the fields that are asked of each object type: fragments gone, equal fields merged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)
from graphql.language import Visitor, visit

Conditions = Mapping[str, bool]


@dataclass(slots=True)
class Collected:
    """The fields of one selection set for one object type, by response key and in answer order."""

    fields: dict[str, list[FieldNode]] = field(default_factory=dict)

    def identity(self) -> tuple[object, ...]:
        """Equal for two object types of which the same is asked."""
        return tuple((key, *map(id, nodes)) for key, nodes in self.fields.items())


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document, with the values of the variables that @skip and @include read.

    `denied` are the fields of object types that the caller may not see, with what they need.
    """

    definition: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    conditions: Conditions
    denied: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """query, mutation or subscription."""
        return self.definition.operation.value


class OperationNotFound(Exception):
    """The document has no such operation, or several and none was named."""


def find_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The named operation, or the only one."""
    found = [
        node
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode) and (not name or (node.name and node.name.value == name))
    ]
    if not found:
        raise OperationNotFound(f"Unknown operation named '{name}'." if name else "Must provide an operation.")
    if len(found) > 1:
        raise OperationNotFound("Must provide operation name if query contains multiple operations.")
    return found[0]


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The fragments of a document by name."""
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


def condition_variables(document: DocumentNode) -> tuple[str, ...]:
    """The variables that @skip and @include read: a plan is made for one set of their values."""
    reader = _ConditionReader()
    visit(document, reader)
    return tuple(sorted(reader.found))


def variables_in(node: FieldNode) -> frozenset[str]:
    """The variables that the arguments of a field use."""
    if not node.arguments:
        return frozenset()
    reader = _VariableReader()
    for argument in node.arguments:
        visit(argument, reader)
    return frozenset(reader.found)


class _ConditionReader(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if node.name.value in ("skip", "include"):
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    self.found.add(argument.value.name.value)


class _VariableReader(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.found.add(node.name.value)


def collect(
    operation: Operation, type_name: str, applies: Callable[[str, str], bool], selection_sets: list[SelectionSetNode]
) -> Collected:
    """What selection sets ask of objects of one type. `applies(condition, type)` decides type conditions."""
    collected = Collected()
    seen: set[str] = set()

    def take(selections: SelectionSetNode) -> None:
        for node in selections.selections:
            if node.directives and not _included(node, operation.conditions):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                collected.fields.setdefault(key, []).append(node)
                continue
            if isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name in seen:
                    continue
                seen.add(name)
                fragment: FragmentDefinitionNode | InlineFragmentNode = operation.fragments[name]
            else:
                assert isinstance(node, InlineFragmentNode)
                fragment = node
            condition = fragment.type_condition
            if condition is None or applies(condition.name.value, type_name):
                take(fragment.selection_set)

    for selections in selection_sets:
        take(selections)
    return collected


def _included(node: Node, conditions: Conditions) -> bool:
    for directive in node.directives:  # type: ignore[attr-defined]
        name = directive.name.value
        if name not in ("skip", "include"):
            continue
        for argument in directive.arguments or ():
            value = argument.value
            holds = conditions[value.name.value] if isinstance(value, VariableNode) else value.value
            if bool(holds) is (name == "skip"):
                return False
    return True


def condition_values(
    names: tuple[str, ...], definition: OperationDefinitionNode, values: dict[str, Any]
) -> dict[str, bool]:
    """What the variables of @skip and @include are worth in one request."""
    found: dict[str, bool] = {}
    defaults = {node.variable.name.value: node.default_value for node in definition.variable_definitions or ()}
    for name in names:
        default = defaults.get(name)
        fallback = bool(getattr(default, "value", False))
        found[name] = bool(values.get(name, fallback))
    return found
