"""Curricula: ordered paths of courses, by tier (T01)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from chassis.domain import Change, Refused
from training.courses.domain import Course, CurriculumTier, OutOfRange, TierIsFixed, code_of


class NoMandatoryStep(Refused):
    """The curriculum {curriculum} has no mandatory step, so nobody could complete it. Make at least one step mandatory."""

    curriculum: str


class StepTwice(Refused):
    """The course {course} stands twice in the curriculum. Keep one step of it."""

    course: str


class NoSuchCourse(Refused):
    """There is no course {course}. Define it before a curriculum leads through it."""

    course: str


class ForAnotherTier(Refused):
    """The {tier} curriculum cannot lead through {course}, which is a {course_tier} course."""

    tier: str
    course: str
    course_tier: str


@dataclass(frozen=True, slots=True)
class Step:
    """One course on the path; a learner is done when every mandatory one is passed."""

    course: str
    mandatory: bool = True


@dataclass(frozen=True, slots=True)
class CurriculumDefined:
    """The path that leads to a credential is set anew."""

    curriculum_id: UUID
    code: str
    tier: CurriculumTier
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Curriculum:
    """A path of courses in the order in which they are taken."""

    id: UUID
    code: str
    name: str
    tier: CurriculumTier
    steps: tuple[Step, ...]
    version: int

    @property
    def mandatory(self) -> frozenset[str]:
        """The courses that must be passed."""
        return frozenset(step.course for step in self.steps if step.mandatory)

    @classmethod
    def define(
        cls,
        id: UUID,
        code: str,
        *,
        name: str,
        tier: CurriculumTier,
        steps: tuple[Step, ...],
        known: Mapping[str, Course],
    ) -> Change[Curriculum]:
        """A new path; `known` are the courses that exist, by code."""
        _check(code, name, tier, steps, known)
        return Change(cls(id, code_of(code), name, tier, steps, version=1), CurriculumDefined(id, code, tier, steps))

    def revise(
        self, name: str, tier: CurriculumTier, steps: tuple[Step, ...], known: Mapping[str, Course]
    ) -> Change[Curriculum]:
        """The path from now on; credentials already awarded are not touched."""
        if tier is not self.tier:
            raise TierIsFixed(code=self.code, tier=self.tier.value)
        _check(self.code, name, tier, steps, known)
        after = replace(self, name=name, steps=steps, version=self.version + 1)
        return Change(after, CurriculumDefined(self.id, self.code, tier, steps))


def _check(code: str, name: str, tier: CurriculumTier, steps: tuple[Step, ...], known: Mapping[str, Course]) -> None:
    if not name.strip():
        raise OutOfRange(what="The name", allowed="given")
    if not any(step.mandatory for step in steps):
        raise NoMandatoryStep(curriculum=code)
    seen = set()
    for step in steps:
        if step.course in seen:
            raise StepTwice(course=step.course)
        seen.add(step.course)
        course = known.get(step.course)
        if course is None:
            raise NoSuchCourse(course=step.course)
        if course.tier is not tier and course.tier is not CurriculumTier.UNIVERSAL:
            raise ForAnotherTier(tier=tier.value, course=step.course, course_tier=course.tier.value)
