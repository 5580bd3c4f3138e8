"""Contracts written from the code (X02)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import jsonschema_rs

from chassis import contracts, events
from chassis.database import Transaction


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Part:
    colour: Colour
    count: int | None = None


@dataclass(frozen=True, slots=True)
class ThingMade:
    thing_id: UUID
    made_at: datetime
    on: date
    parts: tuple[Part, ...]
    note: str | None
    ready: bool = True


@dataclass(frozen=True, slots=True)
class Heard:
    thing_id: UUID
    note: str | None = None


async def hear(tx: Transaction, event: Heard) -> None: ...


def test_the_example_fits_the_schema_and_can_be_read_X02():
    (document,) = contracts.published("thing", [ThingMade]).values()
    validator = jsonschema_rs.validator_for(document)
    example = document["examples"][0]
    assert validator.is_valid(example)
    assert not validator.is_valid({key: value for key, value in example.items() if key != "parts"})
    read = events.decode(json.dumps(example).encode(), ThingMade)
    assert read.parts[0].colour is Colour.RED


def test_a_listener_tells_the_few_fields_it_reads_X02():
    handlers: Sequence[contracts.Handler] = [hear]
    (document,) = contracts.heard({"thing.thing-made.v1": handlers}).values()
    assert document["reads"] == ["note", "thing_id"]
    assert document["requires"] == ["thing_id"]
