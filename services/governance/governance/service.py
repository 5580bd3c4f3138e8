"""The governance service on one screen: read this first."""

from __future__ import annotations

from chassis.directory import Directory
from chassis.service import Service
from governance.access import commands as access_commands
from governance.access import consent, sweeps, terms
from governance.access import events as access_events
from governance.access import handlers as access
from governance.cadences import commands as cadences
from governance.cadences import domain as cadence_events
from governance.cadences import handlers as cadence_handlers
from governance.campaigns import commands as campaign_commands
from governance.campaigns import domain as campaign_events
from governance.campaigns import handlers as campaigns
from governance.changes import handlers as changes
from governance.committee import domain as committee_events
from governance.committee import handlers as committee
from governance.compliance import handlers as compliance
from governance.corrections import domain as correction_events
from governance.corrections import handlers as corrections
from governance.decisions import domain as decision_events
from governance.delegations import domain as delegation_events
from governance.departments import commands as departments
from governance.departments import domain as department_events
from governance.drafts import domain as draft_events
from governance.exceptions import commands as exception_commands
from governance.exceptions import domain as exception_events
from governance.exceptions import handlers as exceptions
from governance.incidents import domain as incident_events
from governance.incidents import handlers as incidents
from governance.incidents import tickets as ticket_events
from governance.leadership import domain as leadership_events
from governance.leadership import handlers as leadership
from governance.meetings import domain as meeting_events
from governance.motions import commands as motions
from governance.motions import domain as motion_events
from governance.onboarding import domain as onboarding_events
from governance.onboarding import handlers as onboarding
from governance.ownership import commands as ownership_commands
from governance.ownership import domain as ownership_events
from governance.ownership import handlers as ownership
from governance.phases import domain as phase_events
from governance.phases import handlers as phases
from governance.policies import commands as policy_commands
from governance.policies import domain as policy_events
from governance.policies import handlers as policies
from governance.preferences import domain as preference_events
from governance.processes import handlers as processes
from governance.programme import domain as programme_events
from governance.programme import handlers as programme
from governance.prompts import domain as prompt_events
from governance.prompts import handlers as prompts
from governance.reviews import commands as review_commands
from governance.reviews import domain as review_events
from governance.reviews import handlers as reviews
from governance.rights import domain as rights_events
from governance.rights import handlers as rights
from governance.schema import schema
from governance.scim import http as scim
from governance.separations import domain as separation_events
from governance.settings import GovernanceSettings
from governance.tools import commands as tool_commands
from governance.tools import events as tool_events
from governance.tools import handlers as tools
from governance.ungoverned import domain as ungoverned_events
from governance.ungoverned import handlers as ungoverned
from governance.use_cases import domain as use_case_events
from governance.use_cases import handlers as use_cases
from governance.webhooks import deliverer
from governance.webhooks import domain as webhook_events
from governance.webhooks import handlers as webhooks

service = Service(
    name="governance",
    package="governance",
    schema=schema,
    publishes=[
        programme_events.SponsorAppointed,
        programme_events.SponsorSucceeded,
        programme_events.SponsorVacated,
        rights_events.OfficerAppointed,
        rights_events.OfficerDismissed,
        committee_events.CommitteeEstablished,
        committee_events.CommitteeChairMoved,
        committee_events.MemberSeated,
        committee_events.SeatVacated,
        motion_events.MotionOpened,
        motion_events.MemberRecused,
        motion_events.VoteCast,
        motion_events.MotionClosed,
        decision_events.DecisionRecorded,
        tool_events.ToolProposed,
        tool_events.ToolReviewStarted,
        tool_events.ToolAssessed,
        tool_events.ToolOwnerChanged,
        tool_events.ToolApproved,
        tool_events.ToolRejected,
        tool_events.ToolSuspended,
        tool_events.ToolSuspensionRatified,
        tool_events.ToolRatificationOverdue,
        tool_events.ToolReviewOverdue,
        tool_events.ToolReinstated,
        tool_events.ToolScopeChanged,
        tool_events.ToolRetired,
        access_events.AccessRequested,
        access_events.AccessPrerequisitesChanged,
        access_events.AccessApprovalAsked,
        access_events.AccessRequestApproved,
        access_events.AccessRequestFulfilled,
        access_events.AccessRequestClosed,
        access_events.AccessGranted,
        access_events.AccessExtended,
        access_events.AccessHandoverBegan,
        access_events.AccessSuspended,
        access_events.AccessReasonLifted,
        access_events.AccessRestored,
        access_events.AccessRevoked,
        policy_events.PolicyPublished,
        policy_events.PolicyConfirmed,
        policy_events.PolicyWithdrawn,
        policy_events.PolicyReviewOverdue,
        policy_events.PolicyOwnerChanged,
        draft_events.PolicyDrafted,
        draft_events.PolicyDraftRevised,
        draft_events.PolicyReviewRequested,
        draft_events.PolicyDraftApproved,
        draft_events.PolicyDraftReturned,
        draft_events.PolicyDraftPublished,
        draft_events.PolicyDraftWithdrawn,
        campaign_events.PolicyAcknowledged,
        department_events.DepartmentRestricted,
        department_events.DepartmentRestrictionLifted,
        incident_events.IncidentOpened,
        incident_events.IncidentTriaged,
        incident_events.IncidentAccountabilityMoved,
        incident_events.IncidentContained,
        incident_events.IncidentCorrected,
        incident_events.IncidentClosed,
        incident_events.IncidentReopened,
        ticket_events.TicketDismissed,
        correction_events.CorrectiveActionAssigned,
        correction_events.CorrectiveActionCompleted,
        ungoverned_events.UngovernedCaseOpened,
        ungoverned_events.UngovernedCaseTakenUp,
        ungoverned_events.UngovernedCaseSettled,
        meeting_events.MeetingScheduled,
        meeting_events.MeetingStarted,
        meeting_events.MeetingCompleted,
        meeting_events.MeetingCancelled,
        phase_events.PhaseEntered,
        phase_events.PhaseExitReady,
        phase_events.PhaseCompleted,
        cadence_events.CadenceDue,
        cadence_events.CadenceFiguresPinned,
        cadence_events.CadenceHeld,
        cadence_events.CadenceMissed,
        cadence_events.ReviewActionClosed,
        leadership_events.SponsorAppeared,
        leadership_events.SponsorshipFoundPassive,
        tool_events.ToolDeprecated,
        tool_events.ToolMarkedDuplicate,
        tool_events.ToolDecisionOverdue,
        exception_events.ExceptionRequested,
        exception_events.ExceptionStageChanged,
        exception_events.ExceptionGranted,
        exception_events.ExceptionRejected,
        exception_events.ExceptionExtended,
        exception_events.ExceptionExpired,
        exception_events.ExceptionRevoked,
        campaign_events.PolicyDeclined,
        campaign_events.PolicyAcknowledgementReminded,
        campaign_events.PolicyAcknowledgementOverdue,
        campaign_events.AcknowledgementOverdue,
        separation_events.ToolsSeparated,
        separation_events.ToolSeparationEnded,
        review_events.AccessReviewOpened,
        review_events.AccessReviewDecided,
        review_events.AccessReviewCompleted,
        delegation_events.DecisionDelegated,
        delegation_events.DelegationWithdrawn,
        use_case_events.UsecaseRegistered,
        use_case_events.UsecaseOwnerChanged,
        use_case_events.UsecaseConfirmed,
        use_case_events.UsecaseRetired,
        prompt_events.PromptShared,
        prompt_events.PromptRevised,
        prompt_events.PromptPromoted,
        prompt_events.PromptRated,
        prompt_events.PromptRetired,
        prompt_events.PromptOwnerChanged,
        ownership_events.OwnershipTransferOpened,
        ownership_events.OwnershipTransferClosed,
        preference_events.TeamToolsPreferred,
        onboarding_events.DepartmentOnboardingPlanned,
        onboarding_events.DepartmentWentLive,
        onboarding_events.DepartmentStabilised,
        onboarding_events.DepartmentOnboardingHalted,
        onboarding_events.DepartmentOnboardingResumed,
        webhook_events.WebhookSubscribed,
        webhook_events.WebhookDisabled,
        webhook_events.WebhookEnabled,
        webhook_events.WebhookEnded,
    ],
    listens=webhooks.also(
        changes.keeping_changes(
            {
                "governance.sponsor-appointed.v1": [phases.sponsor_appointed],
                "governance.committee-established.v1": [phases.committee_established],
                "governance.tool-approved.v1": [phases.tool_approved],
                "governance.policy-published.v1": [phases.policy_published],
                "training.requirement-activated.v1": [
                    phases.requirement_activated,
                    onboarding.requirement_activated,
                    compliance.happened,
                ],
                "training.requirement-withdrawn.v1": [onboarding.requirement_withdrawn],
                "training.curriculum-defined.v1": [phases.curriculum_defined],
                "process.process-prioritised.v1": [phases.process_prioritised, onboarding.process_prioritised],
                "metrics.usage-recorded.v1": [phases.usage_recorded, compliance.happened],
                "training.credential-awarded.v1": [
                    access.credential_awarded,
                    phases.credential_awarded,
                    compliance.happened,
                ],
                "process.pilot-decided.v1": [phases.pilot_decided],
                "process.gap-logged.v1": [changes.gap_logged],
                "process.gap-resolved.v1": [changes.gap_resolved],
                "governance.cadence-held.v1": [phases.cadence_held],
                "governance.cadence-missed.v1": [leadership.cadence_missed],
                "metrics.snapshot-published.v1": [cadence_handlers.snapshot_published],
                "training.credential-expired.v1": [access.credential_expired],
                "training.credential-grace-ended.v1": [access.credential_grace_ended],
                "training.credential-revoked.v1": [access.credential_revoked],
                "process.process-registered.v1": [processes.process_registered, phases.process_registered],
                "process.process-owner-changed.v1": [
                    processes.process_owner_changed,
                    ownership.process_owner_changed,
                ],
                "process.process-retired.v1": [processes.process_retired],
                "process.sop-effective.v1": [processes.sop_effective, phases.sop_effective, compliance.happened],
                "process.sop-withdrawn.v1": [processes.sop_withdrawn],
                "process.corrective-task-completed.v1": [corrections.task_completed],
                "training.corrective-task-completed.v1": [corrections.task_completed],
                "itsm.incident-created.v1": [incidents.ticket_told],
                "itsm.incident-updated.v1": [incidents.ticket_told],
                "itsm.incident-resolved.v1": [incidents.ticket_told],
                "itsm.incident-closed.v1": [incidents.ticket_told],
                "metrics.grant-idle.v1": [reviews.grant_idle],
                "usage.day-recorded.v1": [reviews.day_recorded],
                "metrics.usage-ungoverned-detected.v1": [ungoverned.usage_detected],
                "metrics.usage-ungoverned-cleared.v1": [ungoverned.usage_cleared],
            }
        )
    ),
    due={
        cadences.COMES: cadences.comes,
        cadences.MISSED: cadences.miss,
        motions.CLOSES: motions.close_at_date,
        tool_commands.RATIFICATION: tool_commands.ratification_due,
        tool_commands.REVIEW: tool_commands.review_due,
        sweeps.SWEEP: sweeps.step,
        access_commands.EXPIRES: access_commands.expire_request,
        access_commands.ENDS: access_commands.end_grant,
        access_commands.ANSWER_BY: consent.answer_due,
        terms.HANDED_OVER: terms.handover_due,
        access.BEGINS: access.credential_begins,
        campaign_commands.ACKNOWLEDGE_BY: campaign_commands.acknowledgement_due,
        campaign_commands.SWEEP: campaign_commands.sweep,
        campaign_commands.LATE: campaign_commands.late_due,
        ownership_commands.DUE: ownership.transfer_due,
        policy_commands.REVIEW: policy_commands.review_due,
        access_commands.LOOK_AGAIN: access.look_again,
        departments.REVIEW: departments.review_due,
        tool_commands.SUNSET: tool_commands.sunset_due,
        tool_commands.DECIDE: tool_commands.decision_due,
        exception_commands.ANSWER_BY: exception_commands.answer_due,
        exception_commands.ENDS: exception_commands.end_due,
        campaign_commands.REMIND: campaign_commands.reminder_due,
        campaign_commands.EXPIRES: campaign_commands.acknowledgement_expired,
        review_commands.CLOSES: review_commands.close_at_date,
    },
    routes=scim.routes,
    loops={"webhooks": deliverer.run},
    settings=GovernanceSettings,
    directory=Directory(
        joined=[campaigns.employee_joined],
        moved=[access.employee_moved, campaigns.employee_moved],
        left=[
            ownership.employee_left,
            tools.employee_left,
            access.employee_left,
            committee.employee_left,
            rights.employee_left,
            programme.employee_left,
            incidents.employee_left,
            exceptions.employee_left,
            use_cases.employee_left,
            policies.employee_left,
            prompts.employee_left,
        ],
    ),
)
