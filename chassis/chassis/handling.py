"""What a service does when an event came, and which failures another attempt can help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
import msgspec
from opentelemetry.trace import SpanKind

from chassis import events
from chassis.contracts import Handler, payload_of
from chassis.database import Transaction
from chassis.domain import Refused
from chassis.events import Envelope
from chassis.patience import Patience
from chassis.tracing import span


class NotYet(Exception):
    """What this event refers to is not here yet. It is tried again, with growing delay, before it stays parked."""


class HandlerStuck(Exception):
    """A handler did not end in time. What it waits for may be there another time; the others do not wait for it."""


AGAIN = (NotYet, HandlerStuck, asyncpg.IntegrityConstraintViolationError)
"""Parked and tried again by itself: what is missing may come with another event."""

PERMANENT = (
    *AGAIN,
    Refused,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    msgspec.MsgspecError,
    asyncpg.DataError,
)
"""Doing the same again at once gives the same: the event is parked. Everything else (a lost connection, a deadlock, a
time-out, a missing table) is waited out in place, and the order holds."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record of the bus as it came."""

    topic: str
    partition: int
    offset: int
    headers: Sequence[tuple[str, bytes]]
    key: bytes | None
    value: bytes | None


class Handling:
    """What a service does when X happened: the handlers by event type, each with the payload it reads."""

    def __init__(self, listens: Mapping[str, Sequence[Handler]], *, seconds: float = 20) -> None:
        """`seconds` is what the handlers of one event may take; less than a session may be idle in its transaction."""
        self._seconds = seconds
        self.by_type = {
            name: [(handler, payload_of(handler)) for handler in handlers] for name, handlers in listens.items()
        }

    async def __call__(self, tx: Transaction, envelope: Envelope) -> None:
        """Run the handlers in this transaction. Raises what they raise, HandlerStuck, and ValueError for data that does not
        fit."""
        handlers = self.by_type.get(envelope.type)
        if handlers is None:
            _refuse_unknown_major(envelope.type, self.by_type)
            return
        tx.cause = envelope
        with span(f"handle {envelope.type}", traceparent=envelope.traceparent, kind=SpanKind.CONSUMER):
            if tx.patience is None:
                tx.patience = Patience(self._seconds)
            try:
                with tx.patience:
                    for handler, payload in handlers:
                        await handler(tx, events.decode(envelope.data, payload))
            except TimeoutError:
                if not tx.patience.expired:
                    raise
                raise HandlerStuck(
                    f"the handlers of {envelope.type} did not end in {self._seconds:g} seconds"
                ) from None


def _refuse_unknown_major(name: str, known: Mapping[str, Any]) -> None:
    """An event we listen to in another major version may not be passed over in silence."""
    stem, _, version = name.rpartition(".v")
    versions = [other.rpartition(".v")[2] for other in known if other.rpartition(".v")[0] == stem]
    if stem and versions and version not in versions:
        raise ValueError(f"{name} is a version this service does not know; it reads v{', v'.join(versions)}")
