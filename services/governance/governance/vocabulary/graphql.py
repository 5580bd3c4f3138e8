"""The domain's enumerations as the graph shows them, every value described."""

from __future__ import annotations

from chassis.directory import Status as EmploymentStatus
from chassis.domain import Tier
from chassis.graphql.description import describe
from governance.access.events import GrantStatus, Kind, Reason, RequestStatus
from governance.committee.domain import PassRule, QuorumKind
from governance.departments.domain import RestrictionStatus
from governance.entitlement.domain import Rule
from governance.motions.domain import Choice, Outcome
from governance.policies.terms import ChangeClass, PolicyKind
from governance.rights.domain import MATRIX, Decider, DecisionType, OfficerRole
from governance.risk.domain import Risk
from governance.scope.domain import Approval, DataClass, UsageContext
from governance.tools.domain import Status

describe(
    DataClass,
    "DataClass",
    "How sensitive data is.",
    {
        DataClass.PUBLIC: "Anybody may see it.",
        DataClass.INTERNAL: "For people who work here.",
        DataClass.CONFIDENTIAL: "For those who need it for their work.",
        DataClass.CLIENT: "Entrusted by clients.",
    },
)
describe(
    UsageContext,
    "UsageContext",
    "What a tool's output is used for.",
    {
        UsageContext.INTERNAL: "Work that stays inside.",
        UsageContext.CLIENT_WORK: "Work for clients.",
        UsageContext.PUBLIC: "What the public gets to see.",
    },
)
describe(
    Tier,
    "Tier",
    "To whom a decision belongs; a lower tier only narrows what a higher one allows.",
    {
        Tier.ENTERPRISE: "Made centrally, for everybody.",
        Tier.DEPARTMENT: "Made in a department, within enterprise guardrails.",
        Tier.TEAM: "Made by teams and individuals, within approved options.",
    },
)
describe(
    Status,
    "ToolStatus",
    "Where a tool is in its life.",
    {
        Status.PROPOSED: "Somebody proposed it.",
        Status.UNDER_REVIEW: "The AI steward took it up; access can be requested and waits.",
        Status.APPROVED: "It may be used within its scope.",
        Status.REJECTED: "The committee did not allow it; a review may start again.",
        Status.SUSPENDED: "It must not be used for now.",
        Status.RETIRED: "Its life here ended for good.",
    },
)
describe(
    Risk,
    "RiskClass",
    "How much harm a tool can do, computed from its assessment.",
    {
        Risk.TO_BE_DETERMINED: "Questions are open; this blocks approval.",
        Risk.MINIMAL: "Next to none.",
        Risk.LIMITED: "Some, for example with personal data or in public.",
        Risk.HIGH: "Much, because it decides about people or acts on personal data without review.",
        Risk.PROHIBITED: "Too much to be approved at all.",
    },
)
describe(
    Approval,
    "AccessApproval",
    "Whose consent access needs besides the prerequisites.",
    {
        Approval.NONE: "Nobody's.",
        Approval.LINE_MANAGER: "The line manager's.",
        Approval.TOOL_OWNER: "The tool owner's.",
        Approval.LINE_MANAGER_THEN_OWNER: "The line manager's first, then the tool owner's; these are two people.",
    },
)
describe(
    Kind,
    "PrerequisiteKind",
    "What a prerequisite is.",
    {Kind.CREDENTIAL: "A credential, earned by training.", Kind.POLICY: "A policy, to be acknowledged."},
)
describe(
    RequestStatus,
    "AccessRequestStatus",
    "Where a request for access stands.",
    {
        RequestStatus.PENDING_PREREQUISITES: "It waits for prerequisites, or for the tool.",
        RequestStatus.PENDING_APPROVAL: "It waits for the approver.",
        RequestStatus.FULFILLED: "It became a grant.",
        RequestStatus.EXTENDED: "The access that it was about lasts longer.",
        RequestStatus.DENIED: "Somebody said no, or it is outside the tool's scope.",
        RequestStatus.EXPIRED: "Nothing happened in time.",
        RequestStatus.WITHDRAWN: "The requester took it back.",
        RequestStatus.CANCELLED: "The person left, or the tool is not to be had.",
    },
)
describe(
    GrantStatus,
    "AccessGrantStatus",
    "Whether a grant can be used.",
    {
        GrantStatus.ACTIVE: "It can.",
        GrantStatus.SUSPENDED: "Not while there are reasons against it.",
        GrantStatus.REVOKED: "It ended for good.",
    },
)
describe(
    Reason,
    "SuspensionReason",
    "Why a grant is suspended.",
    {
        Reason.TOOL_SUSPENDED: "The tool is suspended.",
        Reason.CREDENTIAL_LAPSED: "A required credential lapsed.",
        Reason.POLICY_LAPSED: "A required policy is not acknowledged at its current version.",
        Reason.OUT_OF_SCOPE: "The use is no longer in the tool's scope.",
        Reason.DEPT_RESTRICTED: "The department restricts this use for itself.",
        Reason.INCOMPATIBLE: "The person had another tool before that is never together with this one.",
    },
)
describe(
    Rule,
    "EntitlementRule",
    "The rules of an entitlement, in the order in which they are checked.",
    {
        Rule.EMPLOYED: "The person works here.",
        Rule.TOOL_APPROVED: "The tool is approved.",
        Rule.WITHIN_SCOPE: "Data, context, department and region are within the tool's scope.",
        Rule.DEPARTMENT_ALLOWS: "The department of the person does not restrict this.",
        Rule.POLICIES_ACKNOWLEDGED: "The required policies are acknowledged.",
        Rule.CREDENTIALS_VALID: "The required credentials are valid, or in their grace.",
        Rule.TOOLS_COMPATIBLE: "The person has no tool that is never together with this one, or is excepted from that.",
        Rule.GRANT_ACTIVE: "Access was granted and is not suspended.",
    },
)
describe(
    RestrictionStatus,
    "RestrictionStatus",
    "Where a department's restriction stands.",
    {
        RestrictionStatus.ACTIVE: "It takes uses away.",
        RestrictionStatus.LAPSED: "Its date came.",
        RestrictionStatus.LIFTED: "The leader ended it.",
    },
)
describe(
    QuorumKind,
    "QuorumKind",
    "How a quorum is counted.",
    {
        QuorumKind.FRACTION: "A fraction of those who may vote, such as 0.5 or 2/3.",
        QuorumKind.COUNT: "A number of votes.",
    },
)
describe(
    PassRule,
    "PassRule",
    "What share of the votes cast, abstentions aside, a motion needs.",
    {
        PassRule.SIMPLE: "More yes than no; a tie is the chair's, where the chair has the casting vote.",
        PassRule.TWO_THIRDS: "At least two thirds yes.",
        PassRule.UNANIMOUS: "Nobody votes no, and somebody yes.",
    },
)
describe(
    Choice,
    "VoteChoice",
    "What a member votes.",
    {Choice.YES: "For it.", Choice.NO: "Against it.", Choice.ABSTAIN: "Neither; it only helps the quorum."},
)
describe(
    Outcome,
    "MotionOutcome",
    "Where a motion stands.",
    {
        Outcome.OPEN: "Votes are taken.",
        Outcome.PASSED: "It passed and can be carried out.",
        Outcome.FAILED: "It did not pass.",
        Outcome.NO_QUORUM: "Too few voted.",
        Outcome.WITHDRAWN: "It was taken back.",
    },
)
describe(
    PolicyKind,
    "PolicyKind",
    "What a policy is about. A department's adds to the enterprise's of the same kind.",
    {
        PolicyKind.ACCEPTABLE_USE: "What AI may be used for, and what not.",
        PolicyKind.DATA_HANDLING: "How data is handled.",
        PolicyKind.COMPLIANCE: "What laws and standards ask for.",
    },
)
describe(
    ChangeClass,
    "PolicyChangeClass",
    "Whether a new version of a policy has to be acknowledged anew.",
    {ChangeClass.MAJOR: "It has to be.", ChangeClass.MINOR: "What was acknowledged carries over."},
)
describe(
    OfficerRole,
    "OfficerRole",
    "Enterprise roles that named people hold.",
    {
        OfficerRole.AI_STEWARD: "Runs the registry and the reviews.",
        OfficerRole.COMPLIANCE_OFFICER: "Publishes policies and may suspend a tool.",
    },
)
describe(
    Decider,
    "Decider",
    "The bodies and roles that decisions belong to.",
    {
        Decider.COMMITTEE: "The governance committee, by a passed motion.",
        Decider.EXECUTIVE_SPONSOR: "The one executive sponsor.",
        Decider.AI_STEWARD: "An AI steward.",
        Decider.COMPLIANCE_OFFICER: "A compliance officer.",
        Decider.LINE_MANAGER: "The line manager of the person concerned.",
        Decider.TOOL_OWNER: "Who is accountable for the tool.",
        Decider.DEPARTMENT_LEADER: "The leader of the department.",
        Decider.TEAM: "The team itself.",
        Decider.ACCOUNTABLE: "Who answers for the thing at hand.",
        Decider.REVIEWER: "A person who was asked to review the thing at hand.",
        Decider.EMPLOYEE: "Every employee.",
    },
)
describe(
    DecisionType,
    "DecisionType",
    "What can be decided.",
    {kind: f"{right.action}." for kind, right in MATRIX.items()},
)
describe(
    EmploymentStatus,
    "EmploymentStatus",
    "Where a person stands today.",
    {
        EmploymentStatus.PENDING: "Employment has not begun.",
        EmploymentStatus.ACTIVE: "Employed and at work.",
        EmploymentStatus.ON_LEAVE: "Employed and on leave.",
        EmploymentStatus.TERMINATED: "Employment has ended.",
    },
)
