"""What both protocols carry: one caller's operations, each a stream of results, measured in the same way."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import structlog

from chassis import metrics

Transport = Literal["websocket", "sse"]
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation, as a client sends it."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    content: Mapping[str, Any] = field(default_factory=dict)
    """Everything that was sent, for what only some servers read: a document's id, extensions."""
    is_safe: bool = False
    """Whether it came in a way in which nothing may be changed (GET)."""


class Malformed(ValueError):
    """What the client sent is no operation. The message says what is wrong."""


class Ended(Exception):
    """The operation is refused, or cannot go on. `errors` are for the client, in GraphQL's form."""

    def __init__(self, errors: Sequence[dict[str, Any]], *, reason: str = "refused") -> None:
        """`reason` is one of a few words, for the metrics; the errors' own codes may be anything."""
        self.errors = list(errors)
        self.reason = reason
        super().__init__(str(self.errors[0]["message"]) if self.errors else "the operation ended")

    @classmethod
    def because(cls, code: str, message: str) -> Ended:
        """One error with a code of our own."""
        return cls([{"message": message, "extensions": {"code": code}}], reason=code.lower())


class Session(Protocol):
    """One caller."""

    @property
    def expires_at(self) -> float:
        """When the caller's token ends, in seconds since 1970; infinite when it does not."""

    def run(self, asked: Asked) -> AsyncGenerator[bytes, None]:
        """The results of an operation, each a GraphQL response as JSON. Raises Ended."""


def parse(content: Any) -> Asked:
    """Read the parameters of an operation. Raises Malformed."""
    if not isinstance(content, dict):
        raise Malformed("An operation must be a JSON object with the member `query`.")
    query, variables = content.get("query"), content.get("variables")
    name, extensions = content.get("operationName"), content.get("extensions")
    if query is not None and not isinstance(query, str):
        raise Malformed("`query` must be a string with a GraphQL document.")
    if not isinstance(variables, dict | None):
        raise Malformed("`variables` must be an object.")
    if not isinstance(name, str | None):
        raise Malformed("`operationName` must be a string.")
    if not isinstance(extensions, dict | None):
        raise Malformed("`extensions` must be an object.")
    if not (query and query.strip()) and not extensions and "documentId" not in content:
        raise Malformed("`query` must be a string with a GraphQL document.")
    return Asked(query or "", variables, name or None, content)


@asynccontextmanager
async def running(
    session: Session, asked: Asked, *, service: str, transport: Transport
) -> AsyncIterator[AsyncIterator[bytes]]:
    """The results while inside; they end with Ended, at the latest when the caller's token does. Counted and timed."""
    reason = "client"
    metrics.subscription_operations_open.labels(service, transport).inc()
    counted = metrics.subscription_results_total.labels(service, transport)

    async def results() -> AsyncGenerator[bytes, None]:
        nonlocal reason
        expires = None
        if session.expires_at != math.inf:
            expires = asyncio.get_running_loop().time() + session.expires_at - time.time()
        try:
            async with aclosing(session.run(asked)) as given:
                while True:
                    # Timed here alone: while a result is being sent, the client's slowness is the sender's matter.
                    async with asyncio.timeout_at(expires) as lease:
                        result = await anext(given)
                    counted.inc()
                    yield result
                    # A source that never waits may not keep everybody else waiting.
                    await asyncio.sleep(0)
        except StopAsyncIteration:
            reason = "complete"
        except Ended as ended:
            reason = ended.reason
            raise
        except TimeoutError:
            if not lease.expired():
                raise
            reason = "token_expired"
            raise Ended.because("TOKEN_EXPIRED", "The token has expired. Get a new one and subscribe again.") from None

    try:
        async with aclosing(results()) as stream:
            yield stream
    except Ended:
        raise
    except Exception:
        reason = "error"
        _log.exception("an operation failed")
        raise Ended.because("INTERNAL_SERVER_ERROR", "Something failed inside. Subscribe again.") from None
    finally:
        metrics.subscription_operations_open.labels(service, transport).dec()
        metrics.subscription_operations_ended_total.labels(service, transport, reason).inc()
