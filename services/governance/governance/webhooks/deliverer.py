"""The loop that delivers: claims what is due, posts it signed, and keeps what was answered. No transaction is open meanwhile."""

from __future__ import annotations

import asyncio
import hmac
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from hashlib import sha256

import structlog

from chassis.database import Database
from chassis.settings import ServiceSettings
from governance.webhooks import commands, receivers, repository
from governance.webhooks.domain import Delivery, DeliveryStatus, Webhook

_AT_ONCE = 20
_LEASE = timedelta(seconds=60)
_EVERY_SECONDS = 1.0
_LOG_KEPT = timedelta(days=30)
_log = structlog.get_logger(__name__)


async def run(database: Database, settings: ServiceSettings) -> None:
    """Deliver for ever."""
    private = getattr(settings, "webhooks_to_private_addresses", False)
    while True:
        if not await deliver_some(database, private=private):
            async with database.transaction() as tx:
                await repository.forget(tx, tx.now - _LOG_KEPT)
            await asyncio.sleep(_EVERY_SECONDS)


async def deliver_some(database: Database, *, private: bool) -> int:
    """One attempt on what is due, many at once. Returns how many there were."""
    async with database.transaction() as tx:
        claimed = await repository.claim(tx, _AT_ONCE, _LEASE)
    await asyncio.gather(*(_deliver(database, delivery, webhook, private=private) for delivery, webhook in claimed))
    return len(claimed)


async def _deliver(database: Database, delivery: Delivery, webhook: Webhook, *, private: bool) -> None:
    body = delivery.body.encode()
    headers = signed(webhook.secret, delivery.event_id, database.clock.now, body)
    attempt = await receivers.post(webhook.url, headers, body, private=private)
    async with database.transaction() as tx:
        after = delivery.after(answered=attempt.answered, error=attempt.error, now=tx.now)
        await repository.settle(tx, after)
        if attempt.is_gone:
            await commands.disable(tx, webhook.id, "its receiver answered 410: it is gone")
        elif after.status is DeliveryStatus.FAILED:
            await commands.disable(tx, webhook.id, f"an event was not taken for 24 hours: {attempt.error}")
    if attempt.error:
        _log.info("a webhook was not taken", webhook=str(webhook.id), attempts=delivery.attempts, why=attempt.error)


def signed(secret: str, id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body` with the key after `whsec_`."""
    timestamp = str(int(now.timestamp()))
    key = b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, b".".join((id.encode(), timestamp.encode(), body)), sha256).digest()
    return {
        "content-type": "application/json",
        "user-agent": "opmodel-webhooks/1",
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }
