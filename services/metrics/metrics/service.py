"""The metrics service on one screen: read this first."""

from __future__ import annotations

from chassis.directory import Directory
from chassis.service import Service
from metrics.annotations import handlers as notes
from metrics.baselines import domain as baselines
from metrics.baselines import handlers as pilots
from metrics.changes import handlers as changes
from metrics.idle import looking
from metrics.idle.domain import GrantIdle
from metrics.schema import schema
from metrics.seats import handlers as seats
from metrics.settings import MetricsSettings
from metrics.snapshots import handlers as snapshots
from metrics.snapshots.domain import SnapshotPublished
from metrics.tools import handlers as tools
from metrics.ungoverned import handlers as ungoverned
from metrics.ungoverned.domain import UsageUngovernedCleared, UsageUngovernedDetected
from metrics.usage import handlers as usage
from metrics.usage.domain import DAY_TO_COUNT, DAY_TO_JUDGE, UsageRecorded
from metrics.work_items.handlers import work_item_completed

service = Service(
    name="metrics",
    package="metrics",
    schema=schema,
    publishes=[
        UsageRecorded,
        SnapshotPublished,
        UsageUngovernedDetected,
        UsageUngovernedCleared,
        GrantIdle,
        baselines.BaselineBegun,
        baselines.BaselineFrozen,
        baselines.BaselineVoided,
        baselines.ComparisonCompleted,
    ],
    listens={
        "usage.day-recorded.v1": [usage.day_recorded],
        "itsm.work-item-completed.v1": [work_item_completed],
        "process.pilot-planned.v1": [pilots.pilot_planned],
        "process.pilot-paused.v1": [pilots.pilot_paused],
        "process.pilot-resumed.v1": [pilots.pilot_resumed],
        "process.pilot-window-closed.v1": [pilots.pilot_window_closed],
        "governance.cadence-due.v1": [snapshots.cadence_due],
        "governance.tool-proposed.v1": [tools.tool_proposed],
        "governance.tool-approved.v1": [
            tools.tool_approved,
            notes.tool_approved,
            ungoverned.tool_decided,
            changes.tool_approved,
        ],
        "governance.tool-suspended.v1": [notes.tool_suspended, ungoverned.tool_decided, changes.tool_suspended],
        "governance.tool-reinstated.v1": [notes.tool_reinstated, ungoverned.tool_decided],
        "governance.access-granted.v1": [seats.access_granted],
        "governance.access-extended.v1": [seats.access_extended],
        "governance.access-suspended.v1": [seats.access_suspended],
        "governance.access-restored.v1": [seats.access_restored],
        "governance.access-revoked.v1": [seats.access_revoked],
        "governance.department-restricted.v1": [ungoverned.department_restricted],
        "governance.department-restriction-lifted.v1": [ungoverned.restriction_lifted],
        "governance.ungoverned-case-settled.v1": [ungoverned.case_settled],
        "governance.incident-opened.v1": [changes.incident_opened],
        "governance.incident-contained.v1": [changes.incident_contained],
        "governance.incident-reopened.v1": [changes.incident_reopened],
        "process.sop-effective.v1": [changes.sop_effective],
        "process.sop-withdrawn.v1": [changes.sop_withdrawn],
    },
    due={DAY_TO_COUNT: usage.day_complete, DAY_TO_JUDGE: ungoverned.day_to_judge},
    loops={"idle-grants": looking.run},
    settings=MetricsSettings,
    directory=Directory(
        joined=[usage.employee_joined],
        left=[seats.employee_left, usage.employee_left],
    ),
)
