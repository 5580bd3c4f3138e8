"""The producer's side of the outbox: an event is written in the transaction of the change it tells of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis import events
from chassis.database import Transaction, new_id
from chassis.domain import Change
from chassis.tracing import current_traceparent

_COLUMNS = "id, type, subject, sequence, key, data, time, correlation_id, causation_id, actor_id, traceparent"
_ONE = f"""
WITH recorded AS (
    INSERT INTO events ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING seq
)
INSERT INTO outbox (seq) SELECT seq FROM recorded
"""
_MANY = f"""
WITH recorded AS (
    INSERT INTO events ({_COLUMNS})
    SELECT id, type, subject, sequence, key, data, $7, $8, $9, $10, $11
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::json[])
        WITH ORDINALITY AS change (id, type, subject, sequence, key, data, n)
    ORDER BY n
    RETURNING seq
)
INSERT INTO outbox (seq) SELECT seq FROM recorded
"""


async def record(tx: Transaction, change: Change[Any]) -> None:
    """Write the change's event; it reaches the bus if, and only if, this transaction commits."""
    await tx.execute(_ONE, *_row(tx, change), *_origin(tx))
    tx.recorded += 1


async def record_many(tx: Transaction, changes: Sequence[Change[Any]]) -> None:
    """The same for many changes in one statement."""
    if changes:
        columns = zip(*(_row(tx, change) for change in changes), strict=True)
        await tx.execute(_MANY, *map(list, columns), *_origin(tx))
        tx.recorded += len(changes)


def _row(tx: Transaction, change: Change[Any]) -> tuple[UUID, str, str, int, str, str]:
    event, after = change.because, change.after
    return (
        new_id(),
        events.type_of(tx.service, type(event)),
        str(after.id),
        after.version,
        events.partition_key(event, after.id),
        events.encode(event).decode(),
    )


def _origin(tx: Transaction) -> tuple[Any, ...]:
    """When, and what led to it: the request or the event being handled, and who asked."""
    cause = tx.cause
    return (
        tx.now,
        (cause.correlation_id or cause.id) if cause else str(new_id()),
        cause.id if cause else None,
        tx.caller.subject if tx.caller else (cause.actor_id if cause else None),
        current_traceparent() or (cause.traceparent if cause else None),
    )
