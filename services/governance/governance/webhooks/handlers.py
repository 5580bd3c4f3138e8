"""When something happens that a webhook wants, its delivery is written in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.database import Transaction, new_id
from chassis.service import EventHandler
from governance.webhooks import repository
from governance.webhooks.domain import GIVE_UP_AFTER, TYPES


@dataclass(frozen=True, slots=True)
class Anything:
    """Any event: its data goes on as it is."""


async def happened(tx: Transaction, event: Anything) -> None:
    """Write a delivery for every active webhook of the event's type."""
    cause = tx.cause
    assert cause is not None
    body = f'{{"type":"{cause.type}","timestamp":"{cause.time.isoformat()}","data":{cause.data.decode()}}}'
    await repository.deliver_to_all(
        tx, ids=new_id, event_id=cause.id, type=cause.type, body=body, give_up_at=tx.now + GIVE_UP_AFTER
    )


def also(listens: Mapping[str, Sequence[EventHandler]]) -> dict[str, list[EventHandler]]:
    """What a service listens to, and what its webhooks deliver."""
    heard = {name: list(handlers) for name, handlers in listens.items()}
    for name in TYPES:
        heard.setdefault(name, []).append(happened)
    return heard
