"""POST /events: CloudEvents, one or many, and what became of each; also the plain bodies of Standard Webhooks."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.types import Receive, Scope

from chassis.events import Envelope
from gateway.ingress import cloudevents
from gateway.ingress.admission import Admission, Delivery
from gateway.ingress.cloudevents import Delivered, Malformed, Unsupported
from gateway.ingress.problems import Problem
from gateway.ingress.publication import Publication


class _Webhook(msgspec.Struct):
    """The body that Standard Webhooks recommends."""

    type: str
    timestamp: str
    data: msgspec.Raw


class CloudEventsEndpoint:
    """Takes what comes on /events."""

    def __init__(self, admission: Admission, publication: Publication, most: int) -> None:
        self._admission = admission
        self._publication = publication
        self._most = most

    async def take(self, scope: Scope, receive: Receive, traceparent: str) -> tuple[int, dict[str, Any]]:
        """Take one delivery; returns the status and the answer. Raises Problem."""
        delivery = await self._admission.admit(scope, receive)
        if cloudevents.is_batch(delivery.content_type):
            return await self._take_batch(delivery, traceparent)
        return await self._take_one(delivery, traceparent)

    async def _take_one(self, delivery: Delivery, traceparent: str) -> tuple[int, dict[str, Any]]:
        try:
            delivered = _webhook(delivery) or cloudevents.read(delivery.content_type, delivery.headers, delivery.body)
        except Unsupported as error:
            raise Problem(415, "Not read here", str(error)) from None
        except Malformed as error:
            raise Problem(400, "Not a CloudEvent", str(error)) from None
        envelope = self._publication.envelope(delivery, delivered.attributes, delivered.data, traceparent)
        await self._publication.publish([envelope])
        return 202, {"accepted": 1}

    async def _take_batch(self, delivery: Delivery, traceparent: str) -> tuple[int, dict[str, Any]]:
        try:
            batch = cloudevents.read_batch(delivery.body)
        except Malformed as error:
            raise Problem(400, "Not a batch of CloudEvents", str(error)) from None
        if len(batch) > self._most:
            raise Problem(
                413, "Too many events", f"The batch has {len(batch)} events; at most {self._most} are taken at once."
            )
        good: list[Envelope] = []
        rejected: list[dict[str, Any]] = []
        statuses: set[int] = set()
        for index, delivered in enumerate(batch):
            try:
                if isinstance(delivered, Malformed):
                    raise Problem(400, "Not a CloudEvent", str(delivered))
                good.append(self._publication.envelope(delivery, delivered.attributes, delivered.data, traceparent))
            except Problem as problem:
                statuses.add(problem.status)
                rejected.append({"index": index, "error": problem.detail, **problem.errors()})
        await self._publication.publish(good)
        answer = {"accepted": len(good), "rejected": rejected}
        if good or not rejected:
            return 202, answer
        status = statuses.pop() if len(statuses) == 1 else 400
        return status, {"title": "No event of the batch was taken", "status": status, **answer}


def _webhook(delivery: Delivery) -> Delivered | None:
    """A signed plain webhook as an event whose id is the delivery's; None when the delivery is a CloudEvent."""
    if not delivery.is_signed or cloudevents.is_event(delivery.content_type, delivery.headers):
        return None
    try:
        body = msgspec.json.decode(delivery.body, type=_Webhook)
    except msgspec.DecodeError as error:
        raise Malformed(
            f"A webhook is a JSON object with type, timestamp and data, or a CloudEvent; {error}."
        ) from None
    attributes = {
        "specversion": "1.0", "id": delivery.id, "type": body.type, "time": body.timestamp,
        "source": f"/webhooks/{delivery.caller.subject}",
    }  # fmt: skip
    return Delivered(cloudevents.checked(attributes), bytes(body.data))
