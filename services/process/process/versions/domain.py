"""A version of a procedure: drafted, reviewed, signed by two people, effective, and then superseded or withdrawn (P07)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.domain import Refused
from process.controls.domain import Content
from process.tools.domain import Standing, Tool


class State(StrEnum):
    """Where a version is in its life."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    EFFECTIVE = "effective"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"

    @property
    def words(self) -> str:
        """The state as a sentence names it."""
        return self.value.replace("_", " ")


OPEN = (State.DRAFT, State.IN_REVIEW)
FLAGGED = (State.APPROVED, State.EFFECTIVE)
USABLE_AS_FALLBACK = (State.APPROVED, State.EFFECTIVE, State.SUPERSEDED)


class ChangeClass(StrEnum):
    """Whether those who follow the procedure must learn it anew."""

    MAJOR = "major"
    MINOR = "minor"


class Part(StrEnum):
    """Whose approval a signature is."""

    OWNER = "owner"
    CONTROL = "control"

    @property
    def words(self) -> str:
        """The signatory as a sentence names it."""
        return "the process owner" if self is Part.OWNER else "a compliance officer or AI steward"


class VersionOpen(Refused):
    """Version {number} of {sop} is still {state}. Finish or withdraw it before you draft another."""

    sop: str
    number: int
    state: str


class VersionInWrongState(Refused):
    """Version {number} of {sop} is {state}; this needs one that is {needed}."""

    sop: str
    number: int
    state: str
    needed: str


class AuthorCannotApprove(Refused):
    """You wrote version {number} of {sop}, so somebody else has to approve it."""

    sop: str
    number: int


class AlreadyApproved(Refused):
    """You cannot add to the approvals of version {number} of {sop}. It waits for {waits_for}, who is somebody else."""

    sop: str
    number: int
    waits_for: str


class NewerVersionEffective(Refused):
    """Version {number} of {sop} cannot become effective: the newer version {effective} already is."""

    sop: str
    number: int
    effective: int


class FallbackUnusable(Refused):
    """Version {number} cannot be the fallback: {why}. Name an approved version without steps done by AI, or none."""

    number: int
    why: str


class StillNeeded(Refused):
    """Version {number} of {sop} is the fallback of version {by_number}. Withdraw that one first."""

    sop: str
    number: int
    by_number: int


class ToolNotUsable(Refused):
    """Version {number} of {sop} cannot become effective: {why}. Wait for governance, or draft a version without it."""

    sop: str
    number: int
    why: str
    tool_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Approval:
    """One of the two signatures."""

    by: str
    part: Part
    at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """What an author writes."""

    author_id: str
    change_class: ChangeClass
    content: Content
    fallback_version: int | None = None
    effective_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class SopVersion:
    """One version; what it says does not change once it is submitted."""

    number: int
    draft: Draft
    state: State
    drafted_at: datetime
    approvals: tuple[Approval, ...] = ()
    blocked_by: frozenset[UUID] = frozenset()
    submitted_at: datetime | None = None
    approved_at: datetime | None = None
    effective_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def content(self) -> Content:
        return self.draft.content

    @property
    def uses_ai(self) -> bool:
        return bool(self.content.ai_steps)

    def is_due(self, now: datetime) -> bool:
        """Whether the version is approved and its moment has come."""
        moment = self.draft.effective_from
        return self.state is State.APPROVED and moment is not None and moment <= now

    def unapproved(self, tools: Mapping[UUID, Tool]) -> dict[UUID, str]:
        """The tools that the version needs and that are not approved now, each with the reason in words."""
        found = {id: tools.get(id, Tool(id)) for id in sorted(self.content.tools)}
        return {
            id: f"the tool {tool.code or id} is {tool.standing.value}"
            for id, tool in found.items()
            if tool.standing is not Standing.APPROVED
        }

    def why_no_fallback(self) -> str | None:
        """Why this version cannot stand in for another; None when it can."""
        if self.state not in USABLE_AS_FALLBACK:
            return f"it is {self.state.words} and not approved"
        return "it has steps done by AI" if self.uses_ai else None
