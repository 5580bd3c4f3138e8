"""Turn a plan into what runs: walkers to the objects of a position, builders of representations, request bodies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.choose import Input
from gateway.places import TYPENAME, Place, Position
from gateway.plan import Fetch, Part, Request

Object = dict[str, Any]
Build = Callable[[Object], Object | None]
_MISSING = object()


class _Incomplete(Exception):
    """The object does not have what the representation needs."""


_INCOMPLETE = _Incomplete()


def build_walker(position: Position) -> Callable[[Object], list[Object]]:
    """Find all objects at a position of the answer."""
    hops = [(_filter(place), slot) for place, slot in position.path()]

    def objects(root: Object) -> list[Object]:
        current = [root]
        for types, slot in hops:
            following: list[Object] = []
            for value in current:
                if types is None or value.get(TYPENAME) in types:
                    found = value.get(slot)
                    if found.__class__ is dict:
                        following.append(found)
                    elif found.__class__ is list:
                        _flatten(found, following)
            current = following
        return current

    return objects


def find_paths(position: Position, root: Object) -> list[tuple[Object, list[str | int]]]:
    """All objects at a position, each with its path in the client's words. Slow: for errors only."""
    current: list[tuple[Object, list[str | int]]] = [(root, [])]
    for place, slot in position.path():
        types = _filter(place)
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


def _filter(place: Place) -> frozenset[str | None] | None:
    """The types that belong to a place; None where all objects do. An interface object's type is not known: it passes."""
    if not place.position.abstract:
        return None
    return frozenset((*place.types, None))


def build_representation(part: Part) -> Build:
    """A function from an object to its representation, or None when it cannot be represented."""
    constant = part.rep_type or (part.place.sample if len(part.place.types) == 1 else None)
    types = _filter(part.place)
    inputs = _inputs(part.inputs)

    def build(value: Object) -> Object | None:
        if types is not None and value.get(TYPENAME) not in types:
            return None
        made = {TYPENAME: constant or value.get(TYPENAME)}
        try:
            inputs(value, made)
        except _Incomplete:
            return None
        return made

    return build


def _inputs(inputs: tuple[Input, ...]) -> Callable[[Object, Object], None]:
    made = [(given, _inputs(given.children) if given.children is not None else None) for given in inputs]

    def fill(value: Object, into: Object) -> None:
        type_name = value.get(TYPENAME)
        for given, below in made:
            if type_name is not None and type_name not in given.types:
                continue
            found = value.get(given.slot, _MISSING)
            if found is _MISSING or (found is None and given.is_key):
                raise _INCOMPLETE
            value_made = found if below is None else _nested(found, below, given)
            into[given.name] = _joined(into[given.name], value_made) if given.name in into else value_made

    return fill


def _joined(one: Any, other: Any) -> Any:
    """A key and a requirement may each want a part of the same field: the representation holds both parts."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **{name: _joined(one[name], value) if name in one else value for name, value in other.items()}}
    if isinstance(one, list) and isinstance(other, list):
        return [_joined(left, right) for left, right in zip(one, other, strict=True)]
    return other


def _nested(value: Any, below: Callable[[Object, Object], None], given: Input) -> Any:
    if isinstance(value, list):
        return [_nested(item, below, given) for item in value]
    if not isinstance(value, dict):
        return value
    made: Object = {TYPENAME: value.get(TYPENAME)} if given.typed else {}
    below(value, made)
    return made


Group = Callable[[list[Object]], tuple[list[bytes], list[list[Object]]]]


def build_grouping(parts: list[Part]) -> Group:
    """A function from objects to their distinct representations, as JSON, each with the objects it stands for."""
    if len(parts) == 1:
        simple = _group_by_one_key(parts[0])
        if simple is not None:
            return simple
    builders = [build_representation(part) for part in parts]

    def group(objects: list[Object]) -> tuple[list[bytes], list[list[Object]]]:
        unique: dict[bytes, list[Object]] = {}
        for value in objects:
            for build in builders:
                representation = build(value)
                if representation is not None:
                    unique.setdefault(orjson.dumps(representation), []).append(value)
                    break
        return list(unique), list(unique.values())

    return group


def _group_by_one_key(part: Part) -> Group | None:
    """For the commonest representation: one type, one scalar key."""
    constant = part.rep_type or (part.place.sample if len(part.place.types) == 1 else None)
    if constant is None or len(part.inputs) != 1:
        return None
    given = part.inputs[0]
    if given.children is not None or not given.is_key:
        return None
    types, slot = _filter(part.place), given.slot
    opening = b'{"__typename":' + orjson.dumps(constant) + b"," + orjson.dumps(given.name) + b":"

    def group(objects: list[Object]) -> tuple[list[bytes], list[list[Object]]]:
        unique: dict[Any, list[Object]] = {}
        for value in objects:
            if types is not None and value.get(TYPENAME) not in types:
                continue
            key = value.get(slot)
            if key is None:
                continue
            if key.__class__ is not str and key.__class__ is not int:
                key = orjson.dumps(key)
            same = unique.get(key)
            if same is None:
                unique[key] = [value]
            else:
                same.append(value)
        written = [opening + (key if key.__class__ is bytes else orjson.dumps(key)) + b"}" for key in unique]
        return written, list(unique.values())

    return group


@dataclass(slots=True)
class CompiledFetch:
    """A fetch with its walker and grouping. `adds` when no other fetch brings the same slots: then nothing is merged."""

    fetch: Fetch
    objects: Callable[[Object], list[Object]]
    group: Group
    adds: bool


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
