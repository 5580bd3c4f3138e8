"""The GraphQL schema, assembled from the slices."""

from __future__ import annotations

import strawberry

from chassis.graphql import schema as assemble
from training.assignments.graphql import AssignmentMutations, AssignmentQueries, AssignmentSubscriptions
from training.blast.graphql import BlastRadius
from training.cohorts.graphql import Pilot
from training.completions.graphql import CompletionMutations
from training.courses.graphql import CourseMutations, CourseQueries
from training.coverage.graphql import CoverageQueries
from training.credential_types.graphql import CredentialTypeMutations, CredentialTypeQueries
from training.credentials.graphql import CredentialMutations
from training.curricula.graphql import CurriculumMutations, CurriculumQueries
from training.employees.domain import TrainingIsPrivate
from training.employees.graphql import Department, Employee
from training.requirements.graphql import RequirementMutations, RequirementQueries
from training.tasks.graphql import TaskMutations, TaskQueries
from training.tools.graphql import Tool


@strawberry.type(description="What may be asked.")
class Query(
    CourseQueries,
    CurriculumQueries,
    CredentialTypeQueries,
    RequirementQueries,
    AssignmentQueries,
    CoverageQueries,
    TaskQueries,
):
    pass


@strawberry.type(description="What may be changed.")
class Mutation(
    CourseMutations,
    CurriculumMutations,
    CredentialTypeMutations,
    RequirementMutations,
    AssignmentMutations,
    CompletionMutations,
    CredentialMutations,
    TaskMutations,
):
    pass


@strawberry.type(description="What may be watched: the present state first, then each change.")
class Subscription(AssignmentSubscriptions):
    pass


schema = assemble(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Employee, Department, Tool, BlastRadius, Pilot],
    refusals=[TrainingIsPrivate],
    service="training",
)
