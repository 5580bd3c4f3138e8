"""A federation 2 subgraph in process: a real GraphQL schema with `_entities`, over its part of a world."""

from __future__ import annotations

import re
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLObjectType, build_schema, execute, parse, validate, value_from_ast_untyped

from gateway.field_set import FieldSet, parse_field_set
from gateway.testing.world import Info, World, resolve, resolve_type

FEDERATION = """
scalar FieldSet
scalar _Any
directive @key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
directive @requires(fields: FieldSet!) on FIELD_DEFINITION
directive @provides(fields: FieldSet!) on FIELD_DEFINITION
directive @external on OBJECT | FIELD_DEFINITION
directive @shareable on OBJECT | FIELD_DEFINITION
directive @override(from: String!, label: String) on FIELD_DEFINITION
directive @inaccessible on
  | FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ENUM | ENUM_VALUE | SCALAR
  | ARGUMENT_DEFINITION | INPUT_OBJECT | INPUT_FIELD_DEFINITION
directive @interfaceObject on OBJECT
directive @extends on OBJECT | INTERFACE
"""


def _own_extensions(sdl: str) -> str:
    """An old subgraph extends types that it does not define: here they are simply its types."""
    for name in re.findall(r"extend type (\w+)", sdl):
        if not re.search(rf"^type {name}\b", sdl, re.MULTILINE):
            sdl = sdl.replace(f"extend type {name}", f"type {name}")
    return sdl


class Subgraph:
    """One subgraph over the world: it knows its own fields only, and believes only what representations tell it."""

    def __init__(self, name: str, sdl: str, world: World) -> None:
        self.name = name
        self.world = world
        self.queries: list[str] = []
        full = FEDERATION + _own_extensions(sdl)
        probe = build_schema(full, assume_valid=True, assume_valid_sdl=True)
        self._keys: dict[str, list[FieldSet]] = {}
        self._requires: dict[tuple[str, str], FieldSet] = {}
        self._externals: set[tuple[str, str]] = set()
        self._provided: set[str] = set()
        self._interface_objects: set[str] = set()
        for kind in probe.type_map.values():
            if not hasattr(kind, "fields") or kind.name.startswith("__"):
                continue
            self._read(kind)
        entities = sorted(
            name for name, keys in self._keys.items() if keys and isinstance(probe.type_map[name], GraphQLObjectType)
        )
        additions = ""
        if entities:
            additions = f"union _Entity = {' | '.join(entities)} "
            query = probe.query_type
            entity_field = "_entities(representations: [_Any!]!): [_Entity]!"
            additions += f"extend type Query {{ {entity_field} }}" if query else f"type Query {{ {entity_field} }}"
        self.schema = build_schema(full + additions, assume_valid=True, assume_valid_sdl=True)

    def _read(self, kind: Any) -> None:
        nodes = [kind.ast_node, *(kind.extension_ast_nodes or ())]
        for directive in [one for node in nodes if node for one in node.directives or ()]:
            given = {
                argument.name.value: value_from_ast_untyped(argument.value) for argument in directive.arguments or ()
            }
            if directive.name.value == "key":
                self._keys.setdefault(kind.name, [])
                if given.get("resolvable", True):
                    self._keys[kind.name].append(parse_field_set(given["fields"]))
            elif directive.name.value == "interfaceObject":
                self._interface_objects.add(kind.name)
            elif directive.name.value == "external":
                self._externals.update((kind.name, name) for name in kind.fields)
        for name, definition in kind.fields.items():
            for directive in definition.ast_node.directives or ():
                given = {
                    argument.name.value: value_from_ast_untyped(argument.value)
                    for argument in directive.arguments or ()
                }
                if directive.name.value == "requires":
                    self._requires[kind.name, name] = parse_field_set(given["fields"])
                elif directive.name.value == "external":
                    self._externals.add((kind.name, name))
                elif directive.name.value == "provides":
                    self._note_provided(parse_field_set(given["fields"]))

    def _note_provided(self, fields: FieldSet) -> None:
        for selected in fields:
            self._provided.add(selected.name)
            self._note_provided(selected.children)

    def _entities(self, representations: list[dict[str, Any]]) -> list[Any]:
        return [self._entity(representation) for representation in representations]

    def _entity(self, given: dict[str, Any]) -> Any:
        name = given["__typename"]
        keys = self._keys.get(name, [])
        if not keys:
            raise ValueError(f"{self.name} has no resolvable key for {name}")
        kind = self.schema.type_map[name]
        names = [name]
        if name in self._interface_objects:
            names = list(self.world.types)
        elif not isinstance(kind, GraphQLObjectType):
            names = [one.name for one in self.schema.get_possible_types(kind)]  # type: ignore[arg-type]
        usable = [key for key in keys if all(selected.name in given for selected in key)]
        if not usable:
            raise ValueError(f"{self.name} got no key of {name}: {given}")
        for one in (one for possible in names for one in self.world.types.get(possible, ())):
            if any(self.world.matches(one, key, given) for key in usable):
                shown = {**one, "$given": given}
                if name in self._interface_objects:
                    shown["__typename"] = name
                return shown
        return None

    def _resolve(self, source: Any, info: Info, **arguments: Any) -> Any:
        owner, name = info.parent_type.name, info.field_name
        if name == "_entities":
            return self._entities(arguments["representations"])
        if (owner, name) in self._requires:
            wanted, given = self._requires[owner, name], source.get("$given")
            if given is None or not self.world.matches(source, wanted, given):
                raise ValueError(f"{self.name}: {owner}.{name} was not given what it requires: {given}")
        in_key = any(selected.name == name for key in self._keys.get(owner, []) for selected in key)
        if (owner, name) in self._externals and not in_key and name not in self._provided:
            raise ValueError(f"{self.name}: {owner}.{name} is external")
        return resolve(source, info, self.world, self.name, arguments)

    def execute(self, body: bytes) -> bytes:
        """Answer a request; a query that the subgraph's schema refuses is the planner's mistake."""
        request = orjson.loads(body)
        self.queries.append(request["query"])
        document = parse(request["query"])
        errors = validate(self.schema, document)
        if errors:
            raise AssertionError(f"{self.name} refuses {request['query']}: {errors}")
        result = execute(
            self.schema,
            document,
            variable_values=request.get("variables"),
            field_resolver=self._resolve,
            type_resolver=resolve_type,
        )
        assert isinstance(result, ExecutionResult)
        return orjson.dumps(result.formatted)
