"""The HTTP side of the ingress: one request in, one answer out, measured and traced."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import orjson
import structlog
from starlette.types import Receive, Scope, Send

from gateway import telemetry
from gateway.ingress.problems import Problem
from gateway.telemetry import Tracing

Take = Callable[[Scope, Receive, str], Awaitable[tuple[int, dict[str, Any]]]]
_log = structlog.get_logger(__name__)


class Door:
    """Answers `POST` on a route by what `take` says: its status and JSON; a Problem becomes an RFC 9457 answer."""

    def __init__(self, route: str, take: Take, tracing: Tracing) -> None:
        self._route = route
        self._take = take
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one delivery."""
        began = time.perf_counter()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request_id = telemetry.request_id(headers.get(b"x-request-id", b"").decode("latin-1"))
        with telemetry.requests_in_flight:
            status, answer, more = await self._answer(scope, headers, receive, request_id)
        content_type = b"application/json" if status == 202 else b"application/problem+json"
        body = orjson.dumps(answer)
        lines = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
        lines += [(b"x-request-id", request_id.encode()), *more]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": body})
        telemetry.answered(self._route, status, time.perf_counter() - began)

    async def _answer(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, request_id: str
    ) -> tuple[int, dict[str, Any], Iterable[tuple[bytes, bytes]]]:
        try:
            if scope["method"] != "POST":
                raise Problem(405, "Method not allowed", "Send events by POST.", headers=((b"allow", b"POST"),))
            with self._tracing.request("events", headers.get(b"traceparent", b"").decode("latin-1")) as continued:
                return *await self._take(scope, receive, continued), ()
        except Problem as problem:
            return problem.status, problem.body(request_id), problem.headers
        except Exception:
            _log.exception("a delivery failed", request_id=request_id)
            failed = Problem(500, "Something failed inside", f"Quote the request id {request_id}, and send it again.")
            return 500, failed.body(request_id), ()
