"""The training of a pilot's cohort in the graph."""

from __future__ import annotations

from typing import Self

import strawberry

from chassis.graphql import Info, uuid_of
from training.cohorts import domain, repository


@strawberry.type(description="How far a pilot's cohort is with what it has to learn.")
class CohortTraining:
    ready: bool = strawberry.field(description="Whether enough of its people are trained.")
    trained: int = strawberry.field(description="How many of its people hold every credential.")
    required: int = strawberry.field(description="How many have to.")
    credential_types: list[str] = strawberry.field(description="What they need to hold.")

    @classmethod
    def of(cls, cohort: domain.Cohort) -> Self:
        """The cohort as the graph shows it."""
        return cls(
            ready=cohort.ready, trained=cohort.trained, required=cohort.required,
            credential_types=list(cohort.credential_types),
        )  # fmt: skip


@strawberry.federation.type(keys=["id"], description="A pilot, and the training of its cohort.")
class Pilot:
    id: strawberry.ID = strawberry.field(description="The pilot's id, a UUID.")

    @strawberry.field(description="How far the cohort is with its training; null until training heard of the pilot.")
    async def cohort_training(self, info: Info) -> CohortTraining | None:
        cohort = await info.context.load(repository.by_ids, uuid_of(self.id, "pilot"))
        return CohortTraining.of(cohort) if cohort else None

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        """The pilot that another service refers to."""
        return cls(id=id)
