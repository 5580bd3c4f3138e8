"""What may be done to curricula."""

from __future__ import annotations

from chassis.caller import Caller, require
from chassis.database import Transaction, new_id
from training.courses import repository as courses
from training.courses.commands import OWNERS
from training.courses.domain import CurriculumTier
from training.curricula import repository
from training.curricula.domain import Curriculum, Step


async def define_curriculum(
    tx: Transaction, *, caller: Caller, code: str, name: str, tier: CurriculumTier, steps: tuple[Step, ...]
) -> Curriculum:
    """Set the path of that code, new or anew."""
    require(caller, *OWNERS, action="Defining a curriculum")
    curriculum = await repository.lock_code(tx, code)
    known = await courses.by_codes(tx, {step.course for step in steps})
    if curriculum is None:
        change = Curriculum.define(new_id(), code, name=name, tier=tier, steps=steps, known=known)
    else:
        change = curriculum.revise(name, tier, steps, known)
    await repository.save(tx, change)
    return change.after
