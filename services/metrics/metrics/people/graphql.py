"""What this service adds to an employee."""

from __future__ import annotations

from datetime import date, timedelta
from enum import Enum
from typing import Annotated, Self
from uuid import UUID

import strawberry

from chassis.graphql import Info
from metrics.adoption.domain import MONTH, check_day, window
from metrics.adoption.graphql import Department, Tool
from metrics.people import domain, repository
from metrics.tools import repository as tools
from metrics.usage import repository as usage


@strawberry.enum(name="ReportingStanding", description="Why a person is, or is not, in today's denominators.")
class Standing(Enum):
    AT_WORK = strawberry.enum_value("at_work", description="Employed, at work and in a department: counted.")
    NOT_STARTED = strawberry.enum_value("not_started", description="Employment has not begun.")
    ON_LEAVE = strawberry.enum_value("on_leave", description="On leave: not expected to use anything.")
    LEFT = strawberry.enum_value("left", description="Employment has ended.")
    NO_DEPARTMENT = strawberry.enum_value("no_department", description="In no department that figures are shown for.")


@strawberry.type(description="The department whose figures a person's activity counts in.")
class ReportingGroup:
    department: Department | None = strawberry.field(description="The department.")
    since: date | None = strawberry.field(description="Since when they are in it.")
    counted: bool = strawberry.field(description="Whether they are in today's denominators.")
    reason: Standing = strawberry.field(description="Why, or why not.")

    @classmethod
    def of(cls, group: domain.ReportingGroup) -> Self:
        """As the graph shows it."""
        department = group.department_id
        return cls(
            department=None if department is None else Department(id=strawberry.ID(department)),
            since=group.since,
            counted=group.counted,
            reason=Standing[group.standing.name],
        )


@strawberry.type(description="What a person did with one tool.")
class ToolActivity:
    tool: Tool | None = strawberry.field(description="The tool; null when the registry does not know its name.")
    name: str = strawberry.field(description="The tool's id, or the source's name for it when it is not known.")
    active_days: int = strawberry.field(description="Days with at least one action.")
    actions: int = strawberry.field(description="Actions in all.")


@strawberry.type(description="A person's own use of AI tools over the 28 days that end on a day.")
class EmployeeActivity:
    as_of: date = strawberry.field(description="The last day.")
    window_from: date = strawberry.field(description="The first day.")
    days_in_window: int = strawberry.field(description="Days in the window.")
    active_days: int = strawberry.field(description="Days with at least one action in any tool.")
    actions: int = strawberry.field(description="Actions in all tools.")
    last_active_on: date | None = strawberry.field(description="The latest of the active days.")
    tools: list[ToolActivity] = strawberry.field(description="The same by tool.")


@strawberry.federation.type(keys=["id"], description="An employee.")
class Employee:
    id: strawberry.ID = strawberry.field(description="The HRIS's id of the person.")

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Self:
        return cls(id=id)

    @strawberry.field(description="Where the person is counted today; null when this service does not know them.")
    async def reporting_group(self, info: Info) -> ReportingGroup | None:
        found = await info.context.load(repository.reporting_groups, (str(self.id), info.context.now.date()))
        return None if found is None else ReportingGroup.of(found)

    @strawberry.field(description="The person's use of AI tools. Shown to that person only: nobody is ranked.")
    async def activity(
        self,
        info: Info,
        as_of: Annotated[date | None, strawberry.argument(description="The last day; today when left out.")] = None,
    ) -> EmployeeActivity | None:
        if info.context.require_caller().employee_id != self.id:
            raise domain.ActivityIsPrivate
        today = info.context.now.date()
        last = today if as_of is None else as_of
        check_day(last, today + timedelta(days=1))
        first, _ = window(last)
        async with info.context.read() as connection:
            used = await usage.own_use(connection, self.id, first, last)
            known = await tools.known(connection, [use.tool for use in used])
        total = next(use for use in used if not use.tool)
        return EmployeeActivity(
            as_of=last,
            window_from=first,
            days_in_window=MONTH,
            active_days=total.active_days,
            actions=total.actions,
            last_active_on=total.last_day,
            tools=[_tool_activity(use, known.get(use.tool)) for use in used if use.tool],
        )


def _tool_activity(use: usage.OwnUse, tool: UUID | None) -> ToolActivity:
    return ToolActivity(
        tool=None if tool is None else Tool(id=strawberry.ID(str(tool))),
        name=use.tool,
        active_days=use.active_days,
        actions=use.actions,
    )
