"""Many records to the bus at once: put together by partition and acknowledged by batch, which costs a fraction of a send each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import lru_cache
from struct import unpack_from
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.structs import RecordMetadata

from chassis import events
from chassis.events import Envelope

LARGEST_RECORD = 1_000_000
"""Bytes of a record that is refused here, before the broker refuses the batch it is in."""
_MASK = 0xFFFFFFFF
_MULTIPLIER = 0x5BD1E995
_SEED = 0x9747B28C

Place = tuple[str, int]
"""Topic and partition."""


class Published(NamedTuple):
    """Where the broker put a record."""

    topic: str
    partition: int
    offset: int


class Refused(NamedTuple):
    """A record that the broker can never take."""

    reason: str


@lru_cache(maxsize=1024)
def _topic_of(type: str) -> str:
    return events.topic_of(type)


def murmur2(key: bytes) -> int:
    """The 32-bit MurmurHash2 by which every Kafka client chooses a partition (org.apache.kafka.common.utils.Utils.murmur2)."""
    length = len(key)
    hash = _SEED ^ length
    for block in unpack_from(f"<{length >> 2}I", key):
        mixed = block * _MULTIPLIER & _MASK
        hash = hash * _MULTIPLIER & _MASK ^ (mixed ^ mixed >> 24) * _MULTIPLIER & _MASK
    if rest := length & 3:
        hash = (hash ^ int.from_bytes(key[length - rest :], "little")) * _MULTIPLIER & _MASK
    hash = (hash ^ hash >> 13) * _MULTIPLIER & _MASK
    return hash ^ hash >> 15


class Shipment:
    """Records on their way, in the order in which they were given."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._partitions: dict[str, list[int]] = {}
        self._open: dict[Place, Any] = {}
        self._batches: dict[Place, list[Any]] = {}
        self._records: list[tuple[Place, int, int] | Refused] = []
        self._acknowledgements: dict[Place, list[asyncio.Future[RecordMetadata]]] = {}

    async def add(self, envelopes: Sequence[Envelope]) -> None:
        """Put events into the batches of their partitions."""
        for envelope in envelopes:
            topic = _topic_of(envelope.type)
            partitions = self._partitions.get(topic)
            if partitions is None:
                known = await self._producer.partitions_for(topic)
                partitions = self._partitions[topic] = sorted(known)
            key, value, headers = envelope.key.encode(), envelope.data, envelope.headers()
            size = DefaultRecordBatchBuilder.estimate_size_in_bytes(key, value, headers)
            if size > LARGEST_RECORD:
                self._records.append(
                    Refused(f"the record has {size} bytes, and the bus takes {LARGEST_RECORD} at most")
                )
                continue
            place = (topic, partitions[(murmur2(key) & 0x7FFFFFFF) % len(partitions)])
            batch = self._open.get(place)
            if batch is None or batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
                batch = self._open[place] = self._producer.create_batch()
                self._batches.setdefault(place, []).append(batch)
                # An empty batch takes a record of any size.
                batch.append(timestamp=None, key=key, value=value, headers=headers)
            self._records.append((place, len(self._batches[place]) - 1, batch.record_count() - 1))

    async def send(self, between: Callable[[], None]) -> None:
        """Hand all batches to the producer; those of a partition follow one another."""

        async def hand(place: Place, batches: list[Any]) -> None:
            given = self._acknowledgements[place] = []
            for batch in batches:
                batch.close()
                acknowledgement = await self._producer.send_batch(batch, place[0], partition=place[1])
                acknowledgement.add_done_callback(_look)
                given.append(acknowledgement)
                between()

        await asyncio.gather(*(hand(place, batches) for place, batches in self._batches.items()))

    async def acknowledged(self) -> list[Published | Refused]:
        """Wait for the broker. Where each record is now; raises what the first batch that failed raised."""
        given = [one for acknowledgements in self._acknowledgements.values() for one in acknowledgements]
        for outcome in await asyncio.gather(*given, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
        firsts = {
            place: [(await one).offset for one in acknowledgements]
            for place, acknowledgements in self._acknowledgements.items()
        }
        return [
            record if isinstance(record, Refused) else Published(*record[0], firsts[record[0]][record[1]] + record[2])
            for record in self._records
        ]


def _look(acknowledgement: asyncio.Future[RecordMetadata]) -> None:
    """When the first failure has ended the shipment, the others are no news."""
    if not acknowledgement.cancelled():
        acknowledgement.exception()
