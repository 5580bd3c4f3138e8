"""Completions: attempts at courses, told by the learning system or recorded by those who run the training (T08, T09)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.domain import Change, Refused
from training.courses.domain import Course, OutOfRange

MAY_RECORD = ("lms", "curriculum_owner")


class OwnCompletion(Refused):
    """Nobody records a completion of their own. Let the learning system or another curriculum owner record it."""


class NotPublished(Refused):
    """The course {course} has no published edition yet, so nobody can have completed it. Publish it first."""

    course: str


class NotYetCompleted(Refused):
    """A completion cannot lie in the future; {completed_at} is still to come."""

    completed_at: str


class Source(StrEnum):
    """Who told of the attempt."""

    LMS = "lms"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class TrainingCompleted:
    """Somebody passed a course. `version` is the edition of the course."""

    attempt_id: UUID
    employee_id: str
    course: str
    version: int
    score: float | None
    completed_at: datetime


@dataclass(frozen=True, slots=True)
class TrainingFailed:
    """Somebody tried a course and did not pass."""

    attempt_id: UUID
    employee_id: str
    course: str
    version: int
    score: float | None
    completed_at: datetime


@dataclass(frozen=True, slots=True)
class TrainingVoided:
    """The learning system took back what it had told; the attempt counts for nothing."""

    attempt_id: UUID
    employee_id: str
    course: str
    voided_at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one person at one edition of a course."""

    id: UUID
    employee_id: str
    course: str
    edition: int
    source: Source
    statement_id: str | None
    passed: bool
    score: float | None
    completed_at: datetime
    recorded_by: str
    voided_at: datetime | None
    version: int

    @classmethod
    def record(
        cls, id: UUID, employee_id: str, course: Course, *, source: Source, statement_id: str | None,
        claimed: bool, score: float | None, completed_at: datetime, by: str,
    ) -> Change[Attempt]:  # fmt: skip
        """An attempt as it was told; where the course has a pass mark, a score below it does not pass."""
        if course.published is None:
            raise NotPublished(course=course.code)
        if score is not None and not -1 <= score <= 1:
            raise OutOfRange(what="The scaled score", allowed="between -1 and 1")
        passed = has_passed(claimed, score, course.published.pass_mark)
        attempt = cls(
            id, employee_id, course.code, course.edition, source, statement_id, passed, score, completed_at, by, None,
            version=1,
        )  # fmt: skip
        event = TrainingCompleted if passed else TrainingFailed
        return Change(attempt, event(id, employee_id, course.code, course.edition, score, completed_at))

    def void(self, now: datetime) -> Change[Attempt] | None:
        """It counts for nothing from now on."""
        if self.voided_at is not None:
            return None
        after = replace(self, voided_at=now, version=self.version + 1)
        return Change(after, TrainingVoided(self.id, self.employee_id, self.course, now))


def has_passed(claimed: bool, score: float | None, pass_mark: float | None) -> bool:
    """Who told of it says whether it was passed; a score below the pass mark overrules a pass, never the other way."""
    return claimed and (score is None or pass_mark is None or score >= pass_mark)
