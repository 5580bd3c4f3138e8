"""The consumer: reads the bus in batches, takes each batch in one transaction, and keeps its place in Postgres.

Kafka's committed offset is only a hint for tools. On assignment the place is read from Postgres and proven: the event before
it must still be there, else the broker has lost its log and reading starts again at the beginning, which the inbox makes safe.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from chassis import events, failpoints, inbox, kafka, metrics
from chassis.database import Database
from chassis.inbox import Delivery, Handling, Record

if TYPE_CHECKING:
    from chassis.settings import ServiceSettings

_log = structlog.get_logger(__name__)
_BATCH = 1000
_AT_ONCE = 50
_COMMIT_SECONDS = 5.0
_LONGEST_DELAY = 10.0
_LONG_SECONDS = 5.0
_SHORT_SECONDS = 1.0
_SEATS = 0x73656174


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
        self._leases: dict[TopicPartition, int] = {}
        self._lost: Exception | None = None
        self._batch = _BATCH
        self._busy = asyncio.Lock()
        self._committed = time.monotonic()
        self._answered = time.monotonic()

    @property
    def topics(self) -> list[str]:
        """The topics of the event types listened to."""
        return sorted({events.topic_of(name) for name in self._handling.by_type})

    async def run(self) -> None:
        """Read for ever. Ends with an error when the broker or the database is lost; start it again then."""
        if not self.topics:
            return
        async with self._seat() as seat:
            self._kafka = kafka.consumer(self._settings, group=self._database.service)
            self._kafka.subscribe(self.topics, listener=self)
            taking = asyncio.create_task(self._take([]))
            try:
                await kafka.unbroken(self._kafka.start())
                self._answered = time.monotonic()
                while not seat.is_closed():
                    fetched = await self._fetch()
                    await taking
                    await self._watch()
                    taking = asyncio.create_task(self._take(fetched))
                raise ConnectionError("the session that keeps this consumer's seat ended")
            finally:
                try:
                    await asyncio.wait([taking], timeout=2)
                finally:
                    taking.cancel()
                    await kafka.unbroken(kafka.leave(self._kafka), patience=2)

    @asynccontextmanager
    async def _seat(self) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """One of as many seats as a topic has partitions; who finds none waits for one, instead of joining for nothing."""
        session = await asyncpg.connect(self._settings.database_url.get_secret_value(), timeout=10)
        try:
            seats = range(self._settings.topic_partitions)
            while not await self._sit(session, seats):
                await asyncio.sleep(1)
            yield session
        finally:
            await asyncio.wait_for(session.close(), 5)

    @staticmethod
    async def _sit(session: asyncpg.Connection[asyncpg.Record], seats: Iterable[int]) -> bool:
        for seat in seats:
            if await session.fetchval("SELECT pg_try_advisory_lock($1, $2)", _SEATS, seat):
                return True
        return False

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Wait for the transaction in flight; then another may read on from where it ended."""
        failpoints.reach("consumer-revoking")
        async with self._busy:
            for place in revoked:
                self._leave(place)
                self._leases.pop(place, None)

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Go to the places kept in Postgres."""
        try:
            known = await inbox.lease(self._database, list(assigned))
        except Exception as error:  # The client would log it and read on from anywhere.
            self._lost = error
            return
        for place in assigned:
            self._leave(place)
            row = known[place]
            self._leases[place] = row["lease"]
            if row["next_offset"] > 0:
                self._unproven[place] = _Place(row["next_offset"], row["last_id"])
            # Where the log begins later, the client goes to its beginning by itself; to ask for that would wait for the broker.
            self._kafka.seek(place, max(row["next_offset"] - 1, 0))

    def _leave(self, place: TopicPartition) -> None:
        """Forget what was read ahead there."""
        self._unproven.pop(place, None)
        self._visits[place] += 1

    async def _fetch(self) -> list[_Fetched]:
        """The next records of each partition, read and proven while the batch before is still being taken: a few at a time, so
        that its transaction, which waits for the database most of the time, goes on in between."""
        fetched: list[_Fetched] = []
        count = 0
        while count < self._batch:
            found: Mapping[TopicPartition, Sequence[Any]] = await self._kafka.getmany(
                timeout_ms=0 if count else 200, max_records=min(_AT_ONCE, self._batch - count)
            )
            if self._lost is not None:
                raise ConnectionError("the places could not be read from the database") from self._lost
            if not found:
                break
            self._answered = time.monotonic()
            for place, records in found.items():
                count += len(records)
                if place not in self._leases:
                    continue  # Read from where Kafka believes that we were, before we went to our own place.
                proven = self._proven(place, records)
                deliveries = inbox.read([_record(one) for one in proven], self._leases[place])
                fetched.append(_Fetched(place, self._visits[place], deliveries))
            await asyncio.sleep(0)
        return fetched

    async def _take(self, fetched: Sequence[_Fetched]) -> None:
        """Take a batch; what is wrong with the database is waited out in place, so order holds."""
        if fetched:
            await self._room()
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
                began = time.monotonic()
                try:
                    await inbox.take(self._database, self._handling, deliveries)
                    self._adapt(time.monotonic() - began)
                    failpoints.reach("consumer-committed")
                    return
                except inbox.LeaseLost:
                    raise
                except Exception as error:
                    why = {"error": type(error).__name__, "why": str(error), "delay_seconds": delay}
                    _log.warning("a batch is tried again", **why)
                    await asyncio.sleep(delay * random.uniform(0.8, 1.2))  # noqa: S311
                    delay = min(delay * 2, _LONGEST_DELAY)

    def _adapt(self, seconds: float) -> None:
        """Slow handlers get smaller batches, so that one ends long before the group misses us. The broker was not asked
        meanwhile, so it is not blamed for having been silent."""
        if seconds > _LONG_SECONDS:
            self._batch = max(self._batch // 4, 1)
        elif seconds < _SHORT_SECONDS:
            self._batch = min(self._batch * 2, _BATCH)
        self._answered = time.monotonic()

    async def _room(self) -> None:
        """Do not add to an outbox that is above its mark: what is taken makes events of its own."""
        try:
            await self._database.backlog.until_room()
        except Exception as error:
            _log.warning("the outbox cannot be looked at", error=type(error).__name__, why=str(error))

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
        """Look at the places, and require answers: a fetcher that hangs tells no lag, and a place that hangs ends no wait."""
        self._require_answers()
        patience = self._settings.consumer_patience_seconds
        try:
            async with asyncio.timeout(patience):
                await self._look()
        except TimeoutError:
            raise ConnectionError(f"the broker has not answered for {patience:g} seconds") from None

    async def _look(self) -> None:
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

    def _require_answers(self) -> None:
        """Raises ConnectionError when nothing came and the broker has not answered for a partition for too long, so that the
        consumer is built anew."""
        now, patience = time.monotonic(), self._settings.consumer_patience_seconds
        if now - self._answered < patience:
            return
        for place in self._kafka.assignment():
            told = self._kafka.last_poll_timestamp(place)
            if told is None or time.time() - told / 1000 > patience:
                raise ConnectionError(f"the broker has not answered for {place} for {patience:g} seconds")
        self._answered = now

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
