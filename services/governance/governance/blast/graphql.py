"""What a suspension would touch, in the graph; process and training add their part (P18, X09)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from chassis.graphql import Info, uuid_of
from governance.blast import commands
from governance.blast import domain as rules
from governance.people.graphql import Department
from governance.tools import repository as tools
from governance.tools.graphql import Tool


@strawberry.type(description="How many people of a department could not go on.")
class AffectedDepartment:
    department: Department | None = strawberry.field(description="The department; null for people without one.")
    people: int | None = strawberry.field(
        description="People with a usable grant; null where that would tell about fewer than five, also by subtraction."
    )


@strawberry.federation.type(
    keys=["id"], description="What would happen if a tool were suspended now. Nothing is changed by asking."
)
class BlastRadius:
    id: strawberry.ID = strawberry.field(description="The tool's id.")
    tool: Tool = strawberry.field(description="The tool.")
    grants_to_suspend: int = strawberry.field(description="Usable grants that would be suspended.")
    grants_suspended_already: int = strawberry.field(description="Grants that would get one more reason.")
    requests_waiting: int = strawberry.field(description="Requests for access that would wait.")
    people: int | None = strawberry.field(description="People who could not go on; null for one to four.")
    departments: list[AffectedDepartment] = strawberry.field(description="Where they are, the most affected first.")
    open_motions: int = strawberry.field(description="Open motions about the tool.")
    open_incidents: int = strawberry.field(description="Open incidents with the tool.")
    ratify_by: datetime = strawberry.field(description="Until when the committee would have to ratify it.")
    successor: Tool | None = strawberry.field(description="What to use instead, where that is decided.")


@strawberry.type
class BlastQueries:
    @strawberry.field(
        description="A dry run of suspending a tool: what would be suspended, flagged and paused, and whom it affects."
        " For those who may suspend or decide, the owner of the tool and auditors."
    )
    async def blast_radius(
        self, info: Info, tool_id: Annotated[strawberry.ID, strawberry.argument(description="The tool.")]
    ) -> BlastRadius:
        async with info.context.read() as connection:
            tool, found = await commands.blast_radius(
                connection, caller=info.context.require_caller(), tool_id=uuid_of(tool_id, "tool")
            )
        successor = await info.context.load(tools.by_ids, tool.successor_id) if tool.successor_id else None
        shown = Tool.of(tool)
        return BlastRadius(
            id=shown.id,
            tool=shown,
            grants_to_suspend=found.grants_to_suspend,
            grants_suspended_already=found.grants_suspended_already,
            requests_waiting=found.requests_waiting,
            people=found.people,
            departments=[
                AffectedDepartment(
                    department=Department(id=strawberry.ID(each.department_id)) if each.department_id else None,
                    people=each.people,
                )
                for each in found.departments
            ],
            open_motions=found.open_motions,
            open_incidents=found.open_incidents,
            ratify_by=info.context.now + rules.RATIFY_WITHIN,
            successor=Tool.of(successor) if successor else None,
        )
