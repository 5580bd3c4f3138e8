"""The decision-rights matrix: for each kind of decision one tier and one body or role that decides (G01, G02)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from chassis.domain import Change, Refused, Tier


class DecisionType(StrEnum):
    """What can be decided."""

    APPOINT_SPONSOR = "appoint_sponsor"
    APPOINT_OFFICER = "appoint_officer"
    ESTABLISH_COMMITTEE = "establish_committee"
    SEAT_MEMBER = "seat_member"
    OPEN_MOTION = "open_motion"
    CLOSE_MOTION = "close_motion"
    CAST_VOTE = "cast_vote"
    PROPOSE_TOOL = "propose_tool"
    REVIEW_TOOL = "review_tool"
    APPROVE_TOOL = "approve_tool"
    REJECT_TOOL = "reject_tool"
    SUSPEND_TOOL = "suspend_tool"
    RATIFY_SUSPENSION = "ratify_suspension"
    REINSTATE_TOOL = "reinstate_tool"
    CHANGE_TOOL_SCOPE = "change_tool_scope"
    RETIRE_TOOL = "retire_tool"
    DRAFT_POLICY = "draft_policy"
    REVIEW_POLICY = "review_policy"
    PUBLISH_POLICY = "publish_policy"
    PUBLISH_DEPARTMENT_POLICY = "publish_department_policy"
    ACKNOWLEDGE_POLICY = "acknowledge_policy"
    REQUEST_ACCESS = "request_access"
    APPROVE_ACCESS = "approve_access"
    REVOKE_ACCESS = "revoke_access"
    PRIORITISE_WORKFLOWS = "prioritise_workflows"
    REQUIRE_ROLE_TRAINING = "require_role_training"
    SHARE_PROMPT_PATTERN = "share_prompt_pattern"
    PREFER_TOOL = "prefer_tool"
    RESTRICT_TOOL = "restrict_tool"
    REPORT_INCIDENT = "report_incident"
    HANDLE_INCIDENT = "handle_incident"
    CLOSE_INCIDENT = "close_incident"
    SETTLE_UNGOVERNED_USE = "settle_ungoverned_use"
    HOLD_MEETING = "hold_meeting"
    COMPLETE_PHASE = "complete_phase"
    HOLD_REVIEW = "hold_review"
    CLOSE_REVIEW_ACTION = "close_review_action"
    SPEAK_AS_SPONSOR = "speak_as_sponsor"
    DEPRECATE_TOOL = "deprecate_tool"
    REQUEST_EXCEPTION = "request_exception"
    GRANT_EXCEPTION = "grant_exception"
    REVIEW_ACCESS = "review_access"
    SEPARATE_TOOLS = "separate_tools"
    REGISTER_USE_CASE = "register_use_case"
    ENDORSE_PROMPT_IN_DEPARTMENT = "endorse_prompt_in_department"
    ENDORSE_PROMPT = "endorse_prompt"
    PLAN_ONBOARDING = "plan_onboarding"


class Decider(StrEnum):
    """The bodies and roles that decisions belong to."""

    COMMITTEE = "committee"
    EXECUTIVE_SPONSOR = "executive_sponsor"
    AI_STEWARD = "ai_steward"
    COMPLIANCE_OFFICER = "compliance_officer"
    LINE_MANAGER = "line_manager"
    TOOL_OWNER = "tool_owner"
    DEPARTMENT_LEADER = "department_leader"
    TEAM = "team"
    ACCOUNTABLE = "accountable"
    REVIEWER = "reviewer"
    EMPLOYEE = "employee"


@dataclass(frozen=True, slots=True)
class DecisionRight:
    """One row of the matrix. `enacts` may carry out what the deciders decided, for example a passed motion."""

    decision_type: DecisionType
    tier: Tier
    deciders: tuple[Decider, ...]
    action: str
    guardrails: tuple[str, ...] = ()
    enacts: tuple[Decider, ...] = ()

    @property
    def may_act(self) -> tuple[Decider, ...]:
        """Whose command is carried out: those who enact, or else those who decide."""
        return self.enacts or self.deciders

    @property
    def delegable(self) -> bool:
        """Whether its holder may let somebody else decide: not a vote, nor what everybody does for themselves."""
        return set(self.deciders).isdisjoint({Decider.COMMITTEE, Decider.EMPLOYEE, Decider.TEAM, Decider.REVIEWER})

    def allows(self, standing: Iterable[Decider]) -> bool:
        """Whether somebody of this standing may give the command."""
        return not set(self.may_act).isdisjoint(standing)


_MOTION = "A motion about this tool must have passed, with quorum and without the tool's owner voting."
_ENACTS = (Decider.AI_STEWARD, Decider.COMMITTEE, Decider.EXECUTIVE_SPONSOR)
_E, _D, _T = Tier.ENTERPRISE, Tier.DEPARTMENT, Tier.TEAM

MATRIX: dict[DecisionType, DecisionRight] = {
    right.decision_type: right
    for right in (
        DecisionRight(
            DecisionType.APPOINT_SPONSOR, _E, (Decider.EXECUTIVE_SPONSOR,), "Appointing the executive sponsor",
            ("Exactly one sponsor is active and chairs every committee.",
             "While the seat is vacant the AI steward may fill it."),
        ),
        DecisionRight(
            DecisionType.APPOINT_OFFICER, _E, (Decider.EXECUTIVE_SPONSOR,), "Appointing an officer",
            ("An officer works here.",),
        ),
        DecisionRight(
            DecisionType.ESTABLISH_COMMITTEE, _E, (Decider.EXECUTIVE_SPONSOR,), "Establishing a committee",
            ("The executive sponsor is the chair.",),
        ),
        DecisionRight(
            DecisionType.SEAT_MEMBER, _E, (Decider.EXECUTIVE_SPONSOR,), "Seating a member of the committee",
            ("A member works here.",),
        ),
        DecisionRight(
            DecisionType.OPEN_MOTION, _E, (Decider.EXECUTIVE_SPONSOR, Decider.AI_STEWARD), "Opening a motion",
            ("A motion names the decision and the thing that it is about.",),
        ),
        DecisionRight(
            DecisionType.CLOSE_MOTION, _E, (Decider.EXECUTIVE_SPONSOR, Decider.AI_STEWARD),
            "Closing a motion before its date", ("Everybody who may vote has voted.",),
        ),
        DecisionRight(
            DecisionType.CAST_VOTE, _E, (Decider.COMMITTEE,), "Voting on a motion",
            ("The owner of the tool is recused.", "Votes may be changed until the motion closes."),
        ),
        DecisionRight(DecisionType.PROPOSE_TOOL, _T, (Decider.EMPLOYEE,), "Proposing a tool"),
        DecisionRight(DecisionType.REVIEW_TOOL, _E, (Decider.AI_STEWARD,), "Reviewing a tool"),
        DecisionRight(
            DecisionType.APPROVE_TOOL, _E, (Decider.COMMITTEE,), "Approving a tool",
            (_MOTION, "The risk class is known and not prohibited.", "Somebody is accountable for the tool.",
             "At least one scope row says what it may be used for."), _ENACTS,
        ),
        DecisionRight(DecisionType.REJECT_TOOL, _E, (Decider.COMMITTEE,), "Rejecting a tool", (_MOTION,), _ENACTS),
        DecisionRight(
            DecisionType.SUSPEND_TOOL, _E, (Decider.COMPLIANCE_OFFICER, Decider.AI_STEWARD), "Suspending a tool",
            ("The committee has seven days to ratify; without that the tool stays suspended.",),
        ),
        DecisionRight(
            DecisionType.RATIFY_SUSPENSION, _E, (Decider.COMMITTEE,), "Ratifying a suspension", (_MOTION,), _ENACTS
        ),
        DecisionRight(DecisionType.REINSTATE_TOOL, _E, (Decider.COMMITTEE,), "Reinstating a tool", (_MOTION,), _ENACTS),
        DecisionRight(
            DecisionType.CHANGE_TOOL_SCOPE, _E, (Decider.COMMITTEE,), "Changing a tool's scope",
            (_MOTION, "Access outside the new scope is suspended at once."), _ENACTS,
        ),
        DecisionRight(
            DecisionType.RETIRE_TOOL, _E, (Decider.COMMITTEE,), "Retiring a tool", (_MOTION, "Retirement is final."),
            _ENACTS,
        ),
        DecisionRight(
            DecisionType.PUBLISH_POLICY, _E, (Decider.COMPLIANCE_OFFICER,), "Publishing a policy",
            ("All of its reviewers approved it.", "A published version never changes."),
        ),
        DecisionRight(
            DecisionType.DRAFT_POLICY, _E, (Decider.COMPLIANCE_OFFICER, Decider.AI_STEWARD), "Writing a policy",
            ("Others review it before it is published.",),
        ),
        DecisionRight(
            DecisionType.REVIEW_POLICY, _E, (Decider.REVIEWER,), "Reviewing a policy",
            ("A reviewer neither owns nor wrote it.",),
        ),
        DecisionRight(
            DecisionType.PUBLISH_DEPARTMENT_POLICY, _D, (Decider.DEPARTMENT_LEADER,), "Publishing a department's policy",
            ("It is for the department's own people.",
             "It adds to the enterprise's policies of the same kind and is never looser.",
             "All of its reviewers approved it."),
        ),
        DecisionRight(
            DecisionType.ACKNOWLEDGE_POLICY, _T, (Decider.EMPLOYEE,), "Acknowledging a policy", ("Only for oneself.",)
        ),
        DecisionRight(
            DecisionType.REQUEST_ACCESS, _T, (Decider.EMPLOYEE,), "Requesting access",
            ("Only for oneself.", "Only within the tool's scope."),
        ),
        DecisionRight(
            DecisionType.APPROVE_ACCESS, _T, (Decider.LINE_MANAGER,), "Approving a request for access",
            ("Never one's own request.", "Every prerequisite is complete."),
        ),
        DecisionRight(
            DecisionType.REVOKE_ACCESS, _T,
            (Decider.LINE_MANAGER, Decider.TOOL_OWNER, Decider.AI_STEWARD, Decider.COMPLIANCE_OFFICER),
            "Revoking access",
        ),
        DecisionRight(
            DecisionType.PRIORITISE_WORKFLOWS, _D, (Decider.DEPARTMENT_LEADER,), "Prioritising workflows",
            ("Within enterprise guardrails.",),
        ),
        DecisionRight(
            DecisionType.REQUIRE_ROLE_TRAINING, _D, (Decider.DEPARTMENT_LEADER,), "Requiring training for a role",
            ("Enterprise requirements stay.",),
        ),
        DecisionRight(
            DecisionType.SHARE_PROMPT_PATTERN, _T, (Decider.TEAM,), "Sharing a prompt pattern",
            ("Only with approved tools.",),
        ),
        DecisionRight(
            DecisionType.PREFER_TOOL, _T, (Decider.TEAM,), "Preferring a tool", ("Only among approved tools.",)
        ),
        DecisionRight(
            DecisionType.RESTRICT_TOOL, _D, (Decider.DEPARTMENT_LEADER,), "Restricting a tool in a department",
            ("A restriction only narrows what the enterprise allows.", "It has a reason and ends within ninety days."),
        ),
        DecisionRight(DecisionType.REPORT_INCIDENT, _T, (Decider.EMPLOYEE,), "Reporting an incident"),
        DecisionRight(
            DecisionType.HANDLE_INCIDENT, _E, (Decider.COMPLIANCE_OFFICER, Decider.AI_STEWARD, Decider.ACCOUNTABLE),
            "Handling an incident", ("Suspending the tool with it needs the right to suspend.",),
        ),
        DecisionRight(
            DecisionType.CLOSE_INCIDENT, _E, (Decider.COMPLIANCE_OFFICER, Decider.AI_STEWARD), "Closing an incident",
            ("Never by whoever answers for it.", "It has a corrective action, or a reason for none."),
        ),
        DecisionRight(
            DecisionType.SETTLE_UNGOVERNED_USE, _E, (Decider.AI_STEWARD, Decider.COMPLIANCE_OFFICER),
            "Settling use that nobody had allowed", ("A tool that is dismissed is counted and does not alert again.",),
        ),
        DecisionRight(
            DecisionType.COMPLETE_PHASE, _E, (Decider.EXECUTIVE_SPONSOR,), "Completing a phase of the programme",
            ("Events prove every criterion of its exit.",),
        ),
        DecisionRight(
            DecisionType.HOLD_REVIEW, _E, (Decider.EXECUTIVE_SPONSOR,), "Holding a review",
            ("The figures are pinned before it.", "It ends with findings.", "A missed review stays missed."),
        ),
        DecisionRight(
            DecisionType.CLOSE_REVIEW_ACTION, _E, (Decider.EXECUTIVE_SPONSOR, Decider.ACCOUNTABLE),
            "Closing an action of a review", ("It says what came of it.",),
        ),
        DecisionRight(
            DecisionType.SPEAK_AS_SPONSOR, _E, (Decider.EXECUTIVE_SPONSOR,), "Recording what the sponsor led or said",
        ),
        DecisionRight(
            DecisionType.HOLD_MEETING, _E, (Decider.EXECUTIVE_SPONSOR, Decider.AI_STEWARD), "Holding a meeting of the committee",
            ("It ends with minutes and attendance.",),
        ),
        DecisionRight(
            DecisionType.DEPRECATE_TOOL, _E, (Decider.COMMITTEE,), "Letting a tool end on a date",
            (_MOTION, "A successor is an approved tool."), _ENACTS,
        ),
        DecisionRight(
            DecisionType.REQUEST_EXCEPTION, _T, (Decider.EMPLOYEE,), "Asking for an exception from a policy",
            ("Only for oneself.", "A control compensates for it.", "It ends within 180 days."),
        ),
        DecisionRight(
            DecisionType.GRANT_EXCEPTION, _E, (Decider.COMPLIANCE_OFFICER, Decider.EXECUTIVE_SPONSOR),
            "Granting an exception from a policy",
            ("The line manager consented.", "Never one's own.", "It is extended once."),
        ),
        DecisionRight(
            DecisionType.SEPARATE_TOOLS, _E, (Decider.COMPLIANCE_OFFICER,), "Separating tools",
            ("It has a reason and belongs to a published policy.",
             "Of two grants that somebody has, the later one is suspended, never both."),
        ),
        DecisionRight(
            DecisionType.REVIEW_ACCESS, _E, (Decider.AI_STEWARD, Decider.COMPLIANCE_OFFICER), "Reviewing access",
            ("Never one's own.", "Line managers and owners of tools decide about what they are asked about."),
        ),
        DecisionRight(
            DecisionType.REGISTER_USE_CASE, _D, (Decider.DEPARTMENT_LEADER,), "Registering a use case",
            ("Within what its tools are approved for.", "Somebody is accountable for it."),
        ),
        DecisionRight(
            DecisionType.ENDORSE_PROMPT_IN_DEPARTMENT, _D, (Decider.DEPARTMENT_LEADER,),
            "Endorsing a prompt for the department", ("Its team shared it.",),
        ),
        DecisionRight(
            DecisionType.ENDORSE_PROMPT, _E, (Decider.AI_STEWARD,), "Endorsing a prompt for everybody",
            ("Its department endorsed it.",),
        ),
        DecisionRight(
            DecisionType.PLAN_ONBOARDING, _E, (Decider.EXECUTIVE_SPONSOR, Decider.AI_STEWARD),
            "Bringing departments into the operating model",
            ("A department goes live when every known part of its readiness reaches one half.",),
        ),
    )
}  # fmt: skip

BY_MOTION = frozenset(
    right.decision_type for right in MATRIX.values() if right.deciders == (Decider.COMMITTEE,) and right.enacts
)


class OfficerRole(StrEnum):
    """Enterprise roles that one or more named people hold."""

    AI_STEWARD = "ai_steward"
    COMPLIANCE_OFFICER = "compliance_officer"


class AlreadyOfficer(Refused):
    """{employee} already holds the role {role}."""

    employee: str
    role: str


@dataclass(frozen=True, slots=True)
class OfficerAppointed:
    """A person was named to hold an enterprise role."""

    employee_id: str
    role: OfficerRole
    appointed_by: str


@dataclass(frozen=True, slots=True)
class OfficerDismissed:
    """A person no longer holds an enterprise role."""

    employee_id: str
    role: OfficerRole
    reason: str


@dataclass(frozen=True, slots=True)
class Officer:
    """One person's term in an enterprise role: it answers "who decides"; the right to act comes with the token."""

    id: UUID
    role: OfficerRole
    employee_id: str
    from_at: datetime
    to_at: datetime | None
    version: int

    @classmethod
    def appoint(cls, id: UUID, role: OfficerRole, employee_id: str, *, by: str, now: datetime) -> Change[Officer]:
        """Begin a term."""
        return Change(cls(id, role, employee_id, now, None, 1), OfficerAppointed(employee_id, role, by))

    def dismiss(self, reason: str, now: datetime) -> Change[Self]:
        """End the term."""
        return Change(
            replace(self, to_at=now, version=self.version + 1), OfficerDismissed(self.employee_id, self.role, reason)
        )
