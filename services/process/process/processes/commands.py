"""What can be done with a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from chassis import directory
from chassis.caller import Caller
from chassis.database import Transaction, new_id
from chassis.domain import Change
from process.processes import repository
from process.processes.domain import AiPath, DepartmentUnknown, OwnerNotActive, Process, Profile
from process.rights import domain as rights
from process.rights.repository import asker


async def register_process(
    tx: Transaction, *, caller: Caller, code: str, department_id: str, owner_id: str, profile: Profile
) -> Process:
    """Put a process into the inventory (P01)."""
    rights.must_register(await asker(tx, caller), department_id, owner_id)
    if department_id not in await directory.departments(tx, [department_id]):
        raise DepartmentUnknown(department_id=department_id)
    await _must_work_here(tx, owner_id)
    change = Process.register(
        new_id(), code, department_id=department_id, owner_id=owner_id, profile=profile, now=tx.now
    )
    return await repository.save(tx, change)


async def update_process(
    tx: Transaction, *, caller: Caller, process_id: UUID, owner_id: str | None, profile: Mapping[str, Any]
) -> Process:
    """Correct the description, name another owner, or both; what is not given stays."""
    if owner_id is not None:
        await repository.hold_people(tx, [owner_id])
    process = await repository.get_for_update(tx, process_id)
    rights.must_change(await asker(tx, caller), process.department_id, process.owner_id, "Changing a process")
    changes: list[Change[Process]] = []
    described = replace(process.profile, **profile)
    if described != process.profile:
        changes.append(process.update(described))
        process = changes[-1].after
    if owner_id is not None and owner_id != process.owner_id:
        await _must_work_here(tx, owner_id)
        changes.append(process.name_owner(owner_id))
        process = changes[-1].after
    await repository.save_many(tx, changes)
    return process


async def prioritise_process(tx: Transaction, *, caller: Caller, process_id: UUID, priority: int) -> Process:
    """Give a process its rank among those of its department (P05)."""
    process = await repository.get_for_update(tx, process_id)
    rights.must_lead(await asker(tx, caller), process.department_id, "Which processes come first")
    return await repository.save(tx, process.prioritise(priority, tx.now))


async def retire_process(tx: Transaction, *, caller: Caller, process_id: UUID) -> Process:
    """The work is not done any more; refused while people follow a procedure of it."""
    process = await repository.get_for_update(tx, process_id)
    rights.must_change(await asker(tx, caller), process.department_id, process.owner_id, "Retiring a process")
    return await repository.save(tx, process.retire(await repository.effective_sops(tx, process_id), tx.now))


async def follow(tx: Transaction, paths: Mapping[UUID, AiPath]) -> None:
    """Take processes to the status to which their procedures have brought them."""
    processes = await repository.many_for_update(tx, paths)
    changes = [process.follow(paths[process.id]) for process in processes]
    await repository.save_many(tx, [change for change in changes if change is not None])


async def _must_work_here(tx: Transaction, owner_id: str) -> None:
    await repository.hold_people(tx, [owner_id])
    owner = await directory.person(tx, owner_id)
    if owner is None or not owner.works_here:
        raise OwnerNotActive(owner_id=owner_id)
