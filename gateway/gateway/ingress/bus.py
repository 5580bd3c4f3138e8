"""The way to the broker. An event counts as taken when every in-sync replica has it, and not before."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from chassis import events, kafka
from chassis.events import Envelope
from gateway.settings import GatewaySettings

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
_log = structlog.get_logger(__name__)


class BusUnavailable(Exception):
    """The broker did not acknowledge. Whatever it may have taken is harmless: the same events are to be sent again."""


class TooLarge(Exception):
    """The broker can never take this event."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it goes to the broker."""

    topic: str
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]


class Bus:
    """A producer that is replaced when the broker was lost: what it still held is dropped, never sent late."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._dropped: set[asyncio.Task[None]] = set()

    @property
    def is_connected(self) -> bool:
        """Whether the last thing heard of the broker was good."""
        return self._producer is not None

    async def start(self) -> None:
        """Begin to connect. Does not wait for the broker."""
        self._connecting = asyncio.create_task(self._connect())

    async def connected(self, within: float) -> None:
        """Wait for the broker, at most so many seconds. Raises BusUnavailable."""
        if self._connecting is not None:
            await asyncio.wait([self._connecting], timeout=within)
        if self._producer is None:
            raise BusUnavailable

    async def stop(self) -> None:
        """Let go of the broker."""
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait([self._connecting])
        producer, self._producer = self._producer, None
        if producer is not None:
            self._drop(producer)
        if self._dropped:
            _, slow = await asyncio.wait(self._dropped, timeout=0.5)
            for task in slow:
                task.cancel()

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Publish events, all of them. Raises BusUnavailable or TooLarge."""
        await self.append(
            [Record(events.topic_of(one.type), one.key.encode(), one.data, one.headers()) for one in envelopes]
        )

    async def append(self, records: Sequence[Record]) -> None:
        """Append records, all of them. Raises BusUnavailable or TooLarge."""
        producer = self._producer
        if producer is None:
            raise BusUnavailable
        try:
            async with asyncio.timeout(self._settings.ingress_acknowledge_seconds):
                acknowledged = [
                    await producer.send(record.topic, value=record.value, key=record.key, headers=list(record.headers))
                    for record in records
                ]
                await asyncio.gather(*acknowledged)
        except MessageSizeTooLargeError as error:
            raise TooLarge from error
        except (KafkaError, OSError, TimeoutError) as error:
            _log.warning("the broker did not acknowledge", why=repr(error), records=len(records))
            self._replace(producer)
            raise BusUnavailable from error

    def _replace(self, producer: AIOKafkaProducer) -> None:
        if self._producer is not producer:
            return
        self._producer = None
        self._drop(producer)
        self._connecting = asyncio.create_task(self._connect())

    def _drop(self, producer: AIOKafkaProducer) -> None:
        dropping = asyncio.create_task(_dropped(producer))
        self._dropped.add(dropping)
        dropping.add_done_callback(self._dropped.discard)

    async def _connect(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            producer = kafka.producer(self._settings, client_id="gateway-ingress")
            try:
                await producer.start()
            except asyncio.CancelledError:
                await _dropped(producer)
                raise
            except (KafkaError, OSError) as error:
                await _dropped(producer)
                if pause == _FIRST_PAUSE:
                    _log.warning("the broker cannot be reached", why=str(error))
                await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - spreads retries, no secret
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                self._producer = producer
                _log.info("connected to the broker")
                return


async def _dropped(producer: AIOKafkaProducer) -> None:
    """Stop a producer without sending what it still holds.

    Its own `stop` waits until everything is sent, and what was answered with "send it again" must not be sent later.
    """
    producer._message_accumulator.fail_all(KafkaError("the broker was given up"))
    with contextlib.suppress(KafkaError, OSError):
        await producer.stop()
