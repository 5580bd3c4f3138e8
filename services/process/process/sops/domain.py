"""Procedures: versions that are drafted, reviewed, approved by two people and become effective, one at a time (P07, P08);
flagged while a tool they need may not be used, with a manual version in force meanwhile (P18)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.domain import Change, NotFound, Refused
from process.processes.domain import AiPath
from process.tools.domain import Standing, Tool
from process.versions.domain import (
    FLAGGED,
    OPEN,
    AlreadyApproved,
    Approval,
    AuthorCannotApprove,
    ChangeClass,
    Draft,
    FallbackUnusable,
    NewerVersionEffective,
    Part,
    SopVersion,
    State,
    StillNeeded,
    ToolNotUsable,
    VersionInWrongState,
    VersionOpen,
)

_UNUSABLE = (Standing.SUSPENDED, Standing.RETIRED)
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class BadSopCode(Refused):
    """{code} cannot be a code: use up to 60 lower-case letters, digits and single hyphens, like `answer-a-complaint`."""

    code: str


class SopCodeTaken(Refused):
    """There already is a procedure with the code {code}."""

    code: str


class SopUntitled(Refused):
    """A procedure needs a title. Say in a few words what is done."""


@dataclass(frozen=True, slots=True)
class SopDrafted:
    """A version was begun."""

    sop_id: UUID
    process_id: UUID
    version: int
    author_id: str
    change_class: ChangeClass


@dataclass(frozen=True, slots=True)
class SopRevised:
    """A draft was written anew."""

    sop_id: UUID
    process_id: UUID
    version: int
    author_id: str
    change_class: ChangeClass


@dataclass(frozen=True, slots=True)
class SopSubmitted:
    """A complete version waits for its two approvals."""

    sop_id: UUID
    process_id: UUID
    version: int
    submitted_by: str


@dataclass(frozen=True, slots=True)
class SopEndorsed:
    """The first of the two approvals was given."""

    sop_id: UUID
    process_id: UUID
    version: int
    approved_by: str
    part: Part


@dataclass(frozen=True, slots=True)
class SopApproved:
    """Both approvals are there."""

    sop_id: UUID
    process_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class SopScheduled:
    """An approved version becomes effective at a moment to come."""

    sop_id: UUID
    process_id: UUID
    version: int
    effective_from: datetime


@dataclass(frozen=True, slots=True)
class SopEffective:
    """A version is what people follow from now on; the older ones are superseded. Without `steps` they were not told."""

    sop_id: UUID
    process_id: UUID
    version: int
    change_class: ChangeClass
    roles: tuple[str, ...]
    tools: tuple[UUID, ...]
    steps: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SopWithdrawn:
    """A version was taken back."""

    sop_id: UUID
    process_id: UUID
    version: int
    withdrawn_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class SopFlagged:
    """A tool that the version needs may not be used."""

    sop_id: UUID
    process_id: UUID
    version: int
    reason: str
    tool_id: UUID


@dataclass(frozen=True, slots=True)
class SopCleared:
    """A tool that the version needs may be used again; other tools may still block it."""

    sop_id: UUID
    process_id: UUID
    version: int
    tool_id: UUID


@dataclass(frozen=True, slots=True)
class SopFallbackActivated:
    """While the version is blocked, its manual fallback is followed."""

    sop_id: UUID
    process_id: UUID
    version: int
    fallback_version: int


@dataclass(frozen=True, slots=True)
class Sop:
    """A standard operating procedure of a process."""

    id: UUID
    process_id: UUID
    code: str
    title: str
    version: int
    versions: tuple[SopVersion, ...]
    fallback_in_force: int | None = None
    """The manual version that is followed while the effective one is blocked."""

    @classmethod
    def start(cls, id: UUID, process_id: UUID, *, code: str, title: str, draft: Draft, now: datetime) -> Change[Sop]:
        """Begin a procedure with its first draft."""
        if len(code) > 60 or not _CODE.fullmatch(code):
            raise BadSopCode(code=code)
        if not title.strip():
            raise SopUntitled
        draft.content.must_be_well_formed()
        first = SopVersion(1, draft, State.DRAFT, now)
        sop = cls(id, process_id, code, title, 1, (first,))
        sop._check_fallback(first)
        return Change(sop, SopDrafted(id, process_id, 1, draft.author_id, draft.change_class))

    def get(self, number: int) -> SopVersion:
        """The version of that number. Raises NotFound."""
        for version in self.versions:
            if version.number == number:
                return version
        raise NotFound(what=f"version of procedure {self.code} with number", id=str(number))

    @property
    def effective(self) -> SopVersion | None:
        """The one version that is effective."""
        return next((version for version in self.versions if version.state is State.EFFECTIVE), None)

    @property
    def in_force(self) -> SopVersion | None:
        """What people follow now: the effective version, or its fallback while a tool may not be used."""
        return self.effective if self.fallback_in_force is None else self.get(self.fallback_in_force)

    @property
    def ai_path(self) -> AiPath:
        """How far this procedure brings AI into its process."""
        effective = self.effective
        if effective is not None and effective.uses_ai:
            return AiPath.BLOCKED if effective.blocked_by else AiPath.EFFECTIVE
        under_way = (*OPEN, State.APPROVED)
        drafted = any(version.uses_ai and version.state in under_way for version in self.versions)
        return AiPath.DRAFTED if drafted else AiPath.NONE

    def draft(self, draft: Draft, now: datetime) -> Change[Sop]:
        """Write the next version."""
        for version in self.versions:
            if version.state in OPEN:
                raise VersionOpen(sop=self.code, number=version.number, state=version.state.words)
        draft.content.must_be_well_formed()
        new = SopVersion(max(version.number for version in self.versions) + 1, draft, State.DRAFT, now)
        self._check_fallback(new)
        event = SopDrafted(self.id, self.process_id, new.number, draft.author_id, draft.change_class)
        return self._becomes(event, versions=(*self.versions, new))

    def revise(self, number: int, draft: Draft) -> Change[Sop]:
        """Write a draft anew; whoever revises it is its author."""
        version = self._must_be(number, State.DRAFT)
        draft.content.must_be_well_formed()
        revised = replace(version, draft=draft)
        self._check_fallback(revised)
        event = SopRevised(self.id, self.process_id, number, draft.author_id, draft.change_class)
        return self._with(revised, because=event)

    def submit(self, number: int, by: str, now: datetime) -> Change[Sop]:
        """Ask for approval; from here on the content stands. Refused while a control is missing (P08)."""
        version = self._must_be(number, State.DRAFT)
        version.content.must_be_complete()
        self._check_fallback(version)
        submitted = replace(version, state=State.IN_REVIEW, submitted_at=now)
        return self._with(submitted, because=SopSubmitted(self.id, self.process_id, number, by))

    def approve(self, number: int, by: str, may_give: frozenset[Part], now: datetime) -> Change[Sop]:
        """Give one of the two signatures: the owner's and a control owner's, of two people, neither of them the author."""
        version = self._must_be(number, State.IN_REVIEW)
        if by == version.draft.author_id:
            raise AuthorCannotApprove(sop=self.code, number=number)
        given = {approval.part for approval in version.approvals}
        wanted = [part for part in Part if part in may_give and part not in given]
        if not wanted or any(approval.by == by for approval in version.approvals):
            missing = [part for part in Part if part not in given]
            raise AlreadyApproved(sop=self.code, number=number, waits_for=missing[0].words)
        approvals = (*version.approvals, Approval(by, wanted[0], now))
        if len(approvals) < len(Part):
            event = SopEndorsed(self.id, self.process_id, number, by, wanted[0])
            return self._with(replace(version, approvals=approvals), because=event)
        approved = replace(version, approvals=approvals, state=State.APPROVED, approved_at=now)
        return self._with(approved, because=SopApproved(self.id, self.process_id, number))

    def schedule(self, number: int, effective_from: datetime) -> Change[Sop]:
        """Name the moment from which an approved version is effective."""
        version = self._must_be(number, State.APPROVED)
        self._must_be_newest_effective(number)
        scheduled = replace(version, draft=replace(version.draft, effective_from=effective_from))
        return self._with(scheduled, because=SopScheduled(self.id, self.process_id, number, effective_from))

    def make_effective(self, number: int, tools: Mapping[UUID, Tool], now: datetime) -> Change[Sop]:
        """From now on this version is followed and older ones are superseded. Refused while a control is missing or a tool
        may not be used (P08, P18)."""
        version = self._must_be(number, State.APPROVED)
        version.content.must_be_complete()
        self._check_fallback(version)
        self._must_be_newest_effective(number)
        unapproved = version.unapproved(tools)
        if unapproved:
            why = " and ".join(unapproved.values())
            raise ToolNotUsable(sop=self.code, number=number, why=why, tool_ids=tuple(unapproved))
        effective = replace(version, state=State.EFFECTIVE, effective_at=now, blocked_by=frozenset())
        versions = tuple(
            effective if one.number == number else _superseded(one, now) if one.number < number else one
            for one in self.versions
        )
        content = version.content
        event = SopEffective(
            self.id,
            self.process_id,
            number,
            version.draft.change_class,
            content.roles,
            tuple(sorted(content.tools)),
            tuple(step.n for step in content.steps),
        )
        return self._becomes(event, versions=versions, fallback_in_force=None)

    def may_become_effective(self, number: int, tools: Mapping[UUID, Tool], now: datetime) -> bool:
        """Whether the version's day has come, nothing newer is effective and all its tools may be used."""
        version = self.get(number)
        newest = self.effective is None or self.effective.number < number
        return version.is_due(now) and newest and not version.unapproved(tools)

    def withdraw(self, number: int, by: str, reason: str, now: datetime) -> Change[Sop]:
        """Take a version back, for good."""
        version = self._must_be(number, *OPEN, State.APPROVED, State.EFFECTIVE)
        for other in self.versions:
            if other.draft.fallback_version == number and other.state in (*OPEN, *FLAGGED):
                raise StillNeeded(sop=self.code, number=number, by_number=other.number)
        was_effective = version.state is State.EFFECTIVE
        withdrawn = replace(version, state=State.WITHDRAWN, ended_at=now, blocked_by=frozenset())
        event = SopWithdrawn(self.id, self.process_id, number, by, reason)
        after = self._with(withdrawn, because=event)
        return replace(after, after=replace(after.after, fallback_in_force=None)) if was_effective else after

    def weigh(self, tools: Mapping[UUID, Tool]) -> list[Change[Sop]]:
        """Flag what needs a tool that may not be used, clear what needs it no more, and bring the fallback in or out (P18).

        The flags are those of the tools' tools, however often and in whatever order this is asked.
        """
        changes: list[Change[Sop]] = []
        sop = self
        for version in self.versions:
            if version.state not in FLAGGED:
                continue
            standings = {id: tools[id].standing for id in version.content.tools if id in tools}
            blocked = {id for id, standing in standings.items() if standing in _UNUSABLE}
            for id in sorted(blocked - version.blocked_by):
                changes.append(sop._flagged(version.number, id, standings[id]))
                sop = changes[-1].after
            for id in sorted(version.blocked_by - blocked):
                changes.append(sop._cleared(version.number, id))
                sop = changes[-1].after
        effective = sop.effective
        if effective is not None and effective.blocked_by and sop.fallback_in_force is None:
            fallback = effective.draft.fallback_version
            if fallback is not None:
                event = SopFallbackActivated(sop.id, sop.process_id, effective.number, fallback)
                changes.append(sop._becomes(event, fallback_in_force=fallback))
        return changes

    def _flagged(self, number: int, tool_id: UUID, standing: Standing) -> Change[Sop]:
        version = self.get(number)
        flagged = replace(version, blocked_by=version.blocked_by | {tool_id})
        event = SopFlagged(self.id, self.process_id, number, f"tool_{standing.value}", tool_id)
        return self._with(flagged, because=event)

    def _cleared(self, number: int, tool_id: UUID) -> Change[Sop]:
        version = self.get(number)
        cleared = replace(version, blocked_by=version.blocked_by - {tool_id})
        change = self._with(cleared, because=SopCleared(self.id, self.process_id, number, tool_id))
        if version.state is State.EFFECTIVE and not cleared.blocked_by:
            return replace(change, after=replace(change.after, fallback_in_force=None))
        return change

    def _check_fallback(self, version: SopVersion) -> None:
        number = version.draft.fallback_version
        if number is None:
            return
        fallback = next((one for one in self.versions if one.number == number != version.number), None)
        why = "there is no other version of that number" if fallback is None else fallback.why_no_fallback()
        if why:
            raise FallbackUnusable(number=number, why=why)

    def _must_be_newest_effective(self, number: int) -> None:
        if self.effective is not None and self.effective.number > number:
            raise NewerVersionEffective(sop=self.code, number=number, effective=self.effective.number)

    def _must_be(self, number: int, *states: State) -> SopVersion:
        version = self.get(number)
        if version.state not in states:
            raise VersionInWrongState(
                sop=self.code,
                number=number,
                state=version.state.words,
                needed=" or ".join(state.words for state in states),
            )
        return version

    def _with(self, changed: SopVersion, *, because: object) -> Change[Sop]:
        versions = tuple(changed if one.number == changed.number else one for one in self.versions)
        return self._becomes(because, versions=versions)

    def _becomes(self, because: object, **facts: Any) -> Change[Sop]:
        return Change(replace(self, version=self.version + 1, **facts), because)


def _superseded(version: SopVersion, now: datetime) -> SopVersion:
    if version.state not in FLAGGED:
        return version
    return replace(version, state=State.SUPERSEDED, ended_at=now, blocked_by=frozenset())
