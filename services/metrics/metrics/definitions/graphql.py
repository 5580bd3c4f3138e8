"""Metric definitions in the graph."""

from __future__ import annotations

from typing import Self

import strawberry

from metrics.definitions import domain


@strawberry.type(description="What a figure means. A changed meaning has a new version.")
class MetricDefinition:
    code: str = strawberry.field(description="The figure's short name, for example MAU.")
    version: int = strawberry.field(description="The version of its meaning; figures of two versions do not compare.")
    name: str = strawberry.field(description="The figure's name for people.")
    formula: str = strawberry.field(description="How it is computed, in words.")
    unit: str = strawberry.field(description="What it is counted in.")
    window: str = strawberry.field(description="The days it looks at.")
    min_group: int | None = strawberry.field(description="Groups with fewer eligible people are not shown.")
    source: str = strawberry.field(description="The facts it is computed from.")

    @classmethod
    def of(cls, definition: domain.MetricDefinition) -> Self:
        """As the graph shows it."""
        return cls(
            code=definition.code,
            version=definition.version,
            name=definition.name,
            formula=definition.formula,
            unit=definition.unit,
            window=definition.window,
            min_group=definition.min_group,
            source=definition.source,
        )


@strawberry.type
class DefinitionQueries:
    @strawberry.field(description="What every figure of this service means.")
    def metric_definitions(self) -> list[MetricDefinition]:
        return [MetricDefinition.of(definition) for definition in domain.DEFINITIONS]
