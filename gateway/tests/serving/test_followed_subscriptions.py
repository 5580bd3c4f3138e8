"""Subscriptions fed by the bus: the present state, then each change, asked of the services on behalf of the caller."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from chassis.events import Envelope
from chassis.testing import eventually
from gateway.testing.clients import event_stream, socket
from gateway.testing.ingress import make_topics
from gateway.testing.office import watched_supergraph
from gateway.testing.serving import Broker, Running, Start

CHANGED = "subscription Watch($id: ID!) { personChanged(id: $id) { name desk } }"
ADA = {"variables": {"id": "1"}}
Follow = Callable[..., Awaitable[Running]]


async def tell(broker: Broker, *subjects: str, type: str = "office.person-renamed.v1") -> None:
    """Publish one event for each subject."""
    producer = AIOKafkaProducer(bootstrap_servers=broker.address, acks="all")
    await producer.start()
    try:
        for number, subject in enumerate(subjects):
            event = Envelope(
                id=f"{subject}-{number}", type=type, source="/opmodel/office", subject=subject,
                time=datetime.now(UTC), data=b"{}", key=subject,
            )  # fmt: skip
            await producer.send("office.events", event.data, key=event.key.encode(), headers=event.headers())
        await producer.flush()
    finally:
        await producer.stop()


@pytest.fixture
def follow(start: Start, broker: Broker, tmp_path: Path) -> Follow:
    """Start a gateway over the office that reads the bus."""
    path = tmp_path / "watched.graphql"
    path.write_text(watched_supergraph())

    async def begin(*, live: bool = True, **settings: Any) -> Running:
        if live:
            broker.start()
            await make_topics(broker, ["office.events"])
        bus = {"kafka_bootstrap_servers": broker.address, "kafka_idempotence": False}
        gateway = await start(secure=True, supergraph=path, **bus, **settings)
        if live:
            await reads(gateway)
        return gateway

    return begin


async def reads(gateway: Running) -> None:
    async def live() -> None:
        assert gateway.gateway.reads_bus

    await eventually(live, within=10)


def queries(gateway: Running) -> list[str]:
    return [content["query"] for _, content in gateway.people.asked if "query" in content]


async def change(gateway: Running, name: str) -> None:
    answer = await gateway.ask(f'mutation {{ rename(id: "1", name: "{name}") {{ id }} }}', gateway.token())
    assert "errors" not in answer.json(), answer.text


async def test_the_state_comes_first_and_anew_after_each_event_with_fields_of_other_subgraphs(
    follow: Follow, broker: Broker
) -> None:
    gateway = await follow()
    async with socket(gateway, gateway.token()) as client:
        await client.subscribe("a", CHANGED, **ADA)
        assert await client.data() == {"personChanged": {"name": "Ada", "desk": "D1"}}
        await change(gateway, "Eve")
        await tell(broker, "1")
        assert await client.data() == {"personChanged": {"name": "Eve", "desk": "D1"}}
    assert not gateway.people.watching, "no subscription was opened at the subgraph"


async def test_events_that_do_not_matter_ask_nothing(follow: Follow, broker: Broker) -> None:
    gateway = await follow()
    async with socket(gateway, gateway.token()) as client:
        await client.subscribe("a", CHANGED, **ADA)
        await client.data()
        asked = len(queries(gateway))
        await tell(broker, "2", "2")
        await tell(broker, "1", type="office.person-moved.v1")
        await change(gateway, "Eve")
        await tell(broker, "1")
        assert (await client.data())["personChanged"]["name"] == "Eve"
        assert len([query for query in queries(gateway)[asked:] if "rename" not in query]) == 1


async def test_many_events_at_once_run_few_queries_and_the_last_state_arrives(follow: Follow, broker: Broker) -> None:
    gateway = await follow()
    async with socket(gateway, gateway.token()) as client:
        await client.subscribe("a", CHANGED, **ADA)
        await client.data()
        asked = len(queries(gateway))
        gateway.desks.go_on.clear()
        await tell(broker, "1")

        async def under_way() -> None:
            assert len(queries(gateway)) == asked + 1

        await eventually(under_way)
        await change(gateway, "Eve")
        await tell(broker, *["1"] * 500)
        gateway.desks.go_on.set()
        assert (await client.data())["personChanged"]["name"] == "Eve"
        assert len(queries(gateway)) - asked < 20


async def test_equal_operations_of_one_caller_share_and_never_across_callers(follow: Follow, broker: Broker) -> None:
    gateway = await follow()
    ada, ben = gateway.token("ada"), gateway.token("ben")
    async with socket(gateway, ada) as first, socket(gateway, ada) as second, socket(gateway, ben) as third:
        clients = (first, second, third)
        for client in clients:
            await client.subscribe("a", CHANGED, **ADA)
            assert (await client.data())["personChanged"]["name"] == "Ada"
        gateway.people.asked.clear()
        await change(gateway, "Eve")
        gateway.people.asked.clear()
        await tell(broker, "1")
        for client in clients:
            assert (await client.data())["personChanged"]["name"] == "Eve"
        callers = sorted(headers["authorization"] for headers, _ in gateway.people.asked)
        assert callers == sorted([ada["authorization"], ben["authorization"]])


async def test_a_state_that_did_not_change_is_not_sent_again(follow: Follow, broker: Broker) -> None:
    gateway = await follow()
    async with event_stream(gateway, CHANGED, gateway.token(), **ADA) as stream:
        await anext(stream)
        await tell(broker, "1")
        await change(gateway, "Eve")
        await tell(broker, "1")
        assert (await anext(stream))[1]["data"]["personChanged"]["name"] == "Eve"


async def test_fragments_aliases_and_literals(follow: Follow, broker: Broker) -> None:
    gateway = await follow()
    document = """
      subscription($with: Boolean!) { ...Root }
      fragment Root on Subscription { who: personChanged(id: "1") { ...Person } who: personChanged(id: "1") { id } }
      fragment Person on Person { name desk @include(if: $with) }
    """
    async with event_stream(gateway, document, gateway.token(), variables={"with": False}) as stream:
        assert (await anext(stream))[1] == {"data": {"who": {"name": "Ada", "id": "1"}}}
        await change(gateway, "Eve")
        await tell(broker, "1")
        assert (await anext(stream))[1] == {"data": {"who": {"name": "Eve", "id": "1"}}}


async def test_without_the_bus_the_state_is_shown_and_what_was_missed_follows(follow: Follow, broker: Broker) -> None:
    gateway = await follow()
    broker.stop()

    async def bus_is_lost() -> None:
        assert not gateway.gateway.reads_bus

    await eventually(bus_is_lost)
    async with socket(gateway, gateway.token()) as client:
        await client.subscribe("a", CHANGED, **ADA)
        assert (await client.data())["personChanged"]["name"] == "Ada"
        await change(gateway, "Eve")
        broker.start()
        await make_topics(broker, ["office.events"])
        assert (await client.data())["personChanged"]["name"] == "Eve"
        await reads(gateway)
        broker.stop()
        await change(gateway, "Zoe")
        broker.start()
        await make_topics(broker, ["office.events"])
        assert (await client.data())["personChanged"]["name"] == "Zoe"
        await reads(gateway)
        await change(gateway, "Amy")
        await tell(broker, "1")
        assert (await client.data())["personChanged"]["name"] == "Amy"


async def test_a_subgraph_that_comes_back_is_noticed_without_an_event(follow: Follow) -> None:
    gateway = await follow()
    async with socket(gateway, gateway.token()) as client:
        gateway.cut("desks")
        await client.subscribe("a", CHANGED, **ADA)
        message = await client.next()
        assert message["payload"]["data"] == {"personChanged": {"name": "Ada", "desk": None}}
        await gateway.restore("desks")
        assert await client.data() == {"personChanged": {"name": "Ada", "desk": "D1"}}


async def test_nothing_runs_when_nobody_watches(follow: Follow, broker: Broker) -> None:
    gateway = await follow()
    async with socket(gateway, gateway.token()) as client:
        await client.subscribe("a", CHANGED, **ADA)
        await client.data()
    gateway.people.asked.clear()
    async with socket(gateway, gateway.token()) as client:
        await client.subscribe("b", CHANGED, variables={"id": "2"})
        await client.data()
        await tell(broker, "1", "2")
        await client.send({"type": "ping"})
        await client.next()
    assert {content["variables"]["id"] for _, content in gateway.people.asked} == {"2"}


async def test_it_is_forwarded_where_that_is_wanted(follow: Follow) -> None:
    broker_is_there_but_not_used = await follow(live=False, event_driven_subscriptions=False)
    gateway = broker_is_there_but_not_used
    async with socket(gateway, gateway.token()) as client:
        await client.subscribe("a", CHANGED, **ADA)
        await client.data()
        assert gateway.people.watching
        await change(gateway, "Eve")
        assert (await client.data())["personChanged"]["name"] == "Eve"
