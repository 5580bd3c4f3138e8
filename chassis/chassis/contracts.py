"""Contracts written from the code: a JSON Schema with an example for each published event, and what each listener reads."""

from __future__ import annotations

import inspect
import json
import typing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union
from uuid import UUID

import msgspec

from chassis import events

Handler = Callable[[Any, Any], Awaitable[None]]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SAMPLES: dict[type, Any] = {
    str: "example",
    int: 1,
    float: 0.5,
    bool: True,
    UUID: "0190f5fe-7d1e-7b5a-9c55-0d3c1f7a2b10",
    datetime: "2026-01-31T12:00:00Z",
    date: "2026-01-31",
}


def payload_of(handler: Handler) -> type:
    """The dataclass a handler reads: the annotation of its second parameter."""
    parameters = list(inspect.signature(handler).parameters)
    annotation = typing.get_type_hints(handler)[parameters[1]]
    return typing.cast(type, annotation)


def schema_of(event: type, name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of an event's data."""
    (reference,), components = msgspec.json.schema_components([event], ref_template="#/$defs/{name}")
    described = components.pop(reference["$ref"].rpartition("/")[2])
    return {
        "$schema": _DIALECT,
        "$id": f"urn:opmodel:event:{name}",
        **described,
        "title": name,
        **({"$defs": components} if components else {}),
    }


def example_of(annotation: Any) -> Any:
    """A JSON value of the type, the same every time."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (Union, UnionType):
        return example_of(next(argument for argument in arguments if argument is not NoneType))
    if origin in (tuple, list, frozenset, set, Sequence):
        return [example_of(arguments[0])]
    if origin in (dict, Mapping):
        return {}
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return next(iter(annotation)).value
    if annotation in _SAMPLES:
        return _SAMPLES[annotation]
    hints = typing.get_type_hints(annotation)
    return {field.name: example_of(hints[field.name]) for field in fields(annotation)}


def published(service: str, publishes: Sequence[type]) -> dict[str, dict[str, Any]]:
    """File name -> contract of each published event."""
    return {
        f"{name.removeprefix(service + '.')}.json": {**schema_of(event, name), "examples": [example_of(event)]}
        for name, event in events.names(publishes, service).items()
    }


def heard(listens: Mapping[str, Sequence[Handler]]) -> dict[str, dict[str, Any]]:
    """File name -> the fields of others' events that this service reads."""
    documents = {}
    for name, handlers in listens.items():
        payloads = [payload_of(handler) for handler in handlers]
        reads = sorted({field.name for payload in payloads for field in fields(payload)})
        required = sorted(
            {
                field.name
                for payload in payloads
                for field in fields(payload)
                if field.default is MISSING and field.default_factory is MISSING
            }
        )
        schemas = [schema_of(payload, name) for payload in payloads]
        documents[f"{name}.json"] = {
            "type": name, "reads": reads, "requires": required, "schemas": [_bare(schema) for schema in schemas],
        }  # fmt: skip
    return documents


def _bare(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if not key.startswith("$") or key == "$defs"}


def write(service: Any, folder: Path) -> None:
    """Write `events/` and `listens/` below the contract folder, and remove files of events that are no more."""
    for name, documents in (
        ("events", published(service.name, service.publishes)),
        ("listens", heard(service.listens)),
    ):
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        for stale in {path.name for path in place.glob("*.json")} - set(documents):
            (place / stale).unlink()
        for file, document in documents.items():
            (place / file).write_text(json.dumps(document, indent=2) + "\n")
