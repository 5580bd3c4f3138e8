"""A delivery in a vendor's own form becomes events of ours; what cannot is named, item by item."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import orjson
import structlog

from chassis.events import Envelope
from gateway.ingress.adapters import Adapter
from gateway.ingress.adapters.mapping import CannotMap, Mapped, Mapping, Received, Unmapped
from gateway.ingress.admission import Delivery
from gateway.ingress.problems import Problem
from gateway.ingress.publication import Publication

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Translation:
    """What became of a delivery."""

    events: list[Envelope]
    unmapped: list[Unmapped]


async def translate(
    adapter: Adapter, received: Received, delivery: Delivery, publication: Publication, traceparent: str
) -> Translation:
    """Map a delivery and check each event against its contract. Never raises: a mapper that fails has mapped nothing."""
    events: list[Envelope] = []
    unmapped: list[Unmapped] = []
    for item in await _mapped(adapter, received):
        if isinstance(item, Mapped):
            try:
                events.append(_envelope(adapter, item, delivery, publication, traceparent))
            except Problem as problem:
                unmapped.append(Unmapped(item.index, problem.detail))
        else:
            unmapped.append(item)
    return Translation(events, unmapped)


async def _mapped(adapter: Adapter, received: Received) -> Mapping:
    try:
        if adapter.complete is not None:
            received = Received(received.delivery, await adapter.complete(received.body), received.at)
        # A large report takes a while; others are answered meanwhile.
        return await asyncio.to_thread(adapter.read, received)
    except CannotMap as error:
        return [Unmapped(0, str(error))]
    except Exception as error:
        _log.exception("a mapper failed", adapter=adapter.name, delivery=received.delivery)
        return [Unmapped(0, f"The mapper failed: {type(error).__name__}.")]


def _envelope(
    adapter: Adapter, item: Mapped, delivery: Delivery, publication: Publication, traceparent: str
) -> Envelope:
    attributes = {
        "specversion": "1.0",
        "id": item.id,
        "type": item.type,
        "source": f"/{adapter.name}/{delivery.caller.subject}",
        "time": item.time.isoformat(),
        "correlationid": delivery.id,
    }
    return publication.envelope(delivery, attributes, orjson.dumps(item.data), traceparent)
