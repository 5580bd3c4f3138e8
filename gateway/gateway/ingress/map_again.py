"""`python -m gateway map-again`: deliveries that were kept are mapped by the mappers of today.

The events get the ids that they had, so what went through before has no second effect.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis import kafka
from chassis.caller import Caller
from gateway.ingress.adapters import Adapter, adapters
from gateway.ingress.admission import Delivery
from gateway.ingress.bus import Bus, BusUnavailable
from gateway.ingress.contracts import Contracts
from gateway.ingress.problems import Problem
from gateway.ingress.publication import Publication
from gateway.ingress.raw import DEAD_LETTERS, RAW, Kept, kept
from gateway.ingress.sources import OWNERS
from gateway.ingress.translation import translate
from gateway.loading import CannotStart
from gateway.settings import GatewaySettings, shipped

_QUIET_MS = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries: of one adapter, one delivery alone, and all or only those with something that was not mapped."""

    adapter: str | None
    delivery: str | None
    all: bool
    dry_run: bool


async def map_again(settings: GatewaySettings, wanted: Wanted) -> int:
    """Map kept deliveries again, say what became of each, and publish. Returns how many still could not be mapped whole."""
    known = adapters(settings)
    bus = Bus(settings)
    await bus.start()
    publication = Publication(bus, Contracts(shipped("contract") / "events"), settings)
    left = 0
    try:
        await bus.connected(within=10)
        seen: set[tuple[str, str]] = set()
        async for keep in _kept(settings, RAW if wanted.all else DEAD_LETTERS):
            if wanted.adapter not in (None, keep.adapter) or wanted.delivery not in (None, keep.received.delivery):
                continue
            if (keep.adapter, keep.received.delivery) in seen or keep.adapter not in known:
                continue
            seen.add((keep.adapter, keep.received.delivery))
            left += not await _one(known, keep, publication, dry_run=wanted.dry_run)
    except BusUnavailable:
        raise CannotStart(f"The broker at {settings.kafka_bootstrap_servers} does not answer.") from None
    except Problem as problem:
        raise CannotStart(f"{problem.title}: {problem.detail}") from None
    finally:
        await bus.stop()
    return left


async def _one(known: Mapping[str, Adapter], keep: Kept, publication: Publication, *, dry_run: bool) -> bool:
    adapter = known[keep.adapter]
    role = next(role for role, owner in OWNERS.items() if owner == adapter.owner)
    caller = Caller(subject=keep.source, roles=frozenset({role}), kind="service")
    delivery = Delivery(
        keep.received.delivery, caller, frozenset({adapter.owner}), {}, keep.received.body, is_signed=False
    )
    translation = await translate(adapter, keep.received, delivery, publication, "")
    if not dry_run:
        await publication.publish(translation.events)
    told = "would be published" if dry_run else "published"
    print(f"{adapter.name} {keep.received.delivery}: {len(translation.events)} events {told}", flush=True)
    for unmapped in translation.unmapped:
        print(f"  item {unmapped.index}: {unmapped.why}", flush=True)
    return not translation.unmapped


async def _kept(settings: GatewaySettings, topic: str) -> AsyncIterator[Kept]:
    """What a topic keeps, from its beginning until nothing more comes."""
    consumer: Any = AIOKafkaConsumer(
        **kafka.connection(settings), group_id=None, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        partitions = await consumer._client.fetch_all_metadata()
        numbers = partitions.partitions_for_topic(topic) or ()
        consumer.assign([TopicPartition(topic, number) for number in sorted(numbers)])
        while numbers:
            fetched = await consumer.getmany(timeout_ms=_QUIET_MS)
            if not fetched:
                return
            for records in fetched.values():
                for record in records:
                    try:
                        yield kept(record.headers, record.value or b"")
                    except ValueError as error:
                        print(f"{topic} {record.partition}:{record.offset}: {error}", file=sys.stderr)
    finally:
        await consumer.stop()
