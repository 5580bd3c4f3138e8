"""The relay: takes what the outbox holds to the bus, in order, and seals it with a gapless position and a hash chain.

One relay per service at a time, by a session advisory lock. It holds no transaction while it talks to the broker and
deletes an outbox row only after the acknowledgement, so a crash means again and never lost; consumers drop the repeats.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import time
from typing import TYPE_CHECKING, Any

import asyncpg
import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from chassis import events, failpoints, kafka, metrics
from chassis.database import Database
from chassis.publishing import Published, Refused, Shipment

if TYPE_CHECKING:
    from chassis.settings import ServiceSettings

_log = structlog.get_logger(__name__)
_LOCK = 0x72656C61
_BATCH = 1000
_POLL_SECONDS = 0.25
_SWEEP_SECONDS = 3.0
_COLUMNS = """e.seq, e.id, e.type, e.subject, e.sequence, e.key, e.time, e.data, e.correlation_id, e.causation_id,
    e.actor_id, e.traceparent"""

_Outcome = tuple[list[tuple[asyncpg.Record, Published]], list[tuple[int, str]]]
_SEAL = ("position", "seq", "hash", "time")
# One event after the other by its key: with statistics of another hour a join reads the whole log to find the few that wait.
_EVENT = "CROSS JOIN LATERAL (SELECT * FROM events WHERE (events.seq, events.time) = (o.seq, o.time) LIMIT 1) e"
_SEALED = f"(SELECT * FROM sealed WHERE position > $1 ORDER BY position LIMIT $2) o {_EVENT} ORDER BY position"


class Relay:
    """Publishes one service's events."""

    def __init__(self, database: Database, settings: ServiceSettings) -> None:
        self._database = database
        self._settings = settings
        self._topic = f"{database.service}.events"
        self._low_water = 0
        self._swept = 0.0

    async def run(self) -> None:
        """Publish for ever. Ends with an error when the lock's session or the broker is lost; start it again then."""
        lock = await asyncpg.connect(self._settings.database_url.get_secret_value(), timeout=10)
        try:
            while not await lock.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
                await asyncio.sleep(1)
            producer = kafka.producer(self._settings, client_id=f"{self._database.service}-relay")
            try:
                await kafka.unbroken(producer.start())
                if await self._log_was_lost():
                    await self.replay(producer)
                async with self._database.bell.heard(lock) as wanted:
                    await self._publish(producer, lock, wanted)
            finally:
                await kafka.unbroken(producer.stop())
        finally:
            await asyncio.wait_for(lock.close(), 5)

    async def _publish(
        self, producer: AIOKafkaProducer, lock: asyncpg.Connection[asyncpg.Record], wanted: asyncio.Event
    ) -> None:
        """Publish batch after batch: while the broker takes one, the one before is sealed and the next is read."""
        sealing = asyncio.create_task(self._seal([], []))
        reading: asyncio.Task[list[asyncpg.Record]] | None = None
        try:
            while True:
                if lock.is_closed():
                    raise ConnectionError("the relay's lock session ended; another relay may be running")
                wanted.clear()
                if reading is None and self._sweep_is_due():
                    # Look at the whole outbox once: a transaction may commit late, behind the bound of the fast poll.
                    await sealing
                    self._swept, self._low_water = time.monotonic(), 0
                rows = await (reading or self._next())
                reading = None
                shipment = Shipment(producer)
                await shipment.add([_envelope(row, self._database.service) for row in rows])
                await shipment.send(lambda: failpoints.reach("relay-mid-batch"))
                if rows:
                    self._low_water = rows[-1]["seq"]
                if len(rows) == _BATCH and not self._sweep_is_due():
                    reading = asyncio.create_task(self._next())
                acknowledged, refused = self._sorted(rows, await shipment.acknowledged())
                if await sealing:
                    await self.replay(producer)
                sealing = asyncio.create_task(self._seal(acknowledged, refused))
                if rows:
                    continue
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(wanted.wait(), _POLL_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311
        finally:
            if reading is not None:
                reading.cancel()
            await asyncio.wait([sealing], timeout=2)
            if sealing.done() and not sealing.cancelled() and (error := sealing.exception()) is not None:
                _log.info("what was acknowledged is not sealed yet", error=type(error).__name__, why=str(error))

    def _sweep_is_due(self) -> bool:
        return time.monotonic() - self._swept > _SWEEP_SECONDS

    async def _next(self) -> list[asyncpg.Record]:
        """The earliest unpublished events. The bound keeps the poll off rows that are being sealed or just deleted."""
        async with self._database.read() as connection:
            return await connection.fetch(
                f"SELECT {_COLUMNS} FROM (SELECT * FROM outbox WHERE seq > $1 ORDER BY seq LIMIT $2) o {_EVENT} ORDER BY o.seq",
                self._low_water, _BATCH,
            )  # fmt: skip

    def _sorted(self, rows: list[asyncpg.Record], outcomes: list[Published | Refused]) -> _Outcome:
        """What the broker has, and what it can never take with the reason."""
        acknowledged: list[tuple[asyncpg.Record, Published]] = []
        refused: list[tuple[int, str]] = []
        for row, outcome in zip(rows, outcomes, strict=True):
            if isinstance(outcome, Refused):
                refused.append((row["seq"], outcome.reason))
            else:
                acknowledged.append((row, outcome))
        metrics.outbox_published_total.labels(self._database.service).inc(len(acknowledged))
        return acknowledged, refused

    async def _seal(self, acknowledged: list[tuple[asyncpg.Record, Published]], refused: list[tuple[int, str]]) -> bool:
        """Chain what was acknowledged and take it out of the outbox. True when its offsets show a log begun anew."""
        if not acknowledged and not refused:
            return False
        failpoints.reach("relay-acknowledged")
        async with self._database.transaction() as tx:
            state = await tx.fetchrow("SELECT position, hash FROM relay_state FOR UPDATE")
            assert state is not None
            position, chain = state["position"], state["hash"]
            # A relay that lost its lock may still be here with rows that its successor has published and sealed as well.
            taken = [row["seq"] for row, _ in acknowledged] + [seq for seq, _ in refused]
            unsealed = {
                row["seq"]
                for row in await tx.fetch("DELETE FROM outbox WHERE seq = ANY($1::bigint[]) RETURNING seq", taken)
            }
            refused = [(seq, reason) for seq, reason in refused if seq in unsealed]
            sealed = []
            ends: dict[int, tuple[int, Any]] = {}
            starts: dict[int, int] = {}
            for row, (topic, partition, offset) in acknowledged:
                if row["seq"] in unsealed:
                    position += 1
                    chain = link(chain, position, row)
                    sealed.append((position, row["seq"], chain, row["time"]))
                if topic == self._topic:
                    ends[partition] = (offset, row["id"])
                    starts.setdefault(partition, offset)
            await tx.connection.copy_records_to_table("sealed", records=sealed, columns=_SEAL)
            await tx.execute("UPDATE relay_state SET position = $1, hash = $2", position, chain)
            if refused:
                _log.error("events the broker can never take are set aside", events=refused)
                await tx.executemany("INSERT INTO unpublishable (seq, reason) VALUES ($1, $2)", refused)
            known = {
                row["partition"]: row["offset"]
                for row in await tx.fetch('SELECT partition, "offset" FROM relay_offsets WHERE topic = $1', self._topic)
            }
            await self._remember(tx, ends)
        return any(offset <= known.get(partition, -1) for partition, offset in starts.items())

    async def _remember(self, tx: Any, ends: dict[int, tuple[int, Any]]) -> None:
        await tx.executemany(
            """
            INSERT INTO relay_offsets (topic, partition, "offset", event_id) VALUES ($1, $2, $3, $4)
            ON CONFLICT (topic, partition) DO UPDATE SET "offset" = excluded."offset", event_id = excluded.event_id
            """,
            [(self._topic, partition, offset, id) for partition, (offset, id) in ends.items()],
        )

    async def _log_was_lost(self) -> bool:
        """Whether the broker no longer has an event that it acknowledged: it was wiped, or lives in memory."""
        async with self._database.read() as connection:
            row = await connection.fetchrow(
                'SELECT partition, "offset", event_id FROM relay_offsets WHERE topic = $1 ORDER BY "offset" DESC LIMIT 1',
                self._topic,
            )
        if row is None:
            return False
        return not await log_has(self._settings, self._topic, row["partition"], row["offset"], str(row["event_id"]))

    async def replay(self, producer: AIOKafkaProducer, *, after: int = 0) -> int:
        """Publish again, in order, what was sealed after a position. Returns how many. Consumers drop what they had."""
        _log.warning("publishing again what the broker does not have", topic=self._topic, after=after)
        count = 0
        while True:
            async with self._database.read() as connection:
                rows = await connection.fetch(f"SELECT {_COLUMNS}, position FROM {_SEALED}", after, _BATCH)
            if not rows:
                return count
            shipment = Shipment(producer)
            await shipment.add([_envelope(row, self._database.service) for row in rows])
            await shipment.send(lambda: None)
            ends = {}
            for row, outcome in zip(rows, await shipment.acknowledged(), strict=True):
                if isinstance(outcome, Published) and outcome.topic == self._topic:
                    ends[outcome.partition] = (outcome.offset, row["id"])
            async with self._database.transaction() as tx:
                await self._remember(tx, ends)
            count += len(rows)
            after = rows[-1]["position"]


def _envelope(row: asyncpg.Record, service: str) -> events.Envelope:
    return events.Envelope(
        id=str(row["id"]),
        type=row["type"],
        source=events.source_of(service),
        subject=row["subject"],
        time=row["time"],
        data=row["data"].encode(),
        key=row["key"],
        sequence=row["sequence"],
        correlation_id=row["correlation_id"],
        causation_id=row["causation_id"],
        actor_id=row["actor_id"],
        traceparent=row["traceparent"],
    )


def link(previous: bytes, position: int, row: Any, form: int = 2) -> bytes:
    """The next hash of the chain: SHA-256 over the previous hash and, as one JSON array, the position and all that the event
    says. Form 1 is how the first releases sealed."""
    told = [position, str(row["id"]), row["type"], row["subject"], row["sequence"], row["key"], row["time"].isoformat(),
            row["actor_id"], row["data"], row["correlation_id"], row["causation_id"], row["traceparent"]]  # fmt: skip
    if form == 1:
        return hashlib.sha256(
            previous + "\n".join("" if one is None else str(one) for one in told[:9]).encode()
        ).digest()
    return hashlib.sha256(previous + msgspec.json.encode(told)).digest()


async def verify(database: Database) -> tuple[int, int | None]:
    """Recompute the hash chain. Returns how many events were checked and the position of the first that does not fit."""
    chain, position = bytes(32), 0
    async with database.read() as connection:
        end = await connection.fetchval("SELECT position FROM relay_state")
    while True:
        async with database.read() as connection:
            rows = await connection.fetch(f"SELECT {_COLUMNS}, position, hash, form FROM {_SEALED}", position, _BATCH)
        if not rows:
            return position, None if position >= end else position + 1
        for row in rows:
            chain = link(chain, position + 1, row, row["form"])
            if row["position"] != position + 1 or chain != row["hash"]:
                return position, position + 1
            position += 1


async def log_has(settings: ServiceSettings, topic: str, partition: int, offset: int, event_id: str) -> bool:
    """Whether the broker's log still has this event at this offset, or has moved past it by retention."""
    reader = AIOKafkaConsumer(
        **kafka.connection(settings), group_id=None, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        await kafka.unbroken(reader.start())
        place = TopicPartition(topic, partition)
        reader.assign([place])
        reader.seek(place, offset)
        fetched = await reader.getmany(place, timeout_ms=1500, max_records=1)
        records = fetched.get(place, [])
        if not records:
            return False
        found = dict(records[0].headers).get("ce_id", b"").decode("utf-8", "replace")
        return bool(records[0].offset > offset or found == event_id)
    finally:
        await kafka.unbroken(reader.stop())
