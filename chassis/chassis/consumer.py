"""The consumer: reads the bus in batches, takes each batch in one transaction, and keeps its place in Postgres.

Kafka's committed offset is only a hint for tools. On assignment the place is read from Postgres and proven: the event before
it must still be there, else the broker has lost its log and reading starts again at the beginning, which the inbox makes safe.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from chassis import events, failpoints, inbox, kafka, metrics
from chassis.database import Database
from chassis.inbox import Handling, Record

if TYPE_CHECKING:
    from chassis.settings import ServiceSettings

_log = structlog.get_logger(__name__)
_BATCH = 500
_PATIENCE_SECONDS = 3.0
_COMMIT_SECONDS = 5.0
_LONGEST_DELAY = 10.0


class _Place:
    """Where to read on in one partition, and until proven, the event that must stand just before."""

    __slots__ = ("last_id", "next_offset", "since")

    def __init__(self, next_offset: int, last_id: str | None) -> None:
        self.next_offset = next_offset
        self.last_id = last_id
        self.since = time.monotonic()


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Reads all topics a service listens to."""

    def __init__(self, database: Database, settings: ServiceSettings, handling: Handling) -> None:
        self._database = database
        self._settings = settings
        self._handling = handling
        self._unproven: dict[TopicPartition, _Place] = {}
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
        try:
            await self._kafka.start()
            while True:
                await self._step()
        finally:
            await asyncio.shield(self._kafka.stop())

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Wait for the transaction in flight; then another may read on from where it ended."""
        failpoints.reach("consumer-revoking")
        async with self._busy:
            for place in revoked:
                self._unproven.pop(place, None)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Go to the places kept in Postgres."""
        async with self._database.read() as connection:
            rows = await connection.fetch("SELECT topic, partition, next_offset, last_id FROM consumer_offsets")
        known = {TopicPartition(row["topic"], row["partition"]): row for row in rows}
        for place in assigned:
            row = known.get(place)
            if row is None:
                await self._kafka.seek_to_beginning(place)
            else:
                self._unproven[place] = _Place(row["next_offset"], row["last_id"])
                self._kafka.seek(place, max(row["next_offset"] - 1, 0))

    async def _step(self) -> None:
        fetched: Mapping[TopicPartition, Sequence[Any]] = await self._kafka.getmany(timeout_ms=200, max_records=_BATCH)
        async with self._busy:
            records: list[Record] = []
            for place, found in fetched.items():
                if place in self._kafka.assignment():
                    records += [_record(one) for one in await self._proven(place, found)]
            if records:
                await self._take(records)
            await self._watch()

    async def _take(self, records: Sequence[Record]) -> None:
        """Take a batch; what is wrong with the database is waited out in place, so order holds."""
        delay = 0.1
        while True:
            try:
                await inbox.take(self._database, self._handling, records)
                failpoints.reach("consumer-committed")
                return
            except Exception as error:
                _log.warning("a batch is tried again", error=type(error).__name__, why=str(error), delay_seconds=delay)
                await asyncio.sleep(delay * random.uniform(0.8, 1.2))  # noqa: S311
                delay = min(delay * 2, _LONGEST_DELAY)

    async def _proven(self, place: TopicPartition, found: Sequence[Any]) -> Sequence[Any]:
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
        await self._rewind(place)
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
                await self._rewind(place)
            lag += max(high - position, 0)
        metrics.consumer_lag_messages.labels(self._database.service).set(lag)
        if time.monotonic() - self._committed > _COMMIT_SECONDS:
            self._committed = time.monotonic()
            try:
                await self._kafka.commit()
            except KafkaError as error:
                _log.info("the broker did not take our places; they are kept in Postgres", why=str(error))

    async def _rewind(self, place: TopicPartition) -> None:
        _log.warning("the broker's log is not the one we read; reading from its beginning", place=str(place))
        self._unproven.pop(place, None)
        self._kafka.seek(place, 0)


def _record(found: Any) -> Record:
    return Record(found.topic, found.partition, found.offset, found.headers, found.key, found.value)


def _id_of(found: Any) -> str | None:
    try:
        return events.from_record(found.headers, found.value, found.key).id
    except events.MalformedEvent:
        return None
