"""What governance's tools and access requests mean for training (C1, C2, C4). The facts are kept, the rest follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Transaction
from training.assignments import commands as assignments
from training.requirements import commands as requirements
from training.requirements import repository as rules
from training.tools import repository


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the approval of a tool demands of its users."""

    credential_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToolApproved:
    """governance.tool-approved."""

    tool_id: UUID
    name: str
    conditions: Conditions


@dataclass(frozen=True, slots=True)
class ToolChanged:
    """governance.tool-suspended, -reinstated and -retired."""

    tool_id: UUID


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """What a request waits for."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class AccessRequested:
    """governance.access-requested."""

    request_id: UUID
    employee_id: str
    tool_id: UUID
    missing_prerequisites: tuple[Prerequisite, ...]
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccessPrerequisitesChanged:
    """governance.access-prerequisites-changed."""

    request_id: UUID
    employee_id: str
    missing_prerequisites: tuple[Prerequisite, ...]


@dataclass(frozen=True, slots=True)
class AccessRequestClosed:
    """governance.access-request-closed."""

    request_id: UUID
    employee_id: str


@dataclass(frozen=True, slots=True)
class AccessGranted:
    """governance.access-granted."""

    grant_id: UUID
    employee_id: str
    tool_id: UUID
    request_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AccessRevoked:
    """governance.access-revoked."""

    grant_id: UUID
    employee_id: str


async def tool_approved(tx: Transaction, event: ToolApproved) -> None:
    """Its conditions are requirements now: whoever asked for the tool is assigned (C1)."""
    await rules.lock_rules(tx)
    await repository.save_conditions(tx, event.tool_id, event.name, event.conditions.credential_types)
    await requirements.follow_tool(tx, event.tool_id)


async def tool_suspended(tx: Transaction, event: ToolChanged) -> None:
    """Nobody can use it, so nobody need hurry: the due dates that only this tool sets are paused (C4)."""
    await rules.lock_rules(tx)
    await repository.save_suspension(tx, event.tool_id, tx.now)
    await assignments.reconcile(tx, await repository.in_need(tx, event.tool_id))


async def tool_reinstated(tx: Transaction, event: ToolChanged) -> None:
    """The due dates run on, later by the time of the suspension (C4)."""
    await rules.lock_rules(tx)
    await repository.save_suspension(tx, event.tool_id, None)
    await assignments.reconcile(tx, await repository.in_need(tx, event.tool_id))


async def tool_retired(tx: Transaction, event: ToolChanged) -> None:
    """Nobody will use it any more: its conditions require nothing."""
    await rules.lock_rules(tx)
    await repository.end_conditions(tx, event.tool_id)
    await requirements.follow_tool(tx, event.tool_id)


async def access_requested(tx: Transaction, event: AccessRequested) -> None:
    """What the request lacks is assigned, due before the request expires (C2)."""
    await rules.hold_rules(tx)
    await repository.save_request(
        tx,
        event.request_id,
        employee_id=event.employee_id,
        tool_id=event.tool_id,
        missing=_credentials(event.missing_prerequisites),
        due_at=event.expires_at,
    )
    await assignments.reconcile(tx, [event.employee_id])


async def access_prerequisites_changed(tx: Transaction, event: AccessPrerequisitesChanged) -> None:
    """A request that still waits lacks other things than before."""
    await rules.hold_rules(tx)
    await repository.save_missing(tx, event.request_id, _credentials(event.missing_prerequisites))
    await assignments.reconcile(tx, [event.employee_id])


async def access_request_closed(tx: Transaction, event: AccessRequestClosed) -> None:
    """The request is no reason any more; what has another reason stays assigned (C2)."""
    await rules.hold_rules(tx)
    await repository.close_request(tx, event.request_id, tx.now)
    await assignments.reconcile(tx, [event.employee_id])


async def access_granted(tx: Transaction, event: AccessGranted) -> None:
    """Who has the tool must keep its credentials."""
    await rules.hold_rules(tx)
    request_id = event.request_id or event.grant_id
    await repository.save_grant(tx, request_id, event.employee_id, event.tool_id, event.grant_id)
    await assignments.reconcile(tx, [event.employee_id])


async def access_revoked(tx: Transaction, event: AccessRevoked) -> None:
    """Who has lost the tool need not keep its credentials for it."""
    await rules.hold_rules(tx)
    await repository.close_grant(tx, event.grant_id, tx.now)
    await assignments.reconcile(tx, [event.employee_id])


def _credentials(prerequisites: Iterable[Prerequisite]) -> list[str]:
    return [lacking.id for lacking in prerequisites if lacking.kind == "credential"]
