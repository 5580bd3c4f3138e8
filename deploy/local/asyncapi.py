"""The AsyncAPI 3 document of the whole platform, made of the contracts: who publishes what, where, and who reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deploy.local import history
from deploy.local.settings import ROOT, SERVICES

DOCUMENT = ROOT / "gateway" / "contract" / "asyncapi.json"
_OUTSIDE = {
    "hris": "HR systems and identity providers", "itsm": "service desks", "lms": "learning systems",
    "usage": "AI tools' telemetry",
}  # fmt: skip
_HEADERS = {
    "ce_specversion": "The CloudEvents version: 1.0.",
    "ce_id": "With ce_source what makes an event the same when it comes again.",
    "ce_type": "The type, with its major version.",
    "ce_source": "Who published it.",
    "ce_subject": "The aggregate whose order counts.",
    "ce_time": "When it happened (RFC 3339).",
    "ce_partitionkey": "The key of the record: events of one key keep their order.",
    "ce_sequence": "The version of the aggregate, +1 with each event; only from our own services.",
    "ce_correlationid": "What began it all.",
    "ce_causationid": "The event that led to this one.",
    "ce_actorid": "Who did it.",
    "ce_traceparent": "The W3C trace context.",
}
_ALWAYS = ["ce_specversion", "ce_id", "ce_type", "ce_source"]


def document() -> dict[str, Any]:
    """The document."""
    schemas: dict[str, Any] = {"cloudEvent": _headers()}
    messages: dict[str, Any] = {}
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for event_type, contract in sorted(history.contracts().items()):
        owner = event_type.partition(".")[0]
        messages[event_type] = _message(event_type, contract, schemas)
        channel = channels.setdefault(owner, _channel(owner))
        channel["messages"][event_type] = {"$ref": f"#/components/messages/{event_type}"}
    for owner, channel in channels.items():
        refs = [{"$ref": f"#/channels/{owner}/messages/{name}"} for name in channel["messages"]]
        operations[f"{owner}.publish"] = _operation("send", owner, f"{_publisher(owner)} publish.", refs)
    for service in SERVICES:
        for owner, types in _heard(service).items():
            refs = [{"$ref": f"#/channels/{owner}/messages/{name}"} for name in types]
            operations[f"{service}.hear-{owner}"] = _operation("receive", owner, f"{service} reacts.", refs)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "opmodel",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 on Kafka, binary content mode: attributes in `ce_` headers, the data as the value.",
        },
        "defaultContentType": "application/json",
        "servers": {"bus": {"host": "kafka:9092", "protocol": "kafka", "description": "The broker."}},
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def write() -> None:
    """Write the document to where the gateway ships it."""
    DOCUMENT.write_text(json.dumps(document(), indent=1) + "\n")


def _publisher(owner: str) -> str:
    return (
        f"{_OUTSIDE[owner][0].upper()}{_OUTSIDE[owner][1:]}"
        if owner in _OUTSIDE
        else f"The {owner} service and its workers"
    )


def _channel(owner: str) -> dict[str, Any]:
    return {
        "address": f"{owner}.events",
        "title": f"{owner}.events",
        "description": f"What {_OUTSIDE.get(owner, f'the {owner} service')} publish{'' if owner in _OUTSIDE else 'es'}.",
        "messages": {},
        "bindings": {"kafka": {"topic": f"{owner}.events", "partitions": 6, "bindingVersion": "0.5.0"}},
    }


def _operation(action: str, owner: str, summary: str, messages: list[dict[str, str]]) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{owner}"}, "summary": summary, "messages": messages}


def _message(event_type: str, contract: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    described = str(contract.get("description", event_type))
    examples = contract.get("examples", [])
    bare = {name: value for name, value in contract.items() if name not in {"$schema", "$id", "examples", "$defs"}}
    for name, definition in contract.get("$defs", {}).items():
        schemas[f"{event_type}.{name}"] = _moved(definition, event_type)
    schemas[event_type] = _moved(bare, event_type)
    return {
        "name": event_type,
        "title": event_type,
        "summary": described,
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/cloudEvent"},
        "payload": {"$ref": f"#/components/schemas/{event_type}"},
        "examples": [{"name": f"example-{number}", "payload": one} for number, one in enumerate(examples, start=1)],
    }


def _moved(schema: Any, event_type: str) -> Any:
    """The schema with references to its own definitions pointing to where they stand in the document."""
    if isinstance(schema, dict):
        return {
            name: f"#/components/schemas/{event_type}.{value.rpartition('/')[2]}"
            if name == "$ref" and isinstance(value, str)
            else _moved(value, event_type)
            for name, value in schema.items()
        }
    return [_moved(one, event_type) for one in schema] if isinstance(schema, list) else schema


def _headers() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "The attributes of a CloudEvent as Kafka headers.",
        "required": _ALWAYS,
        "properties": {name: {"type": "string", "description": told} for name, told in _HEADERS.items()},
    }


def _heard(service: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    folder: Path = ROOT / "services" / service / "contract" / "listens"
    known = history.contracts()
    for path in sorted(folder.glob("*.json")):
        if path.stem in known:
            found.setdefault(path.stem.partition(".")[0], []).append(path.stem)
    return found
