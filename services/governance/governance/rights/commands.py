"""Who may give which command; a refusal names the tier and the people who may (G02)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis import directory
from chassis.caller import Caller, scope_of
from chassis.database import Connection, Transaction, new_id
from chassis.domain import NotEntitled, NotFound
from governance.committee import repository as committees
from governance.delegations import repository as delegations
from governance.programme import repository as programme
from governance.programme.domain import NotEmployed
from governance.rights import repository
from governance.rights.domain import (
    MATRIX,
    AlreadyOfficer,
    Decider,
    DecisionRight,
    DecisionType,
    Officer,
    OfficerRole,
)


@dataclass(frozen=True, slots=True)
class Holders:
    """Who holds a decision right today: the people of each body or role, as far as they are known here."""

    right: DecisionRight
    people: dict[Decider, tuple[str, ...]]

    @property
    def ids(self) -> tuple[str, ...]:
        """Everybody, once."""
        return tuple(dict.fromkeys(id for ids in self.people.values() for id in ids))


async def standing(connection: Connection, caller: Caller) -> frozenset[Decider]:
    """What this caller is at the enterprise tier. Offices come with the token; the sponsor and the committee are ours."""
    found = {decider for decider in (Decider.AI_STEWARD, Decider.COMPLIANCE_OFFICER) if caller.has(decider.value)}
    employee_id = caller.employee_id
    if employee_id is None:
        return frozenset(found)
    person = await directory.person(connection, employee_id)
    if person is not None and person.works_here:
        found.add(Decider.EMPLOYEE)
    sponsor = await programme.active(connection)
    if sponsor is not None and sponsor.employee_id == employee_id:
        found.add(Decider.EXECUTIVE_SPONSOR)
    if any(committee.includes(employee_id) for committee in await committees.every(connection)):
        found.add(Decider.COMMITTEE)
    return frozenset(found)


async def require(
    connection: Connection,
    caller: Caller,
    decision_type: DecisionType,
    *,
    also: Iterable[Decider] = (),
    employee_id: str | None = None,
    department_id: str | None = None,
    team_id: str | None = None,
) -> str:
    """Let those through who may; returns who that is. `also` is what the caller is to the thing at hand, its owner say."""
    right = MATRIX[decision_type]
    found = {*await standing(connection, caller), *also}
    if department_id is not None and await leads(connection, caller, department_id):
        found.add(Decider.DEPARTMENT_LEADER)
    if team_id is not None and await belongs(connection, caller, team_id):
        found.add(Decider.TEAM)
    if not right.allows(found) and not await _stands_in(connection, caller, decision_type, department_id, employee_id):
        await refuse(connection, decision_type, employee_id=employee_id, department_id=department_id, team_id=team_id)
    return caller.subject


async def _stands_in(
    connection: Connection,
    caller: Caller,
    decision_type: DecisionType,
    department_id: str | None,
    employee_id: str | None,
) -> bool:
    """Whether somebody who holds the right today delegated it to the caller."""
    if caller.employee_id is None or not MATRIX[decision_type].delegable:
        return False
    given = [
        each
        for each in await delegations.holding(connection, decision_type, to_id=caller.employee_id)
        if each.department_id in (None, department_id)
    ]
    if not given:
        return False
    person = await directory.person(connection, caller.employee_id)
    held = await holders(connection, decision_type, department_id=department_id, employee_id=employee_id)
    return person is not None and person.works_here and any(each.from_id in held.ids for each in given)


async def leads(connection: Connection, caller: Caller, department_id: str) -> bool:
    """Whether the caller leads the department: by the token for the own department, or by whom its people answer to."""
    if caller.employee_id is None:
        return False
    if caller.has(Decider.DEPARTMENT_LEADER.value):
        return (await scope_of(connection, caller)).department_id == department_id
    return caller.employee_id in await leaders(connection, department_id)


async def belongs(connection: Connection, caller: Caller, team_id: str) -> bool:
    """Whether the caller is a member of the team today."""
    person = await directory.person(connection, caller.employee_id) if caller.employee_id else None
    return person is not None and person.works_here and person.team_id == team_id


async def refuse(
    connection: Connection,
    decision_type: DecisionType,
    *,
    employee_id: str | None = None,
    department_id: str | None = None,
    team_id: str | None = None,
    names: Iterable[str] = (),
) -> None:
    """Raise NotEntitled with the tier and the people who may decide. `names` are people known to the command."""
    held = await holders(
        connection, decision_type, employee_id=employee_id, department_id=department_id, team_id=team_id
    )
    people = await directory.people(connection, [*held.ids, *names])
    roles = " or ".join(
        _named(decider, [people[id].name if id in people else id for id in held.people.get(decider, ())])
        for decider in held.right.deciders
    )
    given = ", ".join(people[id].name if id in people else id for id in names)
    raise NotEntitled(
        action=held.right.action, tier=held.right.tier.value, deciders=f"{given} as {roles}" if given else roles
    )


def _named(decider: Decider, names: list[str]) -> str:
    words = f"the {_WORDS.get(decider, decider.value.replace('_', ' '))}"
    return f"{words} ({', '.join(names)})" if names else words


_WORDS = {Decider.COMMITTEE: "governance committee", Decider.AI_STEWARD: "AI steward", Decider.EMPLOYEE: "employees"}


async def holders(
    connection: Connection,
    decision_type: DecisionType,
    *,
    department_id: str | None = None,
    team_id: str | None = None,
    employee_id: str | None = None,
    tool_owner: str | None = None,
) -> Holders:
    """Who decides (G01). Department, team, employee and tool matter to decisions that belong to their leader or owner."""
    right = MATRIX[decision_type]
    people: dict[Decider, tuple[str, ...]] = {}
    for decider in right.deciders:
        if decider is Decider.EXECUTIVE_SPONSOR:
            sponsor = await programme.active(connection)
            people[decider] = (sponsor.employee_id,) if sponsor else ()
        elif decider is Decider.COMMITTEE:
            found = await committees.every(connection)
            people[decider] = tuple(sorted({id for committee in found for id in committee.voters()}))
        elif decider in (Decider.AI_STEWARD, Decider.COMPLIANCE_OFFICER):
            officers = await repository.active(connection, role=OfficerRole(decider.value))
            people[decider] = tuple(officer.employee_id for officer in officers)
        elif decider is Decider.LINE_MANAGER and employee_id is not None:
            person = await directory.person(connection, employee_id)
            people[decider] = (person.manager_id,) if person and person.manager_id else ()
        elif decider is Decider.TOOL_OWNER and tool_owner is not None:
            people[decider] = (tool_owner,)
        elif decider is Decider.DEPARTMENT_LEADER and department_id is not None:
            people[decider] = await leaders(connection, department_id)
        elif decider is Decider.TEAM and team_id is not None:
            members = await directory.members(connection, team_id=team_id)
            people[decider] = tuple(member.id for member in members)
    return Holders(right, people)


async def leaders(connection: Connection, department_id: str) -> tuple[str, ...]:
    """The people managers of a department who answer to somebody outside it, or to nobody."""
    members = await directory.members(connection, department_id=department_id)
    inside = {member.id for member in members}
    return tuple(member.id for member in members if member.is_people_manager and member.manager_id not in inside)


async def successor(connection: Connection, person: directory.Person) -> str | None:
    """Who takes over what a person who leaves answered for: the line manager, a leader of the department, the sponsor."""
    sponsor = await programme.active(connection)
    heads = await leaders(connection, person.department_id) if person.department_id else ()
    candidates = [id for id in (person.manager_id, *heads, sponsor.employee_id if sponsor else None) if id]
    people = await directory.people(connection, candidates)
    return next((id for id in candidates if id != person.id and id in people and people[id].works_here), None)


async def appoint_officer(tx: Transaction, *, caller: Caller, role: OfficerRole, employee_id: str) -> Officer:
    """Name somebody to hold an enterprise role."""
    by = await require(tx, caller, DecisionType.APPOINT_OFFICER)
    await employed(tx, employee_id)
    if await repository.active(tx, role=role, employee_id=employee_id):
        raise AlreadyOfficer(employee=employee_id, role=role.replace("_", " "))
    change = Officer.appoint(new_id(), role, employee_id, by=by, now=tx.now)
    await repository.save(tx, change)
    return change.after


async def dismiss_officer(
    tx: Transaction, *, caller: Caller, role: OfficerRole, employee_id: str, reason: str
) -> Officer:
    """End somebody's term in an enterprise role."""
    await require(tx, caller, DecisionType.APPOINT_OFFICER)
    for officer in await repository.active(tx, role=role, employee_id=employee_id):
        return await _dismiss(tx, officer.id, reason)
    raise NotFound(what=role.replace("_", " "), id=employee_id)


async def end_terms_of(tx: Transaction, employee_id: str, reason: str) -> None:
    """Whoever leaves holds no role any more (C5c)."""
    for officer in await repository.active(tx, employee_id=employee_id):
        await _dismiss(tx, officer.id, reason)


async def _dismiss(tx: Transaction, id: UUID, reason: str) -> Officer:
    officer = await repository.lock(tx, id)
    if officer is None or officer.to_at is not None:
        raise NotFound(what="officer", id=str(id))
    change = officer.dismiss(reason, tx.now)
    await repository.save(tx, change)
    return change.after


async def employed(connection: Connection, employee_id: str) -> directory.Person:
    """Somebody who works here today, to entrust something to. Raises NotFound or NotEmployed."""
    person = await known(connection, employee_id)
    if not person.works_here:
        raise NotEmployed(employee=person.name)
    return person


async def all_employed(connection: Connection, employee_ids: Sequence[str]) -> None:
    """Raises NotFound or NotEmployed for the first of them who does not work here today."""
    people = await directory.people(connection, employee_ids)
    for id in employee_ids:
        if id not in people:
            raise NotFound(what="employee", id=id)
        if not people[id].works_here:
            raise NotEmployed(employee=people[id].name)


async def known(connection: Connection, employee_id: str) -> directory.Person:
    """Somebody whom the HRIS told of. Raises NotFound."""
    person = await directory.person(connection, employee_id)
    if person is None:
        raise NotFound(what="employee", id=employee_id)
    return person
