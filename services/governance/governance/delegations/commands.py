"""Letting somebody else decide, and ending that (G01, G02)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis.caller import Caller
from chassis.database import Transaction, new_id
from governance.delegations import repository
from governance.delegations.domain import Delegation
from governance.rights import commands as rights
from governance.rights.domain import MATRIX, DecisionType


async def delegate_decision(
    tx: Transaction,
    *,
    caller: Caller,
    decision_type: DecisionType,
    to_id: str,
    department_id: str | None,
    from_at: datetime | None,
    until_at: datetime,
    reason: str,
) -> Delegation:
    """Who holds the right by name today may let somebody else use it; what was delegated is not delegated on."""
    await rights.employed(tx, to_id)
    held = await rights.holders(tx, decision_type, department_id=department_id)
    change = Delegation.give(
        new_id(), MATRIX[decision_type], caller.subject, to_id, department_id=department_id, from_at=from_at or tx.now,
        until_at=until_at, reason=reason, now=tx.now,
    )  # fmt: skip
    if caller.subject not in held.ids:
        await rights.refuse(tx, decision_type, department_id=department_id)
    await repository.save(tx, change)
    return change.after


async def withdraw_delegation(tx: Transaction, *, caller: Caller, delegation_id: UUID, reason: str) -> Delegation:
    """End a delegation before its date; who gave it and who has it may."""
    delegation = await repository.get_for_update(tx, delegation_id)
    if caller.subject not in (delegation.from_id, delegation.to_id):
        await rights.refuse(
            tx, delegation.decision_type, department_id=delegation.department_id, names=[delegation.from_id]
        )
    change = delegation.withdraw(reason, tx.now)
    await repository.save(tx, change)
    return change.after
