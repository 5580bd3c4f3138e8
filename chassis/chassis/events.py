"""CloudEvents as they travel: names, the envelope, and its two forms on Kafka (binary and structured)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
STRUCTURED = "application/cloudevents+json"
_SPECVERSION = ("ce_specversion", b"1.0")
_JSON = b"application/json"
_CONTENT_TYPE = ("content-type", _JSON)

_names: dict[tuple[str, type], str] = {}


class MalformedEvent(ValueError):
    """The record is not a CloudEvent that can be read. The message says which attribute is wrong."""


def type_of(service: str, event: type) -> str:
    """`ToolApproved` of governance is `governance.tool-approved.v1`; a class attribute VERSION gives the number.

    OWNER gives another owner than the service, for events that it publishes on behalf of somebody outside.
    """
    name = _names.get((service, event))
    if name is None:
        words = "-".join(word.lower() for word in _WORD.split(event.__name__))
        name = _names[service, event] = f"{getattr(event, 'OWNER', service)}.{words}.v{getattr(event, 'VERSION', 1)}"
    return name


def source_of(owner: str) -> str:
    """The `source` attribute of events that one of our services publishes."""
    return f"/opmodel/{owner}"


def topic_of(event_type: str) -> str:
    """Events travel on their owner's topic: `hris.employee-hired.v1` on `hris.events`."""
    return f"{event_type.partition('.')[0]}.events"


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """One CloudEvent 1.0 with the extensions this system uses; `data` is the JSON as bytes."""

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    data: bytes
    key: str
    sequence: int | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    actor_id: str | None = None
    traceparent: str | None = None

    def headers(self) -> list[tuple[str, bytes]]:
        """Kafka headers of the binary content mode."""
        headers = [
            _SPECVERSION,
            ("ce_id", self.id.encode()),
            ("ce_type", self.type.encode()),
            ("ce_source", self.source.encode()),
            ("ce_subject", self.subject.encode()),
            ("ce_time", self.time.isoformat().encode()),
            ("ce_partitionkey", self.key.encode()),
            _CONTENT_TYPE,
        ]
        if self.sequence is not None:
            headers.append(("ce_sequence", b"%d" % self.sequence))
        if self.correlation_id is not None:
            headers.append(("ce_correlationid", self.correlation_id.encode()))
        if self.causation_id is not None:
            headers.append(("ce_causationid", self.causation_id.encode()))
        if self.actor_id is not None:
            headers.append(("ce_actorid", self.actor_id.encode()))
        if self.traceparent is not None:
            headers.append(("ce_traceparent", self.traceparent.encode()))
        return headers


def from_record(headers: Sequence[tuple[str, bytes]], value: bytes | None, key: bytes | None) -> Envelope:
    """Read a Kafka record in binary or structured content mode. Raises MalformedEvent."""
    named = dict(headers)
    if named.get("content-type") == _JSON and (quickly := _as_we_write(named, value, key)) is not None:
        return quickly
    named = {name.lower(): content for name, content in headers}
    content_type = named.get("content-type", b"").decode("latin-1")
    if content_type.startswith(STRUCTURED) or ("ce_id" not in named and _looks_structured(value)):
        return from_structured(value or b"", key)
    try:
        attributes = {name[3:]: content.decode() for name, content in named.items() if name[:3] == "ce_"}
    except UnicodeDecodeError as error:
        raise MalformedEvent(f"a ce_ header is not UTF-8: {error}") from None
    return envelope(attributes, value or b"", key)


def _as_we_write(named: dict[str, bytes], value: bytes | None, key: bytes | None) -> Envelope | None:
    """The same for a record that looks like those of our own relays, in a third of the time. None: read it with care."""
    try:
        if named["ce_specversion"] != b"1.0":
            return None
        id, source, subject = named["ce_id"].decode(), named["ce_source"].decode(), named["ce_subject"].decode()
        time = datetime.fromisoformat(named["ce_time"].decode())
        get = named.get
        event = Envelope(
            id=id,
            type=named["ce_type"].decode(),
            source=source,
            subject=subject,
            time=time,
            data=value or b"",
            key=named["ce_partitionkey"].decode(),
            sequence=None if (sequence := get("ce_sequence")) is None else int(sequence),
            correlation_id=None if (correlation := get("ce_correlationid")) is None else correlation.decode(),
            causation_id=None if (causation := get("ce_causationid")) is None else causation.decode(),
            actor_id=None if (actor := get("ce_actorid")) is None else actor.decode(),
            traceparent=None if (trace := get("ce_traceparent")) is None else trace.decode(),
        )
    except (KeyError, ValueError):
        return None
    whole = id and source and subject and event.type and event.key and time.tzinfo
    return event if whole and "\0" not in f"{id}{source}{subject}{event.type}" else None


def _looks_structured(value: bytes | None) -> bool:
    return value is not None and b'"specversion"' in value[:4096]


def from_structured(body: bytes, key: bytes | None = None) -> Envelope:
    """Read a CloudEvent in JSON format. Raises MalformedEvent."""
    try:
        members: Any = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise MalformedEvent(f"the event is not JSON: {error}") from None
    if not isinstance(members, dict):
        raise MalformedEvent("a CloudEvent is a JSON object")
    data = msgspec.json.encode(members.pop("data", None))
    return envelope({name: str(value) for name, value in members.items() if value is not None}, data, key)


def envelope(attributes: dict[str, str], data: bytes, key: bytes | None = None) -> Envelope:
    """Make an envelope of CloudEvents attributes. Raises MalformedEvent naming the first attribute that is wrong."""
    if attributes.get("specversion") != "1.0":
        raise MalformedEvent(f"specversion must be 1.0, not {attributes.get('specversion')!r}")
    for name in ("id", "type", "source"):
        if not attributes.get(name):
            raise MalformedEvent(f"the attribute {name} is missing")
    for name in ("id", "type", "source", "subject"):
        if "\0" in attributes.get(name, ""):
            raise MalformedEvent(f"the attribute {name} contains the character U+0000")
    time = attributes.get("time")
    try:
        when = datetime.fromisoformat(time) if time else datetime.now(UTC)
        sequence = int(attributes["sequence"]) if attributes.get("sequence") else None
    except ValueError as error:
        raise MalformedEvent(f"time must be RFC 3339 and sequence an integer: {error}") from None
    if when.tzinfo is None:
        raise MalformedEvent("time must carry its offset (RFC 3339), for example 2026-01-31T12:00:00Z")
    subject = attributes.get("subject") or attributes["id"]
    return Envelope(
        id=attributes["id"],
        type=attributes["type"],
        source=attributes["source"],
        subject=subject,
        time=when,
        data=data,
        key=attributes.get("partitionkey") or (key.decode("utf-8", "replace") if key else subject),
        sequence=sequence,
        correlation_id=attributes.get("correlationid"),
        causation_id=attributes.get("causationid"),
        actor_id=attributes.get("actorid"),
        traceparent=attributes.get("traceparent"),
    )


def partition_key(event: Any, aggregate_id: object) -> str:
    """A person's events stay together under the employee id, everything else under its aggregate's id."""
    return str(getattr(event, "employee_id", None) or aggregate_id)


def encode(event: Any) -> bytes:
    """The JSON data of an event dataclass."""
    return msgspec.json.encode(event)


_decoders: dict[type, msgspec.json.Decoder[Any]] = {}


def decode(data: bytes, into: type) -> Any:
    """Read the fields that `into` declares and ignore the others. Raises msgspec.ValidationError or DecodeError."""
    decoder = _decoders.get(into)
    if decoder is None:
        decoder = _decoders[into] = msgspec.json.Decoder(into)
    return decoder.decode(data)


def names(events: Sequence[type], service: str) -> dict[str, type]:
    """The event types that a service publishes, by name."""
    return {type_of(service, event): event for event in events}
