"""What held at a moment: the rules of today, applied to the facts of then, with the events that prove it (X07).

Nothing is remembered for this: a tool and a grant are what their events up to the moment made of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.domain import Refused
from governance.access.domain import Grant
from governance.access.events import Reason
from governance.entitlement.domain import Credential, Entitlement
from governance.scope.domain import NO_CONDITIONS, Approval, Conditions, DataClass, Panel, Scope, UsageContext
from governance.tools.domain import Status, Suspension, Tool


class NotYetHistory(Refused):
    """{at} is ahead. Ask canUse about now; nothing is known of the future."""

    at: str


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it was recorded."""

    id: UUID
    type: str
    subject: str
    time: datetime
    data: dict[str, Any]

    @property
    def name(self) -> str:
        """Its type without owner and version."""
        return self.type.split(".")[1]


@dataclass(frozen=True, slots=True)
class Past:
    """What somebody might do at a moment, and the events that made it so."""

    at: datetime
    entitlement: Entitlement
    model_version: str
    evidence: tuple[Event, ...]


_BECOMES = {
    "tool-proposed": Status.PROPOSED,
    "tool-review-started": Status.UNDER_REVIEW,
    "tool-approved": Status.APPROVED,
    "tool-rejected": Status.REJECTED,
    "tool-suspended": Status.SUSPENDED,
    "tool-reinstated": Status.APPROVED,
    "tool-retired": Status.RETIRED,
}


def tool_then(tool: Tool, events: Iterable[Event]) -> Tool | None:
    """A tool as its events up to a moment made it; None before it was proposed."""
    found: Tool | None = None
    for event in events:
        name, data = event.name, event.data
        if name == "tool-proposed":
            found = replace(
                tool, status=Status.PROPOSED, scope=(), conditions=NO_CONDITIONS, suspension=None, review_overdue=False
            )
        if found is None:
            continue
        found = replace(found, status=_BECOMES.get(name, found.status))
        if name in ("tool-approved", "tool-scope-changed"):
            found = replace(found, scope=tuple(_row(row) for row in data["scope"]))
        if name == "tool-approved":
            found = replace(found, conditions=_conditions(data["conditions"]), suspension=None)
        if name == "tool-suspended":
            found = replace(
                found, suspension=Suspension(data["reason"], data["emergency"], "", event.time, ratify_by=None)
            )
        if name in ("tool-reinstated", "tool-retired"):
            found = replace(found, suspension=None)
    return found


def grant_then(grant: Grant, events: Iterable[Event]) -> Grant:
    """A grant as its events up to a moment made it."""
    found = replace(grant, suspended_for=frozenset(), revoked_at=None, revoked_because=None)
    for event in events:
        reasons = found.suspended_for
        match event.name:
            case "access-suspended":
                reasons |= {Reason(event.data["reason"])}
            case "access-reason-lifted":
                reasons = frozenset(Reason(reason) for reason in event.data["remaining"])
            case "access-restored":
                reasons = frozenset()
            case "access-revoked":
                found = replace(found, revoked_at=event.time, revoked_because=event.data["reason"])
        found = replace(found, suspended_for=reasons)
    return found


@dataclass(frozen=True, slots=True)
class Period:
    """A credential period, and when it was told that its grace ended or that it was taken away."""

    credential: Credential
    told_at: datetime | None
    grace_ended_at: datetime | None
    revoked_at: datetime | None

    def then(self, at: datetime) -> Credential | None:
        """The period as it was known at a moment; None before it was told of."""
        if self.told_at is not None and self.told_at > at:
            return None
        return replace(
            self.credential,
            grace_ended=self.credential.grace_ended and (self.grace_ended_at is None or self.grace_ended_at <= at),
            revoked=self.credential.revoked and (self.revoked_at is None or self.revoked_at <= at),
        )


def _row(row: dict[str, Any]) -> Scope:
    return Scope(DataClass(row["data_class"]), UsageContext(row["context"]), row["department_id"], row["region"])


def _conditions(given: dict[str, Any]) -> Conditions:
    panel = given.get("panel")
    return Conditions(
        tuple(given["credential_types"]),
        tuple(given["policy_ids"]),
        Approval(given["approval"]),
        Panel(tuple(panel["approvers"]), panel["at_least"]) if panel else None,
    )
