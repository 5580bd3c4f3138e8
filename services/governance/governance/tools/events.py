"""What is published of tools."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from governance.risk.domain import Risk
from governance.scope.domain import Conditions, Scope


@dataclass(frozen=True, slots=True)
class ToolProposed:
    """Somebody proposed a tool."""

    tool_id: UUID
    code: str
    name: str
    vendor: str
    owner_id: str | None
    risk: Risk


@dataclass(frozen=True, slots=True)
class ToolReviewStarted:
    """The AI steward took a proposal up."""

    tool_id: UUID
    code: str
    reviewer_id: str


@dataclass(frozen=True, slots=True)
class ToolAssessed:
    """The assessment was answered further; the risk class follows from it."""

    tool_id: UUID
    code: str
    risk: Risk
    previous_risk: Risk


@dataclass(frozen=True, slots=True)
class ToolOwnerChanged:
    """Somebody else is accountable for a tool; null when nobody is."""

    tool_id: UUID
    code: str
    owner_id: str | None
    previous_id: str | None


@dataclass(frozen=True, slots=True)
class ToolApproved:
    """The committee allowed a tool within a scope, on conditions."""

    tool_id: UUID
    code: str
    name: str
    version: str
    scope: tuple[Scope, ...]
    conditions: Conditions
    review_by: date
    decision_id: UUID


@dataclass(frozen=True, slots=True)
class ToolRejected:
    """The committee did not allow a tool."""

    tool_id: UUID
    decision_id: UUID


@dataclass(frozen=True, slots=True)
class ToolSuspended:
    """A tool must not be used for now; in an emergency the committee is to ratify that."""

    tool_id: UUID
    code: str
    reason: str
    emergency: bool
    ratify_by: datetime | None


@dataclass(frozen=True, slots=True)
class ToolSuspensionRatified:
    """The committee stands behind a suspension."""

    tool_id: UUID
    code: str
    decision_id: UUID


@dataclass(frozen=True, slots=True)
class ToolRatificationOverdue:
    """The committee did not ratify a suspension in time; the tool stays suspended."""

    tool_id: UUID


@dataclass(frozen=True, slots=True)
class ToolReviewOverdue:
    """The date to look at a tool again has passed."""

    tool_id: UUID
    code: str
    review_by: date


@dataclass(frozen=True, slots=True)
class ToolReinstated:
    """A suspended tool may be used again."""

    tool_id: UUID
    code: str
    decision_id: UUID


@dataclass(frozen=True, slots=True)
class ToolScopeChanged:
    """A tool is allowed for other uses than before."""

    tool_id: UUID
    code: str
    scope: tuple[Scope, ...]
    decision_id: UUID


@dataclass(frozen=True, slots=True)
class ToolRetired:
    """A tool's life here ended; what to use instead is named where there is something."""

    tool_id: UUID
    code: str
    decision_id: UUID
    successor_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ToolDeprecated:
    """A tool's life here is going to end on a date; until then it may be used."""

    tool_id: UUID
    code: str
    sunset_at: datetime
    successor_id: UUID | None
    decision_id: UUID


@dataclass(frozen=True, slots=True)
class ToolMarkedDuplicate:
    """A proposal is about a tool that is registered already."""

    tool_id: UUID
    code: str
    duplicate_of: UUID


@dataclass(frozen=True, slots=True)
class ToolDecisionOverdue:
    """A proposal was not decided in time; the sponsor is to see to it."""

    tool_id: UUID
    code: str
    decide_by: datetime
