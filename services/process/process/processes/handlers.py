"""People leave and come back: a process is never owned by somebody who is gone (C5c)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis import directory
from chassis.database import Transaction
from chassis.directory import Person
from process.processes import repository
from process.processes.domain import Colleague, Process, successor

_RESCINDED = "hris.employee-termination-rescinded.v1"


@dataclass(frozen=True, slots=True)
class OwnershipTransferClosed:
    """What is read of governance.ownership-transfer-closed."""

    subject_kind: str
    subject_id: str
    outcome: str
    owner_id: str | None = None


async def ownership_defaulted(tx: Transaction, event: OwnershipTransferClosed) -> None:
    """Nobody named an owner in time: governance gives the process to a leader of its department (G27)."""
    if event.subject_kind != "process" or event.outcome != "defaulted" or event.owner_id is None:
        return
    await repository.hold_people(tx, [event.owner_id])
    leader = await directory.person(tx, event.owner_id)
    process = await repository.get_for_update(tx, UUID(event.subject_id))
    if leader is not None and leader.works_here and process.retired_at is None and process.owner_id != leader.id:
        await repository.save(tx, process.name_owner(leader.id))


async def owner_left(tx: Transaction, person: Person) -> None:
    """The nearest manager who works here takes over, else whoever leads the department, else it is vacant."""
    processes = await repository.owned_for_update(tx, person.id)
    if not processes:
        return
    owner = Colleague(person.id, person.department_id, person.manager_id, person.is_people_manager, works_here=False)
    successors = await _successors(tx, owner, processes)
    await repository.save_many(tx, [process.owner_left(successors[process.id]) for process in processes])


async def _successors(tx: Transaction, owner: Colleague, processes: list[Process]) -> dict[UUID, str | None]:
    """Who takes each process over. The choice is made again until those chosen are held and still work here."""
    chosen: dict[UUID, str | None] = {}
    while True:
        people = await repository.colleagues(tx, owner.id, {process.department_id for process in processes})
        again = {process.id: successor(owner, process.department_id, people) for process in processes}
        if again == chosen:
            return chosen
        chosen = again
        await repository.hold_people(tx, {id for id in chosen.values() if id is not None})


async def owner_returned(tx: Transaction, person: Person) -> None:
    """A termination that was an error gives back what it took; a new employment does not."""
    if tx.cause is None or tx.cause.type != _RESCINDED:
        return
    processes = await repository.left_by_for_update(tx, person.id)
    await repository.save_many(tx, [process.owner_returned() for process in processes])
