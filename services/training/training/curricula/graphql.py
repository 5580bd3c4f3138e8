"""Curricula in the graph."""

from __future__ import annotations

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation, page, run
from training.courses import repository as courses
from training.courses.domain import CurriculumTier, MalformedCode, OutOfRange, TierIsFixed
from training.courses.graphql import Course
from training.curricula import commands, domain, repository


@strawberry.type(description="One course on a curriculum's path.")
class CurriculumStep:
    code: strawberry.Private[str]
    position: int = strawberry.field(description="Its place on the path, from 1.")
    mandatory: bool = strawberry.field(description="Whether it must be passed.")

    @strawberry.field(description="The course.")
    async def course(self, info: Info) -> Course | None:
        course = await info.context.load(courses.by_codes, self.code)
        return Course.of(course) if course else None


@strawberry.type(description="A path of courses that leads to a credential.")
class Curriculum:
    id: strawberry.ID = strawberry.field(description="The curriculum's id.")
    code: str = strawberry.field(description="Its code.")
    name: str = strawberry.field(description="What it is called.")
    tier: CurriculumTier = strawberry.field(description="Whom it is for.")
    steps: list[CurriculumStep] = strawberry.field(description="The courses, in the order in which they are taken.")

    @classmethod
    def of(cls, curriculum: domain.Curriculum) -> Curriculum:
        """The curriculum in the graph."""
        steps = [
            CurriculumStep(code=step.course, position=position, mandatory=step.mandatory)
            for position, step in enumerate(curriculum.steps, 1)
        ]
        return cls(
            id=strawberry.ID(str(curriculum.id)), code=curriculum.code, name=curriculum.name, tier=curriculum.tier,
            steps=steps,
        )  # fmt: skip


@strawberry.input(description="One course on the path.")
class CurriculumStepInput:
    course: str = strawberry.field(description="The course's code.")
    mandatory: bool = strawberry.field(default=True, description="Whether it must be passed.")


@strawberry.input(description="A curriculum, new or set anew.")
class DefineCurriculumInput:
    code: str = strawberry.field(description="The curriculum's code.")
    name: str = strawberry.field(description="What it is called.")
    tier: CurriculumTier = strawberry.field(description="Whom it is for.")
    steps: list[CurriculumStepInput] = strawberry.field(
        description="The courses, in the order in which they are taken."
    )
    idempotency_key: str | None = strawberry.field(default=None, description="The same key gives the same answer.")


@strawberry.type(description="The curriculum as it was defined.")
class DefineCurriculumPayload(Payload):
    curriculum: Curriculum | None = strawberry.field(default=None, description="The curriculum.")


@strawberry.type
class CurriculumQueries:
    @strawberry.field(description="Curricula in order of their codes.")
    async def curricula(self, info: Info, first: int = 20, after: str | None = None) -> Connection[Curriculum]:
        async with info.context.read() as connection:
            return await page(
                first, after, lambda after, limit: repository.listing(connection, after=after, limit=limit),
                node=Curriculum.of, cursor=lambda curriculum: curriculum.code,
            )  # fmt: skip


@strawberry.type
class CurriculumMutations:
    @mutation(
        refuses=(
            domain.NoMandatoryStep, domain.StepTwice, domain.NoSuchCourse, domain.ForAnotherTier, MalformedCode,
            OutOfRange, TierIsFixed,
        ),
        description="Set the path of courses that leads to a credential. For curriculum owners and the AI steward.",
    )  # fmt: skip
    async def define_curriculum(self, info: Info, input: DefineCurriculumInput) -> DefineCurriculumPayload:
        curriculum = await run(
            info, commands.define_curriculum, key=input.idempotency_key, again=repository.get, code=input.code,
            name=input.name, tier=input.tier,
            steps=tuple(domain.Step(step.course, step.mandatory) for step in input.steps),
        )  # fmt: skip
        return DefineCurriculumPayload(curriculum=Curriculum.of(curriculum))
