"""Every list, report and entity of a schema as a query, found in the schema itself, so that a test or a bench forgets none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)
from graphql.pyutils import Undefined

_CONNECTION = "Connection"
# Whether a field, as "Tool.versions", is not asked for.
LeftOut = Callable[[str, GraphQLField], bool]


def queries(
    schema: GraphQLSchema, given: Mapping[str, str], *, levels: int, inner_lists: bool = True
) -> dict[str, str]:
    """A query for each root field that answers with a list or a connection, by the field's name.

    Connections ask for `$first` items. `levels` says how far objects are followed from an item; a type inside itself shows
    its plain fields only. Without `inner_lists` an item shows no list of objects. `given` has the GraphQL literals of
    arguments, as "canUse(toolId)" or "Tool.versions(first)".
    Raises LookupError for an argument that is required and not given.
    """
    found: dict[str, str] = {}
    for name, field in _asked(schema):
        if _is_many(field.type):
            pages = "first" in field.args
            called = _called(name, field, given, ["first: $first"] if pages else [])
            selected = _selection(field.type, given, levels, (), _nothing if inner_lists else _list_of_objects)
            found[name] = f"query{'($first: Int!)' if pages else ''} {{ {called} {selected} }}"
    return found


def going_on(schema: GraphQLSchema, cursor: str) -> dict[str, str]:
    """What to give `queries` so that every list that pages goes on after this cursor."""
    return {f"{name}(after)": f'"{cursor}"' for name, field in _asked(schema) if "after" in field.args}


def reports(schema: GraphQLSchema, given: Mapping[str, str], *, levels: int) -> dict[str, str]:
    """A query for each root field that answers with one object, by the field's name, unless `entities` has the object's type.

    `given` and `levels` are those of `queries`. Raises LookupError for an argument that is required and not given.
    """
    known = _entities(schema)
    return {
        name: f"{{ {_called(name, field, given)} {_selection(field.type, given, levels, (), _nothing)} }}"
        for name, field in _asked(schema)
        if not _is_many(field.type) and get_named_type(field.type) not in known
    }


def entities(
    schema: GraphQLSchema, given: Mapping[str, str], *, levels: int, without: Collection[str] = ()
) -> dict[str, str]:
    """A query for each type that other services refer to, by the type's name; `$of` is the list of representations.

    `without` names fields that are left out, as "Employee.activity"; `given` and `levels` are those of `queries`.
    Raises LookupError for an argument that is required and not given.
    """

    def left_out(where: str, field: GraphQLField) -> bool:
        return where in without

    return {
        type.name: "query($of: [_Any!]!) { _entities(representations: $of) { ... on "
        f"{type.name} {_selection(type, given, levels, (), left_out)} }} }}"
        for type in _entities(schema)
    }


def _asked(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLField]]:
    """The root fields, without the federation's own."""
    assert schema.query_type is not None
    return ((name, field) for name, field in schema.query_type.fields.items() if not name.startswith("_"))


def _entities(schema: GraphQLSchema) -> tuple[GraphQLObjectType, ...]:
    union = schema.type_map["_Entity"]
    assert isinstance(union, GraphQLUnionType)
    return tuple(union.types)


def _nothing(where: str, field: GraphQLField) -> bool:
    return False


def _list_of_objects(where: str, field: GraphQLField) -> bool:
    return _is_many(field.type) and not is_leaf_type(get_named_type(field.type))


def _is_many(kind: GraphQLOutputType) -> bool:
    plain = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
    return isinstance(plain, GraphQLList) or get_named_type(plain).name.endswith(_CONNECTION)


def _called(name: str, field: GraphQLField, given: Mapping[str, str], more: Sequence[str] = (), of: str = "") -> str:
    """A field with its arguments."""
    arguments = [*_arguments(of + name, field, given), *more]
    return f"{name}({', '.join(arguments)})" if arguments else name


def _arguments(where: str, field: GraphQLField, given: Mapping[str, str]) -> Iterator[str]:
    for name, argument in field.args.items():
        value = given.get(f"{where}({name})")
        if value is not None:
            yield f"{name}: {value}"
        elif isinstance(argument.type, GraphQLNonNull) and argument.default_value is Undefined:
            raise LookupError(f"Say what {where}({name}) is to be.")


def _selection(
    kind: GraphQLOutputType, given: Mapping[str, str], levels: int, path: tuple[str, ...], left_out: LeftOut
) -> str:
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    if not isinstance(named, GraphQLObjectType):
        return "{ __typename }"
    if named.name.endswith(_CONNECTION):
        nodes = named.fields["nodes"]
        return (
            f"{{ nodes {_selection(nodes.type, given, levels, path, left_out)} pageInfo {{ hasNextPage endCursor }} }}"
        )
    chosen = ["__typename"]
    for name, field in named.fields.items():
        object_like = not is_leaf_type(get_named_type(field.type))
        if left_out(f"{named.name}.{name}", field) or (object_like and (levels == 0 or named.name in path)):
            continue
        called = _called(name, field, given, of=f"{named.name}.")
        chosen.append(f"{called} {_selection(field.type, given, levels - 1, (*path, named.name), left_out)}".strip())
    return f"{{ {' '.join(chosen)} }}"
