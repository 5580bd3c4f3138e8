"""Events of other services that are evidence."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.database import Transaction
from governance.compliance import repository
from governance.compliance.domain import Evidence


@dataclass(frozen=True, slots=True)
class Happened:
    """Nothing is read: that it happened, when and to what stands in the envelope."""


async def happened(tx: Transaction, event: Happened) -> None:
    """Keep what is evidence."""
    if tx.cause is not None:
        await repository.keep(tx, Evidence(tx.cause.id, tx.cause.type, tx.cause.subject, tx.cause.time))
