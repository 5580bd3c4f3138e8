"""The rules' enumerations as GraphQL enums, each value described."""

from __future__ import annotations

from chassis.domain import Tier
from chassis.graphql.description import describe
from training.assignments.domain import AssignmentState
from training.completions.domain import Source
from training.courses.domain import CurriculumTier, Depth
from training.credentials.domain import CredentialStatus
from training.requirements.domain import OriginKind

describe(
    CurriculumTier,
    "CurriculumTier",
    "Whom a course, a curriculum or a credential is for.",
    {
        CurriculumTier.UNIVERSAL: "AI fluency for everybody.",
        CurriculumTier.ROLE: "Proficiency for a job function.",
        CurriculumTier.LEADERSHIP: "For managers, executives and committee members.",
    },
)
describe(
    Depth,
    "CourseDepth",
    "How far a course goes.",
    {
        Depth.AWARENESS: "One knows what it is.",
        Depth.WORKING: "One can work with it.",
        Depth.EXPERT: "One can teach and judge it.",
    },
)
describe(
    OriginKind,
    "TrainingOrigin",
    "Where a requirement, and so an assignment, comes from.",
    {
        OriginKind.UNIVERSAL: "The enterprise requires it of everybody.",
        OriginKind.DEPARTMENT_RULE: "A department requires it of its people.",
        OriginKind.TOOL_CONDITION: "A tool is approved on the condition that its users hold it.",
        OriginKind.PILOT: "A pilot needs its cohort to hold it.",
        OriginKind.COMMITTEE: "The enterprise requires it of some people, such as people managers.",
    },
)
describe(
    AssignmentState,
    "TrainingAssignmentState",
    "Where an assignment stands now. It follows from its dates.",
    {
        AssignmentState.ASSIGNED: "Nothing was tried yet, and it is not due.",
        AssignmentState.IN_PROGRESS: "At least one course was tried, and it is not due.",
        AssignmentState.OVERDUE: "It is due and the credential is not held.",
        AssignmentState.PAUSED: "No date runs: the learner is on leave, or the tools behind it are suspended.",
        AssignmentState.SATISFIED: "The credential is held.",
        AssignmentState.WAIVED: "The learner is excused for a time.",
        AssignmentState.CANCELLED: "No reason is left, or the learner has left.",
    },
)
describe(
    CredentialStatus,
    "CredentialStatus",
    "What a credential's dates say now; the first that applies.",
    {
        CredentialStatus.REVOKED: "It was taken away.",
        CredentialStatus.CERTIFIED: "It is held.",
        CredentialStatus.IN_GRACE: "It has ended; the time to renew it without loss still runs.",
        CredentialStatus.EXPIRED: "It has ended, and so has the grace.",
        CredentialStatus.FAILED: "The time to earn it is over.",
        CredentialStatus.OVERDUE: "It should have been earned by now.",
        CredentialStatus.FUTURE: "The time to earn it has not begun.",
        CredentialStatus.PENDING: "It is yet to be earned.",
    },
)
describe(
    Source,
    "CompletionSource",
    "Who told of a completion.",
    {Source.LMS: "A learning system, by an xAPI statement.", Source.RECORDED: "Somebody who may, by hand."},
)
describe(
    Tier,
    "RequirementTier",
    "Whose decision a requirement is.",
    {
        Tier.ENTERPRISE: "The enterprise's.",
        Tier.DEPARTMENT: "A department's, within what the enterprise requires.",
        Tier.TEAM: "A team's; no requirement is.",
    },
)
