"""Appointing the executive sponsor; the chair of every committee follows (L04, L05)."""

from __future__ import annotations

from chassis.caller import Caller
from chassis.database import Transaction, new_id
from governance.cadences import commands as cadences
from governance.committee import commands as committee
from governance.decisions import commands as decisions
from governance.programme import repository
from governance.programme.domain import Sponsor
from governance.rights import commands as rights
from governance.rights.domain import Decider, DecisionType


async def appoint_sponsor(tx: Transaction, *, caller: Caller, employee_id: str) -> Sponsor:
    """Make somebody the executive sponsor: one term ends, the next begins and the chair moves, together or not at all."""
    await repository.lock_seat(tx)
    previous = await repository.active(tx)
    may_fill = previous is None and caller.has(Decider.AI_STEWARD.value, Decider.EXECUTIVE_SPONSOR.value)
    by = await rights.require(
        tx, caller, DecisionType.APPOINT_SPONSOR, also=[Decider.EXECUTIVE_SPONSOR] if may_fill else []
    )
    person = await rights.employed(tx, employee_id)
    appointed = Sponsor.appoint(new_id(), person.id, previous=previous, by=by, now=tx.now)
    if previous is not None:
        await repository.save(tx, previous.succeeded_by(person.id, tx.now))
    await repository.save(tx, appointed)
    await committee.chair_follows(tx, person.id)
    await cadences.begin(tx)
    await decisions.record(
        tx, DecisionType.APPOINT_SPONSOR, subject=("employee", person.id), outcome="appointed", decided_by=by
    )
    return appointed.after


async def vacate(tx: Transaction, employee_id: str, reason: str) -> None:
    """When the sponsor leaves, the seat is vacant and says so; the committees have no chair until it is filled (C5c)."""
    await repository.lock_seat(tx)
    sponsor = await repository.active(tx)
    if sponsor is not None and sponsor.employee_id == employee_id:
        await repository.save(tx, sponsor.vacate(reason, tx.now))
        await committee.chair_follows(tx, None)
