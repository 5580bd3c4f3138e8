"""Looking for idle grants: once a day at all of them, in batches."""

from __future__ import annotations

from uuid import UUID

from chassis.database import Database
from metrics.idle import repository
from metrics.idle.domain import idle

_BATCH = 1000


async def look(database: Database, *, after_days: int) -> int | None:
    """Tell of the grants that became idle. Returns how many; None when they were looked at today already."""
    async with database.transaction() as tx:
        today = tx.today
        if not await repository.look_begins(tx, today):
            return None
    count, after = 0, UUID(int=0)
    while True:
        async with database.transaction() as tx:
            until = await repository.batch_end(tx, after, _BATCH)
            if until is None:
                return count
            found = await repository.holdings(tx, today, after, until)
            told = await repository.told(tx, [holding.grant_id for holding in found])
            changes = [
                change
                for holding in found
                if (change := idle(holding, told.get(holding.grant_id), today, after_days)) is not None
            ]
            if changes:
                await repository.save(tx, changes)
            count, after = count + len(changes), until
