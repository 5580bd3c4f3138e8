"""What may be done to curricula."""

from __future__ import annotations

from chassis.caller import Caller, require
from chassis.database import Transaction, new_id
from training.courses import repository as courses
from training.courses.commands import OWNERS
from training.courses.domain import CurriculumTier
from training.credential_types import repository as credential_types
from training.credentials import commands as credentials
from training.curricula import repository
from training.curricula.domain import Curriculum, Step
from training.requirements import repository as rules


async def define_curriculum(
    tx: Transaction, *, caller: Caller, code: str, name: str, tier: CurriculumTier, steps: tuple[Step, ...]
) -> Curriculum:
    """Set the path of that code, new or anew. Who has passed what it demands now is certified."""
    require(caller, *OWNERS, action="Defining a curriculum")
    await rules.lock_rules(tx)
    curriculum = await repository.lock_code(tx, code)
    known = await courses.by_codes(tx, {step.course for step in steps})
    if curriculum is None:
        change = Curriculum.define(new_id(), code, name=name, tier=tier, steps=steps, known=known)
    else:
        change = curriculum.revise(name, tier, steps, known)
    await repository.save(tx, change)
    for kind in await credential_types.led_to_by(tx, code):
        await credentials.award_all(tx, kind)
    return change.after
