"""Subscribing, ending, enabling, delivering again; only one's own webhooks, or anybody's for those who run the platform."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from chassis.caller import Caller, require
from chassis.database import Transaction, new_id
from chassis.domain import NotFound, Tier
from governance.webhooks import repository
from governance.webhooks.domain import (
    GIVE_UP_AFTER,
    MAY_SUBSCRIBE,
    MOST_PER_OWNER,
    SEE_ALL,
    Delivery,
    DeliveryStatus,
    TooManyWebhooks,
    Webhook,
)


async def subscribe(tx: Transaction, *, caller: Caller, url: str, types: Sequence[str], plain: bool) -> Webhook:
    """A new webhook with a secret of its own."""
    require(caller, *MAY_SUBSCRIBE, action="have events delivered", tier=Tier.TEAM)
    if await repository.count_of(tx, caller.subject) >= MOST_PER_OWNER:
        raise TooManyWebhooks(owner=caller.subject, most=MOST_PER_OWNER)
    change = Webhook.subscribe(
        new_id(),
        url=url,
        types=tuple(dict.fromkeys(types)),
        secret=f"whsec_{b64encode(secrets.token_bytes(32)).decode()}",
        owner_id=caller.subject,
        now=tx.now,
        plain=plain,
    )
    await repository.save(tx, change)
    return change.after


async def end(tx: Transaction, *, caller: Caller, webhook_id: UUID) -> Webhook:
    """It is over; what was on its way is given up."""
    webhook = await _own(tx, caller, webhook_id)
    change = webhook.end()
    if change is None:
        return webhook
    await repository.save(tx, change)
    await repository.drop_pending(tx, webhook.id, "the webhook ended")
    return change.after


async def enable(tx: Transaction, *, caller: Caller, webhook_id: UUID) -> Webhook:
    """Events from now on are delivered again."""
    webhook = await _own(tx, caller, webhook_id)
    change = webhook.enable()
    if change is None:
        return webhook
    await repository.save(tx, change)
    return change.after


async def redeliver(tx: Transaction, *, caller: Caller, delivery_id: UUID) -> Delivery:
    """The same event once more, with the same `webhook-id`."""
    before = await repository.delivery(tx, delivery_id)
    webhook = await _own(tx, caller, before.webhook_id)
    webhook.must_be_active()
    again = replace(
        before, id=new_id(), status=DeliveryStatus.PENDING, attempts=0, created_at=tx.now,
        give_up_at=tx.now + GIVE_UP_AFTER, next_attempt_at=tx.now, answered=None, error=None, settled_at=None,
    )  # fmt: skip
    await repository.add(tx, again)
    return again


async def disable(tx: Transaction, webhook_id: UUID, reason: str) -> None:
    """Its receiver is gone: nothing is delivered any more."""
    change = (await repository.get_for_update(tx, webhook_id)).disable(reason)
    if change is not None:
        await repository.save(tx, change)
        await repository.drop_pending(tx, webhook_id, f"the webhook was disabled: {reason}")


def may_see(caller: Caller, webhook: Webhook) -> bool:
    """Whose it is, and who runs the platform."""
    return caller.subject == webhook.owner_id or caller.has(*SEE_ALL)


async def _own(tx: Transaction, caller: Caller, webhook_id: UUID) -> Webhook:
    webhook = await repository.get_for_update(tx, webhook_id)
    if not may_see(caller, webhook):
        raise NotFound(what="webhook", id=str(webhook_id))
    return webhook
