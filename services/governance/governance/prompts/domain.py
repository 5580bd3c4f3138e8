"""Prompt patterns: shared by teams without consent, endorsed upwards, in versions, forked and rated (G24, G25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from chassis.domain import Change, Refused
from governance.preferences.domain import NotAmongTheApproved
from governance.tools.domain import Status, Tool


class Visibility(StrEnum):
    """Who may see a prompt, from nobody else to everybody."""

    PRIVATE = "private"
    TEAM = "team"
    DEPARTMENT = "department"
    ENTERPRISE = "enterprise"


class PromptIncomplete(Refused):
    """A prompt has a title and a text."""


class PromptUnchanged(Refused):
    """Version {number} of the prompt "{prompt}" has exactly this text already."""

    prompt: str
    number: str


class PromptIsRetired(Refused):
    """The prompt "{prompt}" was retired. Fork it to go on with it."""

    prompt: str


class NotAPromotion(Refused):
    """The prompt "{prompt}" is visible to the {visibility}; it is promoted one step at a time."""

    prompt: str
    visibility: str


class BadRating(Refused):
    """A rating has 1 to 5 stars, not {stars}; nobody rates a prompt of their own."""

    stars: str


@dataclass(frozen=True, slots=True)
class PromptShared:
    """A team shares a prompt, or somebody keeps one."""

    prompt_id: UUID
    team_id: str
    author_id: str
    title: str
    visibility: Visibility
    tool_ids: tuple[UUID, ...]
    forked_from: UUID | None


@dataclass(frozen=True, slots=True)
class PromptRevised:
    """A prompt has a new version."""

    prompt_id: UUID
    team_id: str
    number: int


@dataclass(frozen=True, slots=True)
class PromptPromoted:
    """More people may see a prompt; who endorsed it is named."""

    prompt_id: UUID
    team_id: str
    visibility: Visibility
    endorsed_by: str


@dataclass(frozen=True, slots=True)
class PromptRated:
    """Somebody rated a prompt, or rated it anew."""

    prompt_id: UUID
    employee_id: str
    stars: int


@dataclass(frozen=True, slots=True)
class PromptOwnerChanged:
    """Somebody else answers for a prompt; null when nobody does."""

    prompt_id: UUID
    team_id: str
    owner_id: str | None
    previous_id: str | None


@dataclass(frozen=True, slots=True)
class PromptRetired:
    """A prompt is offered no longer."""

    prompt_id: UUID
    team_id: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt pattern, with the text of its newest version."""

    id: UUID
    team_id: str
    department_id: str | None
    author_id: str
    title: str
    body: str
    tool_ids: tuple[UUID, ...]
    visibility: Visibility
    forked_from: UUID | None
    shared_at: datetime
    number: int = 1
    endorsed_by: str | None = None
    retired: bool = False
    owner_id: str | None = None
    version: int = 1

    @classmethod
    def share(
        cls,
        id: UUID,
        *,
        team_id: str,
        department_id: str | None,
        author_id: str,
        title: str,
        body: str,
        tools: Sequence[Tool],
        visibility: Visibility,
        forked_from: UUID | None,
        now: datetime,
    ) -> Change[Prompt]:
        """Keep one for oneself or share it with the team; a fork starts there too. Only with approved tools."""
        if not title.strip() or not body.strip():
            raise PromptIncomplete
        for tool in tools:
            if tool.status is not Status.APPROVED:
                raise NotAmongTheApproved(tool=tool.name, status=tool.status.replace("_", " "))
        if visibility not in (Visibility.PRIVATE, Visibility.TEAM):
            raise NotAPromotion(prompt=title, visibility=Visibility.TEAM.value)
        ids = tuple(dict.fromkeys(tool.id for tool in tools))
        after = cls(
            id, team_id, department_id, author_id, title.strip(), body, ids, visibility, forked_from, now,
            owner_id=author_id,
        )  # fmt: skip
        return Change(after, PromptShared(id, team_id, author_id, after.title, visibility, ids, forked_from))

    def revise(self, body: str) -> Change[Self]:
        """Write the next version; those before stay."""
        self._must_live()
        if not body.strip():
            raise PromptIncomplete
        if body == self.body:
            raise PromptUnchanged(prompt=self.title, number=str(self.number))
        event = PromptRevised(self.id, self.team_id, self.number + 1)
        return self._becomes(event, body=body, number=self.number + 1)

    def promote(self, to: Visibility, by: str) -> Change[Self]:
        """Let more people see it, one step at a time."""
        self._must_live()
        steps = list(Visibility)
        if steps.index(to) != steps.index(self.visibility) + 1:
            raise NotAPromotion(prompt=self.title, visibility=self.visibility.value)
        return self._becomes(PromptPromoted(self.id, self.team_id, to, by), visibility=to, endorsed_by=by)

    def rated(self, by: str, stars: int) -> Change[Self]:
        """Say how good it is."""
        self._must_live()
        if not 1 <= stars <= 5 or by == self.author_id:
            raise BadRating(stars=str(stars))
        return self._becomes(PromptRated(self.id, by, stars))

    def owned_by(self, owner_id: str | None) -> Change[Self]:
        """Make somebody accountable for it."""
        self._must_live()
        event = PromptOwnerChanged(self.id, self.team_id, owner_id, self.owner_id)
        return self._becomes(event, owner_id=owner_id)

    def retire(self) -> Change[Self]:
        """Offer it no longer."""
        self._must_live()
        return self._becomes(PromptRetired(self.id, self.team_id), retired=True)

    def seen_by(self, employee_id: str | None, team_id: str | None, department_id: str | None) -> bool:
        """Whether somebody of this team and department may see it."""
        if self.visibility is Visibility.ENTERPRISE or employee_id == self.author_id:
            return True
        if self.visibility is Visibility.DEPARTMENT:
            return department_id is not None and department_id == self.department_id
        return self.visibility is Visibility.TEAM and team_id is not None and team_id == self.team_id

    def _must_live(self) -> None:
        if self.retired:
            raise PromptIsRetired(prompt=self.title)

    def _becomes(self, because: object, **changed: Any) -> Change[Self]:
        return Change(replace(self, version=self.version + 1, **changed), because)
