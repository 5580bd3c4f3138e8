"""The programme moves on by what events prove; the sponsor confirms (L01, C16)."""

from __future__ import annotations

from chassis.caller import Caller
from chassis.database import Transaction, new_id
from governance.phases import repository
from governance.phases.domain import Criterion, Fact, Phase, PhaseCode, PhaseNotActive, PhaseStatus, following
from governance.rights import commands as rights
from governance.rights.domain import DecisionType


async def prove(tx: Transaction, criterion: Criterion, subject: str) -> None:
    """The event being handled proves a criterion for a thing; look whether a phase begins or may end with it."""
    cause = tx.cause
    if cause is None:
        raise ValueError("A criterion is proven by an event only.")
    await repository.lock(tx)
    if await repository.keep(tx, Fact(criterion, subject, cause.id, cause.type, cause.time)):
        await _look(tx)


async def complete_phase(tx: Transaction, *, caller: Caller, phase: PhaseCode) -> Phase:
    """Go on to the next phase, which begins in the same moment."""
    by = await rights.require(tx, caller, DecisionType.COMPLETE_PHASE)
    await repository.lock(tx)
    found = (await repository.begun(tx)).get(phase)
    if found is None:
        raise PhaseNotActive(phase=phase.value, status=PhaseStatus.NOT_STARTED.value.replace("_", " "))
    change = found.complete(await repository.facts(tx), by, tx.now)
    await repository.save(tx, change)
    after = following(phase)
    if after is not None:
        await repository.save(tx, Phase.enter(new_id(), after, tx.now))
    await _look(tx)
    return change.after


async def _look(tx: Transaction) -> None:
    facts = await repository.facts(tx)
    begun = await repository.begun(tx)
    if not begun and Criterion.SPONSOR_NAMED in facts:
        change = Phase.enter(new_id(), PhaseCode.FOUNDATION, tx.now)
        await repository.save(tx, change)
        begun = {PhaseCode.FOUNDATION: change.after}
    for phase in begun.values():
        ready = phase.look(facts, tx.now)
        if ready is not None:
            await repository.save(tx, ready)
