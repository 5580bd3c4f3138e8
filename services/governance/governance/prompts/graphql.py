"""Prompts that teams share, in the graph (G25)."""

from __future__ import annotations

from asyncio import gather
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from chassis import directory
from chassis.graphql import Connection, Info, Payload, mutation, page, run, uuid_of
from chassis.graphql.description import describe
from governance.people.graphql import Employee, Team
from governance.preferences.domain import NotAmongTheApproved
from governance.programme.domain import NotEmployed
from governance.prompts import commands, repository
from governance.prompts import domain as rules
from governance.prompts.domain import Visibility
from governance.tools import repository as tools
from governance.tools.graphql import Tool
from governance.vocabulary.arguments import After, First

_KEY = "The same key changes nothing twice."

describe(
    Visibility,
    "PromptVisibility",
    "Who may see a prompt.",
    {
        Visibility.PRIVATE: "Its author.",
        Visibility.TEAM: "The team.",
        Visibility.DEPARTMENT: "The department, because its leader endorsed it.",
        Visibility.ENTERPRISE: "Everybody, because the AI steward endorsed it.",
    },
)


@strawberry.type(description="One version of a prompt. It never changes.")
class PromptVersion:
    number: int = strawberry.field(description="1 for the first.")
    body: str = strawberry.field(description="The text.")
    written_by: Employee = strawberry.field(description="Who wrote it.")
    written_at: datetime = strawberry.field(description="When.")


@strawberry.type(description="A prompt pattern that a team shares.")
class PromptPattern:
    id: strawberry.ID = strawberry.field(description="The prompt's id.")
    team: Team = strawberry.field(description="Whose it is.")
    author: Employee = strawberry.field(description="Who wrote the first version.")
    owner: Employee | None = strawberry.field(description="Who answers for it.")
    title: str = strawberry.field(description="What it is for.")
    body: str = strawberry.field(description="The text of the newest version.")
    number: int = strawberry.field(description="The newest version.")
    visibility: Visibility = strawberry.field(description="Who may see it.")
    endorsed_by: Employee | None = strawberry.field(description="Who let more people see it.")
    forked_from_id: strawberry.ID | None = strawberry.field(description="The prompt that it goes on from.")
    shared_at: datetime = strawberry.field(description="When it was shared.")
    retired: bool = strawberry.field(description="Whether it is offered no longer.")
    known: strawberry.Private[rules.Prompt]

    @strawberry.field(description="The tools that it is written for.")
    async def tools(self, info: Info) -> list[Tool]:
        found = await gather(*(info.context.load(tools.by_ids, id) for id in self.known.tool_ids))
        return [Tool.of(tool) for tool in found if tool is not None]

    @strawberry.field(description="All versions, the oldest first.")
    async def versions(self, info: Info) -> list[PromptVersion]:
        return [
            PromptVersion(
                number=each.number,
                body=each.body,
                written_by=Employee(id=strawberry.ID(each.written_by)),
                written_at=each.written_at,
            )
            for each in await info.context.load(repository.texts, self.known.id) or []
        ]

    @strawberry.field(description="The mean of its ratings, 1 to 5; null without any.")
    async def rating(self, info: Info) -> float | None:
        found = await info.context.load(repository.ratings, self.known.id)
        return found.average if found else None

    @strawberry.field(description="How many people rated it.")
    async def rating_count(self, info: Info) -> int:
        found = await info.context.load(repository.ratings, self.known.id)
        return found.ratings if found else 0

    @strawberry.field(description="How often it was forked.")
    async def fork_count(self, info: Info) -> int:
        return await info.context.load(repository.forks, self.known.id) or 0

    @classmethod
    def of(cls, prompt: rules.Prompt) -> PromptPattern:
        """A prompt."""
        return cls(
            id=strawberry.ID(str(prompt.id)),
            team=Team(id=strawberry.ID(prompt.team_id)),
            author=Employee(id=strawberry.ID(prompt.author_id)),
            owner=Employee(id=strawberry.ID(prompt.owner_id)) if prompt.owner_id else None,
            title=prompt.title,
            body=prompt.body,
            number=prompt.number,
            visibility=prompt.visibility,
            endorsed_by=Employee(id=strawberry.ID(prompt.endorsed_by)) if prompt.endorsed_by else None,
            forked_from_id=strawberry.ID(str(prompt.forked_from)) if prompt.forked_from else None,
            shared_at=prompt.shared_at,
            retired=prompt.retired,
            known=prompt,
        )


@strawberry.type
class PromptQueries:
    @strawberry.field(
        description="The prompts that the person who asks may see, the latest first; `search` finds the beginning of a title."
    )
    async def prompt_patterns(
        self,
        info: Info,
        *,
        first: First = 20,
        after: After = None,
        team_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only of this team.")] = None,
        tool_id: Annotated[strawberry.ID | None, strawberry.argument(description="Only for this tool.")] = None,
        search: Annotated[str | None, strawberry.argument(description="The beginning of a title.")] = None,
    ) -> Connection[PromptPattern]:
        id = info.context.require_caller().employee_id
        async with info.context.read() as connection:
            person = await directory.person(connection, id) if id else None
            return await page(
                first,
                after,
                lambda after, limit: repository.listing(
                    connection,
                    employee_id=id,
                    own_team=person.team_id if person else None,
                    own_department=person.department_id if person else None,
                    team_id=team_id,
                    tool_id=uuid_of(tool_id, "tool") if tool_id else None,
                    search=search,
                    after=after,
                    limit=limit,
                ),
                node=PromptPattern.of,
                cursor=lambda prompt: str(prompt.id),
                place=UUID,
            )


@strawberry.input(description="A prompt to keep or to share with the team.")
class SharePromptInput:
    team_id: strawberry.ID = strawberry.field(description="The team.")
    title: str = strawberry.field(description="What it is for.")
    body: str = strawberry.field(description="The text.")
    tool_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="Approved tools it is for.")
    visibility: Visibility = strawberry.field(default=Visibility.TEAM, description="PRIVATE or TEAM.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A prompt to go on with in one's own team.")
class ForkPromptInput:
    prompt_id: strawberry.ID = strawberry.field(description="The prompt.")
    team_id: strawberry.ID = strawberry.field(description="The team.")
    title: str | None = strawberry.field(default=None, description="Another title.")
    body: str | None = strawberry.field(default=None, description="Another text.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="The next version of a prompt.")
class RevisePromptInput:
    prompt_id: strawberry.ID = strawberry.field(description="The prompt.")
    body: str = strawberry.field(description="The text.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="Who is to see a prompt besides.")
class PromotePromptInput:
    prompt_id: strawberry.ID = strawberry.field(description="The prompt.")
    visibility: Visibility = strawberry.field(description="The next step: TEAM, DEPARTMENT or ENTERPRISE.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="How good a prompt is.")
class RatePromptInput:
    prompt_id: strawberry.ID = strawberry.field(description="The prompt.")
    stars: int = strawberry.field(description="1 to 5.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="Who answers for a prompt from now on.")
class NamePromptOwnerInput:
    prompt_id: strawberry.ID = strawberry.field(description="The prompt.")
    owner_id: strawberry.ID = strawberry.field(description="Who.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="A prompt to offer no longer.")
class RetirePromptInput:
    prompt_id: strawberry.ID = strawberry.field(description="The prompt.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.type(description="The prompt, or why it is not shared.")
class SharePromptPayload(Payload):
    prompt: PromptPattern | None = strawberry.field(default=None, description="The prompt.")


@strawberry.type(description="The new prompt, or why there is none.")
class ForkPromptPayload(Payload):
    prompt: PromptPattern | None = strawberry.field(default=None, description="The new prompt.")


@strawberry.type(description="The prompt, or why nothing changed.")
class RevisePromptPayload(Payload):
    prompt: PromptPattern | None = strawberry.field(default=None, description="The prompt.")


@strawberry.type(description="The prompt, or why nothing changed.")
class PromotePromptPayload(Payload):
    prompt: PromptPattern | None = strawberry.field(default=None, description="The prompt.")


@strawberry.type(description="The prompt, or why nothing changed.")
class RatePromptPayload(Payload):
    prompt: PromptPattern | None = strawberry.field(default=None, description="The prompt.")


@strawberry.type(description="The prompt, or why nothing changed.")
class RetirePromptPayload(Payload):
    prompt: PromptPattern | None = strawberry.field(default=None, description="The prompt.")


@strawberry.type(description="The prompt, or why nothing changed.")
class NamePromptOwnerPayload(Payload):
    prompt: PromptPattern | None = strawberry.field(default=None, description="The prompt.")


@strawberry.type
class PromptMutations:
    @mutation(
        refuses=(rules.PromptIncomplete, rules.NotAPromotion, NotAmongTheApproved),
        description="Keep a prompt or share it with one's team, without anybody's consent.",
    )
    async def share_prompt(self, info: Info, input: SharePromptInput) -> SharePromptPayload:
        prompt = await run(
            info,
            commands.share_prompt,
            key=input.idempotency_key,
            again=repository.get,
            team_id=str(input.team_id),
            title=input.title,
            body=input.body,
            tool_ids=list(dict.fromkeys(uuid_of(id, "tool") for id in input.tool_ids)),
            visibility=input.visibility,
        )
        return SharePromptPayload(prompt=PromptPattern.of(prompt))

    @mutation(refuses=(NotAmongTheApproved,), description="Go on with a prompt in one's own team.")
    async def fork_prompt(self, info: Info, input: ForkPromptInput) -> ForkPromptPayload:
        prompt = await run(
            info,
            commands.fork_prompt,
            key=input.idempotency_key,
            again=repository.get,
            prompt_id=uuid_of(input.prompt_id, "prompt"),
            team_id=str(input.team_id),
            title=input.title,
            body=input.body,
        )
        return ForkPromptPayload(prompt=PromptPattern.of(prompt))

    @mutation(
        refuses=(rules.PromptIncomplete, rules.PromptUnchanged, rules.PromptIsRetired),
        description="Write the next version of a prompt of one's own team.",
    )
    async def revise_prompt(self, info: Info, input: RevisePromptInput) -> RevisePromptPayload:
        prompt = await run(
            info,
            commands.revise_prompt,
            key=input.idempotency_key,
            again=repository.get,
            prompt_id=uuid_of(input.prompt_id, "prompt"),
            body=input.body,
        )
        return RevisePromptPayload(prompt=PromptPattern.of(prompt))

    @mutation(
        refuses=(rules.NotAPromotion, rules.PromptIsRetired),
        description="Let more people see a prompt: the team's members the team, the leader the department, the AI steward"
        " everybody.",
    )
    async def promote_prompt(self, info: Info, input: PromotePromptInput) -> PromotePromptPayload:
        prompt = await run(
            info,
            commands.promote_prompt,
            key=input.idempotency_key,
            again=repository.get,
            prompt_id=uuid_of(input.prompt_id, "prompt"),
            visibility=input.visibility,
        )
        return PromotePromptPayload(prompt=PromptPattern.of(prompt))

    @mutation(
        refuses=(rules.BadRating, rules.PromptIsRetired),
        description="Rate a prompt that one may see; the last rating counts.",
    )
    async def rate_prompt(self, info: Info, input: RatePromptInput) -> RatePromptPayload:
        prompt = await run(
            info,
            commands.rate_prompt,
            key=input.idempotency_key,
            again=repository.get,
            prompt_id=uuid_of(input.prompt_id, "prompt"),
            stars=input.stars,
        )
        return RatePromptPayload(prompt=PromptPattern.of(prompt))

    @mutation(refuses=(rules.PromptIsRetired,), description="Offer a prompt of one's own team no longer.")
    async def retire_prompt(self, info: Info, input: RetirePromptInput) -> RetirePromptPayload:
        prompt = await run(
            info,
            commands.retire_prompt,
            key=input.idempotency_key,
            again=repository.get,
            prompt_id=uuid_of(input.prompt_id, "prompt"),
        )
        return RetirePromptPayload(prompt=PromptPattern.of(prompt))

    @mutation(
        refuses=(rules.PromptIsRetired, NotEmployed),
        description="Make somebody accountable for a prompt of one's own team.",
    )
    async def name_prompt_owner(self, info: Info, input: NamePromptOwnerInput) -> NamePromptOwnerPayload:
        prompt = await run(
            info,
            commands.name_prompt_owner,
            key=input.idempotency_key,
            again=repository.get,
            prompt_id=uuid_of(input.prompt_id, "prompt"),
            owner_id=str(input.owner_id),
        )
        return NamePromptOwnerPayload(prompt=PromptPattern.of(prompt))
