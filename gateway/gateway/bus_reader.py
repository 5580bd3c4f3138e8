"""What happens on the bus, told to whoever wants to know in this process: each topic is read once, all partitions, no group.

Nothing is remembered across a loss of the broker. Whoever listens is told `lost`, then `caught_up`: from then on every
event is told, and whatever was read from a service before may be old and must be read again. So no offset is kept, and a
broker that forgot its log, or a log that was shortened, does no harm.

Where a partition ends is taken from the high watermark of a fetch: some brokers answer wrongly when asked for end offsets.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from chassis import events, kafka
from chassis.events import Envelope, MalformedEvent
from gateway import telemetry
from gateway.settings import GatewaySettings

_FETCH_WAIT_MS = 100
_POLL_MS = 250
_SILENT_MS = 5_000
_STOP_SECONDS = 2
_BATCH = 500
_POSITION_SECONDS = 10.0
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
_log = structlog.get_logger(__name__)


class Listener(Protocol):
    """Who is told of events. The calls must return at once and may not raise."""

    def received(self, envelope: Envelope) -> None:
        """An event, in the order of its partition; it may be told more than once."""

    def caught_up(self) -> None:
        """From now on every event is told. What is known from before may be old."""

    def lost(self) -> None:
        """Events may be missed until `caught_up`."""


class BusReader:
    """Reads the topics of all event types that the graph's parts react to."""

    def __init__(self, settings: GatewaySettings, topics: Iterable[str]) -> None:
        self._settings = settings
        self._topics = sorted(set(topics))
        self._listeners: list[Listener] = []
        self._task: asyncio.Task[None] | None = None
        self.is_live = False

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell this listener from now on; call what is returned to stop. It is told `caught_up` at once when that is so."""
        self._listeners.append(listener)
        if self.is_live:
            listener.caught_up()
        return lambda: self._listeners.remove(listener)

    async def start(self) -> None:
        """Begin to read. Does not wait for the broker."""
        self._task = asyncio.create_task(self._run(), name="bus reader")

    async def stop(self) -> None:
        """Let go of the broker."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def _run(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            reader = self._consumer()
            try:
                await reader.start()
                await self._read(reader)
            except (KafkaError, OSError, TimeoutError, _LogMayDiffer) as error:
                if self.is_live or pause == _FIRST_PAUSE:
                    _log.warning("the bus is not read just now", why=str(error) or type(error).__name__)
                pause = _FIRST_PAUSE if self.is_live else min(pause * 2, _LONGEST_PAUSE)
            finally:
                self._tell_lost()
                await _stop(reader)
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - spreads retries, no secret

    def _consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            **kafka.connection(self._settings),
            client_id="gateway-reader",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            request_timeout_ms=_SILENT_MS,
            metadata_max_age_ms=10_000,
            # A connection that is replaced may lead to another log (see `_Connections`), so none is closed for idling.
            connections_max_idle_ms=None,
        )

    async def _read(self, reader: AIOKafkaConsumer) -> None:
        places = await self._places(reader)
        reader.assign(places)
        async with asyncio.timeout(_POSITION_SECONDS):
            await _go_to_end(reader, places)
        connections = _Connections(reader)
        self._tell_caught_up()
        while True:
            fetched: Mapping[TopicPartition, Sequence[Any]] = await reader.getmany(
                timeout_ms=_POLL_MS, max_records=_BATCH
            )
            connections.check()
            for records in fetched.values():
                for record in records:
                    self._tell(record)

    async def _places(self, reader: AIOKafkaConsumer) -> list[TopicPartition]:
        """Every partition. Raises _LogMayDiffer while a topic is not there."""
        found = await reader.topics()
        missing = [topic for topic in self._topics if topic not in found]
        if missing:
            raise _LogMayDiffer(f"the broker has no topic {', '.join(missing)} yet")
        return [
            TopicPartition(topic, number)
            for topic in self._topics
            for number in sorted(reader.partitions_for_topic(topic) or ())
        ]

    def _tell(self, record: Any) -> None:
        try:
            envelope = events.from_record(record.headers, record.value, record.key)
        except MalformedEvent as error:
            _log.warning("a record is no event", topic=record.topic, offset=record.offset, why=str(error))
            return
        telemetry.bus_events_total.labels(record.topic).inc()
        for listener in tuple(self._listeners):
            listener.received(envelope)

    def _tell_caught_up(self) -> None:
        self.is_live = True
        _log.info("reading the bus", topics=self._topics)
        for listener in tuple(self._listeners):
            listener.caught_up()

    def _tell_lost(self) -> None:
        if self.is_live:
            self.is_live = False
            for listener in tuple(self._listeners):
                listener.lost()


class _LogMayDiffer(Exception):
    """What is read may not be the log that was read before. The message says why."""


class _Connections:
    """Notices that the connection to a broker was replaced: behind the new one may stand a log that began anew."""

    def __init__(self, reader: AIOKafkaConsumer) -> None:
        self._current: dict[Any, Any] = reader._client._conns
        self._known = set(self._current.values())

    def check(self) -> None:
        """Raises _LogMayDiffer when a connection is gone or new."""
        if not all(connection.connected() for connection in self._known):
            raise _LogMayDiffer("the connection to the broker ended")
        if not self._known.issuperset(self._current.values()):
            raise _LogMayDiffer("the connection to the broker was replaced")


async def _stop(reader: AIOKafkaConsumer) -> None:
    """Let go of the broker, also when it is gone: then aiokafka's own `stop` breaks off with what it has cancelled itself."""
    stopping = asyncio.create_task(reader.stop())
    await asyncio.wait([stopping], timeout=_STOP_SECONDS)
    if not stopping.done() or stopping.cancelled() or stopping.exception() is not None:
        stopping.cancel()
        await asyncio.wait([stopping, asyncio.create_task(reader._client.close())], timeout=_STOP_SECONDS)


async def _go_to_end(reader: AIOKafkaConsumer, places: Sequence[TopicPartition]) -> None:
    """Stand behind the last record of each partition, as a fetch tells where that is."""
    await reader.seek_to_beginning(*places)
    waiting = set(places)
    while waiting:
        await reader.getmany(*waiting, timeout_ms=_POLL_MS, max_records=1)
        for place in tuple(waiting):
            end = reader.highwater(place)
            if end is not None:
                reader.seek(place, end)
                reader.pause(place)
                waiting.remove(place)
    reader.resume(*places)
