"""CloudEvents 1.0 over HTTP: binary, structured and batched. The data stays byte for byte as it was sent."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import unquote

import msgspec

STRUCTURED = "application/cloudevents+json"
BATCHED = "application/cloudevents-batch+json"
_NAME = re.compile(r"[a-z0-9]{1,40}")
_LONGEST_ATTRIBUTE = 1_024
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
T = TypeVar("T")
_Members = dict[str, msgspec.Raw]


class Malformed(ValueError):
    """This is not a CloudEvent that can be read. The message says which attribute is wrong, and how."""


class Unsupported(ValueError):
    """The content type is none that is read here."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """One event as it came: its attributes and its data, which is JSON."""

    attributes: dict[str, str]
    data: bytes


def read(content_type: str, headers: Mapping[bytes, bytes], body: bytes) -> Delivered:
    """One event in binary or structured form. Raises Malformed or Unsupported."""
    media_type = _media_type(content_type)
    if media_type == STRUCTURED:
        return _structured(_decoded(body, _Members, "A CloudEvent is a JSON object"))
    if media_type.startswith("application/cloudevents"):
        raise Unsupported(f"Events are read as {STRUCTURED}, {BATCHED}, or with `ce-` headers; not as {media_type}.")
    return _binary(media_type, headers, body)


def is_batch(content_type: str) -> bool:
    """Whether the body holds a list of events."""
    return _media_type(content_type) == BATCHED


def is_event(content_type: str, headers: Mapping[bytes, bytes]) -> bool:
    """Whether the delivery says of itself that it is a CloudEvent."""
    return _media_type(content_type).startswith("application/cloudevents") or any(
        name.startswith(b"ce-") for name in headers
    )


def read_batch(body: bytes) -> list[Delivered | Malformed]:
    """The events of a batch in their order; in place of those that cannot be read, why. Raises Malformed."""
    return [_one(raw) for raw in _decoded(body, list[msgspec.Raw], "A batch of CloudEvents is a JSON array")]


def _one(raw: msgspec.Raw) -> Delivered | Malformed:
    try:
        return _structured(_decoded(bytes(raw), _Members, "A CloudEvent is a JSON object"))
    except Malformed as error:
        return error


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _binary(media_type: str, headers: Mapping[bytes, bytes], body: bytes) -> Delivered:
    given = {name[3:]: value for name, value in headers.items() if name.startswith(b"ce-")}
    if not given:
        raise Malformed(
            f"This is no CloudEvent: send its attributes in `ce-` headers, or the whole event as {STRUCTURED}."
        )
    _must_be_json(media_type)
    try:
        attributes = {
            name.decode("latin-1"): unquote(value.decode(), errors="strict").strip('"') for name, value in given.items()
        }
    except UnicodeDecodeError:
        raise Malformed("A `ce-` header is not UTF-8; encode other characters with percent signs.") from None
    return Delivered(checked(attributes), body)


def _structured(members: _Members) -> Delivered:
    data = members.pop("data", None)
    encoded = members.pop("data_base64", None)
    attributes = dict(_texts(members.items()))
    _must_be_json(_media_type(attributes.get("datacontenttype", "application/json")))
    if encoded is not None and data is not None:
        raise Malformed("An event has `data` or `data_base64`, not both.")
    if encoded is not None:
        try:
            content = base64.b64decode(_decoded(bytes(encoded), str, "data_base64 is a string"), validate=True)
        except ValueError as error:
            raise Malformed(f"data_base64 cannot be decoded: {error}.") from None
    else:
        content = b"" if data is None or bytes(data) == b"null" else bytes(data)
    return Delivered(checked(attributes), content)


def _texts(members: Iterable[tuple[str, msgspec.Raw]]) -> Iterable[tuple[str, str]]:
    for name, raw in members:
        value = msgspec.json.decode(raw)
        if isinstance(value, bool):
            yield name, str(value).lower()
        elif isinstance(value, str | int):
            yield name, str(value)
        elif value is not None:
            raise Malformed(f"The attribute {name} must be a string, a whole number or a boolean.")


def checked(attributes: dict[str, str]) -> dict[str, str]:
    """The attributes, when their names and values may travel. Raises Malformed."""
    for name, value in attributes.items():
        if not _NAME.fullmatch(name):
            raise Malformed(f"The attribute name {name!r} must be of lower-case letters and digits.")
        if len(value) > _LONGEST_ATTRIBUTE:
            raise Malformed(f"The attribute {name} is longer than {_LONGEST_ATTRIBUTE} characters.")
        if not value.isprintable():
            raise Malformed(f"The attribute {name} has characters that cannot be printed.")
    time = attributes.get("time")
    if time and not _TIME.fullmatch(time):
        raise Malformed(f"time must be RFC 3339, for example 2026-01-31T12:00:00Z, not {time!r}.")
    return attributes


def _must_be_json(media_type: str) -> None:
    if media_type and media_type != "application/json" and not media_type.endswith("+json"):
        raise Malformed(f"The data must be application/json, not {media_type}.")


def _decoded(content: bytes, into: type[T], otherwise: str) -> T:
    try:
        return msgspec.json.decode(content, type=into)
    except msgspec.ValidationError:
        raise Malformed(f"{otherwise}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"{otherwise}; this is not JSON: {error}.") from None
