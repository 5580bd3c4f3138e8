"""Changes of the operating model in the graph (L10)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from chassis.graphql import Connection, Info, page
from governance.changes import domain as rules
from governance.changes import repository
from governance.vocabulary.arguments import After, First


@strawberry.type(description="The operating model at the end of a quarter.")
class ModelVersion:
    quarter: str = strawberry.field(description="The quarter, such as 2026-Q1.")
    number: int = strawberry.field(description="How many changes made the model what it was at its end.")
    changes: int = strawberry.field(description="How many of them were made in it.")


@strawberry.type(description="A change of the operating model, and why it was made.")
class ModelChange:
    event_id: strawberry.ID = strawberry.field(description="The event that told of it.")
    pillar: str = strawberry.field(description="The service that told of it: governance, training or process.")
    what: str = strawberry.field(description="What happened, such as: tool approved.")
    subject_id: strawberry.ID = strawberry.field(description="To what.")
    at: datetime = strawberry.field(description="When.")
    by: strawberry.ID | None = strawberry.field(description="Who did it; null for what a date did.")
    because: str | None = strawberry.field(description="Why: the decision's rationale, or what the event says.")

    @classmethod
    def of(cls, change: rules.ModelChange) -> ModelChange:
        """A change."""
        return cls(
            event_id=strawberry.ID(change.event_id),
            pillar=change.pillar,
            what=change.what,
            subject_id=strawberry.ID(change.subject),
            at=change.at,
            by=strawberry.ID(change.by) if change.by else None,
            because=change.because,
        )


@strawberry.type
class ChangeQueries:
    @strawberry.field(
        description="The versions of the operating model: one for each quarter that changed it, the latest forty."
    )
    async def model_versions(self, info: Info) -> list[ModelVersion]:
        async with info.context.read() as connection:
            return [
                ModelVersion(quarter=each.quarter, number=each.number, changes=each.changes)
                for each in await repository.versions(connection, limit=40)
            ]

    @strawberry.field(description="What changed in the operating model in a quarter, and why.")
    async def model_changes(
        self,
        info: Info,
        quarter: Annotated[str, strawberry.argument(description="The quarter, such as 2026-Q1.")],
        first: First = 20,
        after: After = None,
    ) -> Connection[ModelChange]:
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.of_quarter(connection, quarter, after=after, limit=limit),
                node=ModelChange.of,
                cursor=lambda change: change.event_id,
            )
