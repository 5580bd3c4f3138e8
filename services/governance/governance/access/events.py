"""What is told of access: where requests and grants stand, what a grant can be suspended for, and every event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from governance.scope.domain import DataClass, UsageContext


class Kind(StrEnum):
    """What a prerequisite can be."""

    CREDENTIAL = "credential"
    POLICY = "policy"


class RequestStatus(StrEnum):
    """Where a request stands."""

    PENDING_PREREQUISITES = "pending_prerequisites"
    PENDING_APPROVAL = "pending_approval"
    FULFILLED = "fulfilled"
    EXTENDED = "extended"
    DENIED = "denied"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


OPEN = frozenset({RequestStatus.PENDING_PREREQUISITES, RequestStatus.PENDING_APPROVAL})


class GrantStatus(StrEnum):
    """Whether a grant can be used."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class Reason(StrEnum):
    """Why a grant is suspended; several may hold at once."""

    TOOL_SUSPENDED = "tool_suspended"
    CREDENTIAL_LAPSED = "credential_lapsed"
    POLICY_LAPSED = "policy_lapsed"
    OUT_OF_SCOPE = "out_of_scope"
    DEPT_RESTRICTED = "dept_restricted"
    INCOMPATIBLE = "incompatible"


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """Something the person still has to do."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class AccessRequested:
    """An employee asked to use a tool; what is missing decides what happens next."""

    request_id: UUID
    employee_id: str
    tool_id: UUID
    data_class: DataClass
    context: UsageContext
    missing_prerequisites: tuple[Prerequisite, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AccessPrerequisitesChanged:
    """A waiting request lacks other things than before; nothing when it waits for a person or a tool."""

    request_id: UUID
    employee_id: str
    tool_id: UUID
    missing_prerequisites: tuple[Prerequisite, ...]
    status: RequestStatus


@dataclass(frozen=True, slots=True)
class AccessApprovalAsked:
    """These are asked to consent now, and until when: a stage began, or went to its alternates."""

    request_id: UUID
    employee_id: str
    tool_id: UUID
    stage: str
    asked: tuple[str, ...]
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class AccessRequestApproved:
    """Everybody who had to consent did; the last was `approved_by`."""

    request_id: UUID
    employee_id: str
    tool_id: UUID
    approved_by: str


@dataclass(frozen=True, slots=True)
class AccessRequestFulfilled:
    """A request became a grant."""

    request_id: UUID
    employee_id: str
    tool_id: UUID
    grant_id: UUID


@dataclass(frozen=True, slots=True)
class AccessRequestClosed:
    """A request ended without a grant."""

    request_id: UUID
    employee_id: str
    tool_id: UUID
    outcome: RequestStatus


@dataclass(frozen=True, slots=True)
class AccessGranted:
    """An employee may use a tool."""

    grant_id: UUID
    request_id: UUID
    employee_id: str
    tool_id: UUID
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class AccessExtended:
    """An employee may use a tool for longer, without a gap."""

    grant_id: UUID
    request_id: UUID
    employee_id: str
    tool_id: UUID
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class AccessHandoverBegan:
    """A transfer left this access outside of what the new department may do: without a way back it ends then."""

    grant_id: UUID
    employee_id: str
    tool_id: UUID
    revoke_at: datetime


@dataclass(frozen=True, slots=True)
class AccessSuspended:
    """A reason not to use the tool for now came up."""

    grant_id: UUID
    employee_id: str
    tool_id: UUID
    reason: Reason


@dataclass(frozen=True, slots=True)
class AccessReasonLifted:
    """One of several reasons went; the grant stays suspended for those that remain."""

    grant_id: UUID
    employee_id: str
    tool_id: UUID
    reason: Reason
    remaining: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class AccessRestored:
    """The last reason went: the tool may be used again."""

    grant_id: UUID
    employee_id: str
    tool_id: UUID


@dataclass(frozen=True, slots=True)
class AccessRevoked:
    """A grant ended for good."""

    grant_id: UUID
    employee_id: str
    tool_id: UUID
    reason: str
