"""Sharing, revising, forking, promoting and rating prompts (G24, G25)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from chassis import directory
from chassis.caller import Caller
from chassis.database import Transaction, new_id
from chassis.domain import Change, NotEntitled, NotFound, Tier
from governance.ownership import commands as ownership
from governance.ownership.domain import Owned
from governance.prompts import repository
from governance.prompts.domain import Prompt, Visibility
from governance.rights import commands as rights
from governance.rights.domain import Decider, DecisionType
from governance.tools import repository as tools


async def share_prompt(
    tx: Transaction,
    *,
    caller: Caller,
    team_id: str,
    title: str,
    body: str,
    tool_ids: Sequence[UUID],
    visibility: Visibility,
) -> Prompt:
    """A member of a team keeps a prompt or shares it; nobody has to consent."""
    by = await rights.require(tx, caller, DecisionType.SHARE_PROMPT_PATTERN, team_id=team_id)
    return await _shared(tx, by, team_id=team_id, title=title, body=body, tool_ids=tool_ids, visibility=visibility)


async def fork_prompt(
    tx: Transaction, *, caller: Caller, prompt_id: UUID, team_id: str, title: str | None, body: str | None
) -> Prompt:
    """Go on with a prompt in one's own team; where it comes from stays known."""
    by = await rights.require(tx, caller, DecisionType.SHARE_PROMPT_PATTERN, team_id=team_id)
    origin = await _seen(tx, caller, prompt_id)
    return await _shared(
        tx, by, team_id=team_id, title=title or origin.title, body=body or origin.body, tool_ids=origin.tool_ids,
        visibility=Visibility.TEAM, forked_from=origin.id,
    )  # fmt: skip


async def revise_prompt(tx: Transaction, *, caller: Caller, prompt_id: UUID, body: str) -> Prompt:
    """The team writes the next version."""
    prompt = await _of_own_team(tx, caller, prompt_id)
    return await _save(tx, prompt.revise(body), caller.subject)


async def promote_prompt(tx: Transaction, *, caller: Caller, prompt_id: UUID, visibility: Visibility) -> Prompt:
    """The author shows it to the team, the leader endorses it for the department, the steward for everybody."""
    prompt = await repository.get_for_update(tx, prompt_id)
    if visibility is Visibility.ENTERPRISE:
        await rights.require(tx, caller, DecisionType.ENDORSE_PROMPT)
    elif visibility is Visibility.DEPARTMENT:
        await rights.require(
            tx, caller, DecisionType.ENDORSE_PROMPT_IN_DEPARTMENT, department_id=prompt.department_id or ""
        )
    else:
        await rights.require(tx, caller, DecisionType.SHARE_PROMPT_PATTERN, team_id=prompt.team_id)
    return await _save(tx, prompt.promote(visibility, caller.subject), caller.subject)


async def rate_prompt(tx: Transaction, *, caller: Caller, prompt_id: UUID, stars: int) -> Prompt:
    """Anybody who works here and sees it says how good it is; the last word counts."""
    if Decider.EMPLOYEE not in await rights.standing(tx, caller):
        raise NotEntitled(action="Rating a prompt", tier=Tier.TEAM.value, deciders="the employees")
    await _seen(tx, caller, prompt_id)
    prompt = await repository.get_for_update(tx, prompt_id)
    return await _save(tx, prompt.rated(caller.subject, stars), caller.subject)


async def retire_prompt(tx: Transaction, *, caller: Caller, prompt_id: UUID) -> Prompt:
    """The team offers it no longer."""
    prompt = await _of_own_team(tx, caller, prompt_id)
    return await _save(tx, prompt.retire(), caller.subject)


async def name_prompt_owner(tx: Transaction, *, caller: Caller, prompt_id: UUID, owner_id: str) -> Prompt:
    """The team says who answers for a prompt."""
    prompt = await _of_own_team(tx, caller, prompt_id)
    await rights.employed(tx, owner_id)
    await ownership.settle(tx, Owned.PROMPT, str(prompt_id), owner_id)
    if prompt.owner_id == owner_id:
        return prompt
    return await _save(tx, prompt.owned_by(owner_id), caller.subject)


async def hand_over(tx: Transaction, prompt_id: UUID, owner_id: str) -> None:
    """Nobody was named in time: this person answers (G27)."""
    await _save(tx, (await repository.get_for_update(tx, prompt_id)).owned_by(owner_id), owner_id)


async def owner_left(tx: Transaction, employee_id: str, successor_id: str | None) -> None:
    """No prompt is left without an accountable person (G27)."""
    for id in await repository.owned_by(tx, employee_id):
        prompt = await repository.get_for_update(tx, id)
        if prompt.owner_id == employee_id and not prompt.retired:
            await _save(tx, prompt.owned_by(successor_id), employee_id)


async def _shared(
    tx: Transaction,
    by: str,
    *,
    team_id: str,
    title: str,
    body: str,
    tool_ids: Sequence[UUID],
    visibility: Visibility,
    forked_from: UUID | None = None,
) -> Prompt:
    found = await tools.get_shared(tx, tool_ids)
    for tool_id in tool_ids:
        if tool_id not in found:
            raise NotFound(what="tool", id=str(tool_id))
    team = (await directory.teams(tx, [team_id])).get(team_id)
    change = Prompt.share(
        new_id(), team_id=team_id, department_id=team.department_id if team else None, author_id=by, title=title,
        body=body, tools=[found[id] for id in tool_ids], visibility=visibility, forked_from=forked_from, now=tx.now,
    )  # fmt: skip
    return await _save(tx, change, by)


async def _of_own_team(tx: Transaction, caller: Caller, prompt_id: UUID) -> Prompt:
    prompt = await repository.get_for_update(tx, prompt_id)
    await rights.require(tx, caller, DecisionType.SHARE_PROMPT_PATTERN, team_id=prompt.team_id)
    return prompt


async def _seen(tx: Transaction, caller: Caller, prompt_id: UUID) -> Prompt:
    """A prompt that the caller may see; another one is as if it did not exist."""
    prompt = await repository.get(tx, prompt_id)
    person = await directory.person(tx, caller.employee_id) if caller.employee_id else None
    team_id, department_id = (person.team_id, person.department_id) if person else (None, None)
    if not prompt.seen_by(caller.employee_id, team_id, department_id):
        raise NotFound(what="prompt", id=str(prompt_id))
    return prompt


async def _save(tx: Transaction, change: Change[Prompt], by: str) -> Prompt:
    await repository.save(tx, change, by=by)
    return change.after
