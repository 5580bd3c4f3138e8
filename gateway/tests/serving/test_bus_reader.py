"""Reading the bus: nothing missed once caught up, and a broker that comes back with another log is noticed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError

from chassis.events import Envelope
from chassis.testing import eventually
from gateway.bus_reader import BusReader
from gateway.settings import GatewaySettings
from gateway.testing.serving import Broker

TOPIC = "governance.events"


class Heard:
    """A listener that keeps what it is told."""

    def __init__(self) -> None:
        self.subjects: list[str] = []
        self.states: list[str] = []

    def received(self, envelope: Envelope) -> None:
        self.subjects.append(envelope.subject)

    def caught_up(self) -> None:
        self.states.append("caught up")

    def lost(self) -> None:
        self.states.append("lost")


async def make_topic(broker: Broker, name: str = TOPIC) -> None:
    async def made() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
        try:
            await admin.start()
            await admin.create_topics([NewTopic(name, num_partitions=6, replication_factor=1)])
        except (OSError, KafkaConnectionError) as error:
            raise AssertionError from error
        finally:
            await admin.close()

    await eventually(made)


async def publish(broker: Broker, *subjects: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker.address, acks="all")
    await producer.start()
    try:
        for number, subject in enumerate(subjects):
            event = Envelope(
                id=f"{subject}-{number}",
                type="governance.tool-approved.v1",
                source="/opmodel/governance",
                subject=subject,
                time=datetime.now(UTC),
                data=b"{}",
                key=subject,
            )
            await producer.send(TOPIC, event.data, key=event.key.encode(), headers=event.headers())
        await producer.flush()
    finally:
        await producer.stop()


@asynccontextmanager
async def reading(broker: Broker, heard: Heard) -> AsyncIterator[BusReader]:
    settings = GatewaySettings.model_construct(
        kafka_bootstrap_servers=broker.address, kafka_security_protocol="PLAINTEXT", kafka_ssl_cafile=None
    )
    reader = BusReader(settings, [TOPIC])
    reader.listen(heard)
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


async def hears(heard: Heard, subjects: list[str], within: float = 5) -> None:
    async def so() -> None:
        assert heard.subjects == subjects

    await eventually(so, within)


async def stands(heard: Heard, states: list[str], within: float = 10) -> None:
    async def so() -> None:
        assert heard.states == states

    await eventually(so, within)


@pytest.fixture
async def running(broker: Broker) -> Broker:
    broker.start()
    await make_topic(broker)
    return broker


async def test_what_was_there_before_is_not_told_and_all_that_follows_is(running: Broker) -> None:
    await publish(running, *(f"old-{number}" for number in range(3000)))
    heard = Heard()
    async with reading(running, heard):
        await stands(heard, ["caught up"])
        await publish(running, *["new"] * 700)
        await hears(heard, ["new"] * 700)


async def test_whoever_comes_later_is_told_that_it_may_rely_on_the_reader(running: Broker) -> None:
    first, second = Heard(), Heard()
    async with reading(running, first) as reader:
        await stands(first, ["caught up"])
        stop = reader.listen(second)
        assert second.states == ["caught up"]
        stop()
        await publish(running, "tool")
        await hears(first, ["tool"])
        assert second.subjects == []


async def test_a_broker_that_forgot_its_log_is_noticed_even_when_its_new_log_is_longer(running: Broker) -> None:
    heard = Heard()
    await publish(running, *["old"] * 5)
    async with reading(running, heard):
        await stands(heard, ["caught up"])
        running.stop()
        running.start()
        await make_topic(running)
        await publish(running, *["again"] * 50)

        async def caught_up_again() -> None:
            assert heard.states[:2] == ["caught up", "lost"]
            assert heard.states[-1] == "caught up"
            assert len(heard.states) >= 3

        await eventually(caught_up_again, within=15)
        heard.subjects.clear()
        await publish(running, "new")
        await hears(heard, ["new"])


async def test_a_topic_that_comes_later_is_waited_for(broker: Broker) -> None:
    broker.start()
    heard = Heard()
    async with reading(broker, heard) as reader:
        assert not reader.is_live
        await make_topic(broker)
        await stands(heard, ["caught up"])
        await publish(broker, "tool")
        await hears(heard, ["tool"])
