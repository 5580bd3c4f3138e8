"""What is kept of the events that change the operating model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.database import Transaction
from chassis.service import EventHandler
from governance.changes import repository
from governance.changes.domain import CHANGING


@dataclass(frozen=True, slots=True)
class ModelChanged:
    """That it happened; what it says is kept as it is and not read."""


async def model_changed(tx: Transaction, event: ModelChanged) -> None:
    """Something of the operating model is different from now on."""
    assert tx.cause is not None
    await repository.keep(tx, tx.cause)


def keeping_changes(listens: Mapping[str, Sequence[EventHandler]]) -> dict[str, list[EventHandler]]:
    """What a service listens to, and the events that change the operating model besides, which are kept."""
    return {
        event_type: [*listens.get(event_type, ()), *([model_changed] if event_type in CHANGING else [])]
        for event_type in dict.fromkeys((*listens, *CHANGING))
    }
