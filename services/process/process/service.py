"""The process service on one screen: read this first."""

from __future__ import annotations

from chassis.directory import Directory
from chassis.service import Service
from process.candidates import domain as candidates
from process.processes import domain as processes
from process.processes.handlers import owner_left, owner_returned
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
    ],
    # What governance said is kept first; then the procedures that need the tool are weighed again.
    listens={
        "governance.tool-approved.v1": [tool_approved, tool_decided],
        "governance.tool-suspended.v1": [tool_suspended, tool_decided],
        "governance.tool-reinstated.v1": [tool_reinstated, tool_decided],
        "governance.tool-retired.v1": [tool_retired, tool_decided],
    },
    due={EFFECTIVE_FROM: effective_from},
    directory=Directory(joined=[owner_returned], left=[owner_left]),
)
