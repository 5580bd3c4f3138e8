"""Who is asked to consent to access: the stages that a tool's conditions call for, filled with people (G12, G13)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis import directory
from chassis.database import Connection
from governance.access.domain import Request
from governance.approvals.domain import Chain, Stage
from governance.entitlement.domain import Standing
from governance.rights import repository as rights
from governance.rights.domain import OfficerRole
from governance.scope.domain import Approval, Panel
from governance.tools.domain import Tool

LINE_MANAGER = "line manager"
TOOL_OWNER = "tool owner"
PANEL = "panel"
HOURS = 72
_BY_MANAGER = (Approval.LINE_MANAGER, Approval.LINE_MANAGER_THEN_OWNER)
_BY_OWNER = (Approval.TOOL_OWNER, Approval.LINE_MANAGER_THEN_OWNER)


@dataclass(frozen=True, slots=True)
class Approvers:
    """The people who can be asked today: who of them works here, the leaders of departments, the AI stewards."""

    working: frozenset[str]
    leaders: Mapping[str, tuple[str, ...]]
    stewards: tuple[str, ...]


def stages(tool: Tool, person: Standing, approvers: Approvers) -> tuple[Stage, ...]:
    """The stages of consent to access of this person to this tool; none where nobody but the requester could be asked.

    The owner is recused as line manager where the owner is asked next, so that two people look at it. Without a manager
    the owner is asked, or a leader of the department where the owner comes next. Alternates are the leaders of the
    department, else the AI stewards. A panel is asked last, without those who were asked before; the AI stewards stand by,
    and are asked at once where fewer of the panel are left than have to consent. Where even they are too few, all have to.
    """
    approval = tool.conditions.approval
    owner = (tool.owner_id,) if tool.owner_id else ()
    manager = (person.manager_id,) if person.manager_id else ()
    leaders = approvers.leaders.get(person.department_id or "", ())
    found = []
    if approval in _BY_MANAGER:
        then_owner = approval in _BY_OWNER
        recused = {person.employee_id, *(owner if then_owner else ())}
        choices = (manager, leaders if then_owner else owner, leaders, approvers.stewards)
        found.append(_stage(LINE_MANAGER, choices, recused, approvers))
    if approval in _BY_OWNER:
        recused = {person.employee_id, *(id for stage in found for id in stage.approvers)}
        found.append(_stage(TOOL_OWNER, (owner, approvers.stewards), recused, approvers))
    if tool.conditions.panel is not None:
        recused = {person.employee_id, *(id for stage in found for id in stage.approvers)}
        found.append(_panel(tool.conditions.panel, recused, approvers))
    return tuple(found) if all(stage.approvers for stage in found) else ()


def chain_of(request: Request, wanted: Sequence[Stage], *, resumes: bool, now: datetime) -> Chain | None:
    """A request's consent as it is to be asked for now; None where an AI steward decides because nobody can be asked."""
    if not wanted:
        return None
    if request.chain is None:
        return Chain.start(request.employee_id, wanted, now)
    chain = request.chain.follow(wanted, now) or request.chain
    return chain.resume(now) if resumes else chain


def _stage(name: str, choices: Iterable[tuple[str, ...]], recused: Collection[str], approvers: Approvers) -> Stage:
    """One yes of the first choice of people that is not empty, with the next one as alternates."""
    filled = [tuple(id for id in choice if id in approvers.working and id not in recused) for choice in choices]
    asked, alternates = [*(choice for choice in dict.fromkeys(filled) if choice), (), ()][:2]
    return Stage(name, asked, hours=HOURS, alternates=alternates)


def _panel(panel: Panel, recused: Collection[str], approvers: Approvers) -> Stage:
    """As many yeses of the panel as its quorum wants."""
    members, stewards = (
        tuple(id for id in dict.fromkeys(choice) if id in approvers.working and id not in recused)
        for choice in (panel.approvers, approvers.stewards)
    )
    alternates = tuple(id for id in stewards if id not in members)
    if len(members) < panel.at_least:
        members, alternates = (*members, *alternates), ()
    return Stage(PANEL, members, min(panel.at_least, len(members)), HOURS, alternates)


async def approvers_of(connection: Connection, people: Iterable[Standing], tools: Iterable[Tool]) -> Approvers:
    """Whom these people and tools could need; three statements, however many they are."""
    people, tools = list(people), list(tools)
    leaders = await rights.leaders_of(
        connection, sorted({person.department_id for person in people if person.department_id})
    )
    stewards = tuple(each.employee_id for each in await rights.active(connection, role=OfficerRole.AI_STEWARD))
    managers = {person.manager_id for person in people if person.manager_id}
    owners = {tool.owner_id for tool in tools if tool.owner_id}
    panels = {id for tool in tools if tool.conditions.panel for id in tool.conditions.panel.approvers}
    asked = sorted({*managers, *owners, *panels, *stewards, *(id for ids in leaders.values() for id in ids)})
    known = await directory.people(connection, asked)
    return Approvers(frozenset(id for id, person in known.items() if person.works_here), leaders, stewards)
