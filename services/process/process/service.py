"""The process service on one screen: read this first."""

from __future__ import annotations

from chassis.directory import Directory
from chassis.service import Service
from chassis.tasks.domain import CorrectiveTaskCompleted
from chassis.tasks.handlers import corrective_action_assigned
from process.candidates import domain as candidates
from process.evidence.handlers import comparison_completed
from process.gaps import domain as gaps
from process.gates.handlers import (
    baseline_frozen,
    baseline_voided,
    cohort_fell_short,
    cohort_ready,
    scope_decided,
    standing_restored,
)
from process.pilots import domain as pilots
from process.pilots.commands import WINDOW_ENDS
from process.pilots.handlers import contact_joined, contact_left, preparation_weighed, tool_weighed, window_ends
from process.processes import domain as processes
from process.processes.handlers import owner_left, owner_returned, ownership_defaulted
from process.schema import schema
from process.sops import domain as sops
from process.sops.commands import EFFECTIVE_FROM
from process.sops.handlers import effective_from, tool_decided
from process.tools.handlers import tool_approved, tool_reinstated, tool_retired, tool_suspended

service = Service(
    name="process",
    package="process",
    schema=schema,
    publishes=[
        processes.ProcessRegistered,
        processes.ProcessUpdated,
        processes.ProcessOwnerChanged,
        processes.ProcessPrioritised,
        processes.ProcessStatusChanged,
        processes.ProcessRetired,
        sops.SopDrafted,
        sops.SopRevised,
        sops.SopSubmitted,
        sops.SopEndorsed,
        sops.SopApproved,
        sops.SopScheduled,
        sops.SopEffective,
        sops.SopWithdrawn,
        sops.SopFlagged,
        sops.SopCleared,
        sops.SopFallbackActivated,
        candidates.AssessmentScored,
        candidates.CandidateDecided,
        pilots.PilotPlanned,
        pilots.PilotGatePassed,
        pilots.PilotGateLost,
        pilots.PilotStarted,
        pilots.PilotContactNamed,
        pilots.PilotPaused,
        pilots.PilotResumed,
        pilots.PilotWindowClosed,
        pilots.PilotMeasured,
        pilots.PilotDecided,
        pilots.PilotAborted,
        gaps.GapLogged,
        gaps.GapResolved,
        CorrectiveTaskCompleted,
    ],
    # What governance said is kept first; then the procedures and the pilots that need the tool are weighed again.
    listens={
        "governance.tool-approved.v1": [tool_approved, scope_decided, tool_decided, tool_weighed],
        "governance.tool-scope-changed.v1": [scope_decided, tool_weighed],
        "governance.tool-suspended.v1": [tool_suspended, tool_decided, tool_weighed],
        "governance.tool-reinstated.v1": [tool_reinstated, standing_restored, tool_decided, tool_weighed],
        "governance.tool-retired.v1": [tool_retired, tool_decided, tool_weighed],
        "metrics.baseline-frozen.v1": [baseline_frozen, preparation_weighed],
        "metrics.baseline-voided.v1": [baseline_voided, preparation_weighed],
        "metrics.comparison-completed.v1": [comparison_completed],
        "training.cohort-ready.v1": [cohort_ready, preparation_weighed],
        "training.cohort-fell-short.v1": [cohort_fell_short, preparation_weighed],
        "governance.corrective-action-assigned.v1": [corrective_action_assigned],
        "governance.ownership-transfer-closed.v1": [ownership_defaulted],
    },
    due={EFFECTIVE_FROM: effective_from, WINDOW_ENDS: window_ends},
    directory=Directory(joined=[owner_returned, contact_joined], left=[owner_left, contact_left]),
)
