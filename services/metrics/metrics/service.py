"""The metrics service on one screen: read this first."""

from __future__ import annotations

from chassis.directory import Directory
from chassis.service import Service
from metrics.annotations import handlers as notes
from metrics.schema import schema
from metrics.seats import handlers as seats
from metrics.snapshots import handlers as snapshots
from metrics.snapshots.domain import SnapshotPublished
from metrics.tools import handlers as tools
from metrics.usage import handlers as usage
from metrics.usage.commands import DAY_TO_COUNT
from metrics.usage.domain import UsageRecorded

service = Service(
    name="metrics",
    package="metrics",
    schema=schema,
    publishes=[UsageRecorded, SnapshotPublished],
    listens={
        "usage.day-recorded.v1": [usage.day_recorded],
        "governance.cadence-due.v1": [snapshots.cadence_due],
        "governance.tool-proposed.v1": [tools.tool_proposed],
        "governance.tool-approved.v1": [tools.tool_approved, notes.tool_approved],
        "governance.tool-suspended.v1": [notes.tool_suspended],
        "governance.tool-reinstated.v1": [notes.tool_reinstated],
        "governance.access-granted.v1": [seats.access_granted],
        "governance.access-suspended.v1": [seats.access_suspended],
        "governance.access-restored.v1": [seats.access_restored],
        "governance.access-revoked.v1": [seats.access_revoked],
    },
    due={DAY_TO_COUNT: usage.day_complete},
    directory=Directory(
        joined=[usage.employee_joined],
        left=[seats.employee_left, usage.employee_left],
    ),
)
