"""Which approved tools a team prefers, in order: it ranks, and takes nothing away (G24)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.domain import Change, Refused
from governance.tools.domain import Status, Tool


class NotAmongTheApproved(Refused):
    """{tool} cannot be preferred: it is {status}. A team chooses among approved tools."""

    tool: str
    status: str


@dataclass(frozen=True, slots=True)
class TeamToolsPreferred:
    """A team prefers these tools, in this order."""

    team_id: str
    tool_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Preference:
    """What a team prefers; the id is the team's."""

    id: str
    tool_ids: tuple[UUID, ...]
    set_by: str
    set_at: datetime
    version: int


def prefer(
    team_id: str, tools: Sequence[Tool], *, before: Preference | None, by: str, now: datetime
) -> Change[Preference]:
    """Choose among approved tools; nobody has to consent."""
    for tool in tools:
        if tool.status is not Status.APPROVED:
            raise NotAmongTheApproved(tool=tool.name, status=tool.status.replace("_", " "))
    ids = tuple(dict.fromkeys(tool.id for tool in tools))
    after = Preference(team_id, ids, by, now, before.version + 1 if before else 1)
    return Change(after, TeamToolsPreferred(team_id, ids))
