"""Which tools teams prefer, in the graph (G24)."""

from __future__ import annotations

from asyncio import gather
from typing import Annotated

import strawberry

from chassis.graphql import Info, Payload, mutation, run, uuid_of
from governance.people.graphql import Team
from governance.preferences import commands, repository
from governance.preferences import domain as rules
from governance.tools import repository as tools
from governance.tools.graphql import Tool


@strawberry.type(description="The approved tools that a team prefers.")
class ToolPreference:
    team: Team = strawberry.field(description="The team.")
    known: strawberry.Private[rules.Preference]

    @strawberry.field(
        description="The tools, the one that is preferred most first; those no longer approved among them."
    )
    async def tools(self, info: Info) -> list[Tool]:
        found = await gather(*(info.context.load(tools.by_ids, id) for id in self.known.tool_ids))
        return [Tool.of(tool) for tool in found if tool is not None]

    @classmethod
    def of(cls, preference: rules.Preference) -> ToolPreference:
        """A preference."""
        return cls(team=Team(id=strawberry.ID(preference.id)), known=preference)


@strawberry.type
class PreferenceQueries:
    @strawberry.field(description="The approved tools that a team prefers; null while it did not say.")
    async def tool_preference(
        self, info: Info, team_id: Annotated[strawberry.ID, strawberry.argument(description="The team.")]
    ) -> ToolPreference | None:
        found = await info.context.load(repository.of_teams, str(team_id))
        return ToolPreference.of(found) if found else None


@strawberry.input(description="The tools that a team prefers.")
class PreferToolsInput:
    team_id: strawberry.ID = strawberry.field(description="The team.")
    tool_ids: list[strawberry.ID] = strawberry.field(
        description="Approved tools, the one that is preferred most first; empty for no preference."
    )


@strawberry.type(description="The preference, or why there is none.")
class PreferToolsPayload(Payload):
    preference: ToolPreference | None = strawberry.field(default=None, description="The preference.")


@strawberry.type
class PreferenceMutations:
    @mutation(
        refuses=(rules.NotAmongTheApproved,),
        description="Say which approved tools a team prefers. Its members may, without anybody's consent.",
    )
    async def prefer_tools(self, info: Info, input: PreferToolsInput) -> PreferToolsPayload:
        preference = await run(
            info,
            commands.prefer_tools,
            team_id=str(input.team_id),
            tool_ids=list(dict.fromkeys(uuid_of(id, "tool") for id in input.tool_ids)),
        )
        return PreferToolsPayload(preference=ToolPreference.of(preference))
