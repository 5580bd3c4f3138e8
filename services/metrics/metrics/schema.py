"""The service's part of the graph, assembled from its slices."""

from __future__ import annotations

import strawberry

from chassis.graphql import schema as assemble
from metrics.adoption.graphql import AdoptionQueries, Department, Team, Tool
from metrics.baselines.graphql import BaselineMutations, Pilot
from metrics.changes.graphql import ChangeQueries
from metrics.definitions.graphql import DefinitionQueries
from metrics.people.graphql import Employee
from metrics.snapshots.graphql import MetricsSnapshot, SnapshotQueries


@strawberry.type(description="What can be asked.")
class Query(AdoptionQueries, ChangeQueries, DefinitionQueries, SnapshotQueries):
    pass


@strawberry.type(description="What can be changed.")
class Mutation(BaselineMutations):
    pass


schema = assemble(
    query=Query, mutation=Mutation, types=[Employee, Department, Team, Tool, MetricsSnapshot, Pilot], service="metrics"
)
