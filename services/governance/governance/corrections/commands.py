"""Asking for corrective actions, and noting that they are done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.caller import Caller
from chassis.database import Transaction, new_id
from governance.corrections import repository
from governance.corrections.domain import CorrectiveAction, Wanted
from governance.rights import commands as rights
from governance.rights.domain import Decider, DecisionType


async def assign(tx: Transaction, incident_id: UUID, wanted: Sequence[Wanted]) -> None:
    """Ask people who work here for what changes because of an incident."""
    for each in wanted:
        owner = await rights.employed(tx, each.owner_id)
        change = CorrectiveAction.assign(new_id(), incident_id, each, department_id=owner.department_id, today=tx.today)
        await repository.save(tx, change)


async def complete(tx: Transaction, *, caller: Caller, action_id: UUID, outcome: str) -> CorrectiveAction:
    """Its owner, or an officer, says what was done of an action of governance."""
    action = await repository.get_for_update(tx, action_id)
    owns = caller.employee_id == action.owner_id
    by = await rights.require(tx, caller, DecisionType.HANDLE_INCIDENT, also=[Decider.ACCOUNTABLE] if owns else [])
    action.must_be_here()
    return await repository.save(tx, action.complete(by, outcome, tx.now))


async def done_elsewhere(tx: Transaction, action_id: UUID, by: str, outcome: str, at: datetime) -> None:
    """Process or training told that a task is done."""
    action = await repository.get_for_update(tx, action_id)
    if action.completed_at is None:
        await repository.save(tx, action.complete(by, outcome, at))
