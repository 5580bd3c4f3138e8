"""Annotations in the graph."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Self

import strawberry

from metrics.annotations import domain


@strawberry.enum(name="AnnotationKind", description="What happened to a tool while it was measured.")
class Kind(Enum):
    APPROVED = strawberry.enum_value("approved", description="The committee approved the tool at this moment.")
    SUSPENDED = strawberry.enum_value("suspended", description="The tool was suspended for this time.")
    REINSTATED = strawberry.enum_value("reinstated", description="The suspended tool came back at this moment.")


@strawberry.type(description="Something to know when reading a tool's series.")
class Annotation:
    tool_id: strawberry.ID = strawberry.field(description="The tool.")
    kind: Kind = strawberry.field(description="What happened.")
    from_time: datetime = strawberry.field(name="from", description="When it began.")
    to_time: datetime | None = strawberry.field(
        name="to", description="When it ended: at once for a single moment, null while it still holds."
    )

    @classmethod
    def of(cls, annotation: domain.Annotation) -> Self:
        """As the graph shows it."""
        return cls(
            tool_id=strawberry.ID(str(annotation.tool_id)),
            kind=Kind[annotation.kind.name],
            from_time=annotation.from_time,
            to_time=annotation.to_time,
        )
