"""What the learning system tells, as xAPI statements (T09)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from chassis import directory
from chassis.database import Transaction, new_id
from chassis.inbox import NotYet
from training.completions import commands, repository
from training.completions.domain import Attempt, Source
from training.courses import repository as courses

_VOIDED = "http://adlnet.gov/expapi/verbs/voided"
_COUNTING = {"completed": True, "passed": True, "failed": False}


@dataclass(frozen=True, slots=True)
class Account:
    """The learner's account; its name is the employee id."""

    name: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it."""

    account: Account | None = None
    mbox: str | None = None


@dataclass(frozen=True, slots=True)
class Verb:
    """What was done."""

    id: str


@dataclass(frozen=True, slots=True)
class Object:
    """What it was done to: an activity or another statement; agents and groups have no id."""

    id: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """The scaled score, from -1 to 1."""

    scaled: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How it went."""

    score: Score | None = None
    success: bool | None = None


@dataclass(frozen=True, slots=True)
class StatementRecorded:
    """lms.statement-recorded: an xAPI statement."""

    id: str
    actor: Actor
    verb: Verb
    object: Object
    result: Result | None = None
    timestamp: datetime | None = None


async def statement_recorded(tx: Transaction, event: StatementRecorded) -> None:
    """A completed, passed or failed course counts once; a voided statement counts for nothing; the rest is not for us."""
    statement_id = event.id.lower()
    claimed = _COUNTING.get(re.split(r"[/#]", event.verb.id)[-1])
    if claimed is None and event.verb.id != _VOIDED:
        return
    if event.object.id is None:
        raise ValueError("The statement names no activity and no other statement.")
    if claimed is None:
        await commands.void(tx, event.object.id.lower())
        return
    await repository.lock_statement(tx, statement_id)
    if await repository.is_voided(tx, statement_id) or await repository.of_statement(tx, statement_id) is not None:
        return
    employee_id = await _learner(tx, event.actor)
    course = next(iter((await courses.by_codes(tx, _codes(event.object.id))).values()), None)
    if course is None or course.published is None:
        raise NotYet(f"No published course stands at the end of {event.object.id}.")
    result = event.result or Result()
    change = Attempt.record(
        new_id(), employee_id, course, source=Source.LMS, statement_id=statement_id,
        claimed=claimed and result.success is not False, score=result.score.scaled if result.score else None,
        completed_at=_when(event.timestamp, tx.now), by="lms",
    )  # fmt: skip
    await commands.take(tx, change)


async def _learner(tx: Transaction, actor: Actor) -> str:
    if actor.account is not None:
        if await directory.person(tx, actor.account.name) is None:
            raise NotYet(f"Nobody is known as {actor.account.name}.")
        return actor.account.name
    if actor.mbox is None:
        raise ValueError("The statement names no account, so nobody can be credited with it.")
    employee_id = await repository.employee_of_address(tx, actor.mbox.removeprefix("mailto:"))
    if employee_id is None:
        raise NotYet("Nobody, or more than one, has the e-mail address of the statement's actor.")
    return employee_id


def _codes(activity: str) -> list[str]:
    """What may be the course's code: all that stands after the last separator."""
    return [re.split(r"[/#:?=]", activity.rstrip("/"))[-1]]


def _when(timestamp: datetime | None, now: datetime) -> datetime:
    """The statement's own time, read as UTC when it names no zone; a learning system's clock cannot be ahead of ours."""
    if timestamp is None:
        return now
    return min(timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC), now)
