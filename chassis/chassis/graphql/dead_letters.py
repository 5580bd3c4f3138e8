"""Dead letters over GraphQL, for those who run the platform. Each service adds root fields with its own name in them, such
as `governanceDeadLetters` and `discardGovernanceDeadLetter`; the types are the same everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from types import new_class
from typing import Annotated, Any

import asyncpg
import strawberry

from chassis import letters
from chassis.caller import Caller, require
from chassis.database import Transaction
from chassis.domain import NotFound, Refused
from chassis.graphql.context import Info
from chassis.graphql.mutation import Payload, mutation
from chassis.graphql.paging import Connection, page

_MOST = 1000
_MAY = "sre"


@strawberry.enum(description="Why a dead letter waits.")
class DeadLetterState(Enum):
    PARKED = strawberry.enum_value("parked", description="Its handler failed.")
    QUEUED = strawberry.enum_value("queued", description="An earlier event of the same aggregate is parked.")
    HELD = strawberry.enum_value("held", description="An earlier version of the same aggregate has not come.")
    RELEASED = strawberry.enum_value("released", description="It took effect after all.")
    DISCARDED = strawberry.enum_value("discarded", description="Somebody decided that it shall have no effect.")


@strawberry.federation.type(shareable=True, description="An event that could not be handled.")
class DeadLetter:
    id: strawberry.ID = strawberry.field(description="Its number in this service.")
    state: DeadLetterState = strawberry.field(description="Why it waits.")
    source: str = strawberry.field(description="Who told it; a topic when the event cannot be read.")
    event_id: str = strawberry.field(description="The event's id; empty when it cannot be read.")
    event_type: str = strawberry.field(description="The event's type; empty when it cannot be read.")
    subject: str = strawberry.field(description="The aggregate that it speaks of.")
    sequence: int | None = strawberry.field(description="The aggregate's version.")
    error: str = strawberry.field(description="The kind of failure.")
    reason: str = strawberry.field(description="The failure in words.")
    fingerprint: str = strawberry.field(description="The same for letters that fail for the same reason.")
    attempts: int = strawberry.field(description="How often it was tried.")
    first_failed_at: datetime = strawberry.field(description="When it failed first.")
    last_failed_at: datetime = strawberry.field(description="When it failed last.")
    next_attempt_at: datetime | None = strawberry.field(description="When it is tried again by itself.")
    decided_by: str | None = strawberry.field(description="Who released or discarded it.")
    decided_at: datetime | None = strawberry.field(description="When that was decided.")
    note: str | None = strawberry.field(description="Why it was discarded.")

    @staticmethod
    def of(row: asyncpg.Record) -> DeadLetter:
        """From its row."""
        return DeadLetter(
            id=strawberry.ID(str(row["id"])),
            state=DeadLetterState(row["state"]),
            source=row["source"],
            event_id=row["event_id"],
            event_type=row["type"],
            subject=row["subject"],
            sequence=row["sequence"],
            error=row["error"],
            reason=row["message"],
            fingerprint=row["fingerprint"],
            attempts=row["attempts"],
            first_failed_at=row["first_failed_at"],
            last_failed_at=row["last_failed_at"],
            next_attempt_at=row["next_attempt_at"],
            decided_by=row["decided_by"],
            decided_at=row["decided_at"],
            note=row["note"],
        )


@strawberry.federation.type(shareable=True, description="Dead letters that fail for the same reason.")
class DeadLetterGroup:
    fingerprint: str = strawberry.field(description="What they have in common.")
    event_type: str = strawberry.field(description="Their type.")
    error: str = strawberry.field(description="The kind of failure.")
    reason: str = strawberry.field(description="One of the failures in words.")
    count: int = strawberry.field(description="How many there are, without those that queue behind them.")
    since: datetime = strawberry.field(description="When the first of them failed.")


@strawberry.input(description="Which dead letters to try again: one by its id, or all with a fingerprint.")
class ReleaseDeadLettersInput:
    id: strawberry.ID | None = strawberry.field(default=None, description="One letter.")
    fingerprint: str | None = strawberry.field(
        default=None, description="All of a group, oldest first, 1000 at a time."
    )


@strawberry.input(description="Which dead letter shall have no effect, and why.")
class DiscardDeadLetterInput:
    id: strawberry.ID = strawberry.field(description="The letter.")
    reason: str = strawberry.field(description="Why; it is kept with the letter.")


@strawberry.federation.type(shareable=True, description="What was ordered; the worker tries them within seconds.")
class ReleaseDeadLettersPayload(Payload):
    released: int = strawberry.field(default=0, description="How many are tried now, each with what queues behind it.")


@strawberry.federation.type(shareable=True, description="The letter that shall have no effect.")
class DiscardDeadLetterPayload(Payload):
    dead_letter: DeadLetter | None = strawberry.field(default=None, description="The letter as it is kept.")


class NameOneOrAGroup(Refused):
    """Name either one dead letter by its id or a group by its fingerprint."""


class ReasonNeeded(Refused):
    """Say why the dead letter shall have no effect."""


REFUSALS = (NameOneOrAGroup, ReasonNeeded)


def _entitled(caller: Caller | None) -> Caller:
    return require(caller, _MAY, action="work on dead letters")


def fields_of(service: str) -> tuple[type, type]:
    """The root fields of one service: a mixin of its Query and one of its Mutation."""
    title = service[0].upper() + service[1:]

    class Queries:
        @strawberry.field(name=f"{service}DeadLetters", description=f"What {service} could not handle, oldest first.")
        async def dead_letters(
            self,
            info: Info,
            fingerprint: Annotated[str | None, strawberry.argument(description="Only this kind of failure.")] = None,
            first: Annotated[int | None, strawberry.argument(description="At most so many, 1 to 100.")] = None,
            after: Annotated[str | None, strawberry.argument(description="The cursor to go on after.")] = None,
        ) -> Connection[DeadLetter]:
            _entitled(info.context.caller)

            async def fetch(after: int | None, limit: int) -> Sequence[asyncpg.Record]:
                async with info.context.read() as connection:
                    return await letters.listing(connection, limit=limit, after=after or 0, fingerprint=fingerprint)

            return await page(first, after, fetch, node=DeadLetter.of, cursor=lambda row: str(row["id"]), place=int)

        @strawberry.field(name=f"{service}DeadLetterGroups", description=f"What fails in {service}, by reason.")
        async def dead_letter_groups(
            self,
            info: Info,
            first: Annotated[int | None, strawberry.argument(description="At most so many, 1 to 100.")] = None,
            after: Annotated[str | None, strawberry.argument(description="The cursor to go on after.")] = None,
        ) -> Connection[DeadLetterGroup]:
            _entitled(info.context.caller)

            async def fetch(after: str | None, limit: int) -> Sequence[asyncpg.Record]:
                async with info.context.read() as connection:
                    return await letters.groups(connection, limit=limit, after=after)

            return await page(first, after, fetch, node=_group, cursor=lambda row: str(row["fingerprint"]))

    class Mutations:
        @mutation(
            name=f"release{title}DeadLetters", refuses=REFUSALS,
            description=f"Have {service} handle dead letters again, each followed by what queues behind it.",
        )  # fmt: skip
        async def release_dead_letters(self, info: Info, input: ReleaseDeadLettersInput) -> ReleaseDeadLettersPayload:
            caller = _entitled(info.context.caller)
            if (input.id is None) == (input.fingerprint is None):
                raise NameOneOrAGroup
            async with info.context.database.transaction(caller=caller) as tx:
                id = None if input.id is None else _number(input.id)
                released = await letters.order(tx, id=id, fingerprint=input.fingerprint, by=caller.subject, limit=_MOST)
            if not released:
                raise NotFound(what="open dead letter", id=input.id or input.fingerprint)
            return ReleaseDeadLettersPayload(released=released)

        @mutation(
            name=f"discard{title}DeadLetter", refuses=REFUSALS,
            description=f"Decide that a dead letter of {service} shall have no effect. What queues behind it goes on.",
        )  # fmt: skip
        async def discard_dead_letter(self, info: Info, input: DiscardDeadLetterInput) -> DiscardDeadLetterPayload:
            caller = _entitled(info.context.caller)
            if not input.reason.strip():
                raise ReasonNeeded
            async with info.context.database.transaction(caller=caller) as tx:
                row = await _discarded(tx, input, caller)
            return DiscardDeadLetterPayload(dead_letter=DeadLetter.of(row))

    return strawberry.type(Queries), strawberry.type(Mutations)


async def _discarded(tx: Transaction, input: DiscardDeadLetterInput, caller: Caller) -> asyncpg.Record:
    row = await letters.write_off(tx, _number(input.id), input.reason.strip(), by=caller.subject)
    if row is None:
        raise NotFound(what="open dead letter", id=input.id)
    return row


def _group(row: asyncpg.Record) -> DeadLetterGroup:
    return DeadLetterGroup(
        fingerprint=row["fingerprint"], event_type=row["type"], error=row["error"], reason=row["message"],
        count=row["n"], since=row["since"],
    )  # fmt: skip


def _number(id: str) -> int:
    """Letters are numbered from 1; anything else is none."""
    return int(id) if id.isascii() and id.isdigit() and len(id) < 19 else 0


def added(root: type | None, name: str, mixin: type, description: str) -> type:
    """A root type with the mixin's fields too."""
    if root is None:
        return strawberry.type(new_class(name, (mixin,)), name=name, description=description)
    definition: Any = root.__strawberry_definition__  # type: ignore[attr-defined]
    return strawberry.type(new_class(name, (root, mixin)), name=name, description=definition.description)
