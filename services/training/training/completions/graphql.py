"""Completions in the graph."""

from __future__ import annotations

from datetime import datetime

import strawberry

from chassis.graphql import Info, Payload, mutation, run
from training.completions import commands, domain, repository
from training.completions.domain import Source
from training.courses import repository as courses
from training.courses.domain import OutOfRange
from training.courses.graphql import Course


@strawberry.type(description="One try of one person at one edition of a course.")
class Completion:
    id: strawberry.ID = strawberry.field(description="The completion's id.")
    edition: int = strawberry.field(description="Which edition of the course was taken.")
    passed: bool = strawberry.field(description="Whether it was passed.")
    score: float | None = strawberry.field(description="The scaled score, from -1 to 1.")
    completed_at: datetime = strawberry.field(description="When it was completed.")
    source: Source = strawberry.field(description="Who told of it.")
    code: strawberry.Private[str]

    @strawberry.field(description="The course.")
    async def course(self, info: Info) -> Course | None:
        course = await info.context.load(courses.by_codes, self.code)
        return Course.of(course) if course else None

    @classmethod
    def of(cls, attempt: domain.Attempt) -> Completion:
        """The attempt in the graph."""
        return cls(
            id=strawberry.ID(str(attempt.id)), edition=attempt.edition, passed=attempt.passed, score=attempt.score,
            completed_at=attempt.completed_at, source=attempt.source, code=attempt.course,
        )  # fmt: skip


@strawberry.input(description="A completion to record for somebody else.")
class RecordCompletionInput:
    employee_id: strawberry.ID = strawberry.field(description="Whose completion it is.")
    course: str = strawberry.field(description="The course's code.")
    passed: bool = strawberry.field(
        default=True, description="Whether it was passed; a score below the course's pass mark does not pass."
    )
    score: float | None = strawberry.field(default=None, description="The scaled score, from -1 to 1.")
    completed_at: datetime | None = strawberry.field(default=None, description="When it was completed; default: now.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key gives the same answer.")


@strawberry.type(description="The completion as it was recorded.")
class RecordCompletionPayload(Payload):
    completion: Completion | None = strawberry.field(default=None, description="The completion.")


@strawberry.type
class CompletionMutations:
    @mutation(
        refuses=(domain.OwnCompletion, domain.NotPublished, domain.NotYetCompleted, OutOfRange),
        description="Record that somebody else completed a course. For the learning system and curriculum owners.",
    )
    async def record_completion(self, info: Info, input: RecordCompletionInput) -> RecordCompletionPayload:
        attempt = await run(
            info, commands.record_completion, key=input.idempotency_key, again=repository.get,
            employee_id=str(input.employee_id), course=input.course, passed=input.passed, score=input.score,
            completed_at=input.completed_at,
        )  # fmt: skip
        return RecordCompletionPayload(completion=Completion.of(attempt))
