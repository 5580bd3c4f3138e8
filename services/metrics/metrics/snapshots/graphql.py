"""Snapshots in the graph."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self

import msgspec
import strawberry
from strawberry.scalars import JSON

from chassis.graphql import Info, uuid_of
from metrics.snapshots import domain, repository


@strawberry.federation.type(keys=["id"], description="Figures as of a day, pinned for a review. They never change.")
class MetricsSnapshot:
    id: strawberry.ID = strawberry.field(description="The snapshot's id.")
    as_of: date = strawberry.field(description="The day the figures are about.")
    taken_at: datetime = strawberry.field(description="When they were pinned; what was stated later is not in them.")
    content_hash: str = strawberry.field(description="SHA-256 of the figures.")
    figures: JSON = strawberry.field(
        description="Adoption of the enterprise and of the departments that may be shown, as metricDefinitions say."
    )

    @classmethod
    def of(cls, it: domain.Snapshot) -> Self:
        """As the graph shows it."""
        return cls(
            id=strawberry.ID(str(it.id)),
            as_of=it.as_of,
            taken_at=it.taken_at,
            content_hash=it.content_hash,
            figures=JSON(msgspec.json.decode(it.figures)),
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        """A review's mention of its figures."""
        info.context.require_caller()
        found = await info.context.load(repository.by_ids, uuid_of(id, "snapshot"))
        return None if found is None else cls.of(found)


@strawberry.type
class SnapshotQueries:
    @strawberry.field(description="The figures that a review is about.")
    async def metrics_snapshot(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The snapshot's id.")]
    ) -> MetricsSnapshot | None:
        info.context.require_caller()
        found = await info.context.load(repository.by_ids, uuid_of(id, "snapshot"))
        return None if found is None else MetricsSnapshot.of(found)
