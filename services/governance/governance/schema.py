"""The service's part of the graph, assembled from its slices."""

from __future__ import annotations

import strawberry

from chassis.graphql import schema as assemble
from governance.access.graphql import AccessMutations, AccessQueries, AccessSubscriptions
from governance.cadences.graphql import CadenceMutations, CadenceQueries, MetricsSnapshot
from governance.campaigns.graphql import CampaignMutations, CampaignQueries
from governance.changes.graphql import ChangeQueries
from governance.committee.graphql import CommitteeMutations, CommitteeQueries
from governance.compliance.graphql import ComplianceQueries
from governance.consistency.graphql import ConsistencyQueries
from governance.corrections.graphql import CorrectionMutations
from governance.decisions.graphql import DecisionQueries
from governance.delegations.graphql import DelegationMutations, DelegationQueries
from governance.departments.graphql import DepartmentMutations
from governance.drafts.graphql import DraftMutations, DraftQueries
from governance.entitlement.graphql import EntitlementQueries
from governance.exceptions.graphql import ExceptionMutations, ExceptionQueries
from governance.history.graphql import HistoryQueries
from governance.impact.graphql import ImpactQueries
from governance.incidents.graphql import IncidentQueries
from governance.incidents.mutations import IncidentMutations
from governance.leadership.graphql import LeadershipMutations, LeadershipQueries
from governance.meetings.graphql import MeetingMutations, MeetingQueries
from governance.motions.graphql import MotionMutations, MotionQueries
from governance.onboarding.graphql import OnboardingMutations, OnboardingQueries
from governance.ownership.graphql import OwnershipQueries
from governance.people.graphql import Department, Employee, PeopleQueries, Team
from governance.phases.graphql import PhaseMutations, PhaseQueries
from governance.policies.graphql import PolicyMutations, PolicyQueries
from governance.preferences.graphql import PreferenceMutations, PreferenceQueries
from governance.programme.graphql import ProgrammeMutations, ProgrammeQueries
from governance.prompts.graphql import PromptMutations, PromptQueries
from governance.reviews.graphql import ReviewMutations, ReviewQueries
from governance.rights.graphql import RightsMutations, RightsQueries
from governance.scope.graphql import CredentialType
from governance.separations.graphql import SeparationMutations, SeparationQueries
from governance.throughput.graphql import ThroughputQueries
from governance.tools.graphql import Tool, ToolQueries, ToolSubscriptions
from governance.tools.mutations import ToolMutations
from governance.tools.succession import ToolSuccessionMutations
from governance.ungoverned.graphql import UngovernedQueries
from governance.ungoverned.mutations import UngovernedMutations
from governance.use_cases.graphql import UseCaseMutations, UseCaseQueries
from governance.webhooks.graphql import WebhookMutations, WebhookQueries


@strawberry.type(description="What can be asked.")
class Query(
    PeopleQueries,
    ProgrammeQueries,
    CommitteeQueries,
    MotionQueries,
    DecisionQueries,
    RightsQueries,
    ToolQueries,
    AccessQueries,
    EntitlementQueries,
    PolicyQueries,
    OwnershipQueries,
    DraftQueries,
    IncidentQueries,
    UngovernedQueries,
    MeetingQueries,
    PhaseQueries,
    CadenceQueries,
    ChangeQueries,
    LeadershipQueries,
    ThroughputQueries,
    ExceptionQueries,
    CampaignQueries,
    ComplianceQueries,
    ReviewQueries,
    SeparationQueries,
    DelegationQueries,
    UseCaseQueries,
    PromptQueries,
    PreferenceQueries,
    ImpactQueries,
    HistoryQueries,
    ConsistencyQueries,
    OnboardingQueries,
    WebhookQueries,
):
    pass


@strawberry.type(description="What can be changed.")
class Mutation(
    ProgrammeMutations,
    CommitteeMutations,
    MotionMutations,
    RightsMutations,
    ToolMutations,
    ToolSuccessionMutations,
    AccessMutations,
    PolicyMutations,
    DraftMutations,
    DepartmentMutations,
    IncidentMutations,
    CorrectionMutations,
    UngovernedMutations,
    MeetingMutations,
    PhaseMutations,
    CadenceMutations,
    LeadershipMutations,
    ExceptionMutations,
    CampaignMutations,
    ReviewMutations,
    SeparationMutations,
    DelegationMutations,
    UseCaseMutations,
    PromptMutations,
    PreferenceMutations,
    OnboardingMutations,
    WebhookMutations,
):
    pass


@strawberry.type(description="What can be watched: the present state first, then each change.")
class Subscription(ToolSubscriptions, AccessSubscriptions):
    pass


schema = assemble(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Employee, Department, Team, Tool, CredentialType, MetricsSnapshot],
    service="governance",
)
