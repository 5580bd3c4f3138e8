"""A raw Kafka client that behaves badly: repeats, swapped records, and records that nobody can read."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from deploy.local.platform import Platform
from tests.chaos.ledger import Ledger, Poison, Rumour

SOURCE = "/opmodel/chaos"
TOPIC = "governance.events"
LISTENERS = ("metrics", "process", "training")
EVERYBODY = ("governance", "metrics", "process", "training")
_LARGE = 3_000_000
_WINDOW = 4
_numbers = itertools.count(1)


class Bus:
    """Publishes to the broker itself, again and again until it acknowledges."""

    def __init__(self, platform: Platform, ledger: Ledger, chance: random.Random, name: str) -> None:
        self._platform = platform
        self._ledger = ledger
        self._chance = chance
        self._name = name

    async def rumour(self, length: int = 8) -> None:
        """A tool's life as governance would tell it, by a producer that repeats and swaps records.

        The first version comes first: after ten seconds without it a consumer may take it as older than retention.
        """
        id = self._uuid()
        code = f"rumour-{self._name}-{next(_numbers)}"
        story = [self._event("tool-proposed", id, 1, {"code": code, "name": code})]
        terms: dict[str, object] = {"code": code, "name": code, "conditions": {"credential_types": []}}
        story.append(self._event("tool-approved", id, 2, terms))
        for sequence in range(3, length + 1):
            kind = "tool-suspended" if sequence % 2 else "tool-reinstated"
            story.append(self._event(kind, id, sequence, {"code": code}))
        self._ledger.rumours.update({event.id: event for event in story})
        await self.tell(story)

    async def tell(self, story: Sequence[Rumour]) -> None:
        """Publish one aggregate's events: each 1 to 3 times, swapped within a window."""
        first, rest = story[0], [event for event in story[1:] for _ in range(self._chance.randint(1, 3))]
        swapped = sorted(enumerate(rest), key=lambda place: place[0] + self._chance.uniform(0, _WINDOW))
        await self._publish([_record(first)])
        await self._publish([_record(event) for _, event in swapped])

    async def poison(self) -> None:
        """One record of each kind that can never be handled, each about somebody else."""
        n = next(_numbers)
        hire = "hris.employee-hired.v1"
        cases: list[tuple[str, str, bytes, str, str]] = [
            ("bad-json", hire, b'{"employee_id": ', "DecodeError", "Input data was truncated"),
            ("bad-schema", hire, b'{"employee_id": 7}', "ValidationError", "Expected `str`"),
            ("unknown-major", "hris.employee-hired.v9", b"{}", "ValueError", "reads v1"),
        ]
        for kind, type, value, error, said in cases:
            id = f"{self._name}-{kind}-{n}"
            await self._spoil(id, id, error, said, value, _headers(id, type, f"/chaos/{self._name}", id))
        headers = [("ce_specversion", b"1.0"), ("ce_type", hire.encode()), ("ce_source", b"/chaos")]
        missing = "the attribute id is missing"
        await self._spoil("", f"malformed-{n}", "MalformedEvent", missing, b"{}", headers)

    async def oversize(self) -> None:
        """A record larger than any of ours, as another producer could write it where the topic allows that."""
        if self._platform.settings.apache_kafka:
            await self._allow_large("hris.events")
        id = f"{self._name}-oversize-{next(_numbers)}"
        value = json.dumps({"employee_id": 7, "padding": "x" * _LARGE}).encode()
        headers = _headers(id, "hris.employee-hired.v1", f"/chaos/{self._name}", id)
        await self._spoil(id, id, "ValidationError", "Expected `str`", value, headers)

    async def spoil_again(self) -> None:
        """Publish all poison once more: an embedded broker that was killed forgot what had not been read."""
        await self._publish([(one.topic, one.key, one.value, one.headers) for one in self._ledger.poison])

    async def _allow_large(self, topic: str) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._platform.broker)
        await admin.start()
        try:
            limit = {"max.message.bytes": str(2 * _LARGE)}
            await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, limit)])
        finally:
            await admin.close()

    async def _spoil(
        self, id: str, key: str, error: str, said: str, value: bytes, headers: list[tuple[str, bytes]]
    ) -> None:
        one = Poison("hris.events", EVERYBODY, id, error, said, key.encode(), value, headers)
        self._ledger.poison.append(one)
        await self._publish([(one.topic, one.key, one.value, one.headers)])

    async def _publish(self, records: Sequence[tuple[str, bytes, bytes, list[tuple[str, bytes]]]]) -> None:
        while True:
            producer = AIOKafkaProducer(bootstrap_servers=self._platform.broker, max_request_size=2 * _LARGE)
            try:
                async with asyncio.timeout(15):
                    await producer.start()
                    for topic, key, value, headers in records:
                        await producer.send_and_wait(topic, value, key=key, headers=headers)
                return
            except (KafkaError, OSError, TimeoutError):
                await asyncio.sleep(0.5)
            finally:
                await asyncio.wait([asyncio.create_task(producer.stop())], timeout=2)

    def _uuid(self) -> str:
        return str(UUID(int=self._chance.getrandbits(128), version=4))

    def _event(self, kind: str, tool_id: str, sequence: int, data: dict[str, object]) -> Rumour:
        content = {"tool_id": tool_id, **data}
        return Rumour(self._uuid(), f"governance.{kind}.v1", tool_id, sequence, datetime.now(UTC), content)


def _record(event: Rumour) -> tuple[str, bytes, bytes, list[tuple[str, bytes]]]:
    headers = _headers(event.id, event.type, SOURCE, event.subject)
    headers += [("ce_sequence", b"%d" % event.sequence), ("ce_time", event.time.isoformat().encode())]
    return TOPIC, event.subject.encode(), json.dumps(event.data).encode(), headers


def _headers(id: str, type: str, source: str, subject: str) -> list[tuple[str, bytes]]:
    named = {"specversion": "1.0", "id": id, "type": type, "source": source, "subject": subject}
    return [(f"ce_{name}", value.encode()) for name, value in named.items()]
