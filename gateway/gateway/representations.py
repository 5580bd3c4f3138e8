"""Representations of entities: what a subgraph is told of the objects it is asked about, each distinct one once."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

import orjson

from gateway.choose import Input
from gateway.places import TYPENAME, Place
from gateway.plan import Part

Object = dict[str, Any]
Build = Callable[[Object], Object | None]
Group = Callable[[list[Object]], tuple[list[bytes], list[list[Object]]]]
_MISSING = object()


class _Incomplete(Exception):
    """The object does not have what the representation needs."""


_INCOMPLETE = _Incomplete()


def members(place: Place) -> frozenset[str | None] | None:
    """The types that belong to a place; None where all objects do. An interface object's type is not known: it passes."""
    if not place.position.abstract:
        return None
    return frozenset((*place.types, None))


def build_representation(part: Part) -> Build:
    """A function from an object to its representation, or None when it cannot be represented."""
    constant = _only_type(part)
    types = members(part.place)
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


def build_grouping(parts: list[Part]) -> Group:
    """A function from objects to their distinct representations, as JSON, each with the objects it stands for."""
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

    if len(parts) == 1:
        return _group_by_one_key(parts[0]) or _group_by_scalars(parts[0], group) or group
    return group


def _group_by_one_key(part: Part) -> Group | None:
    """For the commonest representation: one type, one scalar key."""
    constant = _only_type(part)
    if constant is None or len(part.inputs) != 1:
        return None
    given = part.inputs[0]
    if given.children is not None or not given.is_key:
        return None
    types, slot = members(part.place), given.slot
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


def _group_by_scalars(part: Part, general: Group) -> Group | None:
    """For one type with several scalars, keys and requirements: only distinct ones are written."""
    constant = _only_type(part)
    names = [given.name for given in part.inputs]
    if constant is None or len(names) < 2 or len(set(names)) != len(names):
        return None
    if any(given.children is not None or not set(part.place.types) <= given.types for given in part.inputs):
        return None
    types = members(part.place)
    take = itemgetter(*(given.slot for given in part.inputs))
    keys = [number for number, given in enumerate(part.inputs) if given.is_key]
    opening = b'{"__typename":' + orjson.dumps(constant)
    prefixes = [b"," + orjson.dumps(name) + b":" for name in names]

    def write(values: tuple[Any, ...]) -> bytes:
        return opening + b"".join([p + orjson.dumps(v) for p, v in zip(prefixes, values, strict=True)]) + b"}"

    def group(objects: list[Object]) -> tuple[list[bytes], list[list[Object]]]:
        unique: dict[tuple[Any, ...], list[Object]] = {}
        try:
            for value in objects:
                if types is not None and value.get(TYPENAME) not in types:
                    continue
                found = take(value)
                same = unique.get(found)
                if same is None:
                    if None in found and any(found[number] is None for number in keys):
                        continue
                    if True in found or False in found:  # true is equal to 1, but not the same
                        found = (*found, *map(type, found))
                    same = unique.setdefault(found, [])
                same.append(value)
        except (KeyError, TypeError):  # something is missing, or no scalar
            return general(objects)
        return [write(take(same[0])) for same in unique.values()], list(unique.values())

    return group


def _only_type(part: Part) -> str | None:
    """The type that all representations have."""
    return part.rep_type or (part.place.sample if len(part.place.types) == 1 else None)
