"""The consumer: reads the bus in batches, takes each batch in one transaction, and keeps its place in Postgres.

Kafka's committed offset is only a hint for tools. On assignment the place is read from Postgres and proven: the event before
it must still be there, else the broker has lost its log and reading starts again at the beginning, which the inbox makes safe.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from chassis import events, failpoints, inbox, kafka, metrics
from chassis.database import Database
from chassis.inbox import Delivery, Handling, Record

if TYPE_CHECKING:
    from chassis.settings import ServiceSettings

_log = structlog.get_logger(__name__)
_BATCH = 500
_COMMIT_SECONDS = 5.0
_LONGEST_DELAY = 10.0


class _Place:
    """Where to read on in one partition, and until proven, the event that must stand just before."""

    __slots__ = ("last_id", "next_offset", "since")

    def __init__(self, next_offset: int, last_id: str | None) -> None:
        self.next_offset = next_offset
        self.last_id = last_id
        self.since = time.monotonic()


@dataclass(frozen=True, slots=True)
class _Fetched:
    """Records of one partition, read while the batch before was being taken; void when the place was left meanwhile."""

    place: TopicPartition
    visit: int
    deliveries: Sequence[Delivery]


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Reads all topics a service listens to."""

    def __init__(self, database: Database, settings: ServiceSettings, handling: Handling) -> None:
        self._database = database
        self._settings = settings
        self._handling = handling
        self._unproven: dict[TopicPartition, _Place] = {}
        self._visits: Counter[TopicPartition] = Counter()
        self._busy = asyncio.Lock()
        self._committed = time.monotonic()

    @property
    def topics(self) -> list[str]:
        """The topics of the event types listened to."""
        return sorted({events.topic_of(name) for name in self._handling.by_type})

    async def run(self) -> None:
        """Read for ever. Ends with an error when the broker or the database is lost; start it again then."""
        if not self.topics:
            return
        self._kafka = kafka.consumer(self._settings, group=self._database.service)
        self._kafka.subscribe(self.topics, listener=self)
        taking = asyncio.create_task(self._take([]))
        try:
            await self._kafka.start()
            while True:
                fetched = await self._fetch()
                await taking
                await self._watch()
                taking = asyncio.create_task(self._take(fetched))
        finally:
            await asyncio.wait([taking], timeout=2)
            taking.cancel()
            await asyncio.shield(self._kafka.stop())

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Wait for the transaction in flight; then another may read on from where it ended."""
        failpoints.reach("consumer-revoking")
        async with self._busy:
            for place in revoked:
                self._leave(place)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Go to the places kept in Postgres."""
        async with self._database.read() as connection:
            rows = await connection.fetch("SELECT topic, partition, next_offset, last_id FROM consumer_offsets")
        known = {TopicPartition(row["topic"], row["partition"]): row for row in rows}
        for place in assigned:
            self._leave(place)
            row = known.get(place)
            if row is None:
                await self._kafka.seek_to_beginning(place)
            else:
                self._unproven[place] = _Place(row["next_offset"], row["last_id"])
                self._kafka.seek(place, max(row["next_offset"] - 1, 0))

    def _leave(self, place: TopicPartition) -> None:
        """Forget what was read ahead there."""
        self._unproven.pop(place, None)
        self._visits[place] += 1

    async def _fetch(self) -> list[_Fetched]:
        """The next records of each partition, read and proven while the batch before is still being taken."""
        found: Mapping[TopicPartition, Sequence[Any]] = await self._kafka.getmany(timeout_ms=200, max_records=_BATCH)
        fetched = []
        for place, records in found.items():
            proven = self._proven(place, records)
            fetched.append(_Fetched(place, self._visits[place], inbox.read([_record(one) for one in proven])))
        return fetched

    async def _take(self, fetched: Sequence[_Fetched]) -> None:
        """Take a batch; what is wrong with the database is waited out in place, so order holds."""
        async with self._busy:
            delay = 0.1
            while True:
                here = self._kafka.assignment() if fetched else ()
                deliveries = [
                    delivery
                    for part in fetched
                    if part.place in here and part.visit == self._visits[part.place]
                    for delivery in part.deliveries
                ]
                if not deliveries:
                    return
                try:
                    await inbox.take(self._database, self._handling, deliveries)
                    failpoints.reach("consumer-committed")
                    return
                except Exception as error:
                    why = {"error": type(error).__name__, "why": str(error), "delay_seconds": delay}
                    _log.warning("a batch is tried again", **why)
                    await asyncio.sleep(delay * random.uniform(0.8, 1.2))  # noqa: S311
                    delay = min(delay * 2, _LONGEST_DELAY)

    def _proven(self, place: TopicPartition, found: Sequence[Any]) -> Sequence[Any]:
        """Drop the record before the place once it shows that the log is the one we know; rewind when it is not."""
        expected = self._unproven.get(place)
        if expected is None or not found:
            return found
        del self._unproven[place]
        first = found[0]
        if first.offset >= expected.next_offset:
            return found
        if first.offset == expected.next_offset - 1 and expected.last_id in (None, _id_of(first)):
            return found[1:]
        self._rewind(place)
        return []

    async def _watch(self) -> None:
        """Rewind what points beyond the end of its log, tell the lag, and leave Kafka the hint of our places."""
        lag = 0
        for place in self._kafka.assignment():
            high = self._kafka.highwater(place)
            expected = self._unproven.get(place)
            position = await self._kafka.position(place)
            if high is None:
                continue
            beyond = position > high or (expected is not None and expected.next_offset > high)
            if beyond and (expected is None or time.monotonic() - expected.since > 1):
                self._rewind(place)
            lag += max(high - position, 0)
        metrics.consumer_lag_messages.labels(self._database.service).set(lag)
        if time.monotonic() - self._committed > _COMMIT_SECONDS:
            self._committed = time.monotonic()
            try:
                await self._kafka.commit()
            except KafkaError as error:
                _log.info("the broker did not take our places; they are kept in Postgres", why=str(error))

    def _rewind(self, place: TopicPartition) -> None:
        _log.warning("the broker's log is not the one we read; reading from its beginning", place=str(place))
        self._leave(place)
        self._kafka.seek(place, 0)


def _record(found: Any) -> Record:
    return Record(found.topic, found.partition, found.offset, found.headers, found.key, found.value)


def _id_of(found: Any) -> str | None:
    try:
        return events.from_record(found.headers, found.value, found.key).id
    except events.MalformedEvent:
        return None
