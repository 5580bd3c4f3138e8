"""The consumer's side: every event once in effect, in order per aggregate, and nothing dropped.

A batch is one transaction with one statement each for the places in the log, the claim and the versions. What cannot be
handled is parked with its raw bytes in the same transaction; later events of that aggregate queue behind it while all
others flow on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from functools import lru_cache

import asyncpg
import msgspec

from chassis import events, failpoints, letters, metrics, versions
from chassis.database import Database, Transaction
from chassis.events import Envelope, MalformedEvent
from chassis.handling import PERMANENT, Handling, NotYet, Record
from chassis.versions import Key, Known, gated

__all__ = ["Delivery", "Handling", "LeaseLost", "NotYet", "Record", "lease", "read", "take"]

_DAY_MILLISECONDS = 86_400_000
_EPOCH = date(1970, 1, 1)
_ENTRY = ("day", "source", "id", "received_at")


class Delivery(msgspec.Struct, frozen=True):
    """A record, what could be read of it, and the lease of its partition under which it was read."""

    record: Record
    event: Envelope | MalformedEvent
    lease: int = 0

    @property
    def id(self) -> str | None:
        """The event's id, if it has one that can be read."""
        return self.event.id if isinstance(self.event, Envelope) else None


class LeaseLost(Exception):
    """Another worker was given the partition after this one had read from it; what was read is the other's to take."""


async def lease(database: Database, places: Collection[tuple[str, int]]) -> dict[tuple[str, int], asyncpg.Record]:
    """Take over partitions: whoever had them before can no longer save a place there. Returns for each (topic, partition)
    its next_offset, the last_id before it and the lease."""
    async with database.transaction() as tx:
        rows = await tx.fetch(
            """
            INSERT INTO consumer_offsets AS held (topic, partition, next_offset, lease)
            SELECT topic, partition, 0, 1 FROM unnest($1::text[], $2::int[]) AS given (topic, partition)
            ORDER BY topic, partition
            ON CONFLICT (topic, partition) DO UPDATE SET lease = held.lease + 1
            RETURNING topic, partition, next_offset, last_id, lease
            """,
            [topic for topic, _ in places], [partition for _, partition in places],
        )  # fmt: skip
    return {(row["topic"], row["partition"]): row for row in rows}


def read(records: Sequence[Record], lease: int = 0) -> list[Delivery]:
    """Read the records; what cannot be read comes with the reason."""
    deliveries = []
    for record in records:
        try:
            event: Envelope | MalformedEvent = events.from_record(record.headers, record.value, record.key)
        except MalformedEvent as error:
            event = error
        deliveries.append(Delivery(record, event, lease))
    return deliveries


async def take(database: Database, handling: Handling, deliveries: Sequence[Delivery]) -> None:
    """Take a batch in one transaction. When an event fails, do it again with a savepoint around each, so that a bad one
    stands alone; when that does not go through either, take them one by one. Raises what waiting may cure."""
    for isolate in (False, True):
        try:
            async with database.transaction() as tx:
                await _take_in(tx, handling, deliveries, isolate=isolate)
            return
        except LeaseLost:
            raise
        except Exception as error:
            if isinstance(error, PERMANENT) and not isolate:
                continue
            if len(deliveries) == 1:
                raise
            break
    for delivery in deliveries:
        await take(database, handling, [delivery])


async def _take_in(tx: Transaction, handling: Handling, deliveries: Sequence[Delivery], *, isolate: bool) -> None:
    await _save_places(tx, deliveries)
    first: dict[Key, Delivery] = {}
    for delivery in deliveries:
        if isinstance(delivery.event, Envelope):
            first.setdefault((delivery.event.source, delivery.event.id), delivery)
    had = await _claim(tx, list(first))
    failpoints.reach("inbox-claimed")
    known = await versions.known(
        tx, {(one.event.source, one.event.subject) for one in first.values() if isinstance(one.event, Envelope)}
    )
    for delivery in deliveries:
        event = delivery.event
        if isinstance(event, MalformedEvent):
            await letters.park(tx, delivery.record, None, "parked", event)
        elif first[event.source, event.id] is delivery and (event.source, event.id) not in had:
            await _take_one(tx, handling, delivery.record, event, known, isolate=isolate)
    await versions.raise_to(tx, known.raised, new=known.begun)
    metrics.inbox_handled_total.labels(tx.service).inc(len(first) - len(had))


async def _take_one(
    tx: Transaction, handling: Handling, record: Record, event: Envelope, known: Known, *, isolate: bool
) -> None:
    key = (event.source, event.subject)
    if key in known.blocked:
        await letters.park(tx, record, event, "queued", ValueError("an earlier event of this aggregate waits"))
        return
    sequence = event.sequence if gated(event) else None
    if sequence is not None:
        last = known.versions.get(key, 0)
        if sequence <= last:
            return
        if sequence > last + 1:
            missing = ValueError(f"version {last + 1} has not come")
            await letters.park(tx, record, event, "held", missing, told=key in known.held)
            known.held.add(key)
            return
    try:
        if isolate:
            async with tx.savepoint():
                await handling(tx, event)
        else:
            await handling(tx, event)
    except PERMANENT as error:
        if not isolate:
            raise
        known.blocked.add(key)
        await letters.park(tx, record, event, "parked", error)
        return
    if sequence is not None:
        known.applied(key, sequence)
    if key in known.held:
        await versions.raise_to(tx, {key: known.versions[key]} if key in known.versions else {})
        await letters.drain(tx, handling, *key)
        known.absorb(key, await versions.known(tx, [key]))


async def _save_places(tx: Transaction, deliveries: Sequence[Delivery]) -> None:
    """Where to read on. It comes first and in order: a worker that lost its partitions to another waits here for it.
    Raises LeaseLost, and so a place never goes back to where a worker was that is late."""
    ends = {(one.record.topic, one.record.partition): (one.record.offset + 1, one.id, one.lease) for one in deliveries}
    rows = [(*place, *ends[place]) for place in sorted(ends)]
    status = await tx.execute(
        """
        INSERT INTO consumer_offsets AS held (topic, partition, next_offset, last_id, lease)
        SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::bigint[])
        ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset, last_id = excluded.last_id
            WHERE held.lease = excluded.lease
        """,
        *map(list, zip(*rows, strict=True)),
    )
    if status != f"INSERT 0 {len(rows)}":
        raise LeaseLost(f"another worker has taken over one of {', '.join(f'{t}/{p}' for t, p, *_ in rows)}")


async def _claim(tx: Transaction, keys: Sequence[Key]) -> set[Key]:
    """Enter the events into the inbox, in one statement; returns those that were in it already.

    An event that our services made has its day in its id, so it is looked for in that day's partition alone. Another one
    is entered today, and looked for in all.
    """
    days = [day_of(id) for _, id in keys]
    undated = [key for key, day in zip(keys, days, strict=True) if day is None]
    had = await _entered(tx, undated) if undated else set()
    entered = sorted(
        (day or tx.today, source, id) for (source, id), day in zip(keys, days, strict=True) if (source, id) not in had
    )
    if await tx.copy_new("inbox", _ENTRY, [(*entry, tx.now) for entry in entered]):
        return had
    rows = await tx.fetch(
        """
        WITH given AS (
            SELECT day, source, id FROM unnest($1::date[], $2::text[], $3::text[]) AS g (day, source, id)
        ), entered AS (
            INSERT INTO inbox (day, source, id, received_at) SELECT day, source, id, $4 FROM given
            ON CONFLICT DO NOTHING RETURNING source, id
        )
        SELECT source, id FROM given EXCEPT ALL SELECT source, id FROM entered
        """,
        [day for day, _, _ in entered], [source for _, source, _ in entered], [id for _, _, id in entered], tx.now,
    )  # fmt: skip
    had.update((source, id) for source, id in rows)
    return had


async def _entered(tx: Transaction, keys: Sequence[Key]) -> set[Key]:
    rows = await tx.fetch(
        "SELECT source, id FROM unnest($1::text[], $2::text[]) AS k (source, id)"
        " WHERE EXISTS (SELECT FROM inbox i WHERE (i.source, i.id) = (k.source, k.id))",
        [source for source, _ in keys], [id for _, id in keys],
    )  # fmt: skip
    return {(source, id) for source, id in rows}


def day_of(id: str) -> date | None:
    """The day on which a UUIDv7 was made (RFC 9562, 5.7); None for any other id."""
    if len(id) != 36 or id[14] != "7":
        return None
    try:
        return _date(int(id[:8] + id[9:13], 16) // _DAY_MILLISECONDS)
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=64)
def _date(day: int) -> date:
    return _EPOCH + timedelta(day)
