"""Courses in the graph."""

from __future__ import annotations

import strawberry

from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from training.courses import commands, domain, repository
from training.courses.domain import CurriculumTier, Depth
from training.vocabulary import graphql as vocabulary  # noqa: F401 - describes the enumerations used here


@strawberry.federation.type(keys=["id"], description="A course, as learners take it: its last published edition.")
class Course:
    id: strawberry.ID = strawberry.field(description="The course's id.")
    code: str = strawberry.field(description="Its code, which stands at the end of its activity id.")
    title: str = strawberry.field(description="What it is called.")
    tier: CurriculumTier = strawberry.field(description="Whom it is for.")
    depth: Depth = strawberry.field(description="How far it goes.")
    duration_minutes: int | None = strawberry.field(description="How long it takes.")
    pass_mark: float | None = strawberry.field(description="The least scaled score (0 to 1) that passes.")
    edition: int = strawberry.field(description="The number of the published edition; 0 while there is none.")
    has_draft: bool = strawberry.field(description="Whether a next edition is drafted.")

    @classmethod
    def of(cls, course: domain.Course) -> Course:
        """The course in the graph."""
        content = course.content
        return cls(
            id=strawberry.ID(str(course.id)), code=course.code, title=content.title, tier=course.tier,
            depth=content.depth, duration_minutes=content.duration_minutes, pass_mark=content.pass_mark,
            edition=course.edition, has_draft=course.draft is not None,
        )  # fmt: skip

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Course | None:
        """The course of that id."""
        course = await info.context.load(repository.by_ids, uuid_of(id, "course"))
        return cls.of(course) if course else None


@strawberry.input(description="A course, or the next edition of one that exists.")
class DefineCourseInput:
    code: str = strawberry.field(description="The course's code.")
    title: str = strawberry.field(description="What it is called.")
    tier: CurriculumTier = strawberry.field(description="Whom it is for.")
    depth: Depth = strawberry.field(default=Depth.WORKING, description="How far it goes.")
    duration_minutes: int | None = strawberry.field(default=None, description="How long it takes.")
    pass_mark: float | None = strawberry.field(default=None, description="The least scaled score (0 to 1) that passes.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key gives the same answer.")


@strawberry.input(description="The course whose draft is published.")
class PublishCourseInput:
    code: str = strawberry.field(description="The course's code.")
    idempotency_key: str | None = strawberry.field(default=None, description="The same key gives the same answer.")


@strawberry.type(description="The course as it was defined.")
class DefineCoursePayload(Payload):
    course: Course | None = strawberry.field(default=None, description="The course.")


@strawberry.type(description="The course as it was published.")
class PublishCoursePayload(Payload):
    course: Course | None = strawberry.field(default=None, description="The course.")


@strawberry.type
class CourseQueries:
    @strawberry.field(description="One course by its id.")
    async def course(self, info: Info, id: strawberry.ID) -> Course | None:
        return await Course.resolve_reference(info, id)

    @strawberry.field(description="Courses in order of their codes.")
    async def courses(
        self, info: Info, tier: CurriculumTier | None = None, first: int = 20, after: str | None = None
    ) -> Connection[Course]:
        async with info.context.read() as connection:
            return await page(
                first, after, lambda after, limit: repository.listing(connection, tier=tier, after=after, limit=limit),
                node=Course.of, cursor=lambda course: course.code,
            )  # fmt: skip


@strawberry.type
class CourseMutations:
    @mutation(
        refuses=(domain.MalformedCode, domain.OutOfRange, domain.TierIsFixed),
        description="Draft a course, or the next edition of one. For curriculum owners and the AI steward.",
    )
    async def define_course(self, info: Info, input: DefineCourseInput) -> DefineCoursePayload:
        course = await run(
            info, commands.define_course, key=input.idempotency_key, again=repository.get, code=input.code, tier=input.tier,
            content=domain.Content(input.title, input.depth, input.duration_minutes, input.pass_mark),
        )  # fmt: skip
        return DefineCoursePayload(course=Course.of(course))

    @mutation(
        refuses=(domain.NothingToPublish,),
        description="Make a course's draft the edition that learners take. For curriculum owners and the AI steward.",
    )
    async def publish_course(self, info: Info, input: PublishCourseInput) -> PublishCoursePayload:
        course = await run(
            info, commands.publish_course, key=input.idempotency_key, again=repository.get, code=input.code
        )
        return PublishCoursePayload(course=Course.of(course))
