"""Changes of the operating model in the graph (L10)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from chassis.graphql import Connection, Info, page
from governance.changes import domain as rules
from governance.changes import repository
from governance.vocabulary.arguments import After, First


@strawberry.type(description="The operating model at the end of a quarter.")
class ModelVersion:
    quarter: str = strawberry.field(description="The quarter, such as 2026-Q1.")
    number: int = strawberry.field(description="How many changes made the model what it was at its end.")
    changes: int = strawberry.field(description="How many of them were made in it.")


@strawberry.federation.type(
    keys=[Key(fields=FieldSet("id"), resolvable=False)],
    description="A trial of AI in one process, which the process service keeps.",
)
class Pilot:
    id: strawberry.ID = strawberry.field(description="The pilot's id.")


@strawberry.type(description="What a pilot showed to be missing, and what was refined because of it.")
class PilotLesson:
    id: strawberry.ID = strawberry.field(description="The gap's id.")
    pilot: Pilot = strawberry.field(description="The pilot.")
    pillar: str = strawberry.field(
        description="The part of the operating model: governance, training, process or metrics."
    )
    severity: str = strawberry.field(description="How much it matters: low, medium or high.")
    description: str = strawberry.field(description="What was missing.")
    logged_at: datetime = strawberry.field(description="When it was logged.")
    refined: str | None = strawberry.field(description="What was refined: its id or code.")
    note: str | None = strawberry.field(description="How.")
    resolved_at: datetime | None = strawberry.field(description="When; null while the gap is open.")

    @classmethod
    def of(cls, gap: rules.PilotGap) -> PilotLesson:
        """A gap."""
        return cls(
            id=strawberry.ID(str(gap.gap_id)),
            pilot=Pilot(id=strawberry.ID(str(gap.pilot_id))),
            pillar=gap.pillar,
            severity=gap.severity,
            description=gap.description,
            logged_at=gap.logged_at,
            refined=gap.refined,
            note=gap.note,
            resolved_at=gap.resolved_at,
        )


@strawberry.type(description="A change of the operating model, and why it was made.")
class ModelChange:
    event_id: strawberry.ID = strawberry.field(description="The event that told of it.")
    pillar: str = strawberry.field(description="The service that told of it: governance, training or process.")
    what: str = strawberry.field(description="What happened, such as: tool approved.")
    subject_id: strawberry.ID = strawberry.field(description="To what.")
    at: datetime = strawberry.field(description="When.")
    by: strawberry.ID | None = strawberry.field(description="Who did it; null for what a date did.")
    because: str | None = strawberry.field(description="Why: the decision's rationale, or what the event says.")

    @strawberry.field(description="What pilots had shown to be missing, that this change answers.")
    async def pilot_lessons(self, info: Info) -> list[PilotLesson]:
        return [
            PilotLesson.of(gap) for gap in await info.context.load(repository.gaps_behind, str(self.event_id)) or ()
        ]

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

    @strawberry.field(
        description="What pilots showed to be missing, in the order in which it was logged, with what was refined because of it."
    )
    async def pilot_lessons(
        self,
        info: Info,
        pillar: Annotated[
            str | None, strawberry.argument(description="Only of this part of the operating model.")
        ] = None,
        is_open: Annotated[
            bool | None, strawberry.argument(description="Only open ones, or only answered ones.")
        ] = None,
        first: First = 20,
        after: After = None,
    ) -> Connection[PilotLesson]:
        info.context.require_caller()
        async with info.context.read() as connection:
            return await page(
                first,
                after,
                lambda after, limit: repository.gaps(
                    connection, pillar=pillar, is_open=is_open, after=after, limit=limit
                ),
                node=PilotLesson.of,
                cursor=lambda gap: str(gap.gap_id),
                place=UUID,
            )
