"""Would a deploy break someone? What each service publishes, and what the others read of it (X01, X02)."""

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from chassis import contracts, events
from chassis.graphql import sdl
from chassis.service import Service

ROOT = Path(__file__).parents[2]
SERVICES = ("governance", "training", "process", "metrics")


def service_named(name: str) -> Service:
    service: Service = importlib.import_module(f"{name}.service").service
    return service


def documents(folder: Path) -> dict[str, dict[str, Any]]:
    return {path.name: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


def published() -> dict[str, dict[str, Any]]:
    """Event type -> contract, of our services and of the systems outside."""
    found = {}
    for name in SERVICES:
        for file, document in documents(ROOT / "services" / name / "contract" / "events").items():
            found[f"{name}.{file.removesuffix('.json')}"] = document
    for file, document in documents(ROOT / "gateway" / "contract" / "events").items():
        found[file.removesuffix(".json")] = document
    return found


def listeners() -> Iterator[Any]:
    for name in SERVICES:
        for event_type, handlers in service_named(name).all_listens.items():
            for handler in handlers:
                yield pytest.param(event_type, handler, id=f"{name} reads {event_type} in {handler.__module__}")


@pytest.mark.parametrize("name", SERVICES)
def test_the_committed_contract_is_what_the_code_does_X02(name: str):
    service = service_named(name)
    folder = ROOT / "services" / name / "contract"
    published, heard = contracts.published(name, service.publishes), contracts.heard(service.listens)
    assert documents(folder / "events") == as_json(published), "run `make schema`"
    assert documents(folder / "listens") == as_json(heard), "run `make schema`"
    assert (folder / "schema.graphql").read_text() == sdl(service.schema), "run `make schema`"


def as_json(documents: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """A tuple in the code is a list in the file."""
    return {name: json.loads(json.dumps(document)) for name, document in documents.items()}


@pytest.mark.parametrize("event_type", sorted(published()))
def test_every_example_fits_its_own_schema_X02(event_type: str):
    document = published()[event_type]
    assert document.get("examples"), f"{event_type} has no example"
    validator = jsonschema_rs.validator_for({**document, "$schema": "https://json-schema.org/draft/2020-12/schema"})
    for example in document["examples"]:
        validator.validate(example)


@pytest.mark.parametrize(("event_type", "handler"), list(listeners()))
def test_every_listener_understands_every_example_of_its_producer_X02(event_type: str, handler: contracts.Handler):
    known = published()
    assert event_type in known, f"nobody publishes {event_type}"
    payload = contracts.payload_of(handler)
    for example in known[event_type]["examples"]:
        events.decode(msgspec.json.encode(example), payload)


@pytest.mark.parametrize(("event_type", "handler"), list(listeners()))
def test_no_listener_needs_a_field_that_its_producer_may_leave_out_X02(event_type: str, handler: contracts.Handler):
    producer = published()[event_type]
    (reads,) = contracts.heard({event_type: [handler]}).values()
    assert set(reads["requires"]) <= set(producer["required"]), f"{event_type} does not promise all of these"
    assert set(reads["reads"]) <= set(producer["properties"]), f"{event_type} does not have all of these"
