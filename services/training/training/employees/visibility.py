"""Whether this caller may see this person's training."""

from __future__ import annotations

from chassis import directory
from chassis.graphql import Info
from training.employees.domain import TrainingIsPrivate, may_see


async def must_see(info: Info, employee_id: str) -> None:
    """Raises TrainingIsPrivate unless the caller may see the person's training."""
    caller = info.context.require_caller()
    if may_see(caller.roles, caller.employee_id, employee_id, None):
        return
    person = await info.context.load(directory.people, employee_id)
    if person is None or not may_see(caller.roles, caller.employee_id, employee_id, person.manager_id):
        raise TrainingIsPrivate(employee=employee_id)
