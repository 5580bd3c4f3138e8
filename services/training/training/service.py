"""The training service on one screen: read this first."""

from __future__ import annotations

from chassis.directory import Directory
from chassis.service import DueHandler, EventHandler, Service
from chassis.tasks.domain import CorrectiveTaskCompleted
from chassis.tasks.handlers import corrective_action_assigned
from training.assignments import domain as assignments
from training.assignments import handlers as people
from training.cohorts import domain as cohorts
from training.cohorts import handlers as pilots
from training.completions import domain as completions
from training.completions import handlers as learning_system
from training.courses import domain as courses
from training.credential_types import domain as credential_types
from training.credentials import commands as dates
from training.credentials import domain as credentials
from training.credentials import handlers as lapses
from training.curricula import domain as curricula
from training.requirements import domain as requirements
from training.schema import schema
from training.tools import handlers as tools

publishes = [
    courses.CourseDefined,
    courses.CoursePublished,
    curricula.CurriculumDefined,
    credential_types.CredentialTypeDefined,
    requirements.RequirementActivated,
    requirements.RequirementWithdrawn,
    assignments.AssignmentCreated,
    assignments.AssignmentRevised,
    assignments.AssignmentStarted,
    assignments.AssignmentSatisfied,
    assignments.AssignmentReopened,
    assignments.AssignmentWaived,
    assignments.AssignmentCancelled,
    completions.TrainingCompleted,
    completions.TrainingFailed,
    completions.TrainingVoided,
    credentials.CredentialAwarded,
    credentials.CredentialExpiring,
    credentials.CredentialExpired,
    credentials.CredentialGraceEnded,
    credentials.CredentialRevoked,
    cohorts.CohortFormed,
    cohorts.CohortReady,
    cohorts.CohortFellShort,
    cohorts.CohortDissolved,
    CorrectiveTaskCompleted,
]

listens: dict[str, list[EventHandler]] = {
    "governance.tool-approved.v1": [tools.tool_approved],
    "governance.tool-suspended.v1": [tools.tool_suspended],
    "governance.tool-reinstated.v1": [tools.tool_reinstated],
    "governance.tool-retired.v1": [tools.tool_retired],
    "governance.access-requested.v1": [tools.access_requested],
    "governance.access-prerequisites-changed.v1": [tools.access_prerequisites_changed],
    "governance.access-request-closed.v1": [tools.access_request_closed],
    "governance.access-granted.v1": [tools.access_granted],
    "governance.access-revoked.v1": [tools.access_revoked],
    "governance.corrective-action-assigned.v1": [corrective_action_assigned],
    "hris.employee-leave-started.v1": [people.leave_changed],
    "hris.employee-leave-ended.v1": [people.leave_changed],
    "process.pilot-planned.v1": [pilots.pilot_planned],
    "process.pilot-decided.v1": [pilots.pilot_ended],
    "process.pilot-aborted.v1": [pilots.pilot_ended],
    "lms.statement-recorded.v1": [learning_system.statement_recorded],
}

due: dict[str, DueHandler] = {
    dates.EXPIRING: lapses.expiring,
    dates.EXPIRES: lapses.expires,
    dates.GRACE_ENDS: lapses.grace_ends,
    people.LEAVE_CHANGES: people.leave_comes,
}

service = Service(
    name="training",
    package="training",
    schema=schema,
    publishes=publishes,
    listens=listens,
    due=due,
    directory=Directory(
        joined=[people.employee_joined, pilots.member_joined],
        moved=[people.employee_moved],
        left=[people.employee_left, pilots.member_left],
    ),
)
