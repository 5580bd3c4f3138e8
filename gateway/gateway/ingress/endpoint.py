"""POST /events: who delivers, what they deliver, and what became of each event."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from starlette.types import Receive, Scope, Send

from chassis import events
from chassis.events import Envelope, MalformedEvent
from gateway import telemetry
from gateway.authentication import Authentication, Unauthenticated
from gateway.bodies import BodyRefused, read
from gateway.ingress import cloudevents, sources
from gateway.ingress.bus import Bus, BusUnavailable, TooLarge
from gateway.ingress.cloudevents import Delivered, Malformed, Unsupported
from gateway.ingress.contracts import ContractBroken, Contracts, Fault
from gateway.ingress.sources import MayNotPublish
from gateway.settings import GatewaySettings, shipped
from gateway.telemetry import Tracing

if TYPE_CHECKING:
    from chassis.caller import Caller

_RETRY_AFTER = (b"retry-after", b"2")
_log = structlog.get_logger(__name__)


@dataclass
class Problem(Exception):
    """Why a delivery, or one event of it, is not taken (RFC 9457)."""

    status: int
    title: str
    detail: str
    faults: list[Fault] = field(default_factory=list)
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class _Delivery:
    """Who delivers, and within which trace."""

    caller: Caller
    owners: frozenset[str]
    traceparent: str


class IngressEndpoint:
    """POST /events, as raw ASGI."""

    def __init__(self, bus: Bus, authentication: Authentication, settings: GatewaySettings, tracing: Tracing) -> None:
        self._bus = bus
        self._authentication = authentication
        self._settings = settings
        self._tracing = tracing
        self._contracts = Contracts(shipped("contract") / "events")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one delivery."""
        began = time.perf_counter()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request_id = telemetry.request_id(headers.get(b"x-request-id", b"").decode("latin-1"))
        with telemetry.requests_in_flight.track_inprogress():
            try:
                status, answer = await self._take(scope, headers, receive)
                more: Iterable[tuple[bytes, bytes]] = ()
            except Problem as problem:
                status, answer, more = problem.status, _problem(problem, request_id), problem.headers
            except Exception:
                _log.exception("a delivery failed", request_id=request_id)
                failed = Problem(
                    500, "Something failed inside", f"Quote the request id {request_id}, and send it again."
                )
                status, answer, more = 500, _problem(failed, request_id), ()
        content_type = b"application/json" if status == 202 else b"application/problem+json"
        body = orjson.dumps(answer)
        lines = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
        lines += [(b"x-request-id", request_id.encode()), *more]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": body})
        telemetry.answered("/events", status, time.perf_counter() - began)

    async def _take(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive) -> tuple[int, dict[str, Any]]:
        if scope["method"] != "POST":
            raise Problem(405, "Method not allowed", "Send events by POST.", headers=((b"allow", b"POST"),))
        caller = await self._caller(headers)
        try:
            owners = sources.owners_for(caller)
        except MayNotPublish as error:
            raise Problem(403, "Not a source of events", str(error)) from None
        try:
            body = await read(headers, receive, self._settings.ingress_max_body_bytes)
        except BodyRefused as error:
            raise Problem(error.status, "The body is not read", str(error)) from None
        content_type = headers.get(b"content-type", b"").decode("latin-1")
        traceparent = headers.get(b"traceparent", b"").decode("latin-1")
        with self._tracing.request("events", traceparent) as continued:
            delivery = _Delivery(caller, owners, continued)
            if cloudevents.is_batch(content_type):
                return await self._take_batch(delivery, body)
            return await self._take_one(delivery, content_type, headers, body)

    async def _caller(self, headers: Mapping[bytes, bytes]) -> Caller:
        try:
            caller = await self._authentication.caller(headers.get(b"authorization", b"").decode("latin-1"))
            if caller is None:
                raise self._authentication.missing_of_source()
        except Unauthenticated as error:
            more = (b"www-authenticate", b"Bearer") if error.status == 401 else _RETRY_AFTER
            raise Problem(error.status, error.code, str(error), headers=(more,)) from None
        return caller

    async def _take_one(
        self, delivery: _Delivery, content_type: str, headers: Mapping[bytes, bytes], body: bytes
    ) -> tuple[int, dict[str, Any]]:
        try:
            delivered = cloudevents.read(content_type, headers, body)
        except Unsupported as error:
            raise Problem(415, "Not read here", str(error)) from None
        except Malformed as error:
            raise Problem(400, "Not a CloudEvent", str(error)) from None
        envelope = self._envelope(delivery, delivered)
        await self._publish([envelope])
        return 202, {"accepted": 1}

    async def _take_batch(self, delivery: _Delivery, body: bytes) -> tuple[int, dict[str, Any]]:
        try:
            batch = cloudevents.read_batch(body)
        except Malformed as error:
            raise Problem(400, "Not a batch of CloudEvents", str(error)) from None
        most = self._settings.ingress_max_events
        if len(batch) > most:
            raise Problem(
                413, "Too many events", f"The batch has {len(batch)} events; at most {most} are taken at once."
            )
        good: list[Envelope] = []
        rejected: list[dict[str, Any]] = []
        statuses: set[int] = set()
        for index, delivered in enumerate(batch):
            try:
                if isinstance(delivered, Malformed):
                    raise Problem(400, "Not a CloudEvent", str(delivered))
                good.append(self._envelope(delivery, delivered))
            except Problem as problem:
                statuses.add(problem.status)
                rejected.append({"index": index, "error": problem.detail, **_faults(problem)})
        await self._publish(good)
        answer = {"accepted": len(good), "rejected": rejected}
        if good or not rejected:
            return 202, answer
        status = statuses.pop() if len(statuses) == 1 else 400
        return status, {"title": "No event of the batch was taken", "status": status, **answer}

    def _envelope(self, delivery: _Delivery, delivered: Delivered) -> Envelope:
        attributes, data = delivered.attributes, delivered.data
        event_type = attributes.get("type", "")
        try:
            # Attributes first: the data of something that is no event is not worth a look.
            events.envelope(attributes, data)
            sources.must_own(delivery.owners, delivery.caller, event_type)
            if len(data) > self._settings.ingress_max_event_bytes:
                most = self._settings.ingress_max_event_bytes
                raise Problem(413, "Too large", f"The data has {len(data)} bytes; an event carries at most {most}.")
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
            "subject": attributes.get("subject") or key,
            "partitionkey": key,
            "actorid": delivery.caller.subject,
            "traceparent": attributes.get("traceparent") or delivery.traceparent,
        }
        return events.envelope(attributes | added, data)

    async def _publish(self, envelopes: list[Envelope]) -> None:
        if not envelopes:
            return
        try:
            await self._bus.publish(envelopes)
        except TooLarge:
            raise Problem(413, "Too large", "The broker does not take an event of this size.") from None
        except BusUnavailable:
            raise Problem(
                503, "The bus is not available", "Nothing was taken. Send the same again.", headers=(_RETRY_AFTER,)
            ) from None
        for envelope in envelopes:
            telemetry.ingress_events_total.labels(envelope.type, "accepted").inc()


def _problem(problem: Problem, request_id: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        **_faults(problem),
        "requestId": request_id,
    }


def _faults(problem: Problem) -> dict[str, Any]:
    if not problem.faults:
        return {}
    return {"errors": [{"field": fault.field, "message": fault.message} for fault in problem.faults]}
