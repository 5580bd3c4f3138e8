"""What may be done to courses."""

from __future__ import annotations

from chassis.caller import Caller, require
from chassis.database import Transaction, new_id
from chassis.domain import NotFound
from training.courses import repository
from training.courses.domain import Content, Course, CurriculumTier

OWNERS = ("curriculum_owner", "ai_steward")


async def define_course(
    tx: Transaction, *, caller: Caller, code: str, tier: CurriculumTier, content: Content
) -> Course:
    """Draft a new course, or the next edition of one that exists."""
    require(caller, *OWNERS, action="Defining a course")
    course = await repository.lock_code(tx, code)
    change = course.revise(tier, content) if course else Course.define(new_id(), code, tier, content)
    await repository.save(tx, change, caller.subject)
    return change.after


async def publish_course(tx: Transaction, *, caller: Caller, code: str) -> Course:
    """Make the draft the edition that learners take."""
    require(caller, *OWNERS, action="Publishing a course")
    course = await repository.lock_code(tx, code)
    if course is None:
        raise NotFound(what="course", id=code)
    change = course.publish()
    await repository.save(tx, change, caller.subject)
    return change.after
