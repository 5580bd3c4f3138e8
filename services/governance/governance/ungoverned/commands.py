"""Counting use without leave into cases, and settling them (G30, C12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from chassis.caller import Caller
from chassis.database import Transaction, new_id
from governance.access import commands as access
from governance.incidents import commands as incidents
from governance.incidents.domain import Harm
from governance.rights import commands as rights
from governance.rights.domain import DecisionType
from governance.risk.domain import Assessment
from governance.scope.domain import DataClass, UsageContext
from governance.tools import commands as tools
from governance.tools import repository as tool_rows
from governance.ungoverned import repository
from governance.ungoverned.domain import (
    OPEN,
    CaseSettled,
    CaseStatus,
    NotInCase,
    UngovernedCase,
    UseKind,
    code_for,
    purpose_of,
    subject_of,
)
from governance.ungoverned.repository import Alert


async def count(
    tx: Transaction,
    detection_id: UUID,
    *,
    kind: UseKind,
    tool: str,
    tool_id: UUID | None,
    day: date,
    department_id: str | None,
    employee_id: str | None,
) -> None:
    """Count one use into its case, and open one where it belongs to none. Restricted use is an incident at once."""
    case = await repository.latest(tx, kind, subject_of(tool, tool_id), tool_id)
    if case is None or not case.takes(day, incident_closed=await repository.incident_is_closed(tx, case.incident_id)):
        change = UngovernedCase.open(new_id(), kind=kind, tool=tool, tool_id=tool_id, day=day, now=tx.now)
        case = await repository.save(tx, change)
        if kind is UseKind.RESTRICTED:
            case = await _raise(tx, case, by=None, harms=(), title=None)
    await repository.add(tx, Alert(detection_id, case.id, department_id, employee_id, day))


async def take_back(tx: Transaction, detection_id: UUID) -> None:
    """A use was allowed after all, or did not happen; a case of which nothing is left ends with it."""
    case_id = await repository.remove(tx, detection_id)
    if case_id is not None:
        change = (await repository.get_for_update(tx, case_id)).clear(tx.now)
        if change is not None:
            await repository.save(tx, change)


async def take_up(tx: Transaction, *, caller: Caller, case_id: UUID) -> UngovernedCase:
    """Look into a case."""
    by, case = await _to_settle(tx, caller, case_id)
    return await repository.save(tx, case.take_up(by))


async def link(tx: Transaction, *, caller: Caller, case_id: UUID, tool_id: UUID) -> UngovernedCase:
    """The name that a source uses belongs to a registered tool."""
    by, case = await _to_settle(tx, caller, case_id)
    tool = await tool_rows.get(tx, tool_id)
    return await repository.save(tx, case.link(tool.id, by, tx.now))


async def propose(
    tx: Transaction,
    *,
    caller: Caller,
    case_id: UUID,
    code: str | None,
    name: str | None,
    vendor: str,
    purpose: str | None,
    owner_id: str | None,
    assessment: Assessment,
) -> UngovernedCase:
    """Propose the tool of a case; what is left out is filled from the case."""
    by, case = await _to_settle(tx, caller, case_id)
    case.must_be_unknown()
    called = name or case.subject
    tool = await tools.propose_tool(
        tx, caller=caller, code=code or code_for(called), name=called, vendor=vendor, model_version="1",
        hosting="vendor cloud", purpose=purpose or purpose_of(case.subject), owner_id=owner_id,
        assessment=assessment,
    )  # fmt: skip
    return await repository.save(tx, case.take_in(tool.id, by, tx.now))


async def request_access(
    tx: Transaction,
    *,
    caller: Caller,
    case_id: UUID,
    employee_ids: Sequence[str],
    data_class: DataClass,
    context: UsageContext,
) -> UngovernedCase:
    """Request access for people of a case; each request goes the way of every other."""
    by, case = await _to_settle(tx, caller, case_id, also=CaseStatus.INTAKE)
    named = await repository.among(tx, case.id, employee_ids)
    for employee_id in employee_ids:
        if employee_id not in named:
            raise NotInCase(employee=employee_id)
    change = case.take_in(None, by, tx.now) if case.status in OPEN else None
    assert case.tool_id is not None
    for employee_id in sorted(set(employee_ids)):
        await access.request_access_for(
            tx, employee_id, tool_id=case.tool_id, data_class=data_class, context=context, region=None,
            justification="They use it already.", valid_until=None,
        )  # fmt: skip
    return await repository.save(tx, change) if change else case


async def raise_incident(
    tx: Transaction, *, caller: Caller, case_id: UUID, title: str | None, harms: tuple[Harm, ...]
) -> UngovernedCase:
    """Deal with a case as an incident."""
    by, case = await _to_settle(tx, caller, case_id)
    return await _raise(tx, case, by=by, title=title, harms=harms)


async def dismiss(tx: Transaction, *, caller: Caller, case_id: UUID, reason: str) -> UngovernedCase:
    """It is of no concern."""
    by, case = await _to_settle(tx, caller, case_id)
    return await repository.save(tx, case.dismiss(reason, by, tx.now))


async def _to_settle(
    tx: Transaction, caller: Caller, case_id: UUID, *, also: CaseStatus | None = None
) -> tuple[str, UngovernedCase]:
    """Who settles, and the case, locked, before anything comes of it."""
    by = await rights.require(tx, caller, DecisionType.SETTLE_UNGOVERNED_USE)
    case = await repository.get_for_update(tx, case_id)
    if case.status not in OPEN and case.status is not also:
        raise CaseSettled(tool=case.subject, status=case.status.replace("_", " "))
    return by, case


async def _raise(
    tx: Transaction, case: UngovernedCase, *, by: str | None, title: str | None, harms: tuple[Harm, ...]
) -> UngovernedCase:
    tool = await tool_rows.get(tx, case.tool_id) if case.tool_id else None
    called = tool.name if tool else case.subject
    incident = await incidents.open_from_use(
        tx, title=title or f"{called} is used {_WRONG[case.kind]}", tool_id=case.tool_id, harms=harms
    )
    return await repository.save(tx, case.raise_incident(incident.id, by, tx.now))


_WRONG = {
    UseKind.UNKNOWN_TOOL: "and nobody knows it",
    UseKind.NOT_APPROVED: "before it is approved",
    UseKind.NO_GRANT: "without a grant",
    UseKind.SUSPENDED: "while it is suspended",
    UseKind.RESTRICTED: "where it is restricted",
}
