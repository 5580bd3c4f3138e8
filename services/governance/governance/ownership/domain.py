"""Ownership transfers: what somebody answered for who left is given to somebody else in time, or by default (G27)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from chassis.domain import Change

TRANSFER_WITHIN = timedelta(days=5)


class Owned(StrEnum):
    """What somebody answers for."""

    TOOL = "tool"
    USE_CASE = "use_case"
    POLICY = "policy"
    INCIDENT = "incident"
    PROMPT = "prompt"
    PROCESS = "process"


class TransferOutcome(StrEnum):
    """How a transfer ended."""

    NAMED = "named"
    DEFAULTED = "defaulted"
    RETURNED = "returned"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class OwnershipTransferOpened:
    """Whoever answered for something left; `asked` are to name somebody. Meanwhile an interim answers."""

    transfer_id: UUID
    subject_kind: Owned
    subject_id: str
    title: str
    left_id: str
    asked: tuple[str, ...]
    due_at: datetime


@dataclass(frozen=True, slots=True)
class OwnershipTransferClosed:
    """Something has an owner again: named, by default the leader of the department, or it is no more."""

    transfer_id: UUID
    subject_kind: Owned
    subject_id: str
    outcome: TransferOutcome
    owner_id: str | None


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that lives and that somebody answers for, or should."""

    kind: Owned
    id: str
    title: str
    owner_id: str | None
    department_id: str | None
    team_id: str | None


@dataclass(frozen=True, slots=True)
class OwnershipTransfer:
    """The task to name who answers for one thing from now on."""

    id: UUID
    kind: Owned
    subject_id: str
    title: str
    department_id: str | None
    left_id: str
    asked: tuple[str, ...]
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None = None
    outcome: TransferOutcome | None = None
    owner_id: str | None = None
    version: int = 1

    @classmethod
    def open(
        cls, id: UUID, thing: Thing, *, left_id: str, department_id: str | None, asked: tuple[str, ...], now: datetime
    ) -> Change[OwnershipTransfer]:
        """Ask people to name somebody within five days."""
        department = thing.department_id or department_id
        due_at = now + TRANSFER_WITHIN
        after = cls(id, thing.kind, thing.id, thing.title, department, left_id, asked, now, due_at)
        event = OwnershipTransferOpened(id, thing.kind, thing.id, thing.title, left_id, asked, due_at)
        return Change(after, event)

    def close(self, outcome: TransferOutcome, owner_id: str | None, now: datetime) -> Change[Self]:
        """Somebody answers for it, or it is no more."""
        after = replace(self, closed_at=now, outcome=outcome, owner_id=owner_id, version=self.version + 1)
        event = OwnershipTransferClosed(self.id, self.kind, self.subject_id, outcome, owner_id)
        return Change(after, event)
