"""Planning waves of departments and taking them live (L12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from chassis import directory
from chassis.caller import Caller
from chassis.database import Connection, Transaction, new_id
from chassis.domain import NotFound
from governance.departments import repository as departments
from governance.departments.domain import against
from governance.onboarding import repository
from governance.onboarding.domain import (
    AlreadyPlanned,
    Onboarding,
    OnboardingStatus,
    Readiness,
    Wave,
    WaveWithoutDepartments,
)
from governance.rights import commands as rights
from governance.rights.domain import DecisionType
from governance.scope.domain import Use
from governance.tools import repository as tools
from governance.tools.domain import Status

MOST = 100


async def plan_wave(tx: Transaction, *, caller: Caller, department_ids: Sequence[str], starts_on: date) -> Wave:
    """Put departments into the next wave; a halted one is planned again with it."""
    await rights.require(tx, caller, DecisionType.PLAN_ONBOARDING)
    if not 0 < len(department_ids) == len(set(department_ids)) <= MOST:
        raise WaveWithoutDepartments
    known = await directory.departments(tx, department_ids)
    for id in department_ids:
        if id not in known:
            raise NotFound(what="department", id=id)
    wave = await repository.next_wave(tx)
    before = await repository.planned(tx, list(department_ids))
    changes = []
    for id in sorted(department_ids):
        onboarding = before.get(id)
        if onboarding is None:
            changes.append(Onboarding.plan(new_id(), id, wave=wave, starts_on=starts_on))
        elif onboarding.status is OnboardingStatus.HALTED:
            changes.append(onboarding.resume(wave=wave, starts_on=starts_on))
        else:
            raise AlreadyPlanned(department=id, wave=str(onboarding.wave))
    await repository.save(tx, changes)
    return Wave.of([change.after for change in changes])


async def take_live(tx: Transaction, *, caller: Caller, onboarding_id: UUID) -> Onboarding:
    """A department that is ready begins."""
    await rights.require(tx, caller, DecisionType.PLAN_ONBOARDING)
    onboarding = await repository.get_for_update(tx, onboarding_id)
    change = onboarding.go_live(await _readiness_of(tx, onboarding), tx.now)
    await repository.save(tx, [change])
    return change.after


async def stabilise_department(tx: Transaction, *, caller: Caller, onboarding_id: UUID) -> Onboarding:
    """It holds: four weeks live, and used."""
    await rights.require(tx, caller, DecisionType.PLAN_ONBOARDING)
    onboarding = await repository.get_for_update(tx, onboarding_id)
    change = onboarding.stabilise(await _readiness_of(tx, onboarding), tx.now)
    await repository.save(tx, [change])
    return change.after


async def halt_onboarding(tx: Transaction, *, caller: Caller, onboarding_id: UUID, reason: str) -> Onboarding:
    """It stands still, with a reason."""
    await rights.require(tx, caller, DecisionType.PLAN_ONBOARDING)
    change = (await repository.get_for_update(tx, onboarding_id)).halt(reason)
    await repository.save(tx, [change])
    return change.after


async def readiness(connection: Connection, department_ids: list[str]) -> dict[str, Readiness]:
    """How far these departments are today."""
    approved = [
        tool
        for tool in (await tools.by_ids(connection, await tools.in_use(connection))).values()
        if tool.status is Status.APPROVED
    ]
    restricted = await departments.holding(connection, department_ids)
    today = connection.now.date()
    usable = {
        id: any(
            row.department_id in (None, id)
            and against(
                restricted.get(id, ()), tool.id, Use(row.data_class, row.context, id, row.region), today
            ) is None
            for tool in approved
            for row in tool.scope
        )
        for id in department_ids
    }  # fmt: skip
    return await repository.readiness(connection, usable)


async def _readiness_of(tx: Transaction, onboarding: Onboarding) -> Readiness:
    return (await readiness(tx, [onboarding.department_id]))[onboarding.department_id]
