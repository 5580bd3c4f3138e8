"""What every mapper speaks of: a body as it was received, the events it says, and what of it cannot be mapped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson


class CannotMap(ValueError):
    """This says nothing that can be made an event. The message says what is missing, and where to set it right."""


@dataclass(frozen=True, slots=True)
class Received:
    """A body as it came, what identifies the delivery, and when it came."""

    delivery: str
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Mapped:
    """An event of ours. The id is made of the vendor's own, so the same fact told again is the same event."""

    index: int
    type: str
    id: str
    data: dict[str, Any]
    time: datetime


@dataclass(frozen=True, slots=True)
class Unmapped:
    """An item of the body that cannot be mapped, and why."""

    index: int
    why: str


Mapping = list[Mapped | Unmapped]


def each(items: Iterable[Any], one: Callable[[int, dict[str, Any]], list[Mapped]]) -> Mapping:
    """Map the items one by one: what is wrong with one does not touch the others."""
    found: Mapping = []
    for index, item in enumerate(items):
        try:
            if not isinstance(item, dict):
                raise CannotMap(f"An item must be a JSON object, not {shown(item)}.")
            found += one(index, item)
        except CannotMap as error:
            found.append(Unmapped(index, str(error)))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            found.append(Unmapped(index, f"It is not built as expected: {type(error).__name__}: {error}."))
    return found


def json_of(body: bytes) -> Any:
    """The decoded body. Raises CannotMap."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise CannotMap(f"The body is not JSON: {error}.") from None


def instant(text: Any) -> datetime:
    """A vendor's time: with an offset of either spelling (+00:00, +0000, Z), or without one, then in UTC. Raises CannotMap."""
    try:
        when = datetime.fromisoformat(str(text).strip())
    except ValueError:
        raise CannotMap(f"{shown(text)} is not a time such as 2026-01-31T18:42:00+0000.") from None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def day(text: Any) -> str | None:
    """A vendor's day as YYYY-MM-DD; None for one that is not set (empty, or all zeros). Raises CannotMap."""
    written = str(text or "").strip()[:10]
    if not written.strip("0-"):
        return None
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        raise CannotMap(f"{shown(text)} is not a day such as 2026-01-31.") from None


def fingerprint(*parts: Any) -> str:
    """An id made of these parts: equal parts, equal id."""
    return hashlib.sha256(orjson.dumps(parts, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def shown(value: Any) -> str:
    """A value for a message, cut where it gets long."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
