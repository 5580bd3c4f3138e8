"""Put what a subgraph answered where it belongs, and translate its errors into the client's words."""

from __future__ import annotations

from typing import Any

import orjson

from gateway.compile import find_paths
from gateway.places import Position
from gateway.plan import Fetch

Object = dict[str, Any]
_MISSING = object()


class SubgraphUnavailable(Exception):
    """A subgraph could not be asked, or did not answer with GraphQL."""

    def __init__(self, subgraph: str, reason: str, *, retry_after: int | None = None) -> None:
        """`retry_after`: it was not asked at all, and will not be for so many seconds."""
        super().__init__(f"Subgraph {subgraph} is unavailable: {reason}")
        self.subgraph = subgraph
        self.reason = reason
        self.retry_after = retry_after

    def error(self) -> tuple[str, Object]:
        """The message and the extensions for clients: the reason is for the log of whoever made the call."""
        extensions: Object = {"code": "SUBGRAPH_UNAVAILABLE", "service": self.subgraph}
        message = f"Subgraph {self.subgraph} is unavailable"
        if self.retry_after is None:
            return f"{message}.", extensions
        message = f"{message}: it failed too often, and is not asked for a while. Try again in {self.retry_after} s."
        return message, extensions | {"retryAfter": self.retry_after}


def read_answer(graph: str, raw: bytes) -> Object:
    """The JSON object that a subgraph sent."""
    try:
        answer = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise SubgraphUnavailable(graph, "the answer is not JSON") from error
    if not isinstance(answer, dict) or ("data" not in answer and "errors" not in answer):
        raise SubgraphUnavailable(graph, "the answer is not a GraphQL response")
    return answer


def merge(target: Object, source: Object) -> None:
    """Add to an object what another subgraph knows of it."""
    for slot, value in source.items():
        known = target.get(slot, _MISSING)
        if known is _MISSING or known is None:
            target[slot] = value
        elif known is value:
            continue
        elif known.__class__ is dict and value.__class__ is dict:
            merge(known, value)
        elif known.__class__ is list and value.__class__ is list:
            _merge_lists(known, value)
        elif value is not None:
            target[slot] = value


def _merge_lists(target: list[Any], source: list[Any]) -> None:
    for index, value in enumerate(source[: len(target)]):
        known = target[index]
        if known is None:
            target[index] = value
        elif isinstance(known, dict) and isinstance(value, dict):
            if known is not value:
                merge(known, value)
        elif isinstance(known, list) and isinstance(value, list):
            _merge_lists(known, value)


class ErrorTranslator:
    """Gives errors of one request the paths of the client's answer."""

    def __init__(self, fetches: list[Fetch], targets: list[list[list[Object]]], root: Object) -> None:
        self._fetches = fetches
        self._targets = targets
        self._root = root

    def translate(self, error: Object) -> list[Object]:
        """One error for each place of the answer that it concerns."""
        path = error.get("path")
        made = {"message": str(error.get("message", "")), "extensions": error.get("extensions")}
        if not made["extensions"]:
            del made["extensions"]
        fetch, targets, rest = self._locate(path if isinstance(path, list) else [])
        if fetch is None:
            return [made]
        places = _paths_of(fetch.position, self._root, targets)
        following = _visible(fetch.position, rest)
        return [{**made, "path": [*place, *following]} for place in places]

    def _locate(self, path: list[Any]) -> tuple[Fetch | None, list[Object] | None, list[Any]]:
        for number, fetch in enumerate(self._fetches):
            if not fetch.is_entity:
                return fetch, None, path
            if path and path[0] == fetch.key:
                index = path[1] if len(path) > 1 and isinstance(path[1], int) else None
                targets = self._targets[number]
                if index is not None and index < len(targets):
                    return fetch, targets[index], path[2:]
                return fetch, None, []
        return (self._fetches[0], None, []) if len(self._fetches) == 1 else (None, None, [])

    def unavailable(self, message: str, extensions: Object) -> list[Object]:
        """One error for each field of the client that the request would have brought."""
        errors: list[Object] = []
        for number, fetch in enumerate(self._fetches):
            targets = [one for some in self._targets[number] for one in some] if fetch.is_entity else None
            places = _paths_of(fetch.position, self._root, targets)[:1]
            keys = _response_keys(fetch)
            for place in places:
                errors.extend(
                    {"message": message, "path": [*place, *following], "extensions": extensions}
                    for following in ([[key] for key in keys] or [[]])
                )
        return errors


def _response_keys(fetch: Fetch) -> list[str]:
    found: dict[str, None] = {}
    for step in fetch.steps:
        for node in step.holder.nodes.values():
            found.update(dict.fromkeys(use.response_key for use in node.uses if use.response_key))
    return list(found)


def _paths_of(position: Position, root: Object, targets: list[Object] | None) -> list[list[str | int]]:
    places = find_paths(position, root)
    if targets is None:
        return [path for _, path in places] or [[]]
    wanted = set(map(id, targets))
    return [path for value, path in places if id(value) in wanted]


def _visible(position: Position, path: list[Any]) -> list[str | int]:
    shown: list[str | int] = []
    current: Position | None = position
    for part in path:
        if isinstance(part, int):
            shown.append(part)
            continue
        uses = [use for place in current.places for use in place.uses if use.slot == part] if current else []
        visible = next((use for use in uses if use.response_key), None)
        if visible is None or visible.response_key is None:
            break
        shown.append(visible.response_key)
        current = visible.child
    return shown
