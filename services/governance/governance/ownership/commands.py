"""Opening and closing ownership transfers (G27)."""

from __future__ import annotations

from chassis import due
from chassis.database import Transaction, new_id
from governance.ownership import repository
from governance.ownership.domain import Owned, OwnershipTransfer, Thing, TransferOutcome
from governance.rights import commands as rights
from governance.rights.domain import DecisionType

DUE = "ownership-transfer"
_WHO_NAMES = {
    Owned.TOOL: DecisionType.REVIEW_TOOL,
    Owned.USE_CASE: DecisionType.REGISTER_USE_CASE,
    Owned.POLICY: DecisionType.PUBLISH_POLICY,
    Owned.INCIDENT: DecisionType.CLOSE_INCIDENT,
    Owned.PROMPT: DecisionType.SHARE_PROMPT_PATTERN,
    Owned.PROCESS: DecisionType.PRIORITISE_WORKFLOWS,
}


async def open_transfer(tx: Transaction, thing: Thing, *, left_id: str, department_id: str | None) -> None:
    """Ask those who may name an owner; nothing when they are asked already. Without them the sponsor is asked."""
    if await repository.lock_open(tx, thing.kind, thing.id):
        return
    right = _WHO_NAMES[thing.kind]
    if thing.kind is Owned.POLICY and thing.department_id:
        right = DecisionType.PUBLISH_DEPARTMENT_POLICY
    held = await rights.holders(tx, right, department_id=thing.department_id or department_id, team_id=thing.team_id)
    asked = tuple(id for id in held.ids if id != left_id)
    if not asked:
        asked = (await rights.holders(tx, DecisionType.APPOINT_OFFICER)).ids
    change = OwnershipTransfer.open(
        new_id(), thing, left_id=left_id, department_id=department_id, asked=asked, now=tx.now
    )
    await repository.save(tx, change)
    await due.at(tx, DUE, change.after.id, change.after.due_at)


async def settle(
    tx: Transaction,
    kind: Owned,
    subject_id: str,
    owner_id: str | None,
    outcome: TransferOutcome = TransferOutcome.NAMED,
) -> None:
    """Somebody was named for a thing: what was asked about it is answered."""
    transfer = await repository.lock_open(tx, kind, subject_id)
    if transfer is not None:
        await repository.save(tx, transfer.close(outcome, owner_id, tx.now))
        await due.cancel(tx, DUE, transfer.id)
