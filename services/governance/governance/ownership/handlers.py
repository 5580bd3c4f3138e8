"""What happens to the things of people who leave, at once and when nobody was named in time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis import directory
from chassis.database import Transaction
from chassis.directory import Person
from governance.incidents import commands as incidents
from governance.ownership import commands, repository
from governance.ownership.domain import Owned, OwnershipTransfer, TransferOutcome
from governance.policies import commands as policies
from governance.programme import repository as programme
from governance.prompts import commands as prompts
from governance.rights import commands as rights
from governance.tools import commands as tools
from governance.use_cases import commands as use_cases


@dataclass(frozen=True, slots=True)
class ProcessOwnerChanged:
    """What is read of process.process-owner-changed."""

    process_id: UUID
    owner_id: str | None = None
    previous_owner_id: str | None = None
    reason: str = "named"


async def employee_left(tx: Transaction, person: Person) -> None:
    """Before the slices name an interim: ask who is to answer from now on. Processes are asked about when process tells."""
    for thing in await repository.owned_by(tx, person.id):
        if thing.kind is not Owned.PROCESS:
            await commands.open_transfer(tx, thing, left_id=person.id, department_id=person.department_id)


async def process_owner_changed(tx: Transaction, event: ProcessOwnerChanged) -> None:
    """Process names an interim itself; here it is asked who is to answer from now on."""
    id = str(event.process_id)
    if event.reason != "left":
        outcome = TransferOutcome.RETURNED if event.reason == "returned" else TransferOutcome.NAMED
        await commands.settle(tx, Owned.PROCESS, id, event.owner_id, outcome)
        return
    thing = (await repository.things(tx, [(Owned.PROCESS, id)])).get((Owned.PROCESS, id))
    if thing is not None and event.previous_owner_id is not None:
        await commands.open_transfer(tx, thing, left_id=event.previous_owner_id, department_id=thing.department_id)


async def transfer_due(tx: Transaction, id: str, at: datetime) -> None:
    """Nobody was named in time: the leader of the department answers, without one the sponsor, else the interim."""
    transfer = await repository.lock(tx, UUID(id))
    if transfer is None or transfer.closed_at is not None:
        return
    subject = (transfer.kind, transfer.subject_id)
    thing = (await repository.things(tx, [subject])).get(subject)
    if thing is None:
        await repository.save(tx, transfer.close(TransferOutcome.ENDED, None, tx.now))
        return
    owner_id = await _default(tx, transfer) or thing.owner_id
    if owner_id is not None and owner_id != thing.owner_id and transfer.kind is not Owned.PROCESS:
        await _HAND_OVER[transfer.kind](tx, transfer.subject_id, owner_id)
    await repository.save(tx, transfer.close(TransferOutcome.DEFAULTED, owner_id, tx.now))


async def _default(tx: Transaction, transfer: OwnershipTransfer) -> str | None:
    sponsor = await programme.active(tx)
    heads = await rights.leaders(tx, transfer.department_id) if transfer.department_id else ()
    candidates = [*heads, *([sponsor.employee_id] if sponsor else [])]
    people = await directory.people(tx, candidates)
    return next((id for id in candidates if id in people and people[id].works_here), None)


_HAND_OVER: dict[Owned, Callable[[Transaction, str, str], Awaitable[None]]] = {
    Owned.TOOL: lambda tx, subject_id, owner: tools.hand_over(tx, UUID(subject_id), owner),
    Owned.USE_CASE: lambda tx, subject_id, owner: use_cases.hand_over(tx, UUID(subject_id), owner),
    Owned.POLICY: policies.hand_over,
    Owned.INCIDENT: lambda tx, subject_id, owner: incidents.hand_over(tx, UUID(subject_id), owner),
    Owned.PROMPT: lambda tx, subject_id, owner: prompts.hand_over(tx, UUID(subject_id), owner),
}
