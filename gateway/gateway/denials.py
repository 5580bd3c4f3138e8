"""What a client is told of fields that the caller may not see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gateway.compile import find_paths
from gateway.places import TYPENAME, Denied

CODE = "UNAUTHORIZED_FIELD_OR_TYPE"


def refusals(denied: Sequence[Denied], root: dict[str, Any]) -> list[dict[str, Any]]:
    """One error for each denied field, at the first object of the answer that would have it; none without such an object."""
    errors: dict[tuple[str | int, ...], dict[str, Any]] = {}
    for each in denied:
        place = each.place
        for value, path in find_paths(place.position, root):
            if not place.position.typed or value.get(TYPENAME) in place.types:
                errors.setdefault((*path, each.key), _error(each, [*path, each.key]))
                break
    return list(errors.values())


def rejection(denied: Iterable[Denied]) -> list[dict[str, Any]]:
    """The errors of an operation that is not executed: the fields' paths as they stand in the operation."""
    errors: dict[tuple[str | int, ...], dict[str, Any]] = {}
    for each in denied:
        keys: list[str | int] = [each.key]
        place = each.place
        while place.position.parent is not None and place.position.via is not None:
            if place.position.via.response_key is not None:
                keys.append(place.position.via.response_key)
            place = place.position.parent
        errors.setdefault(tuple(keys), _error(each, keys[::-1]))
    return list(errors.values())


def _error(denied: Denied, path: list[str | int]) -> dict[str, Any]:
    position = denied.place.position
    owner = position.type_name if position.abstract and not position.typed else denied.place.sample
    message = f"You may not see {owner}.{denied.name}: it needs {denied.needs}."
    return {"message": message, "path": path, "extensions": {"code": CODE}}
