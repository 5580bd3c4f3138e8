"""The consumer's side: every event once in effect, in order per aggregate, and nothing dropped.

What cannot be handled is parked with its raw bytes in the same transaction as the offset; later events of that aggregate
queue behind it while all others flow on.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
import structlog
from opentelemetry.trace import SpanKind

from chassis import events, failpoints, metrics
from chassis.contracts import Handler, payload_of
from chassis.database import Database, Transaction
from chassis.domain import Refused
from chassis.events import Envelope, MalformedEvent
from chassis.tracing import span

_log = structlog.get_logger(__name__)
_ATTEMPTS = 12
_LONGEST_DELAY = 300
_GAP_PATIENCE = timedelta(seconds=10)
Key = tuple[str, str]


class NotYet(Exception):
    """What this event refers to is not here yet. It is tried again, with growing delay, before it stays parked."""


PERMANENT = (Refused, ValueError, TypeError, KeyError, msgspec.MsgspecError, NotYet)


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the bus as it came."""

    topic: str
    partition: int
    offset: int
    headers: Sequence[tuple[str, bytes]]
    key: bytes | None
    value: bytes | None


class Handling:
    """What a service does when X happened: the handlers by event type, each with the payload it reads."""

    def __init__(self, listens: Mapping[str, Sequence[Handler]]) -> None:
        self.by_type = {
            name: [(handler, payload_of(handler)) for handler in handlers] for name, handlers in listens.items()
        }

    async def __call__(self, tx: Transaction, envelope: Envelope) -> None:
        """Run the handlers in this transaction. Raises what they raise, and ValueError for data that does not fit."""
        tx.cause = envelope
        if envelope.type not in self.by_type:
            _refuse_unknown_major(envelope.type, self.by_type)
            return
        with span(f"handle {envelope.type}", traceparent=envelope.traceparent, kind=SpanKind.CONSUMER):
            for handler, payload in self.by_type[envelope.type]:
                await handler(tx, events.decode(envelope.data, payload))


def _refuse_unknown_major(name: str, known: Mapping[str, Any]) -> None:
    """An event we listen to in another major version may not be passed over in silence."""
    stem, _, version = name.rpartition(".v")
    versions = [other.rpartition(".v")[2] for other in known if other.rpartition(".v")[0] == stem]
    if stem and versions and version not in versions:
        raise ValueError(f"{name} is a version this service does not know; it reads v{', v'.join(versions)}")


@dataclass(slots=True)
class _State:
    """What the database knows of the aggregates in a batch."""

    versions: dict[Key, int] = field(default_factory=dict)
    blocked: set[Key] = field(default_factory=set)
    held: set[Key] = field(default_factory=set)

    def absorb(self, key: Key, later: _State) -> None:
        """Take over what is known of one aggregate now."""
        self.versions.update(later.versions)
        for mine, theirs in ((self.blocked, later.blocked), (self.held, later.held)):
            mine.discard(key)
            mine.update(theirs)


async def take(database: Database, handling: Handling, records: Sequence[Record]) -> None:
    """Take a batch: one transaction when all goes well, else one for each record so that a bad one stands alone."""
    try:
        async with database.transaction() as tx:
            await _take_in(tx, handling, records, isolate=False)
    except Exception as error:
        if len(records) > 1:
            for record in records:
                await take(database, handling, [record])
            return
        if not isinstance(error, PERMANENT):
            raise
        async with database.transaction() as tx:
            await _take_in(tx, handling, records, isolate=True)


async def _take_in(tx: Transaction, handling: Handling, records: Sequence[Record], *, isolate: bool) -> None:
    parsed: list[tuple[Record, Envelope | MalformedEvent]] = []
    for record in records:
        try:
            parsed.append((record, events.from_record(record.headers, record.value, record.key)))
        except MalformedEvent as error:
            parsed.append((record, error))
    envelopes = [envelope for _, envelope in parsed if isinstance(envelope, Envelope)]
    fresh = await _claim(tx, envelopes)
    failpoints.reach("inbox-claimed")
    state = await _state(tx, envelopes)
    for record, envelope in parsed:
        if isinstance(envelope, MalformedEvent):
            await _park(tx, record, None, "parked", envelope)
        elif (envelope.source, envelope.id) in fresh:
            fresh.discard((envelope.source, envelope.id))
            await _take_one(tx, handling, record, envelope, state, isolate=isolate)
    await _save_versions(tx, state.versions)
    await _save_offsets(tx, parsed)
    metrics.inbox_handled_total.labels(tx.service).inc(len(envelopes))


async def _take_one(
    tx: Transaction, handling: Handling, record: Record, envelope: Envelope, state: _State, *, isolate: bool
) -> None:
    key = (envelope.source, envelope.subject)
    if key in state.blocked:
        await _park(tx, record, envelope, "queued", ValueError("an earlier event of this aggregate waits"))
        return
    if _gated(envelope):
        known = state.versions.get(key, 0)
        assert envelope.sequence is not None
        if envelope.sequence <= known:
            return
        if envelope.sequence > known + 1:
            state.held.add(key)
            await _park(tx, record, envelope, "held", ValueError(f"version {known + 1} has not come"))
            return
    try:
        if isolate:
            async with tx.savepoint():
                await handling(tx, envelope)
        else:
            await handling(tx, envelope)
    except PERMANENT as error:
        if not isolate:
            raise
        state.blocked.add(key)
        await _park(tx, record, envelope, "parked", error)
        return
    if _gated(envelope):
        assert envelope.sequence is not None
        state.versions[key] = envelope.sequence
    if key in state.held:
        await _save_versions(tx, {key: state.versions[key]})
        await _drain(tx, handling, *key)
        state.absorb(key, await _state(tx, [envelope]))


def _gated(envelope: Envelope) -> bool:
    """Only our own services number their events without gaps; what comes from outside orders itself by its content."""
    return envelope.sequence is not None and envelope.source.startswith("/opmodel/")


async def _claim(tx: Transaction, envelopes: Sequence[Envelope]) -> set[Key]:
    rows = await tx.fetch(
        """
        INSERT INTO inbox (source, id) SELECT * FROM unnest($1::text[], $2::text[])
        ON CONFLICT DO NOTHING RETURNING source, id
        """,
        [envelope.source for envelope in envelopes], [envelope.id for envelope in envelopes],
    )  # fmt: skip
    return {(row["source"], row["id"]) for row in rows}


async def _state(tx: Transaction, envelopes: Sequence[Envelope]) -> _State:
    keys = {(envelope.source, envelope.subject) for envelope in envelopes}
    arguments = [source for source, _ in keys], [subject for _, subject in keys]
    versions = await tx.fetch(
        "SELECT source, subject, version FROM inbox_versions JOIN unnest($1::text[], $2::text[]) AS k (source, subject)"
        " USING (source, subject)",
        *arguments,
    )
    waiting = await tx.fetch(
        "SELECT source, subject, bool_or(state = 'parked') AS blocked FROM dead_letters"
        " JOIN unnest($1::text[], $2::text[]) AS k (source, subject) USING (source, subject)"
        " WHERE state IN ('parked', 'queued', 'held') GROUP BY source, subject",
        *arguments,
    )
    return _State(
        {(row["source"], row["subject"]): row["version"] for row in versions},
        {(row["source"], row["subject"]) for row in waiting if row["blocked"]},
        {(row["source"], row["subject"]) for row in waiting if not row["blocked"]},
    )


async def _save_versions(tx: Transaction, versions: Mapping[Key, int]) -> None:
    await tx.execute(
        """
        INSERT INTO inbox_versions (source, subject, version) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
        ON CONFLICT (source, subject) DO UPDATE SET version = greatest(inbox_versions.version, excluded.version)
        """,
        [source for source, _ in versions], [subject for _, subject in versions], list(versions.values()),
    )  # fmt: skip


async def _save_offsets(tx: Transaction, parsed: Sequence[tuple[Record, Envelope | MalformedEvent]]) -> None:
    ends: dict[tuple[str, int], tuple[int, str | None]] = {}
    for record, envelope in parsed:
        id = envelope.id if isinstance(envelope, Envelope) else None
        ends[record.topic, record.partition] = (record.offset + 1, id)
    await tx.executemany(
        """
        INSERT INTO consumer_offsets (topic, partition, next_offset, last_id) VALUES ($1, $2, $3, $4)
        ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset, last_id = excluded.last_id
        """,
        [(*place, *end) for place, end in ends.items()],
    )


async def _park(tx: Transaction, record: Record, envelope: Envelope | None, state: str, error: Exception) -> None:
    failpoints.reach("inbox-parking")
    name = type(error).__name__
    source, subject = (envelope.source, envelope.subject) if envelope else (record.topic, f"malformed-{record.offset}")
    retry = None
    if isinstance(error, NotYet):
        retry = tx.now + timedelta(seconds=1)
    elif state == "held":
        retry = tx.now + _GAP_PATIENCE
    fingerprint = hashlib.sha256(f"{envelope.type if envelope else ''}|{name}|{error}".encode()).hexdigest()[:16]
    await tx.execute(
        """
        INSERT INTO dead_letters (state, source, event_id, type, subject, sequence, topic, partition, "offset",
            headers, key, value, error, message, fingerprint, next_attempt_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        """,
        state, source, envelope.id if envelope else "", envelope.type if envelope else "", subject,
        envelope.sequence if envelope else None, record.topic, record.partition, record.offset,
        [[header, content.decode("latin-1")] for header, content in record.headers], record.key, record.value,
        name, str(error), fingerprint, retry,
    )  # fmt: skip
    if state == "parked" and retry is None:
        _log.error(
            "event parked", type=envelope.type if envelope else None, subject=subject, error=name, why=str(error)
        )
    metrics.inbox_parked_total.labels(tx.service, name).inc()


async def retry_next(database: Database, handling: Handling) -> bool:
    """Try the dead letter whose time has come, then what queued behind it. False when there is none."""
    async with database.transaction() as tx:
        row = await tx.fetchrow(
            """
            SELECT id FROM dead_letters WHERE state IN ('parked', 'held') AND next_attempt_at <= $1
            ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED
            """,
            tx.now,
        )
        if row is not None:
            await _retry(tx, handling, row["id"])
        return row is not None


async def release(database: Database, handling: Handling, id: int) -> bool:
    """An operator's order to try a dead letter now. True when it went through."""
    async with database.transaction() as tx:
        return await _retry(tx, handling, id)


async def discard(database: Database, handling: Handling, id: int, reason: str) -> bool:
    """An operator's decision that this event shall have no effect; what queued behind it goes on. False: no such."""
    async with database.transaction() as tx:
        row = await tx.fetchrow(
            """
            UPDATE dead_letters SET state = 'discarded', note = $2, next_attempt_at = NULL
            WHERE id = $1 AND state IN ('parked', 'queued', 'held') RETURNING source, subject, sequence
            """,
            id, reason,
        )  # fmt: skip
        if row is not None:
            if row["sequence"] is not None:
                await _save_versions(tx, {(row["source"], row["subject"]): row["sequence"]})
            await _drain(tx, handling, row["source"], row["subject"])
        return row is not None


async def _retry(tx: Transaction, handling: Handling, id: int) -> bool:
    row = await tx.fetchrow(
        "SELECT * FROM dead_letters WHERE id = $1 AND state IN ('parked', 'queued', 'held') FOR UPDATE", id
    )
    if row is None:
        return False
    if row["state"] == "held":
        return await _after_gap(tx, handling, row)
    error = await _attempt(tx, handling, row)
    if error is None:
        await _drain(tx, handling, row["source"], row["subject"])
        return True
    attempts = row["attempts"] + 1
    again = isinstance(error, NotYet) and attempts < _ATTEMPTS
    await tx.execute(
        """
        UPDATE dead_letters SET attempts = $2, last_failed_at = $3, error = $4, message = $5, next_attempt_at = $6
        WHERE id = $1
        """,
        id, attempts, tx.now, type(error).__name__, str(error),
        tx.now + timedelta(seconds=min(2**attempts, _LONGEST_DELAY)) if again else None,
    )  # fmt: skip
    return False


async def _after_gap(tx: Transaction, handling: Handling, row: Any) -> bool:
    """Patience with a gap is over. Before anything of an aggregate was seen, older events may be beyond retention:
    go on from here. In the middle an event is missing: it stays held, and is told again every five minutes."""
    key = (row["source"], row["subject"])
    seen = await tx.fetchval("SELECT version FROM inbox_versions WHERE (source, subject) = ($1, $2)", *key)
    if seen is not None:
        _log.error("an event is missing", source=key[0], subject=key[1], after_version=seen, held=row["sequence"])
        await tx.execute(
            "UPDATE dead_letters SET attempts = attempts + 1, next_attempt_at = $2 WHERE id = $1",
            row["id"], tx.now + timedelta(seconds=_LONGEST_DELAY),
        )  # fmt: skip
        return False
    first = await tx.fetchval(
        "SELECT min(sequence) FROM dead_letters WHERE (source, subject) = ($1, $2) AND state IN ('queued', 'held')",
        *key,
    )
    await _save_versions(tx, {key: first - 1})
    await _drain(tx, handling, *key)
    return True


async def _drain(tx: Transaction, handling: Handling, source: str, subject: str) -> None:
    """Handle what waits for this aggregate, in order, until one does not go through."""
    rows = await tx.fetch(
        """
        SELECT * FROM dead_letters WHERE (source, subject) = ($1, $2) AND state IN ('queued', 'held')
        ORDER BY sequence NULLS FIRST, id FOR UPDATE
        """,
        source, subject,
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
            return
        error = await _attempt(tx, handling, row)
        if error is not None:
            await tx.execute(
                """
                UPDATE dead_letters SET state = 'parked', error = $2, message = $3, last_failed_at = $4, next_attempt_at = $5
                WHERE id = $1
                """,
                row["id"], type(error).__name__, str(error), tx.now,
                tx.now + timedelta(seconds=1) if isinstance(error, NotYet) else None,
            )  # fmt: skip
            return


async def _attempt(tx: Transaction, handling: Handling, row: Any) -> Exception | None:
    """Handle one dead letter inside a savepoint; None when it went through or was already superseded."""
    headers = [(name, content.encode("latin-1")) for name, content in row["headers"]]
    try:
        envelope = events.from_record(headers, row["value"], row["key"])
        known = await tx.fetchval(
            "SELECT version FROM inbox_versions WHERE (source, subject) = ($1, $2)", envelope.source, envelope.subject
        )
        if not (_gated(envelope) and known is not None and (envelope.sequence or 0) <= known):
            async with tx.savepoint():
                await handling(tx, envelope)
    except PERMANENT as error:
        return error
    if _gated(envelope) and envelope.sequence is not None:
        await _save_versions(tx, {(envelope.source, envelope.subject): envelope.sequence})
    await tx.execute(
        "UPDATE dead_letters SET state = 'released', last_failed_at = $2, next_attempt_at = NULL WHERE id = $1",
        row["id"], tx.now,
    )  # fmt: skip
    return None


async def open_letters(database: Database) -> dict[str, int]:
    """How many dead letters wait, by state."""
    async with database.read() as connection:
        rows = await connection.fetch(
            "SELECT state, count(*) AS n FROM dead_letters WHERE state IN ('parked', 'queued', 'held') GROUP BY state"
        )
    counts: defaultdict[str, int] = defaultdict(int)
    counts.update({row["state"]: row["n"] for row in rows})
    return counts
