"""From a delivery to the bus: the envelope of an event, its contract, and the broker's acknowledgement."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

from chassis import events
from chassis.events import Envelope, MalformedEvent
from gateway import telemetry
from gateway.ingress import sources
from gateway.ingress.admission import Delivery
from gateway.ingress.bus import Bus, BusUnavailable, Record, TooLarge
from gateway.ingress.contracts import ContractBroken, Contracts
from gateway.ingress.problems import RETRY_AFTER, Problem
from gateway.ingress.sources import MayNotPublish
from gateway.settings import GatewaySettings


class Publication:
    """Checks events and publishes them. What goes wrong is a Problem."""

    def __init__(self, bus: Bus, contracts: Contracts, settings: GatewaySettings) -> None:
        self._bus = bus
        self._contracts = contracts
        self._largest = settings.ingress_max_event_bytes

    def envelope(self, delivery: Delivery, attributes: dict[str, str], data: bytes, traceparent: str) -> Envelope:
        """The event as it goes on the bus. Raises Problem when it is none, not the source's, or not as its contract says."""
        event_type = attributes.get("type", "")
        try:
            # Attributes first: the data of something that is no event is not worth a look.
            events.envelope(attributes, data)
            sources.must_own(delivery.owners, delivery.caller, event_type)
            if len(data) > self._largest:
                raise Problem(
                    413, "Too large", f"The data has {len(data)} bytes; an event carries at most {self._largest}."
                )
            content = self._contracts.check(event_type, data)
        except MalformedEvent as error:
            raise Problem(400, "Not a CloudEvent", f"{error}.") from None
        except MayNotPublish as error:
            telemetry.ingress_events_total.labels("other", "forbidden").inc()
            raise Problem(403, "Not this source's event", str(error)) from None
        except ContractBroken as error:
            known = event_type if event_type in self._contracts.types else "other"
            telemetry.ingress_events_total.labels(known, "rejected").inc()
            raise Problem(400, "The contract is broken", str(error), error.faults) from None
        key = sources.partition_key(event_type, content, attributes.get("subject"), attributes["id"])
        added = {
            "subject": sources.subject(event_type, attributes, key),
            "partitionkey": key,
            "actorid": delivery.caller.subject,
            "traceparent": attributes.get("traceparent") or traceparent,
        }
        return events.envelope(attributes | added, data)

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Publish events, all of them. Raises Problem when the broker does not take them."""
        if not envelopes:
            return
        await self._reaching(self._bus.publish(envelopes))
        for envelope in envelopes:
            telemetry.ingress_events_total.labels(envelope.type, "accepted").inc()

    async def append(self, records: Sequence[Record]) -> None:
        """Append records that are no events. Raises Problem when the broker does not take them."""
        await self._reaching(self._bus.append(records))

    async def _reaching(self, sending: Awaitable[None]) -> None:
        try:
            await sending
        except TooLarge:
            raise Problem(413, "Too large", "The broker does not take an event of this size.") from None
        except BusUnavailable:
            raise Problem(
                503, "The bus is not available", "Nothing was taken. Send the same again.", headers=(RETRY_AFTER,)
            ) from None
