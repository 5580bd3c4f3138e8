"""What the ITSM says of work."""

from __future__ import annotations

from chassis.database import Transaction
from metrics.work_items import repository
from metrics.work_items.domain import WorkItem


async def work_item_completed(tx: Transaction, event: WorkItem) -> None:
    """Keep the unit; a restatement replaces what was told before (M07, M20)."""
    event.check()
    assert tx.cause is not None
    await repository.save(tx, event, tx.cause.time)
