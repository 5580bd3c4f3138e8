"""What changes assignments: the facts around a person, a credential earned or lost, a waiver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from chassis import directory
from chassis.caller import Caller, require
from chassis.database import Transaction, new_id
from chassis.directory import Person, Status
from chassis.domain import Change, NotFound
from training.assignments import repository
from training.assignments.domain import Assignment, Origin, OriginKey
from training.cohorts import repository as cohorts
from training.cohorts.domain import Cohort
from training.courses.commands import OWNERS
from training.credential_types import repository as credential_types
from training.credentials import repository as credentials
from training.credentials.domain import covered_until
from training.requirements import repository as requirements
from training.requirements.domain import OriginKind, Requirement, Who
from training.tools import repository as tools
from training.tools.domain import Need

BATCH = 500
NEED_DUE = timedelta(days=14)
REOPENED_DUE = timedelta(days=14)


async def reconcile(tx: Transaction, employee_ids: Iterable[str]) -> None:
    """Give these people exactly the assignments that the rules in force and their access to tools call for.

    Everything that can change an assignment keeps its fact and calls this, so the order of events does not matter.
    """
    await requirements.hold_rules(tx)
    rules = await requirements.active(tx)
    for ids in _batches(sorted(set(employee_ids))):
        await repository.lock_learners(tx, ids)
        people = await directory.people(tx, ids)
        needs = await tools.needs_of(tx, ids)
        pilots = await cohorts.of_members(tx, ids)
        held = await credentials.of_employees(tx, ids)
        current = await repository.open_of(tx, ids)
        known = await credential_types.by_ids(tx, _mentioned(rules, needs.values(), pilots.values()))
        changes: list[Change[Assignment]] = []
        for id in ids:
            person = people.get(id)
            here = person is not None and person.works_here
            wanted = {}
            if person is not None and here:
                wanted = _reasons(person, rules, needs.get(id, []), pilots.get(id, []), tx.now)
            without = "No reason for it is left." if here else "The employment has ended."
            for code in sorted((wanted.keys() & known.keys()) | current[id].keys()):
                reasons, assignment = wanted.get(code, {}), current[id].get(code)
                if assignment is not None:
                    changes += _present(assignment.explained_by(reasons, tx.now, without))
                    continue
                created = Assignment.create(new_id(), id, code, reasons.values(), tx.now)
                changes.append(created)
                holds, until = covered_until([p for p in held.get(id, []) if p.credential_type == code], tx.now)
                if holds:
                    changes += _present(created.after.satisfy(until, tx.now))
        await repository.save_many(tx, changes)


def who(person: Person) -> Who:
    """What rules look at in a person."""
    return Who(person.department_id, person.job_function, person.is_people_manager)


def _reasons(
    person: Person, rules: Sequence[Requirement], needs: Sequence[Need], pilots: Sequence[Cohort], now: datetime
) -> dict[str, dict[OriginKey, Origin]]:
    """Every reason a person has today, by credential type."""
    origins: dict[str, dict[OriginKey, Origin]] = {}
    on_leave = now if person.status is Status.ON_LEAVE else None
    for rule in rules:
        if rule.selector.selects(who(person)):
            origin = Origin(rule.origin_kind, str(rule.id), rule.reason, now + timedelta(days=rule.due_days), on_leave)
            origins.setdefault(rule.credential_type, {})[origin.key] = origin
    for need in needs:
        paused_at = now if need.tool.suspended_at is not None else on_leave
        due_at = need.due_at or now + NEED_DUE
        origin = Origin(OriginKind.TOOL_CONDITION, str(need.request_id), need.reason, due_at, paused_at)
        for code in need.credential_types:
            origins.setdefault(code, {})[origin.key] = origin
    for cohort in pilots:
        origin = Origin(OriginKind.PILOT, str(cohort.id), cohort.reason, max(cohort.due_at, now), on_leave)
        for code in cohort.credential_types:
            origins.setdefault(code, {})[origin.key] = origin
    return origins


async def credential_changed(tx: Transaction, employee_id: str, credential_type: str) -> None:
    """A period was awarded or revoked: the assignment is satisfied as long as the credential holds, else open again."""
    assignment = (await repository.open_of(tx, [employee_id]))[employee_id].get(credential_type)
    if assignment is None:
        return
    periods = await credentials.of_employee(tx, employee_id, credential_type)
    holds, until = covered_until(periods, tx.now)
    change = assignment.satisfy(until, tx.now) if holds else assignment.reopen(tx.now + REOPENED_DUE)
    await repository.save_many(tx, list(_present(change)))


async def attempted(tx: Transaction, employee_id: str, credential_type_ids: Iterable[str], at: datetime) -> None:
    """A first try at one of the courses: the assignments that it serves are in progress."""
    current = (await repository.open_of(tx, [employee_id]))[employee_id]
    changes = [
        change for code in credential_type_ids if code in current for change in _present(current[code].start(at))
    ]
    await repository.save_many(tx, changes)


async def waive_assignment(
    tx: Transaction, *, caller: Caller, assignment_id: UUID, until: datetime, reason: str
) -> Assignment:
    """Excuse somebody until a date (T06)."""
    require(caller, *OWNERS, action="Waiving training")
    assignment = await repository.get(tx, assignment_id)
    if assignment is None:
        raise NotFound(what="assignment", id=str(assignment_id))
    await repository.lock_learners(tx, [assignment.employee_id])
    assignment = await repository.get(tx, assignment_id)
    assert assignment is not None
    change = assignment.waive(until, reason, caller.subject, tx.now)
    await repository.save_many(tx, [change])
    return change.after


def _present(change: Change[Assignment] | None) -> Iterator[Change[Assignment]]:
    if change is not None:
        yield change


def _mentioned(
    rules: Iterable[Requirement], needs: Iterable[Iterable[Need]], pilots: Iterable[Iterable[Cohort]]
) -> set[str]:
    asked = {code for some in needs for need in some for code in need.credential_types}
    asked |= {code for some in pilots for cohort in some for code in cohort.credential_types}
    return asked | {rule.credential_type for rule in rules}


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
