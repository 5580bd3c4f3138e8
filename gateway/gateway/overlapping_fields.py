"""The GraphQL rule "overlapping fields can be merged", in time linear in the fields of a document.

The textbook rule compares every two fields of one response key. Here each is compared with the first of its kind:
all fields of a response key must have one shape, and those that one object could have together must be one field.
Sets of fields that were seen are not looked at again, so fragments that double at every level cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
    get_named_type,
    is_composite_type,
    is_leaf_type,
    print_ast,
)

Field = tuple[Any, FieldNode]
"""The type that a field is asked of, and its node."""


class OverlappingFieldsRule(ValidationRule):
    """Refuses documents in which one response key would have to hold two different things."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._schema: GraphQLSchema = context.schema
        self._seen_shapes: set[frozenset[tuple[str, int]]] = set()
        self._seen_parents: set[frozenset[tuple[str, int]]] = set()
        self._texts: dict[int, str] = {}
        self._cyclic = _has_cycles(context)

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        """Look at an operation with everything below it."""
        root = self._schema.get_root_type(node.operation)
        if root is None or self._cyclic:
            return
        fields = self._fields([(root, node.selection_set)])
        self._check_shapes(fields)
        self._check_parents(fields)

    def _fields(self, below: Iterable[tuple[Any, SelectionSetNode]]) -> dict[str, list[Field]]:
        found: dict[str, list[Field]] = {}
        seen: set[str] = set()
        taken: set[tuple[str, int]] = set()

        def take(parent: Any, selections: SelectionSetNode) -> None:
            for node in selections.selections:
                if isinstance(node, FieldNode):
                    if (getattr(parent, "name", ""), id(node)) not in taken:
                        taken.add((getattr(parent, "name", ""), id(node)))
                        found.setdefault(node.alias.value if node.alias else node.name.value, []).append((parent, node))
                    continue
                fragment: FragmentDefinitionNode | InlineFragmentNode | None
                if isinstance(node, FragmentSpreadNode):
                    if node.name.value in seen:
                        continue
                    seen.add(node.name.value)
                    fragment = self.context.get_fragment(node.name.value)
                else:
                    assert isinstance(node, InlineFragmentNode)
                    fragment = node
                if fragment is not None:
                    condition = fragment.type_condition
                    take(self._schema.get_type(condition.name.value) if condition else parent, fragment.selection_set)

        for parent, selections in below:
            take(parent, selections)
        return found

    def _below(self, fields: list[Field]) -> dict[str, list[Field]]:
        return self._fields(
            (get_named_type(kind), node.selection_set)
            for parent, node in fields
            if node.selection_set is not None and (kind := self._type(parent, node)) is not None
        )

    def _type(self, parent: Any, node: FieldNode) -> Any:
        if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            field = parent.fields.get(node.name.value)
            return field.type if field else None
        return None

    def _check_shapes(self, fields: dict[str, list[Field]]) -> None:
        for key, same in fields.items():
            if len(same) < 2 and same[0][1].selection_set is None:
                continue
            if not _first_time(self._seen_shapes, same):
                continue
            typed = [(kind, one) for one in same if (kind := self._type(*one)) is not None]
            for kind, one in typed[1:]:
                if not _same_shape(typed[0][0], kind):
                    first, second = str(typed[0][0]), str(kind)
                    self._refuse(key, f"they return conflicting types '{first}' and '{second}'", typed[0][1], one)
                    return
            self._check_shapes(self._below(same))

    def _check_parents(self, fields: dict[str, list[Field]]) -> None:
        for key, same in fields.items():
            for together in _by_parent(same):
                if len(together) < 2 and together[0][1].selection_set is None:
                    continue
                if not _first_time(self._seen_parents, together):
                    continue
                first = together[0]
                for one in together[1:]:
                    reason = self._difference(first[1], one[1])
                    if reason:
                        self._refuse(key, reason, first, one)
                        return
                self._check_parents(self._below(together))

    def _difference(self, first: FieldNode, second: FieldNode) -> str | None:
        if first is second:
            return None
        if first.name.value != second.name.value:
            return f"'{first.name.value}' and '{second.name.value}' are different fields"
        if self._arguments(first) != self._arguments(second):
            return "they have differing arguments"
        return None

    def _arguments(self, node: FieldNode) -> str:
        if not node.arguments:
            return ""
        if id(node) not in self._texts:
            self._texts[id(node)] = ", ".join(sorted(print_ast(argument) for argument in node.arguments))
        return self._texts[id(node)]

    def _refuse(self, key: str, reason: str, first: Field, second: Field) -> None:
        message = (
            f"Fields '{key}' conflict because {reason}. Use different aliases on the fields to fetch both if this "
            "was intentional."
        )
        self.report_error(GraphQLError(message, [first[1], second[1]]))


def _first_time(seen: set[frozenset[tuple[str, int]]], fields: list[Field]) -> bool:
    known = frozenset((getattr(parent, "name", ""), id(node)) for parent, node in fields)
    if known in seen:
        return False
    seen.add(known)
    return True


def _by_parent(fields: list[Field]) -> list[list[Field]]:
    """The fields that one object may have together: those of each object type, with those of abstract types."""
    common = [one for one in fields if not isinstance(one[0], GraphQLObjectType)]
    if len(common) == len(fields):
        return [fields]
    groups: dict[str, list[Field]] = {}
    for one in fields:
        if isinstance(one[0], GraphQLObjectType):
            groups.setdefault(one[0].name, []).append(one)
    return [[*common, *group] for group in groups.values()]


def _same_shape(first: Any, second: Any) -> bool:
    for wrapper in (GraphQLNonNull, GraphQLList):
        if isinstance(first, wrapper) or isinstance(second, wrapper):
            return (
                isinstance(first, wrapper)
                and isinstance(second, wrapper)
                and _same_shape(first.of_type, second.of_type)
            )
    if is_leaf_type(first) or is_leaf_type(second):
        return bool(first is second)
    return is_composite_type(first) and is_composite_type(second)


def _has_cycles(context: ValidationContext) -> bool:
    """Whether a fragment leads to itself; that is another rule's to report, and this one could not end."""
    state: dict[str, bool] = {}

    def leads_back(name: str) -> bool:
        if name in state:
            return state[name]
        state[name] = True
        fragment = context.get_fragment(name)
        found = fragment is not None and any(
            leads_back(spread.name.value) for spread in context.get_fragment_spreads(fragment.selection_set)
        )
        state[name] = found
        return found

    return any(
        leads_back(node.name.value) for node in context.document.definitions if isinstance(node, FragmentDefinitionNode)
    )
