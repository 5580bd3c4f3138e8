"""How this process talks to the broker: one place for addresses, security and delivery guarantees."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.publishing import LARGEST_RECORD

if TYPE_CHECKING:
    from chassis.settings import ProcessSettings, ServiceSettings

# Kafka's smallest allowed session: a worker that was killed gives its partitions up after this long.
_SESSION_MS = 6000
# A member that does not say goodbye is missed after its session, so there is no need to insist.
_LEAVES_WITHIN = 2.0
# Of one partition. Few and large requests cost the broker and us less; without waiting, a small one leaves at once.
_BATCH_BYTES = 131_072


def connection(settings: ProcessSettings) -> dict[str, Any]:
    """Client arguments for the address and the security settings."""
    arguments: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap_servers,
        "security_protocol": settings.kafka_security_protocol,
    }
    if "SSL" in settings.kafka_security_protocol:
        arguments["ssl_context"] = ssl.create_default_context(cafile=settings.kafka_ssl_cafile)
    if "SASL" in settings.kafka_security_protocol:
        password = settings.kafka_sasl_password
        arguments |= {
            "sasl_mechanism": settings.kafka_sasl_mechanism,
            "sasl_plain_username": settings.kafka_sasl_username,
            "sasl_plain_password": password.get_secret_value() if password else None,
        }
    return arguments


def producer(settings: ProcessSettings, *, client_id: str) -> AIOKafkaProducer:
    """A producer whose acknowledgement means that every in-sync replica has the record."""
    return AIOKafkaProducer(
        **connection(settings),
        client_id=client_id,
        acks="all",
        enable_idempotence=settings.kafka_idempotence,
        compression_type="lz4",
        max_batch_size=_BATCH_BYTES,
        max_request_size=LARGEST_RECORD,
        linger_ms=0,
        request_timeout_ms=10_000,
    )


def consumer(settings: ServiceSettings, *, group: str) -> AIOKafkaConsumer:
    """A consumer that commits nothing by itself and starts at the beginning of what it has never read."""
    return AIOKafkaConsumer(
        **connection(settings),
        group_id=group,
        client_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=_SESSION_MS,
        heartbeat_interval_ms=1500,
        max_poll_interval_ms=120_000,
        fetch_max_wait_ms=settings.kafka_fetch_wait_ms,
        metadata_max_age_ms=10_000,
    )


async def leave(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer. What a silent broker does not answer within seconds is not waited for: its connections are closed, which
    ends every request that waits, until the consumer has stopped."""
    stopping = asyncio.ensure_future(consumer.stop())
    try:
        while not (await asyncio.wait([stopping], timeout=_LEAVES_WITHIN))[0]:
            await consumer._client.close()
        await stopping
    finally:
        stopping.cancel()


async def unbroken(work: Coroutine[Any, Any, object], *, patience: float = 0.5) -> None:
    """Start or stop a client. Who is cancelled meanwhile still waits so many seconds for the end: aiokafka forgets the connection
    of its first request when it is cancelled during it, and all of them when it is cancelled while it closes them."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=patience)
        if not task.cancel() and not task.cancelled():
            task.exception()
        raise
