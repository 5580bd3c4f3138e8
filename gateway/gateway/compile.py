"""Turn a plan into what runs: walkers to the objects of a position, and request bodies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from gateway.places import TYPENAME, Position
from gateway.plan import Fetch, Request
from gateway.representations import Group, build_grouping, members

if TYPE_CHECKING:
    from gateway.entity_cache_rules import Rule

Object = dict[str, Any]


def build_walker(position: Position) -> Callable[[Object], list[Object]]:
    """Find all objects at a position of the answer."""
    hops = [(members(place), slot) for place, slot in position.path()]

    def objects(root: Object) -> list[Object]:
        current = [root]
        for types, slot in hops:
            if types is not None:
                current = [value for value in current if value.get(TYPENAME) in types]
            current = _below([value.get(slot) for value in current])
        return current

    return objects


def _below(found: list[Any]) -> list[Object]:
    """The objects among values and within lists. Comprehensions are worth it: large answers pass here once per fetch."""
    objects = [value for value in found if value.__class__ is dict]
    if len(objects) == len(found):
        return objects
    if not objects:
        items = [item for value in found if value.__class__ is list for item in value]
        objects = [item for item in items if item.__class__ is dict]
        if len(objects) == len(items):
            return objects
    objects = []
    _flatten(found, objects)
    return objects


def find_paths(position: Position, root: Object) -> list[tuple[Object, list[str | int]]]:
    """All objects at a position, each with its path in the client's words. Slow: for errors only."""
    current: list[tuple[Object, list[str | int]]] = [(root, [])]
    for place, slot in position.path():
        types = members(place)
        use = next(use for use in place.uses if use.slot == slot)
        following: list[tuple[Object, list[str | int]]] = []
        for value, path in current:
            if types is None or value.get(TYPENAME) in types:
                step: list[str | int] = [use.response_key] if use.response_key else []
                _flatten_paths(value.get(slot), path + step, following, bool(use.response_key))
        current = following
    return current


def _flatten_paths(
    value: Any, path: list[str | int], found: list[tuple[Object, list[str | int]]], visible: bool
) -> None:
    if isinstance(value, dict):
        found.append((value, path))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _flatten_paths(item, [*path, index] if visible else path, found, visible)


def _flatten(values: list[Any], found: list[Object]) -> None:
    for value in values:
        if value.__class__ is dict:
            found.append(value)
        elif value.__class__ is list:
            _flatten(value, found)


@dataclass(slots=True)
class CompiledFetch:
    """A fetch with its walker and grouping. `adds` when no other fetch brings the same slots: then nothing is merged.

    `rule` says how the entity cache keeps what it brings, once that was looked at.
    """

    fetch: Fetch
    objects: Callable[[Object], list[Object]]
    group: Group
    adds: bool
    rule: Rule | None = None
    is_looked_at: bool = False


def _adds(fetch: Fetch) -> bool:
    return all(
        sum(1 for other in node.place.nodes if use in other.uses) == 1
        for step in fetch.steps
        for node in step.holder.nodes.values()
        for use in node.uses
    )


class CompiledRequest:
    """A request that only lacks values: everything constant is already bytes."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.graph = request.graph
        self.kind = request.kind
        self.waits_for = request.waits_for
        self.fetches = [
            CompiledFetch(fetch, build_walker(fetch.position), build_grouping(fetch.parts), _adds(fetch))
            for fetch in request.fetches
        ]
        self._head = b'{"query":' + orjson.dumps(request.query)
        self._variables = [(name, orjson.dumps(name) + b":") for name in request.variables]
        self._slots = [orjson.dumps(fetch.variable) + b":[" for fetch in request.fetches if fetch.is_entity]

    def template(self) -> str:
        """The body with its gaps, for people."""
        gaps = [prefix + b"..." for _, prefix in self._variables] + [slot + b"...]" for slot in self._slots]
        return (self._head + (b',"variables":{' + b",".join(gaps) + b"}}" if gaps else b"}")).decode()

    def body(self, variables: Mapping[str, Any], representations: list[list[bytes]]) -> bytes:
        """The JSON body with the client's variables and the representations of each entity fetch."""
        values = [prefix + orjson.dumps(variables[name]) for name, prefix in self._variables if name in variables]
        values += [slot + b",".join(given) + b"]" for slot, given in zip(self._slots, representations, strict=True)]
        if not values:
            return self._head + b"}"
        return self._head + b',"variables":{' + b",".join(values) + b"}}"
