"""Adoption in the graph: the report, the series, and what it adds to departments, teams and tools."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry

from chassis.graphql import Info, uuid_of
from metrics.adoption import domain, repository
from metrics.annotations import repository as notes
from metrics.annotations.graphql import Annotation
from metrics.definitions.domain import ADOPTION
from metrics.definitions.graphql import MetricDefinition
from metrics.figures.graphql import Headcount, Rate

AsOf = Annotated[
    date | None, strawberry.argument(description="The last day of the windows, in UTC; today when left out.")
]
ToolId = Annotated[
    strawberry.ID | None, strawberry.argument(description="The tool to look at; all tools together when left out.")
]


async def _adoption(info: Info, as_of: date, tool: UUID | None) -> domain.Adoption:
    found = await info.context.load(repository.adoptions, (as_of, tool))
    assert found is not None
    return found


def _day(info: Info, as_of: date | None) -> date:
    today = info.context.now.date()
    day = today if as_of is None else as_of
    domain.check_day(day, today)
    return day


def _tool(tool_id: str | None) -> UUID | None:
    return None if tool_id is None else uuid_of(tool_id, "tool")


@strawberry.type
class Figures:
    employees: int = strawberry.field(description="Employees at work in the group on the day.")
    licensed: Headcount = strawberry.field(description="Those of them who hold a seat on the day.")
    daily_active_users: Headcount = strawberry.field(description="Distinct people active on the day (DAU).")
    weekly_active_users: Headcount = strawberry.field(
        description="Distinct people active in the trailing 7 days (WAU)."
    )
    monthly_active_users: Headcount = strawberry.field(
        description="Distinct people active in the trailing 28 days (MAU)."
    )
    average_daily_users: Rate = strawberry.field(description="Daily users on average over the 28 days.")
    adoption_rate: Rate = strawberry.field(description="Monthly users with a seat, out of the employees with a seat.")
    weekly_adoption_rate: Rate = strawberry.field(
        description="Weekly users with a seat, out of the employees with a seat."
    )
    programme_rate: Rate = strawberry.field(description="Monthly users, out of all employees at work.")
    stickiness: Rate = strawberry.field(description="Average daily users over monthly users.")
    weekly_stickiness: Rate = strawberry.field(description="Weekly users over monthly users.")
    active_days_per_user: Rate = strawberry.field(description="Active days per monthly user.")
    actions_per_user_week: Rate = strawberry.field(description="Actions per monthly user and week.")
    tools_per_user: Rate = strawberry.field(description="Distinct tools per monthly user.")


def _figures(figures: domain.Figures) -> dict[str, Any]:
    return {
        "employees": figures.employees,
        "licensed": Headcount.of(figures.licensed),
        "daily_active_users": Headcount.of(figures.daily),
        "weekly_active_users": Headcount.of(figures.weekly),
        "monthly_active_users": Headcount.of(figures.monthly),
        "average_daily_users": Rate.of(figures.average_daily),
        "adoption_rate": Rate.of(figures.adoption),
        "weekly_adoption_rate": Rate.of(figures.weekly_adoption),
        "programme_rate": Rate.of(figures.programme),
        "stickiness": Rate.of(figures.stickiness),
        "weekly_stickiness": Rate.of(figures.weekly_stickiness),
        "active_days_per_user": Rate.of(figures.active_days),
        "actions_per_user_week": Rate.of(figures.actions_per_week),
        "tools_per_user": Rate.of(figures.tools),
    }


@strawberry.type(description="The adoption of one department. Activity counts where its person was on the day of it.")
class DepartmentAdoption(Figures):
    as_of: date = strawberry.field(description="The last day of the windows.")
    department: Department = strawberry.field(description="The department.")


@strawberry.type(description="The adoption of one team. Activity counts where its person was on the day of it.")
class TeamAdoption(Figures):
    as_of: date = strawberry.field(description="The last day of the windows.")
    team: Team = strawberry.field(description="The team.")


@strawberry.type(description="Adoption as of a day: of the enterprise, or of one department when one was asked for.")
class AdoptionReport(Figures):
    as_of: date = strawberry.field(description="The last day of the windows.")
    window_from: date = strawberry.field(description="The first of the 28 days.")
    tool: Tool | None = strawberry.field(description="The tool that was asked for; null for all tools together.")
    department: Department | None = strawberry.field(
        description="The department that was asked for; null for the enterprise."
    )
    departments: list[DepartmentAdoption] = strawberry.field(
        description="The departments that had anybody in the window; only the one that was asked for."
    )
    breadth: Rate | None = strawberry.field(
        description="Departments with an adoption rate of at least 25 %, out of those with a shown rate."
        " Null for one department."
    )
    evenness: float | None = strawberry.field(
        description="How evenly adoption is spread over departments with a shown rate: 1 is even."
        " Null with fewer than two of them, or without any use."
    )
    suppressed_departments: list[Department] = strawberry.field(
        description="Departments left out of breadth and evenness because their rates are withheld."
    )
    unknown_users: int | None = strawberry.field(
        description="Distinct ids with activity on days on which nobody of that id was employed; they are in no other"
        " figure. Null for one department."
    )
    tool_id: strawberry.Private[UUID | None]

    @strawberry.field(description="Names of tools in use within the window that are not in the registry, at most 100.")
    async def unknown_tools(self, info: Info) -> list[str]:
        if self.tool_id is not None:
            return []
        return await info.context.load(repository.unknown_tools, self.as_of) or []

    @strawberry.field(description="What happened to the tool, or to all tools, within the window.")
    async def annotations(self, info: Info) -> list[Annotation]:
        return await _annotations(info, self.tool_id, self.window_from, self.as_of)

    @strawberry.field(
        description="When the latest statement about the window came in. A later one may change the report of a past day."
    )
    async def stated_until(self, info: Info) -> datetime | None:
        return await info.context.load(repository.stated_until, self.as_of)

    @strawberry.field(description="What the figures mean.")
    def definitions(self) -> list[MetricDefinition]:
        return [MetricDefinition.of(definition) for definition in ADOPTION]

    @classmethod
    async def find(cls, info: Info, as_of: date, tool: UUID | None, department: str | None = None) -> Self:
        """The report that was asked for."""
        found = await _adoption(info, as_of, tool)
        whole = department is None
        figures = found.enterprise if department is None else found.department(department)
        groups = found.departments if department is None else {department: figures}
        return cls(
            **_figures(figures),
            as_of=as_of,
            window_from=domain.window(as_of)[0],
            tool=None if tool is None else Tool(id=strawberry.ID(str(tool))),
            department=None if department is None else Department(id=strawberry.ID(department)),
            departments=[
                DepartmentAdoption(**_figures(group), as_of=as_of, department=Department(id=strawberry.ID(name)))
                for name, group in groups.items()
            ],
            breadth=Rate.of(found.breadth) if whole else None,
            evenness=found.evenness if whole else None,
            suppressed_departments=[Department(id=strawberry.ID(name)) for name in found.suppressed_departments],
            unknown_users=found.unknown_users if whole else None,
            tool_id=tool,
        )


async def _annotations(info: Info, tool: UUID | None, first: date, last: date) -> list[Annotation]:
    if tool is not None:
        found = await info.context.load(notes.of_tools, tool) or []
        return [Annotation.of(note) for note in found if note.touches(first, last)]
    found = await info.context.load(notes.between, (first, last)) or []
    return [Annotation.of(note) for note in found]


@strawberry.federation.type(keys=["id"], description="A department.")
class Department:
    id: strawberry.ID = strawberry.field(description="The HRIS's id of the department.")

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        return cls(id=id)

    @strawberry.field(description="How far AI use has spread in the department.")
    async def adoption(self, info: Info, as_of: AsOf = None, tool_id: ToolId = None) -> DepartmentAdoption:
        day = _day(info, as_of)
        found = await _adoption(info, day, _tool(tool_id))
        return DepartmentAdoption(**_figures(found.department(self.id)), as_of=day, department=self)


@strawberry.federation.type(keys=["id"], description="A team.")
class Team:
    id: strawberry.ID = strawberry.field(description="The HRIS's id of the team.")

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        return cls(id=id)

    @strawberry.field(description="How far AI use has spread in the team. Hidden when its department is.")
    async def adoption(self, info: Info, as_of: AsOf = None, tool_id: ToolId = None) -> TeamAdoption:
        day = _day(info, as_of)
        found = await _adoption(info, day, _tool(tool_id))
        return TeamAdoption(**_figures(found.team(self.id)), as_of=day, team=self)


@strawberry.federation.type(keys=["id"], description="An AI tool.")
class Tool:
    id: strawberry.ID = strawberry.field(description="Governance's id of the tool.")

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        return cls(id=id)

    @strawberry.field(description="How far the tool's use has spread.")
    async def adoption(self, info: Info, as_of: AsOf = None) -> AdoptionReport:
        return await AdoptionReport.find(info, _day(info, as_of), _tool(self.id))

    @strawberry.field(description="What happened to the tool while it was measured, the earliest first.")
    async def annotations(self, info: Info) -> list[Annotation]:
        found = await info.context.load(notes.of_tools, uuid_of(self.id, "tool")) or []
        return [Annotation.of(note) for note in found]


@strawberry.type(description="The enterprise on one day.")
class AdoptionPoint:
    day: date = strawberry.field(description="The day.")
    employees: int = strawberry.field(description="Employees at work on the day.")
    licensed: Headcount = strawberry.field(description="Those of them who hold a seat on the day.")
    daily_active_users: Headcount = strawberry.field(description="Distinct people active on the day (DAU).")
    weekly_active_users: Headcount = strawberry.field(
        description="Distinct people active in the trailing 7 days (WAU)."
    )
    monthly_active_users: Headcount = strawberry.field(
        description="Distinct people active in the trailing 28 days (MAU)."
    )

    @classmethod
    def of(cls, point: domain.SeriesPoint) -> Self:
        """As the graph shows it."""
        return cls(
            day=point.day,
            employees=point.employees,
            licensed=Headcount.of(point.licensed),
            daily_active_users=Headcount.of(point.daily),
            weekly_active_users=Headcount.of(point.weekly),
            monthly_active_users=Headcount.of(point.monthly),
        )


@strawberry.type(description="Adoption day by day, with what happened in between.")
class AdoptionSeries:
    from_day: date = strawberry.field(name="from", description="The first day.")
    to_day: date = strawberry.field(name="to", description="The last day.")
    tool: Tool | None = strawberry.field(description="The tool that was asked for; null for all tools together.")
    points: list[AdoptionPoint] = strawberry.field(description="One for each day.")
    annotations: list[Annotation] = strawberry.field(
        description="What happened to the tool, or to all tools, in these days: the reasons behind steps and gaps."
    )


@strawberry.type
class AdoptionQueries:
    @strawberry.field(description="How far AI use has spread, as of any day.")
    async def adoption(
        self,
        info: Info,
        as_of: AsOf = None,
        tool_id: ToolId = None,
        department_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The department to look at; the enterprise without.")
        ] = None,
    ) -> AdoptionReport:
        return await AdoptionReport.find(info, _day(info, as_of), _tool(tool_id), department_id)

    @strawberry.field(description="How AI use has spread day by day, over at most 400 days.")
    async def adoption_series(
        self,
        info: Info,
        from_day: Annotated[date, strawberry.argument(name="from", description="The first day.")],
        to_day: Annotated[date, strawberry.argument(name="to", description="The last day, today at the latest.")],
        tool_id: ToolId = None,
    ) -> AdoptionSeries:
        domain.check_series(from_day, to_day, info.context.now.date())
        tool = _tool(tool_id)
        async with info.context.read() as connection:
            points = await repository.series(connection, from_day, to_day, tool)
        return AdoptionSeries(
            from_day=from_day,
            to_day=to_day,
            tool=None if tool is None else Tool(id=strawberry.ID(str(tool))),
            points=[AdoptionPoint.of(point) for point in points],
            annotations=await _annotations(info, tool, from_day, to_day),
        )
