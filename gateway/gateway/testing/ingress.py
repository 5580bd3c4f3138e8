"""An ingress with its broker, and what it published."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError

from chassis.events import Envelope, from_record
from chassis.testing import eventually
from gateway.testing.serving import Broker, Running

TOPICS = (
    "hris.events", "itsm.events", "usage.events", "lms.events", "ingress.raw", "ingress.dead-letters"
)  # fmt: skip
STRUCTURED = "application/cloudevents+json"


async def make_topics(broker: Broker, topics: Sequence[str]) -> None:
    """Wait for the broker and make topics of six partitions."""

    async def made() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
        try:
            await admin.start()
            await admin.create_topics([NewTopic(name, num_partitions=6, replication_factor=1) for name in topics])
        except (OSError, KafkaConnectionError) as error:
            raise AssertionError from error
        finally:
            await admin.close()

    await eventually(made)


class IngressBus:
    """The ingress and what it published."""

    def __init__(self, broker: Broker, gateway: Running) -> None:
        self.broker = broker
        self.gateway = gateway

    async def connected(self) -> None:
        """Wait until the gateway has its broker."""

        async def connected() -> None:
            assert (await self.gateway.http.get("/readyz")).json()["broker"] == "connected"

        await eventually(connected, within=10)

    async def deliver(
        self, content: Any, content_type: str = STRUCTURED, *, role: str = "hris", to: str = "/events", **headers: str
    ) -> httpx.Response:
        """Post with the token of a service."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        sent = self.gateway.token(role, role) | {"content-type": content_type} | headers
        return await self.gateway.http.post(to, content=body, headers=sent)

    async def published(self, topic: str = "hris.events", count: int = 1) -> list[Envelope]:
        """The events on a topic; `count` is waited for."""
        records = await self.records(topic, count)
        return [from_record(record.headers, record.value, record.key) for record in records]

    async def records(self, topic: str, count: int = 1) -> list[Any]:
        """The records on a topic; `count` is waited for."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.broker.address, auto_offset_reset="earliest")
        await consumer.start()
        try:
            consumer.assign([TopicPartition(topic, partition) for partition in range(6)])
            found: list[Any] = []
            async with asyncio.timeout(5):
                while len(found) < count:
                    for batch in (await consumer.getmany(timeout_ms=100)).values():
                        found += batch
            return found
        finally:
            await consumer.stop()
