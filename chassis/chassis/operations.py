"""What an operator does by hand: see and work off dead letters, verify the event log, publish it again."""

from __future__ import annotations

import argparse
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from chassis import kafka, letters
from chassis.database import Database
from chassis.inbox import Handling
from chassis.relay import Relay, verify

if TYPE_CHECKING:
    from chassis.service import Service
    from chassis.settings import ServiceSettings

_MOST = 100


def add_verbs(verbs: Any) -> None:
    """Declare `dead-letters`, `verify` and `replay`."""
    dead_letters = verbs.add_parser("dead-letters", help="what could not be handled: list, release or discard")
    actions = dead_letters.add_subparsers(dest="action", required=True)
    actions.add_parser("groups", help="failures by kind, most frequent first")
    listing = actions.add_parser("list", help="what waits, oldest first")
    listing.add_argument("--fingerprint", help="only this kind of failure")
    release = actions.add_parser("release", help="handle one now, and then what queued behind it")
    release.add_argument("id", type=int)
    discard = actions.add_parser("discard", help="decide that one shall have no effect")
    discard.add_argument("id", type=int)
    discard.add_argument("--reason", required=True)
    for decision in (release, discard):
        decision.add_argument(
            "--by", default=os.environ.get("USER", "operator"), help="who decides; kept with the letter"
        )
    verbs.add_parser("verify", help="recompute the hash chain of the event log; code 1 when it does not fit")
    replay = verbs.add_parser("replay", help="publish sealed events again; consumers drop what they had")
    replay.add_argument("--from", dest="position", type=int, default=1, help="the position of the first; 1 by default")


async def run(service: Service, settings: ServiceSettings, given: argparse.Namespace) -> int:
    """Do what was asked; returns the exit code."""
    database = await Database.open(settings.database_url.get_secret_value(), service=service.name, max_size=3)
    try:
        if given.verb == "verify":
            return await _verify(database)
        if given.verb == "replay":
            return await _replay(database, settings, given.position)
        return await _ACTIONS[given.action](database, Handling(service.all_listens), given)
    finally:
        await database.close()


async def _verify(database: Database) -> int:
    checked, wrong = await verify(database)
    if wrong is not None:
        print(f"The event at position {wrong} is not what was published; {checked} before it are intact.")
        return 1
    print(f"{checked} events are as they were published.")
    return 0


async def _replay(database: Database, settings: ServiceSettings, position: int) -> int:
    producer = kafka.producer(settings, client_id=f"{database.service}-replay")
    try:
        await producer.start()
        count = await Relay(database, settings).replay(producer, after=position - 1)
    finally:
        await producer.stop()
    print(f"{count} events were published again.")
    return 0


async def _groups(database: Database, handling: Handling, given: argparse.Namespace) -> int:
    async with database.read() as connection:
        rows = await letters.groups(connection, limit=_MOST)
    for row in sorted(rows, key=lambda row: -row["n"]):
        print(
            f"{row['n']:>6}  {row['fingerprint']}  {row['type']}  {row['error']}: {row['message']}  since {row['since']}"
        )
    print(f"{len(rows)} kinds of failure")
    return 0


async def _list(database: Database, handling: Handling, given: argparse.Namespace) -> int:
    async with database.read() as connection:
        rows = await letters.listing(connection, limit=_MOST, fingerprint=given.fingerprint)
    for row in rows:
        print(
            f"{row['id']:>6}  {row['state']:<6}  {row['type']}  {row['subject']} v{row['sequence']}"
            f"  {row['error']}: {row['message']}  ({row['attempts']} attempts)"
        )
    counts = await letters.waiting(database)
    print(", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "nothing waits")
    return 0


async def _release(database: Database, handling: Handling, given: argparse.Namespace) -> int:
    if await letters.release(database, handling, given.id, by=given.by):
        print(f"{given.id} went through, and what queued behind it.")
        return 0
    print(f"{given.id} did not go through; `dead-letters list` says why.")
    return 1


async def _discard(database: Database, handling: Handling, given: argparse.Namespace) -> int:
    if await letters.discard(database, handling, given.id, given.reason, by=given.by):
        print(f"{given.id} shall have no effect; what queued behind it goes on.")
        return 0
    print(f"There is no open dead letter {given.id}.")
    return 1


_ACTIONS: dict[str, Callable[[Database, Handling, argparse.Namespace], Awaitable[int]]] = {
    "groups": _groups,
    "list": _list,
    "release": _release,
    "discard": _discard,
}
