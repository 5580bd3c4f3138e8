"""People leave and come back: a process is never owned by somebody who is gone (C5c)."""

from __future__ import annotations

from uuid import UUID

from chassis.database import Transaction
from chassis.directory import Person
from process.processes import repository
from process.processes.domain import Colleague, Process, successor

_RESCINDED = "hris.employee-termination-rescinded.v1"


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
