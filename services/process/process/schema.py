"""The GraphQL schema, assembled from the slices."""

from __future__ import annotations

import strawberry

from chassis.graphql import schema as assemble
from process.blast.graphql import BlastRadius
from process.candidates.graphql import CandidateMutations, CandidateQueries
from process.gaps.graphql import GapMutations, GapQueries
from process.pilots.graphql import PilotQueries
from process.plans.graphql import PilotMutations
from process.processes.graphql import Department, Employee, ProcessMutations, ProcessQueries
from process.sops.graphql import SopQueries, Tool
from process.tasks.graphql import TaskMutations, TaskQueries
from process.versions.graphql import SopMutations


@strawberry.type
class Query(ProcessQueries, SopQueries, CandidateQueries, PilotQueries, GapQueries, TaskQueries):
    pass


@strawberry.type
class Mutation(ProcessMutations, SopMutations, CandidateMutations, PilotMutations, GapMutations, TaskMutations):
    pass


schema = assemble(query=Query, mutation=Mutation, types=[Department, Employee, Tool, BlastRadius], service="process")
