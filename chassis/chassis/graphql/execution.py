"""Running one operation: the answer that goes over the wire, with errors that tell clients what they may know."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import asyncpg
import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import StrawberryGraphQLError
from strawberry.federation import Schema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from chassis import metrics, tracing
from chassis.changes import FellBehind
from chassis.domain import Refused
from chassis.graphql.context import Context
from chassis.graphql.refusal import cause_of, code_of

_log = structlog.get_logger(__name__)
_UNAVAILABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # What asyncpg raises, now and then, when the session ended between two statements.
    asyncpg.InternalClientError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation came to. `executed` is false when the document was refused before it ran."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]]
    executed: bool = True

    def body(self) -> dict[str, Any]:
        """The members of the response."""
        if not self.executed:
            return {"errors": self.errors}
        return {"data": self.data, "errors": self.errors} if self.errors else {"data": self.data}


async def execute(
    schema: Schema,
    context: Context,
    query: str,
    variables: Mapping[str, Any] | None = None,
    operation_name: str | None = None,
) -> Answer:
    """Run one query or mutation. Never raises: what goes wrong is in `errors`, and in full in the log."""
    try:
        result = await schema.execute(
            query,
            variable_values=dict(variables or {}),
            context_value=context,
            operation_name=operation_name,
            allowed_operation_types=(OperationType.QUERY, OperationType.MUTATION),
        )
    except (CannotGetOperationTypeError, InvalidOperationTypeError) as error:
        message = error.as_http_error_reason("POST") if isinstance(error, InvalidOperationTypeError) else str(error)
        errors = [told(GraphQLError(message or "Name the operation to run: set `operationName`."))]
        answer = Answer(None, errors, executed=False)
    else:
        executed = not isinstance(result, PreExecutionError)
        answer = Answer(result.data, [told(error) for error in result.errors or ()], executed)
    outcome = "error" if answer.errors else "ok"
    metrics.graphql_operations_total.labels(context.database.service, outcome).inc()
    return answer


async def stream(
    schema: Schema,
    context: Context,
    query: str,
    variables: Mapping[str, Any] | None = None,
    operation_name: str | None = None,
) -> AsyncGenerator[Answer, None]:
    """Run one operation of any kind; a subscription gives an answer for each of its payloads."""
    results = await schema.stream(
        query, variable_values=dict(variables or {}), context_value=context, operation_name=operation_name
    )
    outcome = "ok"
    try:
        async with aclosing(results):
            async for result in results:
                given: Any = result
                executed = not isinstance(given, PreExecutionError)
                errors = [told(error) for error in given.errors or ()]
                outcome = "error" if errors else outcome
                yield Answer(given.data, errors, executed)
    finally:
        metrics.graphql_operations_total.labels(context.database.service, outcome).inc()


def told(error: GraphQLError) -> dict[str, Any]:
    """An error as the client sees it. A refusal in full; a fault of ours only by a number to quote."""
    cause = cause_of(error)
    if isinstance(cause, Refused):
        return {**error.formatted, "message": str(cause), "extensions": {"code": code_of(type(cause))}}
    if cause is None or isinstance(cause, StrawberryGraphQLError):
        return {**error.formatted, "extensions": {"code": _code(error), **(error.extensions or {})}}
    if isinstance(cause, FellBehind):
        message = (
            "The changes came faster than they were taken. Subscribe again: the first payload is the present state."
        )
        return {**error.formatted, "message": message, "extensions": {"code": "SLOW_CLIENT"}}
    number = tracing.current_trace_id() or "none"
    field = ".".join(str(step) for step in error.path or ())
    if isinstance(cause, _UNAVAILABLE):
        _log.warning("the database cannot answer", field=field, error=type(cause).__name__, why=str(cause))
        message, code = "The service cannot reach its data just now. Try again in a moment.", "UNAVAILABLE"
    else:
        _log.error("a resolver failed", field=field, exc_info=cause)
        message, code = f"Something went wrong on our side. Quote {number} when you report it.", "INTERNAL"
    return {**error.formatted, "message": message, "extensions": {"code": code, "traceId": number}}


def _code(error: GraphQLError) -> str:
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED"
    return "GRAPHQL_VALIDATION_FAILED" if error.path is None else "BAD_USER_INPUT"
