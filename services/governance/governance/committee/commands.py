"""Establishing committees and filling their seats (G10)."""

from __future__ import annotations

from uuid import UUID

from asyncpg import UniqueViolationError

from chassis.caller import Caller
from chassis.database import Transaction, new_id
from governance.committee import repository
from governance.committee.domain import Committee, CommitteeNameTaken, PassRule, Quorum
from governance.programme import repository as programme
from governance.rights import commands as rights
from governance.rights.domain import DecisionType


async def establish_committee(
    tx: Transaction,
    *,
    caller: Caller,
    name: str,
    members: list[tuple[str, bool]],
    quorum: Quorum,
    pass_rule: PassRule,
    chair_casting_vote: bool,
) -> Committee:
    """Constitute a committee; its chair is the executive sponsor."""
    await rights.require(tx, caller, DecisionType.ESTABLISH_COMMITTEE)
    await programme.lock_seat(tx)
    sponsor = await programme.active(tx)
    for employee_id, _ in members:
        await rights.employed(tx, employee_id)
    change = Committee.establish(
        new_id(),
        name,
        sponsor_id=sponsor.employee_id if sponsor else None,
        members=members,
        quorum=quorum,
        pass_rule=pass_rule,
        chair_casting_vote=chair_casting_vote,
        now=tx.now,
    )
    try:
        async with tx.savepoint():
            await repository.save(tx, change)
    except UniqueViolationError:
        raise CommitteeNameTaken(name=name) from None
    return change.after


async def seat_member(
    tx: Transaction, *, caller: Caller, committee_id: UUID, employee_id: str, voting: bool
) -> Committee:
    """Let somebody join a committee."""
    await rights.require(tx, caller, DecisionType.SEAT_MEMBER)
    await rights.employed(tx, employee_id)
    committee = await repository.get_for_update(tx, committee_id)
    change = committee.seat(employee_id, voting=voting, now=tx.now)
    await repository.save(tx, change)
    return change.after


async def vacate_seat(
    tx: Transaction, *, caller: Caller, committee_id: UUID, employee_id: str, reason: str
) -> Committee:
    """End somebody's seat."""
    await rights.require(tx, caller, DecisionType.SEAT_MEMBER)
    committee = await repository.get_for_update(tx, committee_id)
    change = committee.vacate(employee_id, reason=reason, now=tx.now)
    await repository.save(tx, change)
    return change.after


async def chair_follows(tx: Transaction, sponsor_id: str | None) -> None:
    """The executive sponsor chairs every committee, by construction."""
    for committee in await repository.every_for_update(tx):
        if committee.chair_id != sponsor_id:
            await repository.save(tx, committee.chaired_by(sponsor_id))


async def vacate_seats_of(tx: Transaction, employee_id: str, reason: str) -> None:
    """Whoever leaves sits nowhere any more; open motions are counted without them (C5c)."""
    for committee in await repository.every_for_update(tx):
        if any(member.employee_id == employee_id for member in committee.seated()):
            await repository.save(tx, committee.vacate(employee_id, reason=reason, now=tx.now))
