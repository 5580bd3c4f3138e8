"""Dead letters: what could not be handled, in its order, with all that came after it for the same aggregate.

A letter is `parked` (its handler refused), `queued` (it waits behind one that is parked) or `held` (a version before it
has not come). An operator releases or discards it; what was parked because something is missing is tried again by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta

import asyncpg
import structlog

from chassis import events, failpoints, metrics, versions
from chassis.database import Connection, Database, Transaction
from chassis.events import Envelope
from chassis.handling import AGAIN, PERMANENT, Handling, Record
from chassis.versions import gated

_log = structlog.get_logger(__name__)
_ATTEMPTS = 12
_LONGEST_DELAY = 300
_GAP_PATIENCE = timedelta(seconds=10)
_BATCH = 50
_OPEN = "state IN ('parked', 'queued', 'held')"
# PostgreSQL keeps no U+0000 in text; header bytes read as Latin-1 have no character above U+00FF, so this one is free.
_NUL = str.maketrans({"\0": "\u2400"})


async def park(
    tx: Transaction, record: Record, envelope: Envelope | None, state: str, error: Exception, *, told: bool = False
) -> None:
    """Set a record aside, as it came, with the reason. `told`: another letter of the aggregate sees to the gap already."""
    failpoints.reach("inbox-parking")
    name = type(error).__name__
    source, subject = (envelope.source, envelope.subject) if envelope else (record.topic, f"malformed-{record.offset}")
    retry = None
    if isinstance(error, AGAIN):
        retry = tx.now + timedelta(seconds=1)
    elif state == "held" and not told:
        retry = tx.now + _GAP_PATIENCE
    await tx.execute(
        """
        INSERT INTO dead_letters (state, source, event_id, type, subject, sequence, topic, partition, "offset",
            headers, key, value, error, message, fingerprint, next_attempt_at, first_failed_at, last_failed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17)
        """,
        state, source, envelope.id if envelope else "", envelope.type if envelope else "", subject,
        envelope.sequence if envelope else None, record.topic, record.partition, record.offset,
        [[header, content.decode("latin-1").translate(_NUL)] for header, content in record.headers],
        record.key, record.value, name, _told(error), _fingerprint(envelope.type if envelope else "", error), retry, tx.now,
    )  # fmt: skip
    if state == "parked" and retry is None:
        _log.error(
            "event parked", type=envelope.type if envelope else None, subject=subject, error=name, why=_told(error)
        )
    metrics.inbox_parked_total.labels(tx.service, name).inc()


def _told(error: Exception) -> str:
    return str(error).translate(_NUL)


def _fingerprint(event_type: str, error: Exception) -> str:
    """The same for letters that fail for the same reason."""
    return hashlib.sha256(f"{event_type}|{type(error).__name__}|{error}".encode(errors="replace")).hexdigest()[:16]


async def retry_due(database: Database, handling: Handling, *, limit: int = _BATCH) -> int:
    """Try the letters whose time has come, each with what queued behind it, in one transaction. Returns how many."""
    first: int | None = None
    try:
        async with database.transaction() as tx:
            rows = await tx.fetch(
                "SELECT id FROM dead_letters WHERE state IN ('parked', 'held') AND next_attempt_at <= $1"
                " ORDER BY next_attempt_at, id LIMIT $2 FOR UPDATE SKIP LOCKED",
                tx.now, limit,
            )  # fmt: skip
            for row in rows:
                first = row["id"]
                await _retry(tx, handling, first)
            return len(rows)
    except Exception:
        if limit > 1:
            return await retry_due(database, handling, limit=1)
        # What waiting may cure. The others go first meanwhile.
        async with database.transaction() as tx:
            later = tx.now + timedelta(seconds=10)
            await tx.execute("UPDATE dead_letters SET next_attempt_at = $2 WHERE id = $1", first, later)
        raise


async def advance(database: Database, handling: Handling) -> int:
    """Handle what still queues although nothing before it waits: it came while the one before was being released."""
    async with database.transaction() as tx:
        rows = await tx.fetch(
            f"""
            SELECT DISTINCT source, subject FROM dead_letters q WHERE state = 'queued' AND NOT EXISTS (
                SELECT FROM dead_letters b
                WHERE (b.source, b.subject) = (q.source, q.subject) AND b.{_OPEN} AND b.state <> 'queued')
            LIMIT $1
            """,
            _BATCH,
        )
        for row in rows:
            await drain(tx, handling, row["source"], row["subject"])
        return len(rows)


async def release(database: Database, handling: Handling, id: int, *, by: str) -> bool:
    """An operator's order to try a letter now, and then what queued behind it. True when it went through."""
    async with database.transaction() as tx:
        await _decided(tx, id, by)
        return await _retry(tx, handling, id)


async def release_group(database: Database, handling: Handling, fingerprint: str, *, by: str, limit: int) -> int:
    """Try the parked letters that failed for one reason, oldest first. Returns how many went through."""
    async with database.read() as connection:
        rows = await connection.fetch(
            "SELECT id FROM dead_letters WHERE state = 'parked' AND fingerprint = $1 ORDER BY id LIMIT $2",
            fingerprint, limit,
        )  # fmt: skip
    return sum([await release(database, handling, row["id"], by=by) for row in rows])


async def order(tx: Transaction, *, id: int | None, fingerprint: str | None, by: str, limit: int) -> int:
    """Have the worker try these letters now, oldest first. Returns how many."""
    status = await tx.execute(
        f"""
        UPDATE dead_letters SET next_attempt_at = $4, decided_by = $3, decided_at = $4
        WHERE id = ANY(ARRAY(SELECT id FROM dead_letters WHERE {_OPEN} AND state <> 'queued'
            AND (id = $1 OR fingerprint = $2) ORDER BY id LIMIT $5))
        """,
        id, fingerprint, by, tx.now, limit,
    )  # fmt: skip
    return int(status.rpartition(" ")[2])


async def discard(database: Database, handling: Handling, id: int, reason: str, *, by: str) -> bool:
    """An operator's decision that this event shall have no effect; what queued behind it goes on. False: no such."""
    async with database.transaction() as tx:
        row = await write_off(tx, id, reason, by=by)
        if row is not None:
            await drain(tx, handling, row["source"], row["subject"])
        return row is not None


async def write_off(tx: Transaction, id: int, reason: str, *, by: str) -> asyncpg.Record | None:
    """The decision alone; the worker goes on with what queued behind it. None: there is no such open letter."""
    row = await tx.fetchrow(
        f"""
        UPDATE dead_letters SET state = 'discarded', note = $2, next_attempt_at = NULL, decided_by = $3, decided_at = $4
        WHERE id = $1 AND {_OPEN} RETURNING *
        """,
        id, reason, by, tx.now,
    )  # fmt: skip
    if row is not None:
        _log.warning("dead letter discarded", id=id, by=by, reason=reason, subject=row["subject"])
        if row["sequence"] is not None:
            await versions.raise_to(tx, {(row["source"], row["subject"]): row["sequence"]})
            # What was held behind it may follow now; the worker looks.
            await tx.execute(
                "UPDATE dead_letters SET next_attempt_at = $3 WHERE id = (SELECT id FROM dead_letters"
                " WHERE (source, subject) = ($1, $2) AND state = 'held' ORDER BY sequence LIMIT 1)",
                row["source"], row["subject"], tx.now,
            )  # fmt: skip
    return row


async def _decided(tx: Transaction, id: int, by: str) -> None:
    await tx.execute(
        f"UPDATE dead_letters SET decided_by = $2, decided_at = $3 WHERE id = $1 AND {_OPEN}", id, by, tx.now
    )


async def _retry(tx: Transaction, handling: Handling, id: int) -> bool:
    row = await tx.fetchrow(f"SELECT * FROM dead_letters WHERE id = $1 AND {_OPEN} FOR UPDATE", id)
    if row is None or row["state"] == "queued":
        return False
    if row["state"] == "held":
        return await _after_gap(tx, handling, row)
    error = await _attempt(tx, handling, row)
    if error is None:
        await drain(tx, handling, row["source"], row["subject"])
        return True
    attempts = row["attempts"] + 1
    again = isinstance(error, AGAIN) and attempts < _ATTEMPTS
    await tx.execute(
        """
        UPDATE dead_letters SET attempts = $2, last_failed_at = $3, error = $4, message = $5, next_attempt_at = $6,
            fingerprint = $7 WHERE id = $1
        """,
        id, attempts, tx.now, type(error).__name__, _told(error),
        tx.now + timedelta(seconds=min(2**attempts, _LONGEST_DELAY)) if again else None, _fingerprint(row["type"], error),
    )  # fmt: skip
    return False


async def _after_gap(tx: Transaction, handling: Handling, row: asyncpg.Record) -> bool:
    """Patience with a gap is over. Before anything of an aggregate was seen, older events may be beyond retention: go on
    from here. In the middle an event is missing: it stays held, and is told again every five minutes, until the missing one
    comes or an operator releases what is held, which passes the missing one over."""
    key = (row["source"], row["subject"])
    if await _blocked(tx, *key):
        await tx.execute(
            "UPDATE dead_letters SET state = 'queued', next_attempt_at = NULL"
            " WHERE (source, subject) = ($1, $2) AND state = 'held'",
            *key,
        )
        return False
    seen = await tx.fetchval("SELECT version FROM inbox_versions WHERE (source, subject) = ($1, $2)", *key)
    first = await tx.fetchval(
        "SELECT min(sequence) FROM dead_letters WHERE (source, subject) = ($1, $2) AND state IN ('queued', 'held')",
        *key,
    )
    missing = seen is not None and first > seen + 1
    if missing and row["decided_by"] is None:
        _log.error("an event is missing", source=key[0], subject=key[1], after_version=seen, held=first)
        await tx.execute(
            "UPDATE dead_letters SET attempts = attempts + 1, next_attempt_at = $2 WHERE id = $1",
            row["id"], tx.now + timedelta(seconds=_LONGEST_DELAY),
        )  # fmt: skip
        return False
    if missing:
        _log.warning("missing events are passed over", source=key[0], subject=key[1], after_version=seen, next=first)
    await versions.raise_to(tx, {key: first - 1})
    await drain(tx, handling, *key)
    return True


async def _blocked(tx: Transaction, source: str, subject: str) -> bool:
    """Whether the version that was missing came meanwhile, and is parked itself: what was held queues behind it then."""
    found: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM dead_letters WHERE (source, subject) = ($1, $2) AND state = 'parked')",
        source,
        subject,
    )
    return found


async def drain(tx: Transaction, handling: Handling, source: str, subject: str) -> None:
    """Handle what waits for this aggregate, in order, until one does not go through."""
    while await _drain_some(tx, handling, source, subject):
        pass


async def _drain_some(tx: Transaction, handling: Handling, source: str, subject: str) -> bool:
    """The first of them, so that they are never all in memory. True when there may be more that go through."""
    rows = await tx.fetch(
        """
        SELECT * FROM dead_letters WHERE (source, subject) = ($1, $2) AND state IN ('queued', 'held')
        ORDER BY sequence NULLS FIRST, id LIMIT $3 FOR UPDATE
        """,
        source, subject, _BATCH,
    )  # fmt: skip
    for row in rows:
        known = await tx.fetchval(
            "SELECT version FROM inbox_versions WHERE (source, subject) = ($1, $2)", source, subject
        )
        if row["sequence"] is not None and known is not None and row["sequence"] > known + 1:
            await tx.execute(
                "UPDATE dead_letters SET state = 'held', next_attempt_at = $2 WHERE id = $1",
                row["id"], tx.now + _GAP_PATIENCE,
            )  # fmt: skip
            return False
        error = await _attempt(tx, handling, row)
        if error is not None:
            await tx.execute(
                """
                UPDATE dead_letters SET state = 'parked', error = $2, message = $3, last_failed_at = $4, next_attempt_at = $5,
                    fingerprint = $6 WHERE id = $1
                """,
                row["id"], type(error).__name__, _told(error), tx.now,
                tx.now + timedelta(seconds=1) if isinstance(error, AGAIN) else None, _fingerprint(row["type"], error),
            )  # fmt: skip
            return False
    return len(rows) == _BATCH


async def _attempt(tx: Transaction, handling: Handling, row: asyncpg.Record) -> Exception | None:
    """Handle one dead letter inside a savepoint; None when it went through or was already superseded."""
    headers = [(name, content.replace("\u2400", "\0").encode("latin-1")) for name, content in row["headers"]]
    try:
        envelope = events.from_record(headers, row["value"], row["key"])
        known = await tx.fetchval(
            "SELECT version FROM inbox_versions WHERE (source, subject) = ($1, $2)", envelope.source, envelope.subject
        )
        if not (gated(envelope) and known is not None and (envelope.sequence or 0) <= known):
            async with tx.savepoint():
                await handling(tx, envelope)
    except PERMANENT as error:
        return error
    if gated(envelope) and envelope.sequence is not None:
        await versions.raise_to(tx, {(envelope.source, envelope.subject): envelope.sequence})
    await tx.execute(
        "UPDATE dead_letters SET state = 'released', last_failed_at = $2, next_attempt_at = NULL WHERE id = $1",
        row["id"], tx.now,
    )  # fmt: skip
    return None


async def waiting(database: Database) -> dict[str, int]:
    """How many dead letters wait, by state."""
    async with database.read() as connection:
        rows = await connection.fetch(f"SELECT state, count(*) AS n FROM dead_letters WHERE {_OPEN} GROUP BY state")
    return {row["state"]: row["n"] for row in rows}


async def groups(connection: Connection, *, limit: int, after: str | None = None) -> Sequence[asyncpg.Record]:
    """What fails for the same reason, by fingerprint: type, error, message, n and since."""
    return await connection.fetch(
        """
        SELECT fingerprint, type, error, min(message) AS message, count(*) AS n, min(first_failed_at) AS since
        FROM dead_letters WHERE state IN ('parked', 'held') AND ($2::text IS NULL OR fingerprint > $2)
        GROUP BY fingerprint, type, error ORDER BY fingerprint LIMIT $1
        """,
        limit, after,
    )  # fmt: skip


async def listing(
    connection: Connection, *, limit: int, after: int = 0, fingerprint: str | None = None
) -> Sequence[asyncpg.Record]:
    """What waits, oldest first, without its bytes."""
    return await connection.fetch(
        f"""
        SELECT id, state, source, event_id, type, subject, sequence, error, message, fingerprint, attempts, first_failed_at,
            last_failed_at, next_attempt_at, decided_by, decided_at, note
        FROM dead_letters WHERE {_OPEN} AND id > $2 AND ($3::text IS NULL OR fingerprint = $3) ORDER BY id LIMIT $1
        """,
        limit, after, fingerprint,
    )  # fmt: skip
