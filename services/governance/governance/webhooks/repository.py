"""Webhooks and their deliveries."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from asyncpg import Record

from chassis import outbox
from chassis.database import Connection, Transaction
from chassis.domain import Change, NotFound
from chassis.pages import PageOf, pages_of
from governance.webhooks.domain import Delivery, DeliveryStatus, Webhook, WebhookStatus

_WEBHOOK = "id, url, types, secret, owner_id, status, reason, created_at, version"
_DELIVERY = (
    "id, webhook_id, event_id, type, body, status, attempts, created_at, give_up_at, next_attempt_at, answered, error,"
    " settled_at"
)


async def get(connection: Connection, id: UUID) -> Webhook:
    """One webhook. Raises NotFound."""
    return _webhook(await connection.fetchrow(f"SELECT {_WEBHOOK} FROM webhooks WHERE id = $1", id), id)


async def get_for_update(tx: Transaction, id: UUID) -> Webhook:
    """One webhook, locked. Raises NotFound."""
    return _webhook(await tx.fetchrow(f"SELECT {_WEBHOOK} FROM webhooks WHERE id = $1 FOR UPDATE", id), id)


async def listing(connection: Connection, owner_id: str | None, after: UUID | None, limit: int) -> list[Webhook]:
    """A page of webhooks, of one owner or of all, the latest first."""
    rows = await connection.fetch(
        f"SELECT {_WEBHOOK} FROM webhooks WHERE ($1::text IS NULL OR owner_id = $1)"
        " AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        owner_id, after, limit,
    )  # fmt: skip
    return [_webhook(row, row["id"]) for row in rows]


async def count_of(tx: Transaction, owner_id: str) -> int:
    """How many webhooks somebody has that did not end. Locks, so that two at once are counted."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('webhooks-' || $1, 0))", owner_id)
    return int(await tx.fetchval("SELECT count(*) FROM webhooks WHERE owner_id = $1 AND status <> 'ended'", owner_id))


async def save(tx: Transaction, change: Change[Webhook]) -> None:
    """Keep a webhook and its event."""
    webhook = change.after
    await tx.execute(
        f"""
        INSERT INTO webhooks ({_WEBHOOK}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (id) DO UPDATE SET status = excluded.status, reason = excluded.reason, version = excluded.version
        """,
        webhook.id, webhook.url, list(webhook.types), webhook.secret, webhook.owner_id, webhook.status, webhook.reason,
        webhook.created_at, webhook.version,
    )  # fmt: skip
    await outbox.record(tx, change)


async def drop_pending(tx: Transaction, webhook_id: UUID, why: str) -> None:
    """What was still on its way is given up."""
    await tx.execute(
        "UPDATE webhook_deliveries SET status = 'failed', next_attempt_at = NULL, error = $2, settled_at = $3"
        " WHERE webhook_id = $1 AND status = 'pending'",
        webhook_id, why, tx.now,
    )  # fmt: skip


async def deliver_to_all(
    tx: Transaction, *, ids: Any, event_id: str, type: str, body: str, give_up_at: datetime
) -> int:
    """A delivery of an event to every active webhook of its type. `ids` makes ids. Returns how many."""
    rows = await tx.fetch("SELECT id FROM webhooks WHERE status = 'active' AND types @> ARRAY[$1]", type)
    for row in rows:
        await add(
            tx,
            Delivery(
                ids(), row["id"], event_id, type, body, DeliveryStatus.PENDING, 0, tx.now, give_up_at, tx.now, None, None,
                None,
            ),
        )  # fmt: skip
    return len(rows)


async def add(tx: Transaction, delivery: Delivery) -> None:
    """A new delivery."""
    await tx.execute(
        f"INSERT INTO webhook_deliveries ({_DELIVERY}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        *(getattr(delivery, name.strip()) for name in _DELIVERY.split(",")),
    )


async def delivery(connection: Connection, id: UUID) -> Delivery:
    """One delivery. Raises NotFound."""
    row = await connection.fetchrow(f"SELECT {_DELIVERY} FROM webhook_deliveries WHERE id = $1", id)
    if row is None:
        raise NotFound(what="webhook delivery", id=str(id))
    return _delivery(row)


async def deliveries(
    connection: Connection, pages: list[PageOf[UUID, UUID]]
) -> dict[PageOf[UUID, UUID], list[Delivery]]:
    """A page of each webhook's deliveries, the latest first."""
    select = f"SELECT {_DELIVERY} FROM webhook_deliveries WHERE webhook_id = page.owner"
    found = await pages_of(connection, pages, select, by="id", latest_first=True)
    return {page: [_delivery(row) for row in rows] for page, rows in found.items()}


async def claim(tx: Transaction, limit: int, lease: timedelta) -> list[tuple[Delivery, Webhook]]:
    """Deliveries whose time has come, one attempt more on each; whoever dies with them leaves them after the lease."""
    rows = await tx.fetch(
        f"""
        UPDATE webhook_deliveries SET attempts = attempts + 1, next_attempt_at = $2
        WHERE id IN (SELECT id FROM webhook_deliveries WHERE status = 'pending' AND next_attempt_at <= $1
            ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING {_DELIVERY}
        """,
        tx.now, tx.now + lease, limit,
    )  # fmt: skip
    found = await tx.fetch(
        f"SELECT {_WEBHOOK} FROM webhooks WHERE id = ANY($1)", list({row["webhook_id"] for row in rows})
    )
    webhooks = {row["id"]: _webhook(row, row["id"]) for row in found}
    return [(_delivery(row), webhooks[row["webhook_id"]]) for row in rows]


async def settle(tx: Transaction, delivery: Delivery) -> None:
    """Keep what became of an attempt, unless the webhook was disabled meanwhile."""
    await tx.execute(
        "UPDATE webhook_deliveries SET status = $2, next_attempt_at = $3, answered = $4, error = $5, settled_at = $6"
        " WHERE id = $1 AND status = 'pending'",
        delivery.id, delivery.status, delivery.next_attempt_at, delivery.answered, delivery.error, delivery.settled_at,
    )  # fmt: skip


async def forget(tx: Transaction, before: datetime) -> None:
    """Drop the log's old entries, some at a time."""
    await tx.execute(
        "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries WHERE status <> 'pending'"
        " AND settled_at < $1 LIMIT 1000)",
        before,
    )


def _webhook(row: Record | None, id: UUID) -> Webhook:
    if row is None:
        raise NotFound(what="webhook", id=str(id))
    return Webhook(**{**dict(row), "types": tuple(row["types"]), "status": WebhookStatus(row["status"])})


def _delivery(row: Record | dict[str, Any]) -> Delivery:
    return Delivery(**{**dict(row), "status": DeliveryStatus(row["status"])})
