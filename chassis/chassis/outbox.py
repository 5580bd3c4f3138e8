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
WITH aggregate AS (
    INSERT INTO aggregate_versions AS a (subject, sequence) VALUES ($3, $4)
    ON CONFLICT (subject) DO UPDATE SET sequence = excluded.sequence WHERE a.sequence = excluded.sequence - 1
    RETURNING subject
), recorded AS (
    INSERT INTO events ({_COLUMNS})
    SELECT $1, $2, subject, $4, $5, $6, $7, $8, $9, $10, $11 FROM aggregate
    RETURNING seq, time
)
INSERT INTO outbox (seq, time) SELECT seq, time FROM recorded
"""
_MANY = f"""
WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::json[])
        WITH ORDINALITY AS change (id, type, subject, sequence, key, data, n)
), aggregate AS (
    INSERT INTO aggregate_versions AS a (subject, sequence)
    SELECT subject, max(sequence) FROM given GROUP BY subject ORDER BY subject
    ON CONFLICT (subject) DO UPDATE SET sequence = excluded.sequence
        WHERE (excluded.subject, a.sequence) IN (SELECT subject, min(sequence) - 1 FROM given GROUP BY subject)
    RETURNING subject
), recorded AS (
    INSERT INTO events ({_COLUMNS})
    SELECT id, type, subject, sequence, key, data, $7, $8, $9, $10, $11 FROM given JOIN aggregate USING (subject)
    ORDER BY n
    RETURNING seq, time
)
INSERT INTO outbox (seq, time) SELECT seq, time FROM recorded
"""


class VersionTaken(Exception):
    """Another command has changed this aggregate meanwhile, or a version was passed over. Load it with a lock, then decide."""


async def record(tx: Transaction, change: Change[Any]) -> None:
    """Write the change's event; it reaches the bus if, and only if, this transaction commits. Raises VersionTaken."""
    if await tx.execute(_ONE, *_row(tx, change), *_origin(tx)) != "INSERT 0 1":
        raise VersionTaken(f"version {change.after.version} of {change.after.id} does not follow the last one")
    tx.recorded += 1


async def record_many(tx: Transaction, changes: Sequence[Change[Any]]) -> None:
    """The same for many changes in one statement; those of one aggregate follow one another."""
    if changes:
        columns = zip(*(_row(tx, change) for change in changes), strict=True)
        if await tx.execute(_MANY, *map(list, columns), *_origin(tx)) != f"INSERT 0 {len(changes)}":
            raise VersionTaken(
                f"a version of {', '.join({str(change.after.id) for change in changes})} does not follow"
            )
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
