"""Courses: what is taught, in immutable published editions (T01)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from chassis.domain import Change, Refused

_CODE = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")


class CurriculumTier(StrEnum):
    """Whom a course, a path or a credential is for."""

    UNIVERSAL = "universal"
    ROLE = "role"
    LEADERSHIP = "leadership"


class Depth(StrEnum):
    """How far a course goes."""

    AWARENESS = "awareness"
    WORKING = "working"
    EXPERT = "expert"


class MalformedCode(Refused):
    """The code {given!r} cannot be used: take letters and digits, joined by single dots, hyphens or underscores."""

    given: str


class OutOfRange(Refused):
    """{what} must be {allowed}."""

    what: str
    allowed: str


class TierIsFixed(Refused):
    """{code} belongs to the {tier} tier, and that stays so. Define a new one under another code."""

    code: str
    tier: str


class NothingToPublish(Refused):
    """The course {course} has no draft. Define its new content first."""

    course: str


def code_of(given: str) -> str:
    """A code that can stand at the end of an activity id, or a refusal."""
    if len(given) > 64 or not _CODE.fullmatch(given):
        raise MalformedCode(given=given)
    return given


@dataclass(frozen=True, slots=True)
class CourseDefined:
    """A course has a new draft."""

    course_id: UUID
    code: str
    title: str
    tier: CurriculumTier
    depth: Depth


@dataclass(frozen=True, slots=True)
class CoursePublished:
    """An edition of a course can be taken; it never changes again. `version` is the number of the edition."""

    course_id: UUID
    code: str
    tier: CurriculumTier
    version: int


@dataclass(frozen=True, slots=True)
class Content:
    """What one edition of a course says of itself; `pass_mark` is the least scaled score (0 to 1) that passes."""

    title: str
    depth: Depth
    duration_minutes: int | None = None
    pass_mark: float | None = None

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise OutOfRange(what="The title", allowed="given")
        if self.duration_minutes is not None and self.duration_minutes < 1:
            raise OutOfRange(what="The duration", allowed="at least one minute")
        if self.pass_mark is not None and not 0 <= self.pass_mark <= 1:
            raise OutOfRange(what="The pass mark", allowed="between 0 and 1")


@dataclass(frozen=True, slots=True)
class Course:
    """A course with its published edition, the one learners take, and a draft of the next."""

    id: UUID
    code: str
    tier: CurriculumTier
    edition: int
    published: Content | None
    draft: Content | None
    version: int

    @property
    def content(self) -> Content:
        """What learners see, or the draft while nothing is published."""
        content = self.published or self.draft
        assert content is not None
        return content

    @classmethod
    def define(cls, id: UUID, code: str, tier: CurriculumTier, content: Content) -> Change[Course]:
        """A new course begins as a draft."""
        course = cls(id, code_of(code), tier, edition=0, published=None, draft=content, version=1)
        return Change(course, CourseDefined(id, code, content.title, tier, content.depth))

    def revise(self, tier: CurriculumTier, content: Content) -> Change[Course]:
        """The next edition is drafted; the published one stays as it is."""
        if tier is not self.tier:
            raise TierIsFixed(code=self.code, tier=self.tier.value)
        after = replace(self, draft=content, version=self.version + 1)
        return Change(after, CourseDefined(self.id, self.code, content.title, tier, content.depth))

    def publish(self) -> Change[Course]:
        """The draft becomes the edition that learners take."""
        if self.draft is None:
            raise NothingToPublish(course=self.code)
        edition = self.edition + 1
        after = replace(self, edition=edition, published=self.draft, draft=None, version=self.version + 1)
        return Change(after, CoursePublished(self.id, self.code, self.tier, edition))
