"""One world of data, seen through every subgraph of a graph and through one schema that has it all.

Data is JSON: `types` lists the objects of each type; `{"@": "Type:id"}` points to one; the roots are types of their own.
A value may depend on arguments (`{"$by": "currency", "USD": 1}`), find objects by its arguments (`{"$find": "Product"}`)
or differ in one subgraph (`{"$in": {"a": 1}, "*": 2}`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from graphql import (
    ExecutionResult,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute,
    graphql_sync,
    parse,
    validate,
)

from gateway.engine import Engine, SubgraphUnavailable
from gateway.field_set import FieldSet, parse_field_set

GRAPHS = Path(__file__).parent / "graphs"
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


class World:
    """All data of a graph."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.types: dict[str, list[dict[str, Any]]] = data["types"]
        self.roots = {name: data.get(name, {}) for name in ("Query", "Mutation")}
        for name, objects in self.types.items():
            for one in objects:
                one["__typename"] = name

    def find(self, reference: str) -> dict[str, Any] | None:
        name, _, identity = reference.partition(":")
        return next((one for one in self.types[name] if str(one.get("id")) == identity), None)

    def value(self, raw: Any, arguments: dict[str, Any], graph: str | None) -> Any:
        if isinstance(raw, list):
            return [self.value(one, arguments, graph) for one in raw]
        if not isinstance(raw, dict):
            return raw
        if "@" in raw:
            return self.find(raw["@"])
        if "$by" in raw:
            return self.value(raw.get(str(arguments.get(raw["$by"]))), arguments, graph)
        if "$in" in raw:
            return self.value(raw["$in"].get(graph, raw["*"]), arguments, graph)
        if "$fail" in raw:
            raise ValueError(raw["$fail"])
        if "$find" in raw:
            found = [
                one
                for one in self.types[raw["$find"]]
                if all(one.get(name) == value for name, value in arguments.items())
            ]
            return found[0] if found else None
        return raw

    def matches(self, one: Any, wanted: FieldSet, given: Any) -> bool:
        """Whether a representation says of an object what is true."""
        if isinstance(one, list) and isinstance(given, list):
            return len(one) == len(given) and all(
                self.matches(left, wanted, right) for left, right in zip(one, given, strict=True)
            )
        if one is None or given is None:
            return one is None and given is None
        for selected in wanted:
            if selected.on and one.get("__typename") not in selected.on:
                continue
            arguments = dict(_arguments(selected.arguments))
            if selected.name not in given:
                return False
            if selected.name == "__typename":
                continue
            value = self.value(one.get(selected.name), arguments, None)
            if selected.children:
                if not self.matches(value, selected.children, given[selected.name]):
                    return False
            elif value != given[selected.name]:
                return False
        return True


def _arguments(text: str) -> list[tuple[str, Any]]:
    return [
        (name.strip(), value.strip().strip('"'))
        for name, _, value in (part.partition(":") for part in text.strip("()").split(","))
        if name.strip()
    ]


def _plain(source: Any, info: GraphQLResolveInfo, world: World, graph: str | None, arguments: dict[str, Any]) -> Any:
    holder = world.roots.get(info.parent_type.name, source)
    return world.value(holder.get(info.field_name), arguments, graph)


def _resolve_type(value: Any, _info: Any, _abstract: Any) -> str:
    return str(value["__typename"])


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
            given = {argument.name.value: argument.value.value for argument in directive.arguments or ()}
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
                given = {argument.name.value: argument.value.value for argument in directive.arguments or ()}
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

    def _resolve(self, source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
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
        return _plain(source, info, self.world, self.name, arguments)

    def execute(self, body: bytes) -> bytes:
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
            type_resolver=_resolve_type,
        )
        assert isinstance(result, ExecutionResult)
        return orjson.dumps(result.formatted)


@dataclass
class Federation:
    """A graph of the corpus: its engine, its subgraphs in process, and the one schema to compare with."""

    engine: Engine
    subgraphs: dict[str, Subgraph]
    world: World
    down: set[str] = field(default_factory=set)
    calls: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def load(cls, name: str) -> Federation:
        folder = GRAPHS / name
        world = World(json.loads((folder / "data.json").read_text()))
        engine = Engine.from_sdl((folder / "supergraph.graphql").read_text())
        subgraphs = {
            path.stem: Subgraph(path.stem, path.read_text(), world)
            for path in sorted(folder.glob("*.graphql"))
            if path.stem != "supergraph"
        }
        return cls(engine, subgraphs, world)

    async def fetch(self, subgraph: str, body: bytes, kind: str) -> bytes:
        self.calls.append((subgraph, orjson.loads(body)["query"]))
        assert orjson.loads(body)["query"].startswith(kind)
        if subgraph in self.down:
            raise SubgraphUnavailable(subgraph, "it is down")
        return self.subgraphs[subgraph].execute(body)

    async def ask(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        self.calls.clear()
        answer = await self.engine.execute(query, variables, None, self.fetch)
        found: dict[str, Any] = orjson.loads(answer.body)
        return found

    def reference(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """What one schema over all the data answers."""

        def resolve(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
            return _plain(source, info, self.world, None, arguments)

        schema: GraphQLSchema = self.engine.api_schema
        document = parse(query)
        if not validate(schema, document):
            result = execute(
                schema, document, variable_values=variables, field_resolver=resolve, type_resolver=_resolve_type
            )
            assert isinstance(result, ExecutionResult)
            return dict(result.formatted)
        return dict(graphql_sync(schema, query).formatted)
