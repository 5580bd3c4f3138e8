"""Mutations: one command in one transaction; what the rules refuse becomes `errors` of the payload."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, cast
from uuid import UUID

import asyncpg
import strawberry
import structlog
from strawberry.extensions import FieldExtension

from chassis import metrics
from chassis.database import Transaction
from chassis.domain import NotFound, Refused
from chassis.graphql.context import Context, Info
from chassis.graphql.refusal import Refusal, code_of, object_of
from chassis.outbox import VersionTaken

R = TypeVar("R")
P = TypeVar("P", bound="Payload")
_ATTEMPTS = 3
_LONGEST_KEY = 200
_log = structlog.get_logger(__name__)


@strawberry.type
class Payload:
    """What a mutation answers: the changed object (a field of the subclass) or the reasons why nothing changed."""

    errors: list[Refusal] = strawberry.field(
        default_factory=list, description="Why nothing was changed; empty when it was."
    )


class KeyUnusable(Refused):
    """The idempotencyKey is not usable: it must have 1 to 200 characters."""


class Refuses(FieldExtension):
    """Answers with the payload's `errors` when the command is refused."""

    def __init__(self, refusals: Sequence[type[Refused]]) -> None:
        self.refusals = tuple(refusals)

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: strawberry.Info, **arguments: Any
    ) -> Any:
        """Resolve the field."""
        try:
            return await next_(source, info, **arguments)
        except Refused as error:
            context = cast(Context, info.context)
            metrics.graphql_refusals_total.labels(context.database.service, code_of(type(error))).inc()
            payload = cast(type[Payload], info.return_type)
            known: frozenset[type[Refused]] = getattr(info.schema, "refusals", frozenset({Refused}))
            return payload(errors=[object_of(error, known)])


def mutation(
    *, refuses: Sequence[type[Refused]] = (), description: str, name: str | None = None
) -> Callable[[Callable[..., Awaitable[P]]], Any]:
    """A field of the Mutation type. `refuses` names the refusals that become types of the schema."""

    def decorate(resolver: Callable[..., Awaitable[P]]) -> Any:
        return strawberry.mutation(resolver=resolver, name=name, description=description, extensions=[Refuses(refuses)])

    return decorate


async def run(
    info: Info,
    command: Callable[..., Awaitable[R]],
    *,
    key: str | None = None,
    again: Callable[..., Awaitable[R | None]] | None = None,
    **arguments: Any,
) -> R:
    """Call `command(tx, caller=..., **arguments)` in one transaction and commit.

    With a `key` that this caller used before for this mutation, nothing is done and `again(connection, id)` answers with
    the object of the first time. A command that lost a deadlock is tried again. Raises BusBehind above the high-water mark.
    """
    context = info.context
    caller = context.require_caller()
    await context.database.backlog.require_room()
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with context.database.transaction(caller=caller) as tx:
                if key is None:
                    return await command(tx, caller=caller, **arguments)
                claim = (caller.subject, info.field_name, key)
                if not await _claimed(tx, claim):
                    return await _same_as_before(tx, claim, again)
                result = await command(tx, caller=caller, **arguments)
                await tx.execute(
                    "UPDATE idempotency_keys SET result_id = $4 WHERE (caller, operation, key) = ($1, $2, $3)",
                    *claim, str(cast(Any, result).id),
                )  # fmt: skip
                return result
        except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, VersionTaken):
            if attempt == _ATTEMPTS:
                raise
            _log.info("the command lost a deadlock and is tried again", command=command.__name__, attempt=attempt)
    raise AssertionError


async def _claimed(tx: Transaction, claim: tuple[str, str, str]) -> bool:
    """Whether the key is new. While another transaction has just used it, this waits until that one ends."""
    if not 0 < len(claim[2]) <= _LONGEST_KEY:
        raise KeyUnusable
    status = await tx.execute(
        "INSERT INTO idempotency_keys (caller, operation, key, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        *claim, tx.now,
    )  # fmt: skip
    return status == "INSERT 0 1"


async def _same_as_before(
    tx: Transaction, claim: tuple[str, str, str], again: Callable[..., Awaitable[R | None]] | None
) -> R:
    if again is None:
        raise TypeError(f"{claim[1]} takes an idempotency key, so its `run` needs `again`.")
    id = await tx.fetchval(
        "SELECT result_id FROM idempotency_keys WHERE (caller, operation, key) = ($1, $2, $3)", *claim
    )
    try:
        result = await again(tx, UUID(id))
    except ValueError:
        result = await again(tx, id)
    if result is None:
        raise NotFound(what="object made with this idempotency key", id=id)
    return result
