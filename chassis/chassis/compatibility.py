"""What may change in the contract of an event that is published already, and what may not.

A published event stays in logs and is read by code that nobody here knows. So an old sample must still be good, and what
an old reader relies on must still be there: a contract may only grow. Constraints that say less than before are fine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_ALTERNATIVES = ("anyOf", "oneOf", "allOf")
_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_FIXED = ("pattern", "format", "const")
_DEEPEST = 40
Schema = Mapping[str, Any]


def breaks(old: Schema, new: Schema) -> list[str]:
    """Why readers or logs of the old contract do not get along with the new one, a sentence each; empty when they do."""
    return list(dict.fromkeys(_compare(old, new, (old, new), "data", 0)))


def _compare(old: Schema, new: Schema, roots: tuple[Schema, Schema], at: str, depth: int) -> Iterable[str]:
    old, new = _resolved(old, roots[0]), _resolved(new, roots[1])
    if depth > _DEEPEST or (old == new and roots[0].get("$defs") == roots[1].get("$defs")):
        return
    if _types(old) != _types(new):
        yield f"{at} has another type: {_shown(_types(old))} before, {_shown(_types(new))} now"
        return
    yield from _values(old, new, at)
    yield from _alternatives(old, new, roots, at, depth)
    yield from _fields(old, new, roots, at, depth)
    if isinstance(old.get("items"), Mapping) and isinstance(new.get("items"), Mapping):
        yield from _compare(old["items"], new["items"], roots, f"{at}[]", depth + 1)
    elif isinstance(new.get("items"), Mapping) and "items" not in old and "array" in _types(new):
        yield f"{at}[] is bound to a schema now and was free before"


def _fields(old: Schema, new: Schema, roots: tuple[Schema, Schema], at: str, depth: int) -> Iterable[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    required_before, required_after = set(old.get("required", ())), set(new.get("required", ()))
    for name in before.keys() - after.keys():
        yield f"{at}.{name} is gone"
    for name in sorted(required_after - required_before):
        yield f"{at}.{name} must be there now: events that were published without it are no longer good"
    for name in sorted((required_before - required_after) & after.keys()):
        yield f"{at}.{name} may be left out now, and readers rely on it"
    if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
        yield f"{at} takes no further fields now"
    for name in before.keys() & after.keys():
        yield from _compare(before[name], after[name], roots, f"{at}.{name}", depth + 1)


def _values(old: Schema, new: Schema, at: str) -> Iterable[str]:
    if "enum" in new:
        gone = [value for value in old.get("enum", ()) if value not in new["enum"]]
        if "enum" not in old:
            yield f"{at} is narrowed to {_shown(new['enum'])}"
        elif gone:
            yield f"{at} has lost {_shown(gone)}"
    for name in _LOWER_BOUNDS:
        if name in new and (name not in old or new[name] > old[name]):
            yield f"{at} is narrowed: {name} is {new[name]} now, {old.get(name, 'not set')} before"
    for name in _UPPER_BOUNDS:
        if name in new and (name not in old or new[name] < old[name]):
            yield f"{at} is narrowed: {name} is {new[name]} now, {old.get(name, 'not set')} before"
    for name in _FIXED:
        if old.get(name) != new.get(name) and (name in new or name in ("format", "const")):
            yield f"{at} has another {name}: {old.get(name)} before, {new.get(name)} now"


def _alternatives(old: Schema, new: Schema, roots: tuple[Schema, Schema], at: str, depth: int) -> Iterable[str]:
    for word in _ALTERNATIVES:
        before, after = old.get(word, []), new.get(word, [])
        if len(before) != len(after):
            yield f"{at} has other alternatives: {len(before)} before, {len(after)} now"
            return
        for one, other in zip(before, after, strict=True):
            yield from _compare(one, other, roots, at, depth + 1)


def _resolved(schema: Schema, root: Schema) -> Schema:
    seen = 0
    while "$ref" in schema and seen < _DEEPEST:
        schema = root.get("$defs", {}).get(str(schema["$ref"]).rpartition("/")[2], {})
        seen += 1
    return schema


def _types(schema: Schema) -> set[str]:
    given = schema.get("type", ())
    return {given} if isinstance(given, str) else set(given)


def _shown(values: Iterable[Any]) -> str:
    return ", ".join(sorted(map(str, values))) or "any"
