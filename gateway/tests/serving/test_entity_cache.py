"""The entity cache against a real broker: nothing older than the bus, nothing of another caller, nothing while the bus is away."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from pydantic import ValidationError

from chassis.events import Envelope
from chassis.testing import eventually
from gateway.settings import GatewaySettings
from gateway.testing.serving import Broker, Running, Start

from .test_bus_reader import make_topic

TOPIC = "desks.events"
QUERY = "query ($id: ID!) { person(id: $id) { desk } }"


class Bus:
    """Tells of changes as the desks' service would, and waits until the gateway has heard."""

    def __init__(self, producer: AIOKafkaProducer, running: Running) -> None:
        self._producer = producer
        self._heard: dict[str, asyncio.Event] = {}
        reader = running.gateway._reader
        assert reader is not None
        self.reader = reader
        reader.listen(self)

    def received(self, envelope: Envelope) -> None:
        self._heard.setdefault(envelope.id, asyncio.Event()).set()

    def caught_up(self) -> None:
        pass

    def lost(self) -> None:
        pass

    async def moved(self, who: str, number: int) -> None:
        event = Envelope(
            id=f"{who}-{number}",
            type="desks.desk-moved.v1",
            source="/office/desks",
            subject="floor-plan",
            time=datetime.now(UTC),
            data=b'{"moves": [{"person_id": "%b"}]}' % who.encode(),
            key="floor-plan",
        )
        await self._producer.send_and_wait(TOPIC, event.data, key=event.key.encode(), headers=event.headers())
        await asyncio.wait_for(self._heard.setdefault(event.id, asyncio.Event()).wait(), 10)


async def alive(running: Running) -> None:
    async def so() -> None:
        assert running.gateway.reads_bus

    await eventually(so, 15)


@pytest.fixture
async def topic(broker: Broker) -> Broker:
    broker.start()
    await make_topic(broker, TOPIC)
    return broker


async def cached(start: Start, broker: Broker, **settings: Any) -> Running:
    running = await start(
        secure=True,
        kafka_bootstrap_servers=broker.address,
        kafka_idempotence=False,
        **{"entity_cache": "desks.Person", **settings},
    )
    await alive(running)
    return running


async def desk(running: Running, who: str, headers: dict[str, str]) -> Any:
    answer = (await running.ask(QUERY, headers, variables={"id": who})).json()
    assert "errors" not in answer, answer
    return answer["data"]["person"]["desk"]


def asked_for(running: Running) -> list[str]:
    """The ids that the desks were asked for, in order."""
    return [
        each["id"]
        for _, content in running.desks.asked
        for each in (content.get("variables") or {}).get("representations", [])
    ]


async def test_what_is_known_is_not_asked_again_and_of_a_list_only_the_rest(start: Start, topic: Broker) -> None:
    running = await cached(start, topic)
    ada = running.token("E0001")
    assert await desk(running, "1", ada) == "D1"
    assert await desk(running, "1", ada) == "D1"
    assert asked_for(running) == ["1"]
    everybody = (await running.ask("{ people { name desk } }", ada)).json()
    assert everybody == {"data": {"people": [{"name": "Ada", "desk": "D1"}, {"name": "Ben", "desk": "D2"}]}}
    assert asked_for(running) == ["1", "2"]
    assert (await running.ask("{ people { name desk } }", ada)).json() == everybody
    assert asked_for(running) == ["1", "2"]
    text = (await running.http.get("/metrics")).text
    assert 'entity_cache_hits_total{subgraph="desks"}' in text
    assert "entity_cache_bytes" in text


async def test_an_event_makes_forget_whom_it_names_and_nobody_else(start: Start, topic: Broker) -> None:
    running = await cached(start, topic)
    ada = running.token("E0001")
    places = {"1": "old", "2": "other"}
    running.desks.entity = lambda who, _: {"__typename": "Person", "id": who, "desk": places[who]}
    assert [await desk(running, who, ada) for who in ("1", "2")] == ["old", "other"]
    places["1"] = "new"
    async with AIOKafkaProducer(bootstrap_servers=topic.address, acks="all") as producer:
        await Bus(producer, running).moved("1", 1)
    assert [await desk(running, who, ada) for who in ("1", "2")] == ["new", "other"]
    assert asked_for(running) == ["1", "2", "1"]


@pytest.mark.parametrize("shared", [False, True])
async def test_callers_share_only_what_is_declared_shared(start: Start, topic: Broker, shared: bool) -> None:
    running = await cached(start, topic, entity_cache_shared="desks.Person" if shared else "")
    running.desks.entity = lambda who, caller: {"__typename": "Person", "id": who, "desk": caller}
    ada, ben = running.token("E0001"), running.token("E0002")
    assert await desk(running, "1", ada) == ada["authorization"]
    assert await desk(running, "1", ben) == (ada if shared else ben)["authorization"]
    assert await desk(running, "1", ada) == ada["authorization"]
    assert len(asked_for(running)) == (1 if shared else 2)


async def test_an_answer_that_its_change_overtakes_is_not_kept(start: Start, topic: Broker) -> None:
    running = await cached(start, topic)
    ada = running.token("E0001")
    places, reached, go_on = {"1": "old"}, asyncio.Event(), asyncio.Event()

    async def entity(who: str, _: str) -> dict[str, str]:
        read = places[who]
        reached.set()
        await go_on.wait()
        return {"__typename": "Person", "id": who, "desk": read}

    running.desks.entity = entity
    async with AIOKafkaProducer(bootstrap_servers=topic.address, acks="all") as producer:
        bus = Bus(producer, running)
        overtaken = asyncio.create_task(desk(running, "1", ada))
        await asyncio.wait_for(reached.wait(), 10)
        places["1"] = "new"
        await bus.moved("1", 1)
        go_on.set()
        assert await overtaken == "old"
    assert [await desk(running, "1", ada) for _ in range(2)] == ["new", "new"]
    assert asked_for(running) == ["1", "1"]


async def test_a_change_is_never_served_stale_once_the_bus_has_told_it(start: Start, topic: Broker) -> None:
    """Writers and readers at once; every caller sees only what is theirs."""
    running = await cached(start, topic)
    chance = random.Random(4711)
    committed, told = {"1": 0, "2": 0}, {"1": 0, "2": 0}
    done = False

    async def entity(who: str, caller: str) -> dict[str, str]:
        read = committed[who]
        for _ in range(chance.randint(0, 20)):
            await asyncio.sleep(0)
        return {"__typename": "Person", "id": who, "desk": f"{caller}/{read}"}

    running.desks.entity = entity

    async def write(bus: Bus, who: str) -> None:
        for number in range(1, 21):
            committed[who] = number
            await bus.moved(who, number)
            told[who] = number

    async def read(headers: dict[str, str]) -> int:
        count = 0
        while not done:
            who = chance.choice(["1", "2"])
            least = told[who]
            caller, _, value = (await desk(running, who, headers)).rpartition("/")
            assert caller == headers["authorization"]
            assert int(value) >= least, f"stale: {value} after {least} was told"
            count += 1
        return count

    async with AIOKafkaProducer(bootstrap_servers=topic.address, acks="all") as producer:
        bus = Bus(producer, running)
        async with asyncio.TaskGroup() as group:
            readers = [group.create_task(read(running.token(f"E000{number}"))) for number in range(1, 5)]
            await asyncio.gather(write(bus, "1"), write(bus, "2"))
            done = True
    answered = sum(task.result() for task in readers)
    assert len(asked_for(running)) < answered, "nothing came from the cache"


async def test_without_the_bus_nothing_is_kept_and_nothing_is_used(start: Start, topic: Broker) -> None:
    running = await cached(start, topic)
    ada = running.token("E0001")
    assert await desk(running, "1", ada) == "D1"
    topic.stop()

    async def lost() -> None:
        assert not running.gateway.reads_bus

    await eventually(lost, 15)
    running.desks.entity = lambda who, _: {"__typename": "Person", "id": who, "desk": "moved"}
    assert [await desk(running, "1", ada) for _ in range(2)] == ["moved", "moved"]
    assert asked_for(running) == ["1", "1", "1"]


async def test_after_a_mutation_nothing_older_is_used(start: Start, topic: Broker) -> None:
    await make_topic(topic, "people.events")
    running = await cached(start, topic, entity_cache="desks.Person,people.Person")
    cache = running.gateway.entities
    assert cache is not None
    ada = running.token("E0001")
    await desk(running, "1", ada)
    assert cache.bytes > 0
    cache.mutated("people")
    await desk(running, "1", ada)
    assert asked_for(running) == ["1"]
    under_way = cache.step
    await running.ask('mutation { rename(id: "1", name: "Ada") { name } }', ada)
    cache.put(b"read before", b"{}", graph="people", ids=("1",), since=under_way)
    assert cache.get(b"read before") is None
    await desk(running, "1", ada)
    assert asked_for(running) == ["1"]
    cache.mutated("desks")
    await desk(running, "1", ada)
    assert asked_for(running) == ["1", "1"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"entity_cache": "desks.Person"}, "Set KAFKA_BOOTSTRAP_SERVERS"),
        ({"entity_cache": "Person"}, "Person is not of the form subgraph.Type"),
        ({"entity_cache_shared": "desks.Person"}, "may name only types of ENTITY_CACHE"),
    ],
)
def test_wrong_settings_are_told(settings: dict[str, str], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        GatewaySettings(environment="development", **settings)  # type: ignore[arg-type]
