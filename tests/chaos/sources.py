"""The systems outside: they tell each event with its own id until it is acknowledged, and can tell everything again."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx

from deploy.local.platform import Platform
from tests.chaos.ledger import Ledger, Told

_SPEAKERS = {"hris": "hris", "lms": "lms", "usage": "telemetry"}
_LONGEST_PAUSE = 2.0


class Sources:
    """Everything that comes in through POST /events."""

    def __init__(self, platform: Platform, ledger: Ledger, chance: random.Random, name: str) -> None:
        self._platform = platform
        self._ledger = ledger
        self._chance = chance
        self._name = name
        self._tokens: dict[str, str] = {}
        self._http = httpx.AsyncClient(timeout=10, trust_env=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def tell(self, type: str, data: dict[str, Any], *, subject: str) -> None:
        """Tell an event, now and then more often than needed. It is remembered before it is sent."""
        owner = type.partition(".")[0]
        id = str(UUID(int=self._chance.getrandbits(128), version=4))
        event = Told(id, type, f"/chaos/{self._name}/{owner}", subject, datetime.now(UTC), data)
        self._ledger.told[id] = event
        for _ in range(1 + (self._chance.random() < 0.1)):
            await self._deliver([event])

    async def tell_again(self, events: Iterable[Told]) -> None:
        """What a source does after it heard that something may be lost: everything once more, with the same ids."""
        by_owner: dict[str, list[Told]] = {}
        for event in events:
            by_owner.setdefault(event.type.partition(".")[0], []).append(event)
        for told in by_owner.values():
            for start in range(0, len(told), 50):
                await self._deliver(told[start : start + 50])

    async def _deliver(self, events: list[Told]) -> None:
        owner = events[0].type.partition(".")[0]
        if owner not in self._tokens:
            self._tokens[owner] = self._platform.token(_SPEAKERS[owner])
        headers = {
            "content-type": "application/cloudevents-batch+json",
            "authorization": f"Bearer {self._tokens[owner]}",
        }
        body = json.dumps([_cloud_event(event) for event in events])
        pause = 0.1
        while True:
            try:
                answer = await self._http.post(self._platform.events_url, content=body, headers=headers)
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code == httpx.codes.ACCEPTED:
                assert not answer.json()["rejected"], answer.text
                return
            assert answer is None or answer.status_code >= 500 or answer.status_code == 429, answer.text
            await asyncio.sleep(pause * self._chance.uniform(0.5, 1.5))
            pause = min(pause * 2, _LONGEST_PAUSE)


def _cloud_event(event: Told) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": event.id,
        "type": event.type,
        "source": event.source,
        "subject": event.subject,
        "time": event.time.isoformat(),
        "datacontenttype": "application/json",
        "data": event.data,
    }
