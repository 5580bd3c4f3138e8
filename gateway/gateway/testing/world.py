"""One world of data, as JSON, that every subgraph of a graph sees its part of.

`types` lists the objects of each type; `{"@": "Type:id"}` points to one; the roots are types of their own. A value may
depend on arguments (`{"$by": "currency", "USD": 1}`), find an object by its arguments (`{"$find": "Product"}`), fail
(`{"$fail": "message"}`) or differ in one subgraph (`{"$in": {"a": 1}, "*": 2}`).
"""

from __future__ import annotations

from typing import Any

from graphql import GraphQLResolveInfo

from gateway.field_set import FieldSet

Info = GraphQLResolveInfo[Any]


class World:
    """All data of a graph."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.types: dict[str, list[dict[str, Any]]] = data["types"]
        self.roots = {name: data.get(name, {}) for name in ("Query", "Mutation")}
        for name, objects in self.types.items():
            for one in objects:
                one["__typename"] = name

    def find(self, reference: str) -> dict[str, Any] | None:
        """The object a reference points to."""
        name, _, identity = reference.partition(":")
        return next((one for one in self.types[name] if str(one.get("id")) == identity), None)

    def value(self, raw: Any, arguments: dict[str, Any], graph: str | None) -> Any:
        """What raw data is worth in a subgraph, for the arguments of a field."""
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


def resolve(source: Any, info: Info, world: World, graph: str | None, arguments: dict[str, Any]) -> Any:
    """The value of a field, by name."""
    holder = world.roots.get(info.parent_type.name, source)
    return world.value(holder.get(info.field_name), arguments, graph)


def resolve_type(value: Any, _info: Any, _abstract: Any) -> str:
    """The type of an object is written in it."""
    return str(value["__typename"])
