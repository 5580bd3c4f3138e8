"""Employees, departments and teams in the graph: this service owns their profile; others add to them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

import strawberry

from chassis import directory
from chassis.caller import Caller
from chassis.directory import Person
from chassis.directory import Status as EmploymentStatus
from chassis.graphql import Connection, Info, page
from governance.access import lists as access
from governance.departments import repository as departments
from governance.people import repository
from governance.rights.domain import Decider
from governance.vocabulary import graphql as _vocabulary  # noqa: F401 - makes the domain's enums GraphQL enums
from governance.vocabulary.arguments import After, First

if TYPE_CHECKING:
    from governance.access.graphql import AccessGrant, AccessRequest
    from governance.departments.graphql import DepartmentRestriction

_SEE_EVERYBODY = (Decider.AI_STEWARD.value, Decider.COMPLIANCE_OFFICER.value)
_SEE_ADDRESS = (*_SEE_EVERYBODY, "hris")
_SEE_ACCESS = (*_SEE_EVERYBODY, Decider.EXECUTIVE_SPONSOR.value, "auditor")


@strawberry.federation.type(keys=["id"], description="Somebody who works, worked or will work here.")
class Employee:
    id: strawberry.ID = strawberry.field(description="The HRIS's id of the person.")

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Employee:
        """Another service's mention of a person."""
        return cls(id=id)

    @strawberry.field(description="Full name; null while the HRIS has not told of the person.")
    async def name(self, info: Info) -> str | None:
        person = await self._person(info)
        return person.name if person else None

    @strawberry.field(
        description="Address; shown to the person, the line manager, AI stewards, compliance officers and the HRIS, else null."
    )
    async def email(self, info: Info) -> str | None:
        person = await self._person(info)
        return person.email if person and _close_to(info.context.caller, person, _SEE_ADDRESS) else None

    @strawberry.field(description="What the person does.")
    async def job_function(self, info: Info) -> str | None:
        person = await self._person(info)
        return person.job_function if person else None

    @strawberry.field(description="Level of the position.")
    async def level(self, info: Info) -> str | None:
        person = await self._person(info)
        return person.level if person else None

    @strawberry.field(description="Whether other people answer to this one.")
    async def is_people_manager(self, info: Info) -> bool | None:
        person = await self._person(info)
        return person.is_people_manager if person else None

    @strawberry.field(description="Where the person stands today.")
    async def status(self, info: Info) -> EmploymentStatus | None:
        person = await self._person(info)
        return person.status if person else None

    @strawberry.field(description="First day of the present, or last, employment.")
    async def hired_on(self, info: Info) -> date | None:
        person = await self._person(info)
        return person.hired_on if person else None

    @strawberry.field(description="The department of today.")
    async def department(self, info: Info) -> Department | None:
        person = await self._person(info)
        return Department(id=strawberry.ID(person.department_id)) if person and person.department_id else None

    @strawberry.field(description="The team of today.")
    async def team(self, info: Info) -> Team | None:
        person = await self._person(info)
        return Team(id=strawberry.ID(person.team_id)) if person and person.team_id else None

    @strawberry.field(description="The line manager of today.")
    async def manager(self, info: Info) -> Employee | None:
        person = await self._person(info)
        return Employee(id=strawberry.ID(person.manager_id)) if person and person.manager_id else None

    @strawberry.field(description="Those who answer to this person today, at most a hundred.")
    async def reports(self, info: Info) -> list[Employee]:
        ids = await info.context.load(repository.reports_by_manager, str(self.id))
        return [Employee(id=strawberry.ID(id)) for id in ids or []]

    @strawberry.field(
        description="What the person may use, the latest hundred first. Shown to the person, the line manager, AI"
        " stewards, compliance officers, the executive sponsor and auditors; null for others."
    )
    async def access_grants(
        self, info: Info
    ) -> list[Annotated[AccessGrant, strawberry.lazy("governance.access.graphql")]] | None:
        from governance.access.graphql import AccessGrant  # noqa: PLC0415 - the two types refer to each other

        if not await self._shows_access(info):
            return None
        grants = await info.context.load(access.grants_of, str(self.id))
        return [AccessGrant.of(grant) for grant in grants or []]

    @strawberry.field(
        description="What the person asked to use, the latest hundred first. Shown to those who see the grants; null for others."
    )
    async def access_requests(
        self, info: Info
    ) -> list[Annotated[AccessRequest, strawberry.lazy("governance.access.graphql")]] | None:
        from governance.access.graphql import AccessRequest  # noqa: PLC0415 - the two types refer to each other

        if not await self._shows_access(info):
            return None
        requests = await info.context.load(access.requests_of, str(self.id))
        return [AccessRequest.of(request) for request in requests or []]

    async def _person(self, info: Info) -> Person | None:
        return await info.context.load(repository.people_by_ids, str(self.id))

    async def _shows_access(self, info: Info) -> bool:
        caller = info.context.caller
        if caller is not None and (caller.has(*_SEE_ACCESS) or caller.employee_id == self.id):
            return True
        person = await self._person(info)
        return person is not None and _close_to(caller, person, _SEE_ACCESS)


def _close_to(caller: Caller | None, person: Person, roles: tuple[str, ...]) -> bool:
    if caller is None:
        return False
    return caller.has(*roles) or (
        caller.employee_id is not None and caller.employee_id in (person.id, person.manager_id)
    )


@strawberry.federation.type(keys=["id"], description="A department, as the HRIS names it.")
class Department:
    id: strawberry.ID = strawberry.field(description="The HRIS's id of the department.")

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Department:
        """Another service's mention of a department."""
        return cls(id=id)

    @strawberry.field(description="Its name; null while the HRIS has not told of it.")
    async def name(self, info: Info) -> str | None:
        found = await info.context.load(repository.departments_by_ids, str(self.id))
        return found.name if found else None

    @strawberry.field(description="Its teams.")
    async def teams(self, info: Info) -> list[Team]:
        found = await info.context.load(repository.teams_by_department, str(self.id))
        return [Team(id=strawberry.ID(team.id)) for team in found or []]

    @strawberry.field(description="What it restricts, or restricted, for itself; the latest hundred first.")
    async def restrictions(
        self, info: Info
    ) -> list[Annotated[DepartmentRestriction, strawberry.lazy("governance.departments.graphql")]]:
        from governance.departments.graphql import DepartmentRestriction  # noqa: PLC0415 - the types refer to each other

        found = await info.context.load(departments.of_departments, str(self.id))
        return [DepartmentRestriction.of(restriction) for restriction in found or []]

    @strawberry.field(description="Those who belong to it today.")
    async def employees(self, info: Info, first: First = 20, after: After = None) -> Connection[Employee]:
        return await _members(info, "department", str(self.id), first, after)


@strawberry.federation.type(keys=["id"], description="A team of a department.")
class Team:
    id: strawberry.ID = strawberry.field(description="The HRIS's id of the team.")

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Team:
        """Another service's mention of a team."""
        return cls(id=id)

    @strawberry.field(description="Its name; null while the HRIS has not told of it.")
    async def name(self, info: Info) -> str | None:
        found = await info.context.load(repository.teams_by_ids, str(self.id))
        return found.name if found else None

    @strawberry.field(description="The department it belongs to.")
    async def department(self, info: Info) -> Department | None:
        found = await info.context.load(repository.teams_by_ids, str(self.id))
        return Department(id=strawberry.ID(found.department_id)) if found and found.department_id else None

    @strawberry.field(description="Those who belong to it today.")
    async def employees(self, info: Info, first: First = 20, after: After = None) -> Connection[Employee]:
        return await _members(info, "team", str(self.id), first, after)


async def _members(
    info: Info, kind: Literal["department", "team"], id: str, first: int | None, after: str | None
) -> Connection[Employee]:
    async def fetch(after: str | None, limit: int) -> list[str]:
        return await info.context.load(repository.employees_in, repository.Page(kind, id, after, limit)) or []

    return await page(first, after, fetch, node=lambda member: Employee(id=strawberry.ID(member)), cursor=str)


@strawberry.type
class PeopleQueries:
    @strawberry.field(description="The person who asks; null for a service.")
    async def me(self, info: Info) -> Employee | None:
        id = info.context.require_caller().employee_id
        return Employee(id=strawberry.ID(id)) if id else None

    @strawberry.field(description="One person.")
    async def employee(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The person's id.")]
    ) -> Employee | None:
        found = await info.context.load(repository.people_by_ids, str(id))
        return Employee(id=id) if found else None

    @strawberry.field(
        description="People by id; `search` finds the beginning of a name's words. `totalCount` is exact up to 10,000, then"
        " null."
    )
    async def employees(
        self,
        info: Info,
        *,
        first: First = 20,
        after: After = None,
        department_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only people of this department.")
        ] = None,
        team_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only people of this team.")] = None,
        search: Annotated[str | None, strawberry.argument(description="The beginning of a word of the name.")] = None,
        status: Annotated[
            EmploymentStatus | None, strawberry.argument(description="Only people of this status.")
        ] = None,
    ) -> Connection[Employee]:
        async def fetch(after: str | None, limit: int) -> list[Person]:
            async with info.context.read() as connection:
                found = await directory.listing(
                    connection,
                    department_id=department_id,
                    team_id=team_id,
                    search=search,
                    status=status,
                    after=after,
                    limit=limit,
                )
            info.context.prime(repository.people_by_ids, {person.id: person for person in found})
            return found

        async def count() -> int | None:
            async with info.context.read() as connection:
                return await directory.count(
                    connection, department_id=department_id, team_id=team_id, search=search, status=status
                )

        return await page(
            first,
            after,
            fetch,
            node=lambda person: Employee(id=strawberry.ID(person.id)),
            cursor=lambda person: person.id,
            count=count,
        )

    @strawberry.field(description="One department.")
    async def department(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The department's id.")]
    ) -> Department | None:
        found = await info.context.load(repository.departments_by_ids, str(id))
        return Department(id=id) if found else None

    @strawberry.field(description="All departments.")
    async def departments(self, info: Info) -> list[Department]:
        async with info.context.read() as connection:
            return [Department(id=strawberry.ID(id)) for id in await directory.departments(connection)]

    @strawberry.field(description="One team.")
    async def team(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The team's id.")]
    ) -> Team | None:
        found = await info.context.load(repository.teams_by_ids, str(id))
        return Team(id=id) if found else None
