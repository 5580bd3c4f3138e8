"""The producer's side of the outbox: an event is written in the transaction of the change it tells of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis import events
from chassis.database import Transaction, new_id
from chassis.domain import Change
from chassis.tracing import current_traceparent

_INSERT = """
WITH recorded AS (
    INSERT INTO events (id, type, subject, sequence, key, time, data, correlation_id, causation_id, actor_id, traceparent)
    SELECT id, type, subject, sequence, key, $7, data, $8, $9, $10, $11
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::json[])
        WITH ORDINALITY AS change (id, type, subject, sequence, key, data, n)
    ORDER BY n
    RETURNING seq
)
INSERT INTO outbox (seq) SELECT seq FROM recorded
"""


async def record(tx: Transaction, change: Change[Any]) -> None:
    """Write the change's event; it reaches the bus if, and only if, this transaction commits."""
    await record_many(tx, [change])


async def record_many(tx: Transaction, changes: Sequence[Change[Any]]) -> None:
    """The same for many changes in one statement."""
    if not changes:
        return
    cause = tx.cause
    await tx.execute(
        _INSERT,
        [new_id() for _ in changes],
        [events.type_of(tx.service, type(change.because)) for change in changes],
        [str(change.after.id) for change in changes],
        [change.after.version for change in changes],
        [events.partition_key(change.because, change.after.id) for change in changes],
        [events.encode(change.because).decode() for change in changes],
        tx.now,
        (cause.correlation_id or cause.id) if cause else str(new_id()),
        cause.id if cause else None,
        tx.caller.subject if tx.caller else (cause.actor_id if cause else None),
        current_traceparent() or (cause.traceparent if cause else None),
    )
    tx.recorded += len(changes)
