"""Registering what a department uses AI for (G26, G27)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from chassis import directory
from chassis.caller import Caller
from chassis.database import Transaction, new_id
from chassis.domain import NotFound
from governance.departments import repository as departments
from governance.ownership import commands as ownership
from governance.ownership.domain import Owned
from governance.processes import repository as processes
from governance.rights import commands as rights
from governance.rights.domain import DecisionType
from governance.scope.domain import DataClass, UsageContext
from governance.tools import repository as tools
from governance.use_cases import repository
from governance.use_cases.domain import UseCase


async def register_use_case(
    tx: Transaction,
    *,
    caller: Caller,
    department_id: str,
    title: str,
    purpose: str,
    tool_ids: Sequence[UUID],
    process_id: UUID | None,
    data_class: DataClass,
    context: UsageContext,
    owner_id: str,
) -> UseCase:
    """The leader registers what the department uses AI for."""
    if department_id not in await directory.departments(tx, [department_id]):
        raise NotFound(what="department", id=department_id)
    by = await rights.require(tx, caller, DecisionType.REGISTER_USE_CASE, department_id=department_id)
    await rights.employed(tx, owner_id)
    wanted = list(dict.fromkeys(tool_ids))
    found = await tools.get_shared(tx, wanted)
    for tool_id in wanted:
        if tool_id not in found:
            raise NotFound(what="tool", id=str(tool_id))
    if process_id is not None and process_id not in await processes.by_ids(tx, [process_id]):
        raise NotFound(what="process", id=str(process_id))
    await departments.hold_still(tx, department_id)
    restrictions = (await departments.holding(tx, [department_id])).get(department_id, ())
    change = UseCase.register(
        new_id(), department_id, title=title, purpose=purpose, tools=[found[id] for id in wanted],
        restrictions=restrictions, process_id=process_id, data_class=data_class, context=context, owner_id=owner_id,
        by=by, now=tx.now,
    )  # fmt: skip
    await repository.save(tx, change)
    return change.after


async def name_use_case_owner(tx: Transaction, *, caller: Caller, use_case_id: UUID, owner_id: str) -> UseCase:
    """Make somebody accountable."""
    use_case = await repository.get_for_update(tx, use_case_id)
    await rights.require(tx, caller, DecisionType.REGISTER_USE_CASE, department_id=use_case.department_id)
    await rights.employed(tx, owner_id)
    await ownership.settle(tx, Owned.USE_CASE, str(use_case_id), owner_id)
    if use_case.owner_id == owner_id:
        return use_case
    change = use_case.owned_by(owner_id)
    await repository.save(tx, change)
    return change.after


async def confirm_use_case(tx: Transaction, *, caller: Caller, use_case_id: UUID, review_by: date) -> UseCase:
    """Somebody looked at it again and it stays as it is."""
    use_case = await repository.get_for_update(tx, use_case_id)
    await rights.require(tx, caller, DecisionType.REGISTER_USE_CASE, department_id=use_case.department_id)
    change = use_case.confirm(review_by, tx.today)
    await repository.save(tx, change)
    return change.after


async def retire_use_case(tx: Transaction, *, caller: Caller, use_case_id: UUID, reason: str) -> UseCase:
    """Stop it for good."""
    use_case = await repository.get_for_update(tx, use_case_id)
    await rights.require(tx, caller, DecisionType.REGISTER_USE_CASE, department_id=use_case.department_id)
    change = use_case.retire(reason, tx.now)
    await repository.save(tx, change)
    return change.after


async def hand_over(tx: Transaction, use_case_id: UUID, owner_id: str) -> None:
    """Nobody was named in time: this person answers (G27)."""
    await repository.save(tx, (await repository.get_for_update(tx, use_case_id)).owned_by(owner_id))


async def owner_left(tx: Transaction, employee_id: str, successor_id: str | None) -> None:
    """No use case is left without an accountable person (G27)."""
    for id in await repository.owned_by(tx, employee_id):
        use_case = await repository.get_for_update(tx, id)
        if use_case.owner_id == employee_id and use_case.retired_at is None:
            await repository.save(tx, use_case.owned_by(successor_id))
