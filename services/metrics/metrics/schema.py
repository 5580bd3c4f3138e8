"""The service's part of the graph, assembled from its slices."""

from __future__ import annotations

import strawberry

from chassis.graphql import schema as assemble
from metrics.adoption.graphql import AdoptionQueries, Department, Team, Tool
from metrics.definitions.graphql import DefinitionQueries
from metrics.people.graphql import Employee
from metrics.snapshots.graphql import MetricsSnapshot, SnapshotQueries


@strawberry.type(description="What can be asked.")
class Query(AdoptionQueries, DefinitionQueries, SnapshotQueries):
    pass


schema = assemble(query=Query, types=[Employee, Department, Team, Tool, MetricsSnapshot], service="metrics")
