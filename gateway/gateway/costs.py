"""What an operation may cost at most, estimated before it is executed from `@cost` and `@listSize`.

A field costs the weight of its `@cost`, else that of the type it returns: its `@cost`, else 1 for a composite type and
0 for a leaf. What is below is added, all of that is taken as often as the list is long, and the arguments are added. A
list is as long as its slicing argument says (the greatest, of several), else as its `assumedSize`, else as assumed of
every list. A mutation costs 10 more. Sources: https://ibm.github.io/graphql-specs/cost-spec.html and
https://www.apollographql.com/docs/graphos/routing/security/demand-control

The sum is made once for each operation. Only what depends on variables is left open, and worked out for each request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
    value_from_ast_untyped,
)

from gateway.cost_directives import CostDirectives, ListSize

MUTATION = 10.0
Variables = Mapping[str, Any]
# A number, or how it comes from the variables of a request.
Amount = float | Callable[[Variables], float]


class SlicingArgumentMissing(Exception):
    """A list is asked for without exactly one of the arguments that say how long it may be."""


@dataclass(frozen=True, slots=True)
class Price:
    """What an operation costs. `unsliced` says of which list it is not clear how long it may be."""

    amount: Amount
    unsliced: str | None = None

    def of(self, variables: Variables) -> float:
        """The estimate for one request."""
        return self.amount if isinstance(self.amount, float) else self.amount(variables)


class Costs:
    """Prices operations over a schema."""

    def __init__(self, schema: GraphQLSchema, directives: CostDirectives, assumed_size: int) -> None:
        """`assumed_size` is the length of a list of which nothing is said."""
        self._schema = schema
        self._directives = directives
        self._assumed_size = float(assumed_size)

    def prices(self, document: DocumentNode) -> dict[str, Price]:
        """The prices of a validated document's operations, by name ("" without one)."""
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        found: dict[str, Price] = {}
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode):
                pricing = _Pricing(self._schema, self._directives, self._assumed_size, fragments, node)
                found[node.name.value if node.name else ""] = Price(pricing.operation(node), pricing.unsliced)
        return found


class _Pricing:
    """Adds up one operation."""

    def __init__(
        self,
        schema: GraphQLSchema,
        directives: CostDirectives,
        assumed_size: float,
        fragments: Mapping[str, FragmentDefinitionNode],
        operation: OperationDefinitionNode,
    ) -> None:
        self._schema = schema
        self._directives = directives
        self._assumed_size = assumed_size
        self._fragments = fragments
        self._defaults = {
            node.variable.name.value: value_from_ast_untyped(node.default_value)
            for node in operation.variable_definitions or ()
            if node.default_value is not None
        }
        self.unsliced: str | None = None

    def operation(self, node: OperationDefinitionNode) -> Amount:
        root = self._schema.get_root_type(node.operation)
        assert root is not None
        base = MUTATION if node.operation is OperationType.MUTATION else 0.0
        return _sum([base, self._selections(node.selection_set, root, {})])

    def _selections(
        self, selection_set: SelectionSetNode, owner: GraphQLNamedType, sizes: Mapping[str, Amount]
    ) -> Amount:
        parts: list[Amount] = []
        for node in selection_set.selections:
            part: Amount
            if isinstance(node, FieldNode):
                part = self._field(node, owner, sizes)
            else:
                fragment = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
                assert isinstance(fragment, FragmentDefinitionNode | InlineFragmentNode)
                condition = fragment.type_condition
                narrowed = self._schema.type_map[condition.name.value] if condition else owner
                part = self._selections(fragment.selection_set, narrowed, sizes)
            parts.append(_times(self._asked(node), part))
        return _sum(parts)

    def _asked(self, node: Any) -> Amount:
        """1 for what @skip and @include let stand, else 0."""
        found: Amount = 1.0
        for directive in node.directives or ():
            name = directive.name.value
            if name in ("skip", "include"):
                found = _times(found, self._holds(directive.arguments[0].value, name == "include"))
        return found

    def _holds(self, node: ValueNode, wanted: bool) -> Amount:
        value = self._value(node)
        if callable(value):
            read: Callable[[Variables], Any] = value
            return lambda variables: float(bool(read(variables)) is wanted)
        return float(bool(value) is wanted)

    def _field(self, node: FieldNode, owner: GraphQLNamedType, sizes: Mapping[str, Amount]) -> Amount:
        name = node.name.value
        field: GraphQLField | None = getattr(owner, "fields", {}).get(name)
        if field is None:  # introspection, which the gateway answers itself
            return 0.0
        coordinate = (owner.name, name)
        returned = get_named_type(field.type)
        each: Amount = self._directives.field(coordinate, returned.name, is_composite=is_composite_type(returned))
        list_size = self._directives.list_size(coordinate)
        size = self._size(node, field, coordinate, list_size) if list_size else None
        if node.selection_set:
            below = dict.fromkeys(list_size.sized_fields, size) if list_size and size is not None else {}
            each = _sum([each, self._selections(node.selection_set, returned, below)])
        arguments = self._arguments(node, field, coordinate)
        if not _is_list(field.type):
            return _sum([each, arguments])
        length = size if size is not None and not (list_size and list_size.sized_fields) else sizes.get(name)
        return _sum([_times(self._assumed_size if length is None else length, each), arguments])

    def _size(
        self, node: FieldNode, field: GraphQLField, coordinate: tuple[str, str], list_size: ListSize
    ) -> Amount | None:
        given: list[Any] = []
        for path in list_size.slicing_arguments:
            value = self._argument(node, field, path.split("."))
            if value is not None:
                given.append(value)
        if list_size.slicing_arguments and list_size.requires_one and len(given) != 1:
            names = " or ".join(list_size.slicing_arguments)
            self.unsliced = self.unsliced or f"{'.'.join(coordinate)} needs exactly one of the arguments {names}."
        fallback = float(list_size.assumed_size) if list_size.assumed_size is not None else None
        if not given:
            return fallback
        otherwise = self._assumed_size if fallback is None else fallback
        if not any(map(callable, given)):
            return _greatest(given, otherwise)
        return lambda variables: _greatest(
            [value(variables) if callable(value) else value for value in given], otherwise
        )

    def _argument(self, node: FieldNode, field: GraphQLField, path: list[str]) -> Any:
        """The value of an argument or of a field in it, or how it comes from the variables; None when it is not given."""
        found: ValueNode | None = next(
            (each.value for each in node.arguments or () if each.name.value == path[0]), None
        )
        if found is None:
            return _inside(_default(field.args.get(path[0])), path[1:])
        for depth, name in enumerate(path[1:], start=1):
            if isinstance(found, VariableNode):
                return _reading(self._value(found), path[depth:])
            entries = found.fields or () if isinstance(found, ObjectValueNode) else ()
            found = next((each.value for each in entries if each.name.value == name), None)
            if found is None:
                return None
        return self._value(found)

    def _arguments(self, node: FieldNode, field: GraphQLField, coordinate: tuple[str, str]) -> Amount:
        parts: list[Amount] = []
        for argument in node.arguments or ():
            name = argument.name.value
            definition = field.args[name]
            weight = self._directives.argument((*coordinate, name))
            if weight is None and not isinstance(get_named_type(definition.type), GraphQLInputObjectType):
                continue
            value = self._value(argument.value)
            parts.append(self._given(value, definition, weight))
        return _sum(parts)

    def _given(self, value: Any, definition: GraphQLArgument | GraphQLInputField, weight: float | None) -> Amount:
        if callable(value):
            return lambda variables: self._weigh(value(variables), definition, weight)
        return self._weigh(value, definition, weight)

    def _weigh(self, value: Any, definition: GraphQLArgument | GraphQLInputField, weight: float | None) -> float:
        if value is None:
            return 0.0
        if isinstance(value, list):
            return sum((self._weigh(each, definition, weight) for each in value), 0.0)
        kind = get_named_type(definition.type)
        if not isinstance(kind, GraphQLInputObjectType) or not isinstance(value, dict):
            return weight or 0.0
        cost = 1.0 if weight is None else weight
        for name, field in kind.fields.items():
            if name in value:
                cost += self._weigh(value[name], field, self._directives.input_field((kind.name, name)))
        return cost

    def _value(self, node: ValueNode) -> Any:
        """A constant, or a function of the variables for a value with variables in it."""
        if isinstance(node, VariableNode):
            name, default = node.name.value, self._defaults.get(node.name.value)
            return lambda variables: variables.get(name, default)
        names = _variables(node)
        if not names:
            return value_from_ast_untyped(node)
        defaults = self._defaults
        return lambda variables: value_from_ast_untyped(node, {**defaults, **variables})


def _variables(node: ValueNode) -> bool:
    if isinstance(node, VariableNode):
        return True
    if isinstance(node, ObjectValueNode):
        return any(_variables(field.value) for field in node.fields or ())
    return any(map(_variables, getattr(node, "values", None) or ()))


def _is_list(kind: Any) -> bool:
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)


def _default(argument: GraphQLArgument | None) -> Any:
    literal = argument.ast_node.default_value if argument and argument.ast_node else None
    return None if literal is None else value_from_ast_untyped(literal)


def _reading(whole: Callable[[Variables], Any], path: list[str]) -> Callable[[Variables], Any]:
    return lambda variables: _inside(whole(variables), path)


def _inside(value: Any, path: Iterable[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _greatest(given: list[Any], otherwise: float) -> float:
    """The greatest of the sizes that were given; a size below zero is none."""
    sizes = [float(size) for size in given if size.__class__ in (int, float)]
    return max(0.0, *sizes) if sizes else otherwise


def _sum(parts: Iterable[Amount]) -> Amount:
    fixed = 0.0
    others: list[Callable[[Variables], float]] = []
    for part in parts:
        if callable(part):
            others.append(part)
        else:
            fixed += part
    if not others:
        return fixed
    return lambda variables: fixed + sum(other(variables) for other in others)


def _times(one: Amount, other: Amount) -> Amount:
    if not callable(one) and not callable(other):
        return one * other
    if one == 1.0:
        return other
    if other == 1.0:
        return one
    if 0.0 in (one, other):
        return 0.0
    return lambda variables: (
        (one(variables) if callable(one) else one) * (other(variables) if callable(other) else other)
    )
